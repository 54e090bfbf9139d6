"""Which records changed: by comparing two states of a table, or by its change data feed; and how they are merged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.errors import PairlakeError
from features.spark.frames import content_hash, held, to_arrow
from features.tables import quoted

_BEFORE, _AFTER = ("delete", "update_preimage"), ("insert", "update_postimage")


_NO_FEED = (
    r"\bDELTA_(?:CDC|CHANGE_DATA_FEED|MISSING_CHANGE_DATA|FILE_NOT_FOUND|LOG_FILE_NOT_FOUND|MISSING_FILES|NO_COMMITS|"
    r"NO_RECREATABLE_HISTORY|STATE_RECOVER|TRUNCATED|VERSION)|VersionNotFoundException|"
    "for reading change data is invalid"
)
"""What Delta says of changes that were not recorded, and of a log that no longer has them; the last two before 4.0."""

_GONE = r"FileNotFoundException:\s*(?=[^\n]*(?:not exist|No such))[^\n]*"
"""Before the path of a file that is gone. Java says the same of one that it has no right, or no room, to open."""


class FeedError(PairlakeError):
    """A table has no feed of its changes since the version asked for."""


def differing(now: DataFrame, before: DataFrame, columns: Sequence[str]) -> pa.Array:
    """Ids of records that are not the same in both states, by a 64-bit hash of the columns.

    `before` has a record once; one that `now` has in several versions differs.
    """
    content = content_hash(columns).alias("content")
    hashed = now.where(F.col("entity_id").isNotNull()).select("entity_id", content).distinct()
    versions = hashed.groupBy("entity_id").agg(F.count(F.lit(1)).alias("versions"), F.min("content").alias("now"))
    both = versions.join(before.select("entity_id", content.alias("before")), "entity_id", "full_outer")
    same = (F.col("versions") == 1) & (F.col("now") == F.col("before"))
    return _ids(both.where(~F.coalesce(same, F.lit(False))))


@contextmanager
def feed_of(spark: SparkSession, path: str, since: int, columns: Sequence[str]) -> Iterator[DataFrame]:
    """What became of each record of a Delta table that changed after a version, by its change data feed.

    Columns: entity_id, `was` and `now`, the record's columns before and after as a struct, null where it was not
    there. A record that ended as it began is left out. The feed is read once, and held meanwhile. FeedError where
    there is no such feed.
    """
    with _reaching(path, since):
        images = _images(spark, path, since)
        after = F.col("_change_type").isin(*_AFTER)
        order = F.struct("_commit_version", after.alias("after"))
        image = F.struct(F.col("_change_type"), F.struct(*columns).alias("record"))
        ends = images.groupBy("entity_id").agg(
            F.min_by(image, order).alias("first"), F.max_by(image, order).alias("last")
        )
        found = ends.select(
            "entity_id",
            F.when(F.col("first._change_type").isin(*_BEFORE), F.col("first.record")).alias("was"),
            F.when(F.col("last._change_type").isin(*_AFTER), F.col("last.record")).alias("now"),
        ).where(~F.col("was").eqNullSafe(F.col("now")))
    with held(found) as feed:
        with _reaching(path, since):
            feed.count()  # files of the feed that are gone show when they are read
        yield feed


def merged_since(spark: SparkSession, path: str, since: int) -> pa.Array:
    """Ids of all records that were merged into a Delta table after a version, whatever became of them. FeedError."""
    with _reaching(path, since):
        return _ids(_images(spark, path, since).select("entity_id").distinct())


def _images(spark: SparkSession, path: str, since: int) -> DataFrame:
    reader = spark.read.format("delta").option("readChangeFeed", "true").option("startingVersion", since + 1)
    return reader.load(path)


@contextmanager
def _reaching(path: str, since: int) -> Iterator[None]:
    """Around a reading of the feed: FeedError where it, or a file of it, is not there; any other fault goes on."""
    try:
        yield
    except Exception as error:
        if not re.search(f"{_NO_FEED}|{_GONE}/{re.escape(Path(path).name)}/", str(error)):
            raise
        raise FeedError(f"the change data feed of {path} does not reach back to version {since}") from error


def among(frame: DataFrame, ids: pa.Array) -> DataFrame:
    """The rows of these records."""
    return frame.join(F.broadcast(_frame(frame.sparkSession, ids)), "entity_id", "left_semi").select(frame.columns)


def merge(rows: DataFrame, touched: pa.Array, path: str) -> None:
    """Put the rows of touched records into a table; a touched record without a row leaves it.

    In SQL: Delta's own Python API is a package that platforms bring in other places, or not at all.
    """
    spark = rows.sparkSession
    changes = _frame(spark, touched).join(rows.select("*", F.lit(True).alias("_there")), "entity_id", "left")
    table = quoted(path).replace("{", "{{").replace("}", "}}")
    names = [quoted(name) for name in rows.columns]
    spark.sql(
        f"MERGE INTO delta.{table} AS held USING {{changes}} AS changes ON held.entity_id = changes.entity_id "
        "WHEN MATCHED AND changes._there IS NULL THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET {', '.join(f'{name} = changes.{name}' for name in names)} "
        f"WHEN NOT MATCHED AND changes._there THEN INSERT ({', '.join(names)}) "
        f"VALUES ({', '.join(f'changes.{name}' for name in names)})",
        changes=F.broadcast(changes),
    )


def _ids(frame: DataFrame) -> pa.Array:
    return to_arrow(frame.select("entity_id")).column("entity_id").combine_chunks()


def _frame(spark: SparkSession, ids: pa.Array) -> DataFrame:
    return spark.createDataFrame(ids.to_pandas().to_frame("entity_id"), "entity_id string")
