"""Data files of a table, written by the workers that make its rows.

A row that the JVM writes is first turned from columns to a row and back, which costs several times what making
it cost. Files written here are in no table until the lake commits them, so they can be audited first.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark import TaskContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from features.lake import DATA_FILES
from features.spark.frames import map_streams, spark_schema, to_arrow
from features.storage import file_system

ROW_GROUP = 250_000
"""Most rows of a row group, which are held in a worker's memory until it is written."""

ROW_GROUP_BYTES = 128_000_000
"""Bytes of Arrow after which it is written whatever its rows: a prepared record takes some thousands."""

TalliedFunction = Callable[[Iterable[pa.RecordBatch], Counter[str]], Iterator[pa.RecordBatch]]
"""Batches of a partition, and a tally of what it wants to have counted → batches to write."""

_OF_TASK = DATA_FILES.append(pa.field("tally", pa.string()))


def write_files(
    frame: DataFrame, function: TalliedFunction, folder: str, *, prefix: str = "part"
) -> tuple[pa.Table, Counter[str]]:
    """`function` over every partition of a frame, its rows in one Parquet file each: DATA_FILES and the tally of all.

    A task that Spark tries again writes another file. The result names only those of tasks that succeeded, so
    it holds every row once.
    """

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        task = TaskContext.get()
        assert task is not None
        name = f"{prefix}-{task.partitionId():05d}-{task.taskAttemptId()}.parquet"
        tally: Counter[str] = Counter()
        rows, size = _write(function(batches, tally), f"{folder}/{name}")
        of_task = {"name": [name], "rows": [rows], "bytes": [size], "tally": [json.dumps(tally)]}
        yield pa.RecordBatch.from_pydict(of_task, schema=_OF_TASK)

    tasks = to_arrow(map_streams(frame, over, _OF_TASK))
    tally = sum((Counter(json.loads(text)) for text in tasks["tally"].to_pylist()), Counter[str]())
    return tasks.filter(pc.greater(tasks["rows"], 0)).sort_by("name").select(DATA_FILES.names), tally


def read_files(spark: SparkSession, folder: str, files: pa.Table, schema: pa.Schema) -> DataFrame:
    """The rows of data files, committed or not."""
    return read_paths(spark, [f"{folder}/{name}" for name in files["name"].to_pylist()], spark_schema(schema))


def read_paths(spark: SparkSession, paths: Sequence[str], schema: StructType) -> DataFrame:
    """The rows of Parquet files."""
    if not paths:
        return spark.createDataFrame([], schema)
    return spark.read.schema(schema).parquet(*map(literal_path, paths))


def literal_path(path: str) -> str:
    """A local path as Spark takes it literally, not as a pattern."""
    return path if "://" in path else re.sub(r"([{}\[\]*?\\])", r"\\\1", path)


def _write(batches: Iterable[pa.RecordBatch], path: str) -> tuple[int, int]:
    """Batches → one Parquet file, none where there is no row: its rows and bytes."""
    rows = 0
    store, inside = file_system(path)
    writer = None
    for group in _groups(batches):
        writer = writer or pq.ParquetWriter(inside, group.schema, filesystem=store, **_options(group.schema))
        writer.write_table(group, row_group_size=group.num_rows)
        rows += group.num_rows
    if writer is None:
        return 0, 0
    writer.close()
    return rows, store.get_file_info(inside).size


def _options(schema: pa.Schema) -> dict[str, Any]:
    """How Parquet is written: what is left out costs more than it saves.

    A dictionary of numbers that are nearly all different is made in vain, and so is one of ids: of those, neighbouring
    rows share most, which the compression finds sooner.
    """
    texts = {field.name for field in schema if pa.types.is_string(field.type)}
    plain = texts | {field.name for field in schema if _is_number(field.type)}
    leaves = {field.name: f"{field.name}.list.element" for field in schema if pa.types.is_list(field.type)}
    return {
        "use_dictionary": [name for name in schema.names if name not in plain],
        "compression": {leaves.get(name, name): "zstd" if name in texts else "snappy" for name in schema.names},
        "store_schema": False,  # so that dictionaries are read as what they stand for
        "write_statistics": False,  # of pairs in the order of hashed keys they would exclude nothing
    }


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= ROW_GROUP or size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(held)
            held, rows, size = [], 0, 0
    if held:
        yield pa.Table.from_batches(held)
