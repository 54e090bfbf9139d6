"""Corpus statistics counted by Spark."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.spark.frames import to_arrow
from features.statistics import FEWEST_RECORDS


def count_names(standardised: DataFrame) -> tuple[pa.Table, int]:
    """Words of `name_core` that several records carry, with their number, and the number of named records.

    What `statistics.count_tokens` counts of `name_tokens`.
    """
    named = standardised.where(F.col("name_core").isNotNull())
    words = named.select(F.explode(F.array_distinct(F.split("name_core", " "))).alias("token"))
    counted = words.groupBy("token").agg(F.count(F.lit(1)).alias("records")).where(F.col("records") >= FEWEST_RECORDS)
    return to_arrow(counted), named.count()
