"""Rows in one order to Parquet files of the same bytes, whatever the partitions and batches that brought them.

The driver writes them as they come, so no file depends on tasks, and what it holds is a file and a partition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame

from features.lake import DATA_FILES
from features.spark.frames import map_streams
from features.storage import file_system, make_folder
from features.streams import IPC, as_ipc, from_ipc

ROW_GROUP = 50_000
GROUPS_OF_FILE = 10
"""Row groups of a file, which are held in memory together."""


def in_order(frame: DataFrame) -> Iterator[pa.RecordBatch]:
    """The rows of a sorted frame, partition by partition."""
    rows = map_streams(frame, as_ipc, IPC).toLocalIterator(prefetchPartitions=True)
    return from_ipc(row["ipc"] for row in rows)


def write_in_order(batches: Iterable[pa.RecordBatch], schema: pa.Schema, folder: str) -> pa.Table:
    """Batches as Parquet files of a folder, in row groups of one size whatever that of the batches: DATA_FILES."""
    store, inside = file_system(folder)
    make_folder(folder)
    made: list[dict[str, object]] = []
    groups = _groups(batches, schema)
    while of_file := list(islice(groups, GROUPS_OF_FILE)):
        name = f"part-{len(made):05d}.parquet"
        with pq.ParquetWriter(f"{inside}/{name}", schema, filesystem=store, compression="zstd") as writer:
            for group in of_file:
                writer.write_table(group, row_group_size=ROW_GROUP)
        rows, size = sum(group.num_rows for group in of_file), store.get_file_info(f"{inside}/{name}").size
        made.append({"name": name, "rows": rows, "bytes": size})
    return pa.Table.from_pylist(made, DATA_FILES)


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows in tables of ROW_GROUP rows, the last one of what is left."""
    held = schema.empty_table()
    for batch in batches:
        held = pa.concat_tables([held, pa.Table.from_batches([batch.select(schema.names).cast(schema)])])
        while held.num_rows >= ROW_GROUP:
            yield held.slice(0, ROW_GROUP).combine_chunks()
            held = held.slice(ROW_GROUP)
    if held.num_rows:
        yield held.combine_chunks()
