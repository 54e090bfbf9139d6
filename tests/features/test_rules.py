"""Rules that Great Expectations lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from features.rules import alike

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

ROWS = [("a", "b"), ("a", "b"), ("b", "a"), ("ab", ""), ("", "ab"), (None, "c"), (None, "c"), ("c", None), ("d", "e")]


def test_rows_alike_are_counted_by_all_their_values(spark: SparkSession) -> None:
    frame = spark.createDataFrame(ROWS, "x string, y string")
    assert alike(frame, ["x", "y"]) == 4
    assert alike(frame.dropDuplicates(), ["x", "y"]) == 0
    assert alike(frame.limit(0), ["x", "y"]) == 0


def test_rows_of_one_hash_that_differ_are_not_alike(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(F, "xxhash64", lambda *_: F.lit(7))
    assert alike(spark.createDataFrame(ROWS[2:5], "x string, y string"), ["x", "y"]) == 0
    assert alike(spark.createDataFrame(ROWS[:5], "x string, y string"), ["x", "y"]) == 2
