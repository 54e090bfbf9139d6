"""The command `pairlake feature-groups`: what Terraform makes feature groups of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.settings import SettingsError, load
from features.storage import write_text
from features.store import feature_groups as groups


def feature_groups(
    settings: Annotated[str | None, typer.Option("--settings", help="Settings whose choice to render.")] = None,
    check: Annotated[Path | None, typer.Option(help="Fail when this rendered file is out of date.")] = None,
    write: Annotated[Path | None, typer.Option(help="Render to this file.")] = None,
) -> None:
    """Feature groups of the catalogue as JSON, for infra/terraform: names and types of all their features."""
    text = rendered(catalogues.chosen(load(settings)) if settings else catalogues.load())
    if check and (not check.is_file() or check.read_bytes() != text.encode()):
        raise SettingsError(f"{check} is out of date; `pairlake feature-groups --write {check}` renders it anew")
    if write:
        write_text(str(write), text)
    elif not check:
        typer.echo(text, nl=False)


def rendered(catalogue: Catalogue) -> str:
    """The groups of a catalogue by table, as JSON text that is the same for the same declarations."""
    data = {
        group.table: {
            "identifier": group.identifier,
            "event_time": group.event_time,
            "online": group.online,
            "features": [{"name": name, "type": of} for name, of in group.definitions],
        }
        for group in groups.feature_groups(catalogue)
    }
    return json.dumps(data, indent=1) + "\n"
