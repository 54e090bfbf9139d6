"""The command `pairlake report`: the report of a run made anew from its lake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from features.lake import Lake
from features.settings import SettingsError, load
from features.storage import write_text
from jobs.options import DEFAULT_SETTINGS, SettingsPath
from jobs.report import print_parts


def report(
    run_id: Annotated[str | None, typer.Argument(help="The run; the last one when left out.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """What a run did: stages, rows, gates, quarantine, plan, distributions against the run before, steps down."""
    lake = Lake(load(settings).lake)
    from jobs import reported, run_report  # noqa: PLC0415  numbers of scipy take a second to import

    found = reported.report_of_lake(lake, run_id, str(html.parent) if html else None)
    if html:
        try:
            write_text(str(html), run_report.page(found))
        except OSError as error:
            raise SettingsError(f"{html} cannot be written: {error.strerror}") from error
    console = Console(emoji=False)
    if as_json:
        console.print_json(json.dumps(found))
    else:
        print_parts(console, run_report.parts_of(found))
