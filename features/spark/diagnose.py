"""Pairs by the rules that bring them, counted by Spark: neither the pairs nor a truth table need fit one machine."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.kernel.diagnostics import Truth
from features.kernel.prune import Prune
from features.kernel.refine import Keys
from features.kernel.shared_rules import COUNTED, FOUND, JUDGED, count_batch, judge_batch
from features.spark.files import SourceError
from features.spark.frames import BatchFunction, held, map_batches, to_arrow
from features.spark.given import REASONS, GivenPairs, beside, no_pair, resolved, unknown_ids

LABELS = ("label", "match")
"""What a truth table's column may be called that says whether a pair is a match."""

LISTED = 10_000
"""Most missed pairs that are told one by one; all are counted."""

_YES, _NO = ("1", "1.0", "true"), ("0", "0.0", "false")


def count_pairs(pairs: DataFrame, entities: DataFrame, rules: int, dropped: Keys, likely: Prune | None) -> pa.Table:
    """pair_features as COUNTED, a row for each set of rules."""
    floors = [feature.name for feature in likely.features] if likely else []
    with_keys = beside(pairs.select("id_l", "id_r", *floors), entities, ["keys"])
    counted = map_batches(with_keys, lambda batch: count_batch(batch, rules, dropped, likely), COUNTED)
    summed = counted.groupBy("rules", "likely").agg(F.sum("pairs").alias("pairs"))
    return to_arrow(summed.orderBy("rules", "likely")).cast(COUNTED)


def judge(
    given: GivenPairs, pairs: DataFrame, entities: DataFrame, rules: int, dropped: Keys, *, linking: bool
) -> Truth:
    """A truth table against the published pairs.

    Every row of the table is accounted for: no match by its label, contradicted by another row, a copy of another,
    of no two records (REASONS), or judged. SourceError for labels that say nothing and where no row can be judged.
    """
    with held(resolved(_labelled(given), entities, linking=linking)) as rows:
        return _judged(given, rows, pairs, entities, lambda batch: judge_batch(batch, rules, dropped))


def _judged(given: GivenPairs, rows: DataFrame, pairs: DataFrame, entities: DataFrame, judging: BatchFunction) -> Truth:
    agreed, names = _agreed(rows), unknown_ids(rows.where("match"))
    account = _account(given, rows) | _counts(agreed)
    if account["no_match"] == given.rows:
        raise SourceError(f"{given.title} calls none of its {given.rows:,} pairs a match; there is nothing to judge by")
    if not account["matches"]:
        raise SourceError(no_pair(given, account, names))
    published = pairs.select("id_l", "id_r", F.lit(True).alias("published"))
    matches = agreed.where("contradicted = 0").join(published, ["id_l", "id_r"], "left").fillna({"published": False})
    with_keys = beside(matches.select("id_l", "id_r", "published"), entities, ["keys"])
    with held(map_batches(with_keys, judging, JUDGED)) as judged:
        by_rules = judged.groupBy("rules", "status").agg(F.count(F.lit(1)).alias("pairs")).orderBy("rules", "status")
        missed = judged.where(F.col("status") != FOUND).orderBy("id_l", "id_r").limit(LISTED)
        unknown = sum(account[reason] for reason in REASONS)
        return Truth(account, unknown, names, to_arrow(by_rules), to_arrow(missed).cast(JUDGED))


def _labelled(given: GivenPairs) -> DataFrame:
    """The rows with whether they are a `match`, null where the label says neither; all are where there is no label."""
    column = next((name for name in LABELS if name in given.further), None)
    if column is None:
        return given.frame.withColumn("match", F.lit(True))
    text = F.lower(F.trim(F.col(column).cast("string")))
    return given.frame.withColumn("match", F.when(text.isin(*_YES), True).when(text.isin(*_NO), False))


def _account(given: GivenPairs, rows: DataFrame) -> dict[str, int]:
    """Rows by what keeps them from being judged. SourceError for labels that are neither yes nor no."""
    counts = {(row["match"], row["reason"]): row["count"] for row in rows.groupBy("match", "reason").count().collect()}
    unclear = sum(count for (match, _), count in counts.items() if match is None)
    if unclear:
        raise SourceError(
            f"{given.title}: in {unclear:,} of {given.rows:,} rows the label is empty or neither 0 nor 1; wanted 1 for "
            "a match and 0 for none (true and false will do)"
        )
    no_match = sum(count for (match, _), count in counts.items() if not match)
    return {"rows": given.rows, "no_match": no_match, **{reason: counts.get((True, reason), 0) for reason in REASONS}}


def _agreed(rows: DataFrame) -> DataFrame:
    """Each pair that a row calls a match: further rows that do, or, where another says no, all that do."""
    by_pair = rows.where("reason is null").groupBy("id_l", "id_r")
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
