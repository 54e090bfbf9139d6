"""Corpus statistics counted by Spark."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.spark.frames import to_arrow
from features.statistics import FEWEST_RECORDS, Split, split_points


def count_names(standardised: DataFrame) -> tuple[pa.Table, int]:
    """Words of `name_core` that several records carry, with their number, and the number of named records.

    What `statistics.count_tokens` counts of `name_tokens`.
    """
    named = standardised.where(F.col("name_core").isNotNull())
    words = named.select(F.explode(F.array_distinct(F.split("name_core", " "))).alias("token"))
    counted = words.groupBy("token").agg(F.count(F.lit(1)).alias("records")).where(F.col("records") >= FEWEST_RECORDS)
    return to_arrow(counted), named.count()


def count_order(standardised: DataFrame, split: Split) -> tuple[str, ...]:
    """Where to cut a standardised column: `statistics.split_points` of its sorted values.

    One partition of distinct values at a time is held in memory, besides the points. Spark sorts by bytes of UTF-8,
    which is the order of code points that Python sorts by.
    """
    values = standardised.where(F.col(split.column).isNotNull()).groupBy(split.column).agg(F.count(F.lit(1)).alias("n"))
    ordered = values.orderBy(split.column).toLocalIterator()
    return split_points(((row[0], row[1]) for row in ordered), split.records)
