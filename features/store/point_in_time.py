"""Features of pairs as they were at the time of each pair's label, joined by Spark out of the lake's own table."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.store import StoreError
from features.tables import PAIR_FEATURES, quoted

TIME = "event_timestamp"
PAIR_KEY = (*PAIR_FEATURES.key, TIME)


def features_as_of(pairs: DataFrame, path: str, features: Sequence[str]) -> DataFrame:
    """The pairs (id_l, id_r, event_timestamp, further columns), each once, with the last features by its time.

    `path` is a Delta table of pair features. Features are null where a pair had none by then, or an id is null.
    StoreError for pairs that cannot be answered, or where the table has several rows of a pair and event time.
    """
    refuse_pairs(pairs, features)
    table = pairs.sparkSession.read.format("delta").load(path).select(*PAIR_KEY, *(quoted(name) for name in features))
    known = table.withColumnRenamed(TIME, "known_from")
    asked = pairs.select(*PAIR_KEY).distinct()
    by_then = asked.join(known, list(PAIR_FEATURES.key)).where(F.col("known_from") <= F.col(TIME))
    values = F.struct(*(F.col(quoted(name)) for name in features))
    each_time = by_then.groupBy(*PAIR_KEY, "known_from").agg(
        F.first(values).alias("values"), F.count("*").alias("rows")
    )
    last = each_time.groupBy(*PAIR_KEY).agg(F.max_by(F.struct("values", "rows"), "known_from").alias("last"))
    several = last.where(F.col("last.rows") > 1).limit(1).count()
    if several:
        raise StoreError(f"{PAIR_FEATURES.name} holds several rows of one pair and event time; wanted one. Run again")
    kept = [F.col(quoted(name)) for name in pairs.columns if name not in PAIR_KEY]
    found = last.select(*PAIR_KEY, "last.values.*")
    return pairs.join(found, list(PAIR_KEY), "left").select(
        *PAIR_KEY, *kept, *(F.col(quoted(name)) for name in features)
    )


def refuse_pairs(pairs: DataFrame, features: Sequence[str]) -> None:
    """StoreError for pairs without a key, with a column that is a feature too, or whose time is none or missing."""
    missing = [name for name in PAIR_KEY if name not in pairs.columns]
    if missing:
        raise StoreError(f"the pairs have no column {missing[0]!r}; wanted {', '.join(PAIR_KEY)} and any others")
    taken = [name for name in pairs.columns if name in features]
    if taken:
        raise StoreError(f"the pairs have a column {taken[0]!r} of their own, which is also a feature; rename it")
    kind = pairs.schema[TIME].dataType.simpleString()
    if kind != "timestamp":
        raise StoreError(f"{TIME} of the pairs is {kind}; wanted timestamp, the time of the label")
    untimed = pairs.where(F.col(TIME).isNull()).count()
    if untimed:
        raise StoreError(f"{untimed:,} pairs have no {TIME}; a label without a time has no features")
