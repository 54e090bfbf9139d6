"""The commands that look after a lake: rollback, erase, maintain, replay."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from features.damage import in_words
from features.erasures import ErasureError
from features.settings import Settings, load
from jobs.options import DEFAULT_SETTINGS, SettingsPath, for_spark
from jobs.stopping import stoppable

console = Console(emoji=False)


def rollback(
    settings: SettingsPath = DEFAULT_SETTINGS,
    to: Annotated[str | None, typer.Option(help="Published version or run; left out, the one before.")] = None,
) -> None:
    """An earlier published version in force again, with the records and the online store that belong to it."""
    loaded = for_spark(settings)
    from jobs import shown  # noqa: PLC0415
    from jobs.rolled_back import Rollback  # noqa: PLC0415

    wanted = Rollback(loaded, to)
    with stoppable(), in_words(loaded.lake), console.status("rolling back …"):
        run = wanted.publish(_session(loaded))
    shown.run_summary(console, run.row())


def erase(
    settings: SettingsPath = DEFAULT_SETTINGS,
    entity: Annotated[list[str] | None, typer.Option(help="Entity id, as source:id; may be given again.")] = None,
    ids: Annotated[Path | None, typer.Option("--from", help="File with one entity id a line.")] = None,
) -> None:
    """Records out of every table, their history and the online store, for good; prints a receipt."""
    loaded = for_spark(settings)
    from jobs.erased import Erasure  # noqa: PLC0415

    wanted = Erasure(loaded, [*(entity or []), *_lines(ids)])
    with stoppable(), in_words(loaded.lake), console.status("erasing …"):
        receipt = wanted.publish(_session(loaded))
    console.print_json(json.dumps(asdict(receipt)))
    if receipt.left:
        raise ErasureError(
            f"{len(receipt.left)} things of the lake {loaded.lake}, which the receipt lists, still hold an id or a "
            "name, or may do so: mend what made them (a run that published nothing, corpus statistics of those names, "
            "files that are not the lake's, an online store that is away) and erase again"
        )


def maintain(
    settings: SettingsPath = DEFAULT_SETTINGS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
) -> None:
    """Files that no kept version needs go, small files become few, old quarantine rows and statistics go."""
    loaded = load(settings)
    from jobs.maintained import Maintenance, summary  # noqa: PLC0415

    with stoppable(), in_words(loaded.lake):
        upkeep = Maintenance(loaded, lambda: _session(loaded)).publish(dry_run=dry_run)
    for line in summary(upkeep, dry_run=dry_run):
        console.print(line, highlight=False)


def replay(
    run: Annotated[str, typer.Option(help="Run, or published version.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """A run done again from the records that it read, elsewhere; exit code 1 where a checksum is another one."""
    loaded = for_spark(settings)
    from jobs.replayed import replay as done_again  # noqa: PLC0415

    with stoppable(), in_words(loaded.lake), console.status("replaying …") as status:
        compared = done_again(loaded, run, lambda: _session(loaded), lambda stage: status.update(f"{stage} …"))
    table = Table(title=f"Replay of {run}", title_justify="left", box=None, pad_edge=False)
    for column in ("table", "in the lake", "in the manifest", "replayed", ""):
        table.add_column(column)
    for one in compared:
        table.add_row(one.table, one.held, one.noted or "", one.replayed, "same" if one.same else "[red]differs[/]")
    console.print(table)
    if not all(one.same for one in compared):
        raise typer.Exit(1)


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ErasureError(f"{path} cannot be read as a file with one entity id a line") from error


def _session(settings: Settings) -> Any:
    from features.spark.session import session  # noqa: PLC0415

    return session(settings.spark)
