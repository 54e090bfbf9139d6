"""The commands `pairlake quarantine`: what gates turned away, read back, mended and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from features.damage import in_words
from features.lake import Lake
from features.settings import load
from jobs import quarantined
from jobs.options import DEFAULT_SETTINGS, SettingsPath
from jobs.quarantined import QuarantineError, Rejected
from jobs.report import Table, print_parts
from jobs.stopping import stoppable

app = typer.Typer(no_args_is_help=True, help="Rows that a gate turned away: read back, mended, replayed.")
console = Console(emoji=False)

OfTable = Annotated[str | None, typer.Option("--table", help="Of this table alone.")]
OfReason = Annotated[str | None, typer.Option("--reason", help="For this reason alone.")]
AsJson = Annotated[bool, typer.Option("--json", help="As data.")]


@app.command("list")
def list_(
    settings: SettingsPath = DEFAULT_SETTINGS,
    run: Annotated[
        str | None, typer.Option(help="Of this run alone; `last` is the last that turned rows away.")
    ] = None,
    table: OfTable = None,
    reason: OfReason = None,
    as_json: AsJson = False,
) -> None:
    """How many rows were turned away, by run, table and reason."""
    lake = Lake(load(settings).lake)
    found = quarantined.counts(quarantined.rejected(lake, _run(lake, run), table=table, reason=reason))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    rows = tuple((c["run_id"], c["table"], c["reason"], f"{c['rows']:,}") for c in found)
    note = "" if rows else "No row was turned away."
    columns = ("run", "table", "reason", "rows")
    print_parts(console, [Table("Quarantine", columns, rows, words=columns[:3], note=note)])


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="The run; `last` is the last that turned rows away.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    table: OfTable = None,
    reason: OfReason = None,
    limit: Annotated[int | None, typer.Option(help="Rows to show, the first ones.", min=1)] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="With the rows' own values.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
) -> None:
    """The rows that a run turned away: ids and reasons; their values only with --reveal."""
    lake = Lake(load(settings).lake)
    if as_json and as_csv:
        raise QuarantineError("--json and --csv exclude each other")
    rows = quarantined.rejected(lake, _run(lake, run), table=table, reason=reason)[:limit]
    if as_csv:
        typer.echo(quarantined.as_csv(rows, reveal=reveal), nl=False)
    elif as_json:
        typer.echo(json.dumps([quarantined.told(row, reveal=reveal) for row in rows], indent=2, ensure_ascii=False))
    else:
        print_parts(console, [_shown(rows, reveal=reveal)])


@app.command()
def replay(
    file: Annotated[Path | None, typer.Argument(help="Corrected rows, as `show --reveal` exports them.")] = None,
    run: Annotated[str | None, typer.Option(help="Try the rows of this run again as they are; writes nothing.")] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Corrected rows through the gates; those that pass take the place of their source's in every later run."""
    loaded = load(settings)
    if (file is None) == (run is None):
        raise QuarantineError("wanted either a file of corrected rows or --run RUN")
    from features.spark.session import session  # noqa: PLC0415  Spark and Great Expectations take seconds to import
    from jobs import quarantine_replay  # noqa: PLC0415

    with stoppable(), in_words(loaded.lake), console.status("through the gates …"):
        spark = session(loaded.spark)
        if file:
            done = quarantine_replay.of_file(loaded, spark, file)
            said = f"{done.taken:,} rows taken from {file} (hash {done.file_hash}), {done.as_before:,} were so before"
            said += "; the next run or refresh has them" if done.taken else ""
        else:
            passing, reasons = quarantine_replay.of_run(loaded, spark, _run(Lake(loaded.lake), run) or "")
            others = ", ".join(f"{name} {count:,}" for name, count in sorted(reasons.items()))
            said = f"{passing:,} rows would pass now" + (f"; others would not: {others}" if others else "")
    console.print(said, highlight=False)


def _run(lake: Lake, run: str | None) -> str | None:
    return quarantined.last_run(lake) if run == "last" else run


def _shown(rows: list[Rejected], *, reveal: bool) -> Table:
    columns = ("row", "table", "source", "id", "reasons", *(("values",) if reveal else ()))
    lines = tuple(
        (
            row.row_id or "",
            row.table,
            row.source or "",
            row.entity_id or "",
            ", ".join(row.reasons),
            *((json.dumps(dict(row.row), ensure_ascii=False),) if reveal else ()),
        )
        for row in rows
    )
    return Table("Quarantine", columns, lines, words=columns)
