"""The data files of a table in force, read and rewritten by the workers themselves.

Most rows of a table stay as they are when a few records change. Workers that read its Parquet files as columns pass
over those rows at a tenth of what it costs the JVM to turn each into a row and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from features.arrays import BoolArray
from features.lake import file_system
from features.spark.data_files import write_files
from features.spark.frames import map_streams

BATCH_ROWS = 65_536

BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]


def map_files(
    spark: SparkSession, paths: Sequence[str], read: pa.Schema, function: BatchFunction, schema: pa.Schema
) -> DataFrame:
    """`function` over the columns `read` of data files, a task a file."""

    def over(numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for path in _of(paths, numbers):
            for batch in _batches(path, read):
                made = function(batch)
                if made.num_rows:
                    yield made

    return map_streams(_tasks(spark, paths), over, schema)


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

    files, tally = write_files(_tasks(spark, paths), over, folder, prefix="kept")
    return files, tally["gone"]


def _tasks(spark: SparkSession, paths: Sequence[str]) -> DataFrame:
    return spark.range(0, len(paths), 1, max(len(paths), 1))


def _of(paths: Sequence[str], numbers: Iterable[pa.RecordBatch]) -> Iterator[str]:
    return (paths[number] for batch in numbers for number in batch.column(0).to_pylist())


def _batches(path: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Rows of a Parquet file under a schema, whoever wrote it: the JVM writes times and lists in its own way."""
    store, inside = file_system(path)
    with store.open_input_file(inside) as source:
        file = pq.ParquetFile(source)
        for batch in file.iter_batches(BATCH_ROWS, columns=schema.names):
            yield batch.select(schema.names).cast(schema)


def is_in(column: pa.Array, values: pa.Array) -> BoolArray:
    """Which entries of a column are among the values."""
    return np.asarray(pc.is_in(column, values).to_numpy(zero_copy_only=False), dtype=bool)
