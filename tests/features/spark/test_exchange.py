"""The exchange brings every batch to the partition of its number, as it was, and each partition is one number's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from features.spark.exchange import exchange, opened
from features.spark.frames import map_streams, to_arrow

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

ROWS, PARTITIONS = 900, 7
NUMBERS = pa.schema([("id", pa.int64())])
SENT = pa.schema([("n", pa.int64()), ("words", pa.list_(pa.string())), ("bytes", pa.binary())])
FOUND = pa.schema([("partition", pa.int32()), *SENT])


def by_remainder(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    for batch in batches:
        for remainder in range(PARTITIONS - 1):  # the last partition gets nothing
            numbers = [n for n in batch.column("id").to_pylist() if n % (PARTITIONS - 1) == remainder]
            yield remainder, pa.RecordBatch.from_pylist([row(n) for n in numbers], schema=SENT)


def row(n: int) -> dict[str, object]:
    return {"n": n, "words": [None, "é" * (n % 3)] if n % 5 else None, "bytes": b"\0" * (n % 4) if n % 7 else None}


def with_its_partition(parcels: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    from pyspark import TaskContext  # noqa: PLC0415  the worker's

    task = TaskContext.get()
    assert task is not None
    for batch in opened(parcels, SENT):
        partition = pa.repeat(pa.scalar(task.partitionId(), pa.int32()), batch.num_rows)
        yield pa.RecordBatch.from_arrays([partition, *batch.columns], schema=FOUND)


def test_every_row_arrives_once_where_its_number_says(spark: SparkSession) -> None:
    parcels = exchange(spark.range(0, ROWS, 1, 3), NUMBERS, by_remainder, SENT, PARTITIONS)
    rows = to_arrow(map_streams(parcels, with_its_partition, FOUND)).to_pylist()
    assert sorted(found["n"] for found in rows) == list(range(ROWS))
    for found in rows:
        assert found == {"partition": found["n"] % (PARTITIONS - 1), **row(found["n"])}
