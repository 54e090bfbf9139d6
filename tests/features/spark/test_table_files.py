"""Data files read and rewritten by the workers: the same rows, whoever wrote them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from features import tables
from features.lake import Lake
from features.spark.data_files import read_files
from features.spark.frames import checksum
from features.spark.table_files import map_files, without
from features.tables import Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

SCHEMA = pa.schema(
    [
        pa.field("id_l", pa.string()),
        pa.field("id_r", pa.string()),
        pa.field("keys", pa.list_(pa.int64())),
        pa.field("event_timestamp", tables.TIMESTAMP),
    ]
)
TABLE = Table("pairs", SCHEMA, ("id_l", "id_r"), "Pairs.")


@pytest.fixture
def lake(spark: SparkSession, lake_root: str) -> Lake:
    """A table of 100 pairs in three files, written by the JVM."""
    lake = Lake(lake_root)
    rows = spark.range(0, 100, 1, 3).select(
        F.concat(F.lit("l"), F.col("id") % 10).alias("id_l"),
        F.concat(F.lit("r"), F.col("id") % 7).alias("id_r"),
        F.array("id", F.col("id") * 2).alias("keys"),
        F.lit(datetime(2026, 1, 1, tzinfo=UTC)).alias("event_timestamp"),
    )
    lake.overwrite(rows, TABLE)
    return lake


def test_copies_hold_every_row_but_those_of_which_a_column_holds_a_value(spark: SparkSession, lake: Lake) -> None:
    folder = str(Path(lake.root) / "copies")
    Path(folder).mkdir()
    files, gone = without(spark, lake.data_files(TABLE), SCHEMA, TABLE.key, pa.array(["l3", "r5"]), folder)
    before = lake.read(spark, TABLE)
    left = before.where("id_l <> 'l3' AND id_r <> 'r5'")
    copies = read_files(spark, folder, files, SCHEMA)
    assert gone == 100 - left.count() > 0
    assert sum(files["rows"].to_pylist()) == left.count()
    assert checksum(copies) == checksum(left)
    assert {row[0] for row in copies.select("event_timestamp").collect()} == {
        row[0] for row in before.select("event_timestamp").collect()
    }


def test_workers_read_the_columns_asked_for_of_every_file(spark: SparkSession, lake: Lake) -> None:
    read = pa.schema([SCHEMA.field("keys"), SCHEMA.field("id_l")])
    frame = map_files(spark, lake.data_files(TABLE), read, lambda batch: batch, read)
    assert checksum(frame) == checksum(lake.read(spark, TABLE).select("keys", "id_l"))
