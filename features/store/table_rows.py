"""The rows of a table on their way online: read by Spark, handed over as Arrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from features.store import Told
from features.streams import as_ipc, from_ipc
from features.tables import Table

EPOCH = "epoch"
"""Name of the column that carries the event time of a row, in microseconds since 1970."""


def batches(spark: SparkSession, path: str, table: Table, keys: pa.Array | None = None) -> Iterator[pa.RecordBatch]:
    """A Delta table, or its rows of these keys, as Arrow batches in the order of its key, a partition at a time.

    Its columns, with `EPOCH` in the place of event_timestamp. The key's order is nearly that of the SQLite file's own
    tree, which is then built from left to right.
    """
    columns = [name for name in table.schema.names if name != "event_timestamp"]
    epoch = F.unix_micros("event_timestamp").alias(EPOCH)
    frame = spark.read.format("delta").load(path).select(*columns, epoch)
    if keys is not None:
        wanted = spark.createDataFrame(keys.to_pandas().to_frame(table.key[0]), f"{table.key[0]} string")
        frame = frame.join(F.broadcast(wanted), table.key[0], "left_semi")
    frame = frame.orderBy(table.key[0])
    rows = frame.mapInArrow(as_ipc, "ipc binary").toLocalIterator(prefetchPartitions=True)
    return from_ipc(row["ipc"] for row in rows)


def telling(batches: Iterable[pa.RecordBatch], table: Table, told: Told) -> Iterator[pa.RecordBatch]:
    """The same batches, while it is told how many rows of the table are on their way."""
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        told(table.name, rows)
        yield batch


def pinned(paths: Mapping[str, str]) -> str:
    """Which rows lie at these paths, where they name versions, and so never others; empty where one names none."""
    whole = all("@v" in path for path in paths.values())
    return " ".join(f"{name} {path}" for name, path in sorted(paths.items())) if whole else ""
