"""Features of pairs given from outside, by the records of a lake and the kernel that made its pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.fs
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from rich.console import Console
from rich.markup import escape

from features import catalogue as catalogues
from features.errors import PairlakeError
from features.lake import Lake
from features.settings import Settings
from features.spark.files import SourceError
from features.spark.frames import held
from features.spark.given import REASONS, GivenPairs, no_pair, open_pairs, resolved, unknown_ids
from features.spark.scoring import scored
from features.storage import file_system
from features.tables import ENTITY_FEATURES
from features.versions import as_made


@dataclass(frozen=True)
class Scored:
    """What became of a list: its rows, those that got features, the others by reason, and the first unknown ids."""

    rows: int
    scored: int
    reasons: dict[str, int]
    unknown_ids: tuple[str, ...]
    features: int
    fingerprint: str


class OutputError(PairlakeError):
    """The result cannot be written where it was asked for."""


def of_list(settings: Settings, spark: SparkSession, pairs: str, out: str) -> Scored:
    """Write a list's pairs with their features to `out`: Parquet where the path ends so, else a Delta table.

    A row for each of the list's, in its order; null features and a reason where it is no pair of two records.
    SourceError for a list of which no row is, FingerprintError as in `as_made`.
    """
    lake = Lake(settings.lake)
    commit = lake.last_commit(ENTITY_FEATURES)
    made_by = commit["metadata"]
    catalogue = as_made(lake, catalogues.chosen(settings), made_by["fingerprint"])
    entities = lake.read(spark, ENTITY_FEATURES, version=commit["version"])
    given = open_pairs(spark, pairs, "pairs")
    _refuse_ours(given, {"fingerprint", *(feature.name for feature in catalogue.pair_features)})
    with held(resolved(given.frame, entities, linking=settings.linking)) as rows:
        reasons = {row["reason"]: row["count"] for row in rows.groupBy("reason").count().collect()}
        known, unknown = reasons.pop(None, 0), unknown_ids(rows)
        if not known:
            raise SourceError(no_pair(given, reasons, unknown))
        with held(scored(rows, entities, catalogue)) as found:  # a sort looks at its rows twice
            _write(found.withColumn("fingerprint", F.lit(catalogue.fingerprint)).orderBy("row"), out, made_by)
    return Scored(given.rows, known, reasons, unknown, len(catalogue.pair_features), catalogue.fingerprint)


def _write(rows: DataFrame, out: str, made_by: Mapping[str, Any]) -> None:
    """Whole, or not at all: half of a result would be in the way of the next one."""
    kind = "parquet" if out.rstrip("/").endswith(".parquet") else "delta"
    try:
        rows.write.format(kind).option("userMetadata", json.dumps(made_by)).save(absolute(out))
    except BaseException:
        store, inside = file_system(absolute(out))
        if store.get_file_info(inside).type == pyarrow.fs.FileType.Directory:
            store.delete_dir(inside)
        raise


def show(console: Console, scored: Scored, out: str) -> None:
    """What became of a list, in words."""
    console.print(
        f"{scored.scored:,} of {scored.rows:,} pairs scored, {scored.features} features each, fingerprint "
        f"{scored.fingerprint}: {escape(out)}",
        highlight=False,
    )
    for reason, count in scored.reasons.items():
        console.print(f"{count:,} rows without features, {reason}: {REASONS[reason]}", highlight=False)
    if scored.unknown_ids:
        names = ", ".join(map(repr, scored.unknown_ids))
        console.print(f"Unknown ids, the first ones: {escape(names)}", highlight=False)


def refuse_existing(out: str) -> None:
    """OutputError where there is something already."""
    store, inside = file_system(absolute(out))
    if store.get_file_info(inside).type != pyarrow.fs.FileType.NotFound:
        raise OutputError(f"{out} is there already; name another place with --out, or take it away")


def absolute(path: str) -> str:
    """A local path from the root on; an object store's address as it is."""
    return path.rstrip("/") if "://" in path else str(Path(path).expanduser().absolute())


def _refuse_ours(given: GivenPairs, ours: set[str]) -> None:
    for column in given.further:
        if column.lower() in ours:
            raise SourceError(f"{given.title} has a column {column!r}, which the features bring as well; rename it")
