"""Arrow batches in one column of bytes: as a row each they travel from Spark's workers to the driver, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

IPC = pa.schema([pa.field("ipc", pa.binary())])


def as_ipc(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each batch as one row."""
    for batch in batches:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield pa.RecordBatch.from_pydict({"ipc": [sink.getvalue().to_pybytes()]}, schema=IPC)


def from_ipc(rows: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
    """The batches again."""
    for row in rows:
        yield from pa.ipc.open_stream(row)
