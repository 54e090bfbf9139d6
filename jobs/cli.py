"""The command line `pairlake`.

Commands import what they run when they run: Spark, Great Expectations and Feast take seconds each to
import, and the catalogue or a mistake in the settings should show at once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from features import catalogue as catalogues
from features.declare import DeclarationError
from features.errors import PairlakeError, outline
from features.run import KEPT, NOT_ONLINE
from features.settings import SettingsError, load
from jobs import (
    feature_groups,
    operations,
    outbox,
    parity_command,
    quarantine_commands,
    report,
    reporting,
    serve,
    shown,
    training_command,
)
from jobs.options import DEFAULT_SETTINGS, SettingsPath, for_spark

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(quarantine_commands.app, name="quarantine")
app.add_typer(outbox.app, name="outbox")
console = Console(emoji=False)

TRACEBACK = "PAIRLAKE_TRACEBACK"
EXIT_CODES = {KEPT: 3, NOT_ONLINE: 4}
"""Of runs that ended as declared, but not as one would like; 2 is an error that a person can mend."""


@app.command()
def run(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """The main job: from the sources to published pair features and a loaded online store.

    Exit code 3: the plan was over its budget, and the last published version was kept. Exit code 4: published, but the
    online store was away, and its load waits in the outbox.
    """
    loaded = for_spark(settings)
    from jobs import main_job  # noqa: PLC0415

    raise typer.Exit(EXIT_CODES.get(main_job.run(loaded, console), 0))


@app.command()
def refresh(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """What changed in the sources since the last run, and the pairs of those records alone; exit codes as of `run`."""
    loaded = for_spark(settings)
    from jobs import main_job  # noqa: PLC0415

    raise typer.Exit(EXIT_CODES.get(main_job.refresh(loaded, console), 0))


@app.command()
def plan(
    settings: SettingsPath = DEFAULT_SETTINGS,
    truth: Annotated[str | None, typer.Option(help="Table of true pairs: .csv, .parquet or Delta.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Blocks and pairs by rule and size, the budget, and about what a run will take; computes no feature."""
    loaded = for_spark(settings)
    if truth:
        blocking = loaded.blocking.model_copy(update={"truth": truth})
        loaded = loaded.model_copy(update={"blocking": blocking})
    from jobs import main_job  # noqa: PLC0415

    main_job.plan(loaded, console, as_json=as_json)


@app.command()
def diagnose(
    settings: SettingsPath = DEFAULT_SETTINGS,
    truth: Annotated[str | None, typer.Option(help="Table of true pairs: .csv, .parquet or Delta.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with pictures to this file.")] = None,
) -> None:
    """How good blocking is: pairs and share of each rule, sizes of blocks, true pairs found and missed."""
    loaded = for_spark(settings)
    from jobs import diagnosis, main_job  # noqa: PLC0415

    found, made_by = main_job.diagnose(loaded, console, truth=truth)
    if html:
        _write(diagnosis.page(found, made_by), html)
    if as_json:
        console.print_json(json.dumps({**asdict(found), "made_by": made_by}))
    else:
        report.print_parts(console, diagnosis.parts_of(found, listed=20))


@app.command()
def score(
    pairs: Annotated[str, typer.Option(help="List of pairs: .csv, .parquet or Delta.")],
    out: Annotated[str, typer.Option(help="Where to write: Parquet if it ends in .parquet, else a Delta table.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
) -> None:
    """Features of given pairs (labelled ones, a list of candidates) by the records of the lake."""
    loaded = for_spark(settings)
    from jobs import main_job, scored  # noqa: PLC0415

    scored.refuse_existing(out)
    scored.show(console, main_job.score(loaded, console, pairs=pairs, out=out), out)


@app.command()
def lookup(
    name: str,
    settings: SettingsPath = DEFAULT_SETTINGS,
    field: Annotated[list[str] | None, typer.Option(help="Further party field, as field=value.")] = None,
    limit: Annotated[int, typer.Option(help="Candidates to show.", min=1)] = 10,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show what was typed, and the candidates' names.")] = False,
) -> None:
    """Candidates of one typed record from the online store, by their ids, with their pair features."""
    loaded = load(settings)
    if not name.strip():
        raise DeclarationError("the name to look up is empty; wanted a name, and --field for what else is known")
    record = {"name": name, **dict(_field(text) for text in field or [])}
    from jobs import online  # noqa: PLC0415

    shown.candidates(console, record, *online.lookup(loaded, record), limit=limit, reveal=reveal)


@app.command()
def features(
    settings: Annotated[str | None, typer.Option("--settings", help="Settings whose choice to show.")] = None,
    cost: Annotated[bool, typer.Option("--cost", help="Measure what each feature costs on this machine.")] = False,
    check: Annotated[Path | None, typer.Option(help="Fail when this rendered page is out of date.")] = None,
    write: Annotated[Path | None, typer.Option(help="Render the page to this file.")] = None,
) -> None:
    """The catalogue of pair features, as a table or as the page docs/features.md."""
    catalogue = catalogues.chosen(load(settings)) if settings else catalogues.load()
    if cost:
        from features.kernel.cost import costs, rate  # noqa: PLC0415
        from features.store.cost import online_costs, preparing_cost  # noqa: PLC0415

        online = online_costs(catalogue, (1, 20, 200))
        shown.cost_table(console, costs(catalogue), rate(catalogue), preparing_cost(catalogue), online)
        return
    page = shown.catalogue_page(catalogue)
    if write:
        _write(page, write)
    elif check:
        if not check.is_file() or check.read_bytes() != page.encode():
            raise SettingsError(f"{check} is out of date; `pairlake features --write {check}` renders it anew")
    else:
        shown.catalogue_table(console, catalogue)


@app.command()
def explain(
    left: Annotated[str, typer.Argument(help="Entity id of the left record, as source:id.")],
    right: Annotated[str, typer.Argument(help="Entity id of the right record.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show the records' own values.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Why two records look alike or not: each feature, what it was made of, and reason codes."""
    loaded = load(settings)
    from jobs import explained  # noqa: PLC0415

    evidence = explained.of_pair(loaded, left, right, reveal=reveal)
    if as_json:
        console.print_json(json.dumps([asdict(one) for one in evidence]))
    else:
        shown.evidence_table(console, evidence)


@app.command()
def runs(
    settings: SettingsPath = DEFAULT_SETTINGS,
    limit: Annotated[int, typer.Option(help="Runs to show, the last ones.", min=1)] = 20,
) -> None:
    """The runs of a lake, from its manifests."""
    loaded = load(settings)
    from jobs import main_job  # noqa: PLC0415

    main_job.runs(loaded, console, limit=limit)


app.command()(reporting.report)
app.command()(training_command.training_set)
app.command()(parity_command.parity)
app.command()(feature_groups.feature_groups)
app.command()(serve.serve)
for _command in (operations.rollback, operations.erase, operations.maintain, operations.replay):
    app.command()(_command)


def main() -> None:
    """Entry point of `pairlake`."""
    sys.exit(told(app))


def told(command: Callable[[], object]) -> int:
    """Run a command; its exit code. What a person can mend is one message and 2, anything else an outline and 1."""
    try:
        command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except PairlakeError as error:
        _tell(str(error))
        return 2
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _tell(
            f"an error that was not foreseen: {outline(error)}. Its text is left out, as it may quote a record; with "
            f"{TRACEBACK}=1 in the environment all of it is shown"
        )
        return 1
    return 0


def _tell(message: str) -> None:
    Console(stderr=True, emoji=False).print(
        f"[bold red]pairlake:[/] {escape(message)}", highlight=False, soft_wrap=True
    )


def _write(page: str, file: Path) -> None:
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from error


def _field(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise DeclarationError("--field takes field=value, found no '=' in what was given")
    return name, value


if __name__ == "__main__":
    main()
