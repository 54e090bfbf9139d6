"""Which records changed, by comparison and by the change data feed, and what a merge leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from features.lake import Lake
from features.spark.changes import FeedError, among, differing, feed_of, merge
from features.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

TABLE = Table("records", pa.schema([pa.field("entity_id", pa.string())]), ("entity_id",), "Records.", merged=True)
SCHEMA = "entity_id string, name string, aliases array<string>"
COLUMNS = ["entity_id", "name", "aliases"]
HELD = [("a", "Alpha", None), ("b", None, ["Beta"]), ("c", "Gamma", []), ("d", "Delta", None)]

Row = tuple[str | None, str | None, list[str] | None]


def frame(spark: SparkSession, rows: list[Row]) -> DataFrame:
    return spark.createDataFrame(rows, SCHEMA)


@pytest.fixture
def lake(spark: SparkSession, lake_root: str) -> Lake:
    """A lake whose one table holds HELD in its version 0."""
    lake = Lake(lake_root)
    lake.overwrite(frame(spark, HELD), TABLE)
    return lake


def test_records_differ_that_came_went_changed_or_are_there_in_several_versions(spark: SparkSession) -> None:
    now = [
        ("a", "Alpha", None),
        ("a", "Alpha", None),  # an exact copy changes nothing
        ("b", "Beta", None),  # a value that moved to the next column
        ("d", "Delta", None),
        ("d", "Delta Bank", None),
        ("e", "Epsilon", None),
        (None, "Nobody", None),
    ]
    found = differing(frame(spark, now), frame(spark, HELD), COLUMNS)
    assert sorted(found.to_pylist()) == ["b", "c", "d", "e"]
    assert not len(differing(frame(spark, HELD[::-1]), frame(spark, HELD), COLUMNS))


def test_a_merge_leaves_the_rows_given_and_removes_touched_records_without_one(spark: SparkSession, lake: Lake) -> None:
    rows = frame(spark, [("b", "Beta", ["B"]), ("e", "Epsilon", None)])
    merge(rows, pa.array(["b", "c", "e", "unknown"]), lake.path(TABLE))
    held = sorted(tuple(row) for row in lake.read(spark, TABLE).collect())
    assert held == [("a", "Alpha", None), ("b", "Beta", ["B"]), ("d", "Delta", None), ("e", "Epsilon", None)]
    assert lake.operations_since(TABLE, 0) == ["MERGE"]


def test_the_feed_tells_what_became_of_each_record_over_several_versions(spark: SparkSession, lake: Lake) -> None:
    path = lake.path(TABLE)
    merge(frame(spark, [("a", "Alpha 2", None), ("e", "Epsilon", None)]), pa.array(["a", "b", "d", "e"]), path)
    merge(frame(spark, [("a", "Alpha 3", None), ("d", "Delta", None)]), pa.array(["a", "d", "e"]), path)
    with feed_of(spark, path, 0, COLUMNS) as feed:
        found = {row["entity_id"]: (row["was"], row["now"]) for row in feed.collect()}
    # d went and came again as it was, e came and went: nothing became of either.
    assert found.keys() == {"a", "b"}
    assert (found["a"][0]["name"], found["a"][1]["name"]) == ("Alpha", "Alpha 3")
    assert (found["b"][0]["aliases"], found["b"][1]) == (["Beta"], None)


def test_a_feed_is_read_once_and_one_whose_files_are_gone_is_an_error_in_words(spark: SparkSession, lake: Lake) -> None:
    path = lake.path(TABLE)
    merge(frame(spark, [("a", "Alpha 2", None)]), pa.array(["a", "b"]), path)
    with feed_of(spark, path, 0, COLUMNS) as feed:
        for file in Path(path).glob("_change_data/*"):
            file.unlink()
        assert [row["now"] and row["now"]["name"] for row in feed.orderBy("entity_id").collect()] == ["Alpha 2", None]
    with pytest.raises(FeedError, match="does not reach back to version 0"), feed_of(spark, path, 0, COLUMNS):
        pytest.fail("a feed without its files")


def test_rows_of_some_records_keep_the_order_of_their_columns(spark: SparkSession) -> None:
    rows = frame(spark, HELD).select("name", "entity_id")
    assert [tuple(row) for row in among(rows, pa.array(["c"])).collect()] == [("Gamma", "c")]
