"""Between Arrow and Spark: schemas, functions over batches, and a table's checksum."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, cast
from zipimport import zipimporter

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

from features.errors import outlined

BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]
StreamFunction = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def spark_schema(schema: pa.Schema) -> StructType:
    """The Spark schema of an Arrow schema."""
    return from_arrow_schema(schema)


def arrow_schema(frame: DataFrame) -> pa.Schema:
    """The Arrow schema of a frame."""
    return to_arrow_schema(frame.schema)


def map_batches(frame: DataFrame, function: BatchFunction, schema: pa.Schema) -> DataFrame:
    """`function` over every Arrow batch of a frame."""
    return map_streams(frame, lambda batches: (function(batch) for batch in batches if batch.num_rows), schema)


def map_streams(frame: DataFrame, function: StreamFunction, schema: pa.Schema) -> DataFrame:
    """`function` over all Arrow batches of each partition; what it raises quotes no record."""

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        _settle()
        with outlined():  # Spark logs what a worker raises, and hands it to the driver
            yield from function(batches)

    return frame.mapInArrow(over, spark_schema(schema))


def _settle() -> None:
    """Spare a worker what PySpark makes it do before every task but its first: 0.2 s of CPU.

    It has Python read the directories of pyspark.zip and of a jar anew, and collect garbage among all that is loaded.
    """
    for path, finder in list(sys.path_importer_cache.items()):
        if isinstance(finder, zipimporter):
            del sys.path_importer_cache[path]  # an import that needs it makes another, from the directory as read
    _freeze()


@cache
def _freeze() -> None:
    """Once is enough: what was loaded before the first task is what there is most of."""
    gc.freeze()


def to_arrow(frame: DataFrame) -> pa.Table:
    """A small frame on the driver."""
    if hasattr(DataFrame, "toArrow"):
        table: pa.Table = frame.toArrow()
        return table
    batches = cast(Any, frame)._collect_as_arrow()  # Spark 3.5: with pandas between, types would change
    return pa.Table.from_batches(batches, arrow_schema(frame))


@contextmanager
def held(frame: DataFrame) -> Iterator[DataFrame]:
    """A frame that is asked several times and made once, on disk meanwhile."""
    frame = frame.persist(StorageLevel.DISK_ONLY)
    try:
        yield frame
    finally:
        frame.unpersist()


def from_rows(spark: SparkSession, rows: list[dict[str, Any]], schema: pa.Schema) -> DataFrame:
    """A frame of a few rows."""
    return spark.createDataFrame([tuple(row[name] for name in schema.names) for row in rows], spark_schema(schema))


def checksum(frame: DataFrame) -> str:
    """Number of rows and the sum of their hashes: equal for equal rows in any order and partitioning.

    `event_timestamp` is left out: it says when a value was made, not what it is.
    """
    hashed = content_hash(frame.columns).cast("decimal(38,0)")
    rows, total = frame.agg(F.count(F.lit(1)), F.sum(hashed)).collect()[0]
    return f"{rows}-{int(total or 0) % 2**64:016x}"


def content_hash(names: Iterable[str]) -> Column:
    """A 64-bit hash of a row's values in the named columns, whatever their order; `event_timestamp` is left out."""
    columns = [F.col(f"`{name}`") for name in sorted(names) if name != "event_timestamp"]
    # xxhash64 passes over nulls: without their places, a value moved to the next column would not show.
    return F.xxhash64(*columns, *(column.isNull() for column in columns))
