"""Statistics counted by Spark are those counted in memory, whatever the partitions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from features.spark.statistics import count_names, count_order
from features.statistics import Split, Statistics, count_tokens, split_points

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

NAMES = [
    "orion bank",
    "orion trust",
    "acme",
    "acme",
    "acme",
    "zürich bank",
    "ａcme",
    "銀行",
    "🏦 bank",
    "Z",
    "a b",
    None,
]


@pytest.mark.parametrize("partitions", [1, 5])
def test_words_and_places_are_those_of_a_count_in_memory(spark: SparkSession, partitions: int) -> None:
    frame = spark.createDataFrame([(name,) for name in NAMES], "name_core string").repartition(partitions)
    named = [name for name in NAMES if name]
    lists = pa.array([sorted(set(name.split())) for name in named], pa.list_(pa.string()))
    splits = {Split("name_core", size): count_order(frame, Split("name_core", size)) for size in (1, 2, 3, 50)}
    for split, points in splits.items():
        assert points == split_points(sorted(Counter(named).items()), split.records)
    counted = Statistics.of(*count_names(frame), splits)
    assert counted.version == Statistics.of(*count_tokens(lists), splits).version
