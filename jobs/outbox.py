"""`pairlake outbox list|replay`: loads of the online store that wait for it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.damage import in_words
from features.lake import Lake
from features.outbox import Outbox, Standing
from features.settings import load
from features.tables import PAIR_FEATURES
from jobs.options import DEFAULT_SETTINGS, SettingsPath, for_spark
from jobs.stopping import stoppable

app = typer.Typer(no_args_is_help=True, help="Loads of the online store that wait for it.")
console = Console(emoji=False)


@app.command("list")
def list_loads(
    settings: SettingsPath = DEFAULT_SETTINGS,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Loads that are due, in the order in which they were made, each with the reason why it could not be delivered."""
    loaded = load(settings)
    lake = Lake(loaded.lake)
    standings = Outbox(lake).standings()
    unposted = _unposted(lake, standings) if loaded.online.enabled else ""
    shown = [standing for standing in standings if everything or standing.due]
    if as_json:
        console.print_json(json.dumps([{**asdict(s), "due": s.due} for s in shown], default=str))
    elif shown:
        console.print(_table(shown))
    elif not unposted:
        console.print("Nothing is due: what was published is online, or the online store is switched off")
    if unposted:
        Console(stderr=as_json, emoji=False).print(unposted, highlight=False)


@app.command()
def replay(settings: SettingsPath = DEFAULT_SETTINGS) -> None:
    """Deliver what is due; the last load holds what those before it would have put online, and closes them."""
    loaded = for_spark(settings)
    from features.spark.session import session  # noqa: PLC0415  the list needs neither it nor Feast
    from jobs import delivery  # noqa: PLC0415

    with stoppable(), in_words(loaded.lake), console.status("starting Spark …") as status:
        done = delivery.replay(
            loaded,
            lambda: session(loaded.spark),
            lambda table, rows: status.update(f"online store: {rows:,} rows of {table} …"),
        )
    if done is None:
        console.print("Nothing is due")
        return
    load_of, counts = done
    rows = ", ".join(f"{name} {count:,}" for name, count in asdict(counts).items())
    console.print(f"Online as of the run {load_of.run_id}: {rows}", highlight=False)


def _unposted(lake: Lake, standings: list[Standing]) -> str:
    """What to say of published pairs whose run never came to put them online; empty where it did."""
    run_id = lake.carried(PAIR_FEATURES).get("run_id") if lake.exists(PAIR_FEATURES) else None
    if run_id is None or run_id in {standing.load.run_id for standing in standings}:
        return ""
    return (
        f"What the run {run_id} published was never put online: it was stopped before, or [online] enabled was false. "
        "`pairlake run` makes all anew and loads it"
    )


def _table(standings: list[Standing]) -> Table:
    table = Table(title="Outbox", title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("run", "state", "since", "tried in vain", "why"):
        table.add_column(column, overflow="fold")
    for standing in standings:
        state = "due" if standing.due else standing.event
        tried = str(standing.failures)
        why = standing.why or ("the run ended before it was tried" if standing.due else "")
        table.add_row(standing.load.run_id, state, f"{standing.at:%Y-%m-%d %H:%M:%S}", tried, escape(why))
    return table
