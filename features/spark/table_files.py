"""The data files of a table in force, read and rewritten by the workers themselves.

Workers that read Parquet files as columns go over their rows at a tenth of what it costs the JVM to turn each into a
row and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from features.arrays import BoolArray
from features.spark.data_files import write_files
from features.spark.frames import BatchFunction, StreamFunction, map_streams
from features.storage import file_system

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class DataFiles:
    """The rows of a table, as the data files that hold them."""

    spark: SparkSession
    paths: Sequence[str]

    def stream(self, read: pa.Schema, function: StreamFunction, schema: pa.Schema) -> DataFrame:
        """`function` over the columns `read`, a task a file, or a share of its row groups where files are few."""
        paths, tasks = self.paths, int(self.spark.conf.get("spark.sql.shuffle.partitions") or 1)
        shares = max(-(-tasks // len(paths)), 1) if paths else 1

        def over(numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            of_tasks = (divmod(number, shares) for batch in numbers for number in batch.column(0).to_pylist())
            yield from function(b for place, share in of_tasks for b in _batches(paths[place], read, share, shares))

        return map_streams(_tasks(self.spark, len(paths) * shares), over, schema)


Rows = DataFrame | DataFiles
"""The rows of a table: as Spark reads them, which any frame is, or as the workers do."""


def map_rows(rows: Rows, read: pa.Schema, function: StreamFunction, schema: pa.Schema) -> DataFrame:
    """`function` over the columns `read` of all rows of each task."""
    if isinstance(rows, DataFiles):
        return rows.stream(read, function, schema)
    return map_streams(rows.select(*read.names), function, schema)


def map_files(
    spark: SparkSession, paths: Sequence[str], read: pa.Schema, function: BatchFunction, schema: pa.Schema
) -> DataFrame:
    """`function` over the columns `read` of data files, batch by batch."""

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return (made for batch in batches if (made := function(batch)).num_rows)

    return DataFiles(spark, paths).stream(read, over, schema)


def without(
    spark: SparkSession, paths: Sequence[str], schema: pa.Schema, columns: Sequence[str], gone: pa.Array, folder: str
) -> tuple[pa.Table, int]:
    """Copies of a table's data files less the rows of which one of the columns holds a value of `gone`: DATA_FILES.

    Returned with them: how many rows were left out.
    """

    def over(numbers: Iterable[pa.RecordBatch], tally: Counter[str]) -> Iterator[pa.RecordBatch]:
        for path in _of(paths, numbers):
            for batch in _batches(path, schema):
                held = reduce(or_, (is_in(batch.column(name), gone) for name in columns))
                kept = batch.filter(pa.array(~held))
                tally["gone"] += batch.num_rows - kept.num_rows
                if kept.num_rows:
                    yield kept

    files, tally = write_files(_tasks(spark, len(paths)), over, folder, prefix="kept")
    return files, tally["gone"]


def _tasks(spark: SparkSession, count: int) -> DataFrame:
    return spark.range(0, count, 1, max(count, 1))


def _of(paths: Sequence[str], numbers: Iterable[pa.RecordBatch]) -> Iterator[str]:
    return (paths[number] for batch in numbers for number in batch.column(0).to_pylist())


def _batches(path: str, schema: pa.Schema, share: int = 0, shares: int = 1) -> Iterator[pa.RecordBatch]:
    """Rows of a Parquet file, or of every so manieth of its row groups, under a schema, whoever wrote it.

    The JVM writes times and lists in its own way.
    """
    store, inside = file_system(path)
    with store.open_input_file(inside) as source:
        file = pq.ParquetFile(source)
        groups = range(share, file.num_row_groups, shares)
        for batch in file.iter_batches(BATCH_ROWS, row_groups=groups, columns=schema.names):
            yield batch.select(schema.names).cast(schema)


def is_in(column: pa.Array, values: pa.Array) -> BoolArray:
    """Which entries of a column are among the values."""
    return np.asarray(pc.is_in(column, values).to_numpy(zero_copy_only=False), dtype=bool)
