"""The shuffle: Arrow batches brought to the partition of their number, each as one binary value.

Spark's own way takes every value of every row out of Arrow, into a row of the JVM and back. Here the JVM moves
a few large values, whatever is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame

from features.spark.table_files import Rows, map_rows

Splitter = Callable[[Iterable[pa.RecordBatch]], Iterator[tuple[int, pa.RecordBatch]]]
"""Batches of a partition → batches with the number of the partition that each goes to."""

_PARCELS = pa.schema([pa.field("route", pa.int32()), pa.field("parcel", pa.binary())])


def exchange(rows: Rows, read: pa.Schema, split: Splitter, schema: pa.Schema, partitions: int) -> DataFrame:
    """What `split` makes of the columns `read` of rows, as parcels in so many partitions.

    They are to be read by `opened` under the same schema.
    """

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        routes = _routes(partitions)
        for number, batch in split(batches):
            yield pa.RecordBatch.from_arrays(
                [routes[number : number + 1], _as_value(batch.cast(schema))], schema=_PARCELS
            )

    return map_rows(rows, read, over, _PARCELS).repartition(partitions, "route")


def opened(parcels: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The batches of a partition, which are of this schema."""
    for batch in parcels:
        for parcel in batch.column("parcel"):
            yield pa.ipc.read_record_batch(parcel.as_buffer(), schema)


def _as_value(batch: pa.RecordBatch) -> pa.Array:
    """A batch as one binary value, which is not copied."""
    message = batch.serialize()
    offsets = np.array([0, message.size], dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), 1, [None, pa.py_buffer(offsets), message])


@cache
def _routes(partitions: int) -> pa.Array:
    """For each partition an integer that Spark's hash partitioning sends there."""
    found = np.full(partitions, -1, dtype=np.int32)
    numbers, size = np.zeros(0, dtype=np.int32), 64 * partitions
    while (found < 0).any():
        numbers = np.arange(len(numbers), len(numbers) + size, dtype=np.int32)
        of, first = np.unique(_spark_hash(numbers) % partitions, return_index=True)
        found[of] = np.where(found[of] < 0, numbers[first], found[of])
    return pa.array(found)


def _spark_hash(numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Spark's `hash` of integers: 32-bit Murmur3 with seed 42 (A. Appleby 2008)."""

    def rotated(values: npt.NDArray[np.uint32], bits: int) -> npt.NDArray[np.uint32]:
        return (values << np.uint32(bits)) | (values >> np.uint32(32 - bits))

    words = rotated(numbers.astype(np.uint32) * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)
    mixed = rotated(words ^ np.uint32(42), 13) * np.uint32(5) + np.uint32(0xE6546B64)
    mixed ^= np.uint32(4)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    return mixed.view(np.int32)
