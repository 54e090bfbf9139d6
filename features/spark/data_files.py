"""Data files of a table, written by the workers that make its rows.

A row that the JVM writes is first turned from columns to a row and back, which costs several times what making
it cost. Files written here are in no table until the lake commits them, so they can be audited first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.fs
import pyarrow.parquet as pq
from pyspark import TaskContext
from pyspark.sql import DataFrame, SparkSession

from features.lake import DATA_FILES
from features.spark.frames import spark_schema, to_arrow

ROW_GROUP = 250_000
"""Rows of a row group, which are held in a worker's memory until it is written."""

StreamFunction = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def write_files(frame: DataFrame, function: StreamFunction, folder: str) -> pa.Table:
    """`function` over every partition of a frame, its rows in one Parquet file each: DATA_FILES.

    A task that Spark tries again writes another file. The result names only those of tasks that succeeded, so
    it holds every row once.
    """

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task = TaskContext.get()
        assert task is not None
        name = f"part-{task.partitionId():05d}-{task.taskAttemptId()}.parquet"
        rows, size = _write(function(batches), f"{folder}/{name}")
        yield pa.RecordBatch.from_pydict({"name": [name], "rows": [rows], "bytes": [size]}, schema=DATA_FILES)

    files = to_arrow(frame.mapInArrow(over, spark_schema(DATA_FILES)))
    return files.filter(pc.greater(files["rows"], 0)).sort_by("name")


def read_files(spark: SparkSession, folder: str, files: pa.Table, schema: pa.Schema) -> DataFrame:
    """The rows of data files, committed or not."""
    paths = [literal_path(f"{folder}/{name}") for name in files["name"].to_pylist()]
    wanted = spark_schema(schema)
    return spark.read.schema(wanted).parquet(*paths) if paths else spark.createDataFrame([], wanted)


def literal_path(path: str) -> str:
    """A local path as Spark takes it literally, not as a pattern."""
    return path if "://" in path else re.sub(r"([{}\[\]*?\\])", r"\\\1", path)


def _write(batches: Iterable[pa.RecordBatch], path: str) -> tuple[int, int]:
    """Batches → one Parquet file, none where there is no row: its rows and bytes."""
    rows = 0
    store, inside = _file_system(path)
    writer = None
    for group in _groups(batches):
        writer = writer or pq.ParquetWriter(inside, group.schema, filesystem=store, **_OPTIONS)
        writer.write_table(group, row_group_size=group.num_rows)
        rows += group.num_rows
    if writer is None:
        return 0, 0
    writer.close()
    return rows, store.get_file_info(inside).size


_OPTIONS = {
    "store_schema": False,  # so that dictionaries are read as what they stand for
    "write_statistics": False,  # of pairs in the order of hashed keys they would exclude nothing
}


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(one.num_rows for one in held) >= ROW_GROUP:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


def _file_system(path: str) -> tuple[pyarrow.fs.FileSystem, str]:
    """Arrow's file system of a path, and the path inside it."""
    if "://" not in path:
        return pyarrow.fs.LocalFileSystem(), path
    store, inside = pyarrow.fs.FileSystem.from_uri(re.sub("^s3[an]://", "s3://", path))
    return store, inside
