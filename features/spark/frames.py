"""Between Arrow and Spark: schemas, functions over batches, and a table's checksum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]


def spark_schema(schema: pa.Schema) -> StructType:
    """The Spark schema of an Arrow schema."""
    return from_arrow_schema(schema)


def map_batches(frame: DataFrame, function: BatchFunction, schema: pa.Schema) -> DataFrame:
    """`function` over every Arrow batch of a frame."""

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                yield function(batch)

    return frame.mapInArrow(over, spark_schema(schema))


def to_arrow(frame: DataFrame) -> pa.Table:
    """A small frame on the driver."""
    if hasattr(frame, "toArrow"):  # Spark 4
        table: pa.Table = frame.toArrow()
        return table
    return pa.Table.from_pandas(frame.toPandas(), preserve_index=False)


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
