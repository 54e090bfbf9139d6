"""Pairs by the rules that bring them, counted by Spark: neither the pairs nor a truth table need fit one machine."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.kernel.diagnostics import Truth
from features.kernel.prune import Prune
from features.kernel.refine import Keys
from features.kernel.shared_rules import COUNTED, FOUND, JUDGED, count_batch, judge_batch
from features.spark.frames import held, map_batches, to_arrow
from features.spark.given import GivenPairs, beside
from features.spark.truth import matches_of

LISTED = 10_000
"""Most missed pairs that are told one by one; all are counted."""


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
    """A truth table against the published pairs. SourceError as in `matches_of`."""
    published = pairs.select("id_l", "id_r", F.lit(True).alias("published"))
    with matches_of(given, entities, linking=linking) as matches:
        known = matches.frame.join(published, ["id_l", "id_r"], "left").fillna({"published": False})
        with_keys = beside(known, entities, ["keys"])
        with held(map_batches(with_keys, lambda batch: judge_batch(batch, rules, dropped), JUDGED)) as judged:
            counted = judged.groupBy("rules", "status").agg(F.count(F.lit(1)).alias("pairs"))
            missed = judged.where(F.col("status") != FOUND).orderBy("id_l", "id_r").limit(LISTED)
            by_rules, told = to_arrow(counted.orderBy("rules", "status")), to_arrow(missed).cast(JUDGED)
            return Truth(matches.account, matches.unknown, matches.unknown_ids, by_rules, told)
