"""The command `pairlake training-set`: labelled pairs with features as they were published by each label's time."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from features.damage import in_words
from features.settings import SettingsError, load
from jobs.options import DEFAULT_SETTINGS, SettingsPath
from jobs.stopping import stoppable


def training_set(
    labels: Annotated[str, typer.Option(help="Labelled pairs: .csv, .parquet or Delta.")],
    name: Annotated[str, typer.Option(help="Name of the set: training/NAME in the lake.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_of: Annotated[str | None, typer.Option(help="Time of labels that have none, as 2026-01-31T12:00:00Z.")] = None,
    split: Annotated[str, typer.Option(help="Shares of train, validation, test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option(help="Draws another split.")] = 0,
    out: Annotated[str | None, typer.Option(help="Write the Delta table here instead of into the lake.")] = None,
    parquet: Annotated[str | None, typer.Option(help="Copy its Parquet files and its manifest to this folder.")] = None,
) -> None:
    """Labelled pairs with their features as published by each label's time, split so that no record is on two sides."""
    loaded, time = load(settings), _time(as_of)
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
        raise SettingsError(f"--name is {name!r}; wanted small letters, digits, - and _, a letter first")
    from features.kernel.split import shares_of  # noqa: PLC0415  scipy and Spark take seconds to import
    from features.spark.session import check_java, session  # noqa: PLC0415
    from jobs import training  # noqa: PLC0415

    shares = shares_of(split)
    if not loaded.spark.provided:
        check_java()
    console = Console(emoji=False)
    with stoppable(), in_words(loaded.lake), console.status("making the training set …"):
        asked = training.Asked(labels, name, time, shares, seed, out, parquet)
        made = training.make(loaded, session(loaded.spark), asked)
    _show(console, made)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    time = None
    with suppress(ValueError):
        time = datetime.fromisoformat(text)
    if time is None or time.tzinfo is None:
        raise SettingsError(f"--as-of is {text!r}; wanted a time with its zone, as 2026-01-31T12:00:00Z")
    return time


def _show(console: Console, made: Any) -> None:
    """What became of the labels, in words."""
    manifest = made.manifest
    origin, pairs = manifest["origin"], manifest["split"]["pairs"]
    for line in (
        f"{origin['published'] + origin['computed']:,} of {manifest['labels']['rows']:,} labels with features, "
        f"{origin['published']:,} as published and {origin['computed']:,} computed: {escape(made.path)}",
        ", ".join(f"{part} {count:,}" for part, count in pairs.items())
        + f"; {manifest['split']['clusters']:,} clusters of records, the largest of "
        f"{manifest['split']['largest']['records']:,} records and {manifest['split']['largest']['pairs']:,} pairs",
        *(f"{count:,} without features, {reason}" for reason, count in manifest["labels"]["without features"].items()),
    ):
        console.print(line, highlight=False)
    if made.warning:
        console.print(f"The shares cannot be as asked: {made.warning}", highlight=False)
    if made.unknown_ids:
        names = ", ".join(map(repr, made.unknown_ids))
        console.print(f"Unknown ids, the first ones: {escape(names)}", highlight=False)
