"""Labelled pairs: which of a given list are matches of two records, and what became of every other row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.spark.files import SourceError
from features.spark.frames import held
from features.spark.given import REASONS, GivenPairs, no_pair, open_pairs, resolved, unknown_ids

LABELS = ("label", "match")
"""What a truth table's column may be called that says whether a pair is a match."""

_YES, _NO = ("1", "1.0", "true"), ("0", "0.0", "false")


@dataclass(frozen=True)
class Matches:
    """The matches of a truth table, each pair (id_l, id_r) once.

    `account` counts the table's rows by what became of them: no match by its label, contradicted by another row, a
    copy of another, of no two records (REASONS), or one of the `matches`. `unknown` are further pairs, each once, of
    which an id names no one record, `unknown_ids` the first such ids.
    """

    frame: DataFrame
    account: dict[str, int]
    unknown: int
    unknown_ids: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """Matches in memory, in order, for a plan; which ids are unknown is not told, as plans are recorded."""

    pairs: tuple[tuple[str, str], ...]
    account: dict[str, int]

    def __str__(self) -> str:
        """How many there are, and what else the table holds."""
        said = [f"{len(self.pairs):,} labelled pairs of which both records are there"]
        others = [f"{self.account[reason]:,} {reason}" for reason in _NOT_USED if self.account.get(reason)]
        if others:
            said.append(f"rows that are not used: {', '.join(others)}")
        return "; ".join(said)


_NOT_USED = (*REASONS, "contradicted")
_NO_RECORD = ("unknown_id", "ambiguous_id")
"""Why a row may be a match that no blocking could find; one record twice, or two of a side, are no pair at all."""


def open_truth(spark: SparkSession, path: str) -> GivenPairs:
    """The truth table at a path. SourceError as in `open_pairs`."""
    return open_pairs(spark, path, "truth", LABELS)


@contextmanager
def matches_of(given: GivenPairs, entities: DataFrame, *, linking: bool, naming: bool = True) -> Iterator[Matches]:
    """The matches of a truth table among the records of entity_features.

    SourceError for labels that say nothing, and where no row is a match of two records. Without `naming` neither that
    nor the matches name an unknown id.
    """
    with held(resolved(labelled(given), entities, linking=linking)) as rows:
        agreed = _agreed(rows.where("reason is null"))
        names = unknown_ids(rows.where("match")) if naming else ()
        account = _account(given, rows) | _counts(agreed)
        if account["no_match"] == given.rows:
            raise SourceError(
                f"{given.title} calls none of its {given.rows:,} pairs a match; there is nothing to judge by"
            )
        if not account["matches"]:
            raise SourceError(no_pair(given, account, names))
        lost = any(account[reason] for reason in _NO_RECORD)
        unknown = _counts(_agreed(_unnamed(rows, linking=linking)))["matches"] if lost else 0
        yield Matches(agreed.where("contradicted = 0").select("id_l", "id_r"), account, unknown, names)


def known_matches(given: GivenPairs, entities: DataFrame, *, linking: bool) -> Known:
    """Those matches in memory, in the order of their ids. SourceError as in `matches_of`."""
    with matches_of(given, entities, linking=linking, naming=False) as matches:
        rows = matches.frame.orderBy("id_l", "id_r").collect()
        return Known(tuple((row["id_l"], row["id_r"]) for row in rows), matches.account)


def labelled(given: GivenPairs) -> DataFrame:
    """The rows with whether they are a `match`, null where the label says neither; all are where there is no label."""
    column = next((name for name in LABELS if name in given.further), None)
    if column is None:
        return given.frame.withColumn("match", F.lit(True))
    text = F.lower(F.trim(F.col(column).cast("string")))
    return given.frame.withColumn("match", F.when(text.isin(*_YES), True).when(text.isin(*_NO), False))


def _account(given: GivenPairs, rows: DataFrame) -> dict[str, int]:
    """Rows by what keeps them from being judged. SourceError for labels that are neither yes nor no."""
    counts = {(row["match"], row["reason"]): row["count"] for row in rows.groupBy("match", "reason").count().collect()}
    refuse_unclear(given, sum(count for (match, _), count in counts.items() if match is None))
    no_match = sum(count for (match, _), count in counts.items() if not match)
    return {"rows": given.rows, "no_match": no_match, **{reason: counts.get((True, reason), 0) for reason in REASONS}}


def refuse_unclear(given: GivenPairs, unclear: int) -> None:
    """SourceError where so many labels say neither yes nor no."""
    if unclear:
        raise SourceError(
            f"{given.title}: in {unclear:,} of {given.rows:,} rows the label is empty or neither 0 nor 1; wanted 1 for "
            "a match and 0 for none (true and false will do)"
        )


def _unnamed(rows: DataFrame, *, linking: bool) -> DataFrame:
    """The rows of which an id names no one record, with that id as it was given; deduplicating, in one order."""
    one, other = (F.coalesce(f"id_{side}", f"given_{side}", F.lit("")) for side in "lr")
    first, second = (one, other) if linking else (F.least(one, other), F.greatest(one, other))
    return rows.where(F.col("reason").isin(*_NO_RECORD)).select(first.alias("id_l"), second.alias("id_r"), "match")


def _agreed(rows: DataFrame) -> DataFrame:
    """Each pair that a row calls a match: further rows that do, or, where another says no, all that do."""
    by_pair = rows.groupBy("id_l", "id_r")
    counted = by_pair.agg(F.count_if("match").alias("yes"), F.count_if(~F.col("match")).alias("no")).where("yes > 0")
    disputed = F.col("no") > 0
    return counted.select(
        "id_l",
        "id_r",
        F.when(disputed, F.col("yes")).otherwise(0).alias("contradicted"),
        F.when(disputed, 0).otherwise(F.col("yes") - 1).alias("copies"),
    )


def _counts(agreed: DataFrame) -> dict[str, int]:
    """Rows that another contradicts, further copies of a pair, and the pairs that are left to judge by."""
    sums = agreed.agg(F.sum("contradicted"), F.sum("copies"), F.count_if(F.col("contradicted") == 0)).collect()[0]
    return dict(zip(("contradicted", "copies", "matches"), (int(n or 0) for n in sums), strict=True))
