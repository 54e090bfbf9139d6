"""Pairs given from outside (labelled pairs, a client's candidate list): read, numbered, and which records they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import deltalake
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from features.sections import Files, nearest
from features.spark.files import CORRUPT, Part, SourceError, open_parts, reading
from features.spark.sources import as_text
from features.tables import quoted

ID_COLUMNS = (("id_l", "id_r"), ("id_left", "id_right"))
"""What the two id columns of a list may be called."""

OURS = ("row", "given_l", "given_r", "id_l", "id_r", "reason")
"""Columns that a list gets; `row` counts from 1, `given_…` are the ids as they were given."""

REASONS = {
    "unknown_id": "an id is empty, or of no record of the lake",
    "ambiguous_id": "an id without its source is of records of several sources",
    "same_record": "both ids are of one record",
    "same_side": "linking, both records are of one side",
}
"""Why a given pair is no pair of records."""

NAMED = 20
"""Most unknown ids that are told."""

_SIDES = (("l", "left"), ("r", "right"))
_ROWS_BITS = 33
"""Bits of monotonically_increasing_id below the number of the partition."""


@dataclass(frozen=True)
class GivenPairs:
    """A list of pairs: `row`, `given_l`, `given_r` and the list's `further` columns."""

    frame: DataFrame
    title: str
    rows: int
    further: tuple[str, ...]


def open_pairs(spark: SparkSession, path: str, name: str, further: Sequence[str] | None = None) -> GivenPairs:
    """The list at a path, CSV, Parquet or Delta by what the path says; its rows numbered as they are read.

    With it come those of the `further` columns that it has, or all. SourceError for a list that is absent, empty or
    broken, that has no two id columns, or a column of a name in OURS.
    """
    parts = open_parts(spark, files_of(path, name))
    if len(parts) > 1:
        raise SourceError(f"{name} names files of different columns ({path}); wanted one list, or files of one layout")
    part = parts[0]
    ids = _id_columns(part)
    others = [c for c in part.frame.columns if c not in (*ids, CORRUPT) and (further is None or c in further)]
    for column in others:
        if column.lower() in OURS:
            raise SourceError(f"{part.title} has a column {column!r}, which the result has as well; rename it")
    numbered, rows = _numbered(part)
    given = (F.trim(as_text(part, of)).alias(to) for of, to in zip(ids, ("given_l", "given_r"), strict=True))
    return GivenPairs(numbered.select("row", *given, *map(quoted, others)), part.title, rows, tuple(others))


def files_of(path: str, name: str) -> Files:
    """The files at a path, under a name for messages. SourceError where the path does not say its format."""
    remote = "://" in path
    local = Path(path).expanduser().absolute()
    there, suffixes = path if remote else str(local), local.suffixes
    if ".csv" in suffixes:
        return Files(name=name, format="csv", path=there)
    if (remote or local.is_dir()) and deltalake.DeltaTable.is_deltatable(there):
        return Files(name=name, format="delta", path=there)
    if ".parquet" in suffixes or local.is_dir():
        return Files(name=name, format="parquet", path=there)
    if not remote and not local.exists():
        raise SourceError(f"{name}: there is nothing at {there}")
    raise SourceError(f"{name}: {there} does not say what it is; wanted a .csv or .parquet file, or a Delta table")


def resolved(given: DataFrame, entities: DataFrame, *, linking: bool) -> DataFrame:
    """Given pairs with the entity ids of their records, null where unknown, and the `reason` why they are no pair.

    An id is an entity id, or that of a source where no other source of the column's side has the same. A pair that
    has no reason stands as in pair_features: linking, `id_l` is of the left side; else `id_l` < `id_r`.
    """
    kept, found = given.columns, _records_named(given, entities, linking=linking)
    for side, at in _SIDES:
        named = F.struct("record.entity_id", "record.side", "ambiguous").alias(f"_{side}")
        given = given.join(
            found.where(F.col("at") == at).select(F.col("name").alias(f"given_{side}"), named), f"given_{side}", "left"
        )
    left, right = F.col("_l.entity_id"), F.col("_r.entity_id")
    reason = (
        F.when(F.col("_l.ambiguous") | F.col("_r.ambiguous"), "ambiguous_id")
        .when(left.isNull() | right.isNull(), "unknown_id")
        .when(left == right, "same_record")
    )
    if linking:
        reason = reason.when(F.col("_l.side") == F.col("_r.side"), "same_side")
    turned = reason.isNull() & (F.col("_l.side") == "right" if linking else left > right)
    return given.select(
        *(quoted(name) for name in kept),
        F.when(turned, right).otherwise(left).alias("id_l"),
        F.when(turned, left).otherwise(right).alias("id_r"),
        reason.alias("reason"),
    )


def unknown_ids(rows: DataFrame) -> tuple[str, ...]:
    """The first ids, in order, that name no one record, of rows as `resolved` gives them."""
    missing = [F.when(F.col(f"id_{side}").isNull(), F.coalesce(f"given_{side}", F.lit(""))) for side, _ in _SIDES]
    ids = rows.where("reason is not null").select(F.explode(F.array(*missing)).alias("id")).where("id is not null")
    return tuple(row["id"] for row in ids.distinct().orderBy("id").limit(NAMED).collect())


def no_pair(given: GivenPairs, counts: Mapping[str, int], unknown: Sequence[str]) -> str:
    """That no row of a list is a pair of two records, in words; `counts` are of rows by reason."""
    found = ", ".join(f"{counts[reason]:,} {reason}" for reason in (*REASONS, "contradicted") if counts.get(reason))
    some = f"; unknown are {', '.join(map(repr, unknown[:5]))}{', …' if len(unknown) > 5 else ''}" if unknown else ""
    return (
        f"{given.title}: none of its {given.rows:,} pairs is one of two records of the lake ({found}{some}). Wanted "
        "entity ids as in pair_features, source:id, or the sources' own ids, left ones in the first column"
    )


def beside(pairs: DataFrame, entities: DataFrame, columns: Sequence[str], name: str = "{column}_{side}") -> DataFrame:
    """Pairs with columns of both their records, null where there is none; `name` says what the columns are called."""
    for side in "lr":
        renamed = [F.col(c).alias(name.format(column=c, side=side)) for c in columns]
        pairs = pairs.join(entities.select(F.col("entity_id").alias(f"id_{side}"), *renamed), f"id_{side}", "left")
    return pairs


def _records_named(given: DataFrame, entities: DataFrame, *, linking: bool) -> DataFrame:
    """For each id and the column `at` it stands in: the record (entity_id, side) that it names, if it is one."""
    short = F.expr("substring(entity_id, length(source) + 2)")
    known = entities.select(
        F.struct("entity_id", "side").alias("record"),
        F.explode(F.array(F.col("entity_id"), short)).alias("name"),
    )
    asked = [F.struct(F.lit(at).alias("at"), F.col(f"given_{side}").alias("name")) for side, at in _SIDES]
    whole = F.col("name") == F.col("record.entity_id")
    fits = whole | (F.col("record.side") == F.col("at")) if linking else F.lit(True)
    return (
        given.select(F.explode(F.array(*asked)).alias("asked"))
        .select("asked.*")
        .distinct()
        .join(known, "name")
        .where(fits)
        .groupBy("at", "name")
        .agg(
            F.max(F.when(whole, F.col("record"))).alias("exact"),
            F.max(F.when(~whole, F.col("record"))).alias("one"),
            F.count_if(~whole).alias("others"),
        )
        .select(
            "at",
            "name",
            F.coalesce("exact", F.when(F.col("others") == 1, F.col("one"))).alias("record"),
            (F.col("exact").isNull() & (F.col("others") > 1)).alias("ambiguous"),
        )
    )


def _id_columns(part: Part) -> tuple[str, str]:
    found = [name for name in part.frame.columns if name != CORRUPT]
    whole = [pair for pair in ID_COLUMNS if set(pair) <= set(found)]
    if whole:
        return whole[0]
    wanted = "wanted the columns id_l and id_r, or id_left and id_right"
    one = [name for pair in ID_COLUMNS for name in pair if name in found]
    if one:
        other = {"id_l": "id_r", "id_r": "id_l", "id_left": "id_right", "id_right": "id_left"}[one[0]]
        raise SourceError(f"{part.title} has a column {one[0]!r} and no {other!r}; {wanted}" + nearest(other, found))
    # The columns are not told: where there is no header line they are a row of the list.
    raise SourceError(f"{part.title} has no column of ids among its {len(found)}; {wanted}")


def _numbered(part: Part) -> tuple[DataFrame, int]:
    """The rows with their number, from 1, in the order in which they are read; and how many there are."""
    placed = part.frame.withColumn("_place", F.monotonically_increasing_id())
    broken = F.count(CORRUPT) if CORRUPT in part.frame.columns else F.lit(0)
    in_part = F.shiftright("_place", _ROWS_BITS)
    with reading():
        sizes = placed.groupBy(in_part.alias("part")).agg(F.count(F.lit(1)).alias("rows"), broken.alias("broken"))
        counted = sizes.orderBy("part").collect()
    if not counted:
        raise SourceError(f"{part.title} holds no pair")
    lost = sum(row["broken"] for row in counted)
    if lost:
        raise SourceError(
            f"{part.title}: {lost:,} lines have too many or too few fields, or a quote that is never closed; mend "
            "them, so that no pair is lost"
        )
    before, starts = 1, []
    for row in counted:
        starts += [F.lit(row["part"]), F.lit(before)]
        before += row["rows"]
    first: Column = F.element_at(F.create_map(*starts), in_part)
    within = F.col("_place").bitwiseAND(F.lit((1 << _ROWS_BITS) - 1))
    return placed.withColumn("row", (first + within).cast("long")), before - 1
