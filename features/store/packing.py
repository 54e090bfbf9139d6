"""A prepared record as bytes and back: what the online store keeps of an entity.

An online read costs about 15 µs a value, so twenty columns of two hundred candidates would take 60 ms; one
value holds them all. Arrow IPC carries its metadata with every record and takes 10 ms to read two hundred;
this layout is turned into columns by numpy, all records at once, without a Python object a value.

A record is, little-endian: one int32 a column (bytes of its value or, for a list, number of items; -1 is
null), one int32 an item of its lists, then all bytes in column order. It says nothing about the columns:
the fingerprint kept beside it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Catalogue
from features.errors import PairlakeError
from features.tables import ONLINE_ENTITIES

IntArray = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_SIZE = np.dtype("<i4")
_NULL = -1


class PackingError(PairlakeError):
    """Bytes that are not a packed record of these columns."""


def pack(batch: pa.RecordBatch | pa.Table, catalogue: Catalogue) -> list[bytes]:
    """Prepared records → bytes, one a row, of the columns that the kernel reads. Nulls are kept."""
    columns = [_taken_apart(array) for array in _arrays(batch, catalogue)]
    rows, lists = batch.num_rows, [column for column in columns if column.items is not None]
    head = _matrix([column.head for column in columns], rows)
    counts = np.maximum(_matrix([column.head for column in lists], rows), 0)
    sizes = _matrix([column.sizes for column in columns], rows)
    items = _turned(_joined([column.items for column in lists]).astype(_SIZE), counts)
    data = _turned(_joined([column.data for column in columns]).astype(np.uint8), sizes)
    parts = [head.T.astype(_SIZE, order="C").view(np.uint8).ravel(), items.view(np.uint8), data]
    part_sizes = np.stack(
        [
            np.full(rows, len(columns) * _SIZE.itemsize),
            counts.sum(axis=0) * _SIZE.itemsize,
            sizes.sum(axis=0),
        ]
    )
    packed = _turned(np.concatenate(parts), part_sizes).tobytes()
    ends = np.cumsum(part_sizes.sum(axis=0)).tolist()
    return [packed[start:end] for start, end in pairwise([0, *ends])]


def online_rows(batch: pa.RecordBatch, catalogue: Catalogue, fingerprint: str) -> pa.RecordBatch:
    """entity_features → online_entities.

    It stands here because workers import the module of what they run: that of a job takes them seconds, for the gates
    and stores that only the driver needs.
    """
    columns = [
        batch.column("entity_id"),
        pa.array(pack(batch, catalogue), pa.binary()),
        pa.repeat(fingerprint, batch.num_rows),
        batch.column("event_timestamp"),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ONLINE_ENTITIES.schema)


def unpack(packed: Sequence[bytes], catalogue: Catalogue) -> pa.Table:
    """Bytes → prepared records, in the same order.

    Raises PackingError for bytes that do not have the length they announce.
    """
    schema = catalogue.kernel_schema
    is_list = np.array([pa.types.is_list(field.type) for field in schema], dtype=bool)
    blob = np.frombuffer(b"".join(packed), dtype=np.uint8)
    length = np.array([len(record) for record in packed], dtype=np.int64)
    start = np.cumsum(length) - length
    width = len(schema) * _SIZE.itemsize
    _check(length >= width, length)
    head = _sizes(blob, start, np.full(len(packed), width)).reshape(len(packed), len(schema))
    sizes = np.maximum(head, 0)
    counts = sizes[:, is_list]
    item_bytes = counts.sum(axis=1) * _SIZE.itemsize
    _check(length >= width + item_bytes, length)
    items = _sizes(blob, start + width, item_bytes)
    sizes[:, is_list] = _sums(np.maximum(items, 0), counts.ravel()).reshape(counts.shape)
    _check(length == width + item_bytes + sizes.sum(axis=1), length)
    data = _values_by_column(blob, width + item_bytes, sizes)
    return _table(schema, head.T, _turned(items, counts), data)


def _values_by_column(blob: Bytes, before: IntArray, sizes: IntArray) -> Bytes:
    """The bytes of the values, column after column, of records of which each has so many bytes before its values.

    What comes before is a run too, so that all runs adjoin: an Arrow array, whose `take` copies run by run.
    """
    runs = np.column_stack([before, sizes])
    offsets = pa.py_buffer(np.concatenate([[0], np.cumsum(runs)]))
    array = pa.Array.from_buffers(pa.large_binary(), runs.size, [None, offsets, pa.py_buffer(blob)])
    values = array.take(pa.array(np.arange(runs.size).reshape(runs.shape)[:, 1:].T.ravel())).buffers()[2]
    return np.frombuffer(values or b"", dtype=np.uint8)


def _table(schema: pa.Schema, head: IntArray, items: IntArray, data: Bytes) -> pa.Table:
    """Columns from their sizes (one row a column), the sizes of their items and their bytes."""
    offsets, valid = _offsets(head), _validity(head)
    arrays, item, rest = [], 0, data
    for place, field in enumerate(schema):
        count = int(offsets[place, -1])
        if pa.types.is_list(field.type):
            inner = items[np.newaxis, item : item + count]
            item += count
            inner_offsets = _offsets(inner)
            count = int(inner_offsets[0, -1])
            leaves = _leaves(field.type.value_type, _validity(inner)[0], inner_offsets[0], rest[:count])
            buffers = [valid[place], pa.py_buffer(offsets[place])]
            arrays.append(pa.Array.from_buffers(field.type, head.shape[1], buffers, children=[leaves]))
        else:
            arrays.append(_leaves(field.type, valid[place], offsets[place], rest[:count]))
        rest = rest[count:]
    return pa.Table.from_arrays(arrays, schema=schema)


@dataclass(frozen=True)
class _Column:
    """A column taken apart: its head, the sizes of its items if it is a list, bytes by row, the bytes."""

    head: IntArray
    items: IntArray | None
    sizes: IntArray
    data: Bytes


def _taken_apart(array: pa.Array) -> _Column:
    """The parts of an Arrow column of text, bytes, numbers or lists of them."""
    if not pa.types.is_list(array.type):
        head, data = _lengths(array)
        return _Column(head, None, np.maximum(head, 0), data)
    counts = np.asarray(pc.fill_null(pc.list_value_length(array), _NULL), dtype=np.int64)
    items, data = _lengths(pc.list_flatten(array))
    return _Column(counts, items, _sums(np.maximum(items, 0), np.maximum(counts, 0)), data)


def _arrays(batch: pa.RecordBatch | pa.Table, catalogue: Catalogue) -> list[pa.Array]:
    columns = [batch.column(name) for name in catalogue.kernel_columns]
    return [c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for c in columns]


def _lengths(array: pa.Array) -> tuple[IntArray, Bytes]:
    """Bytes of each value, -1 for null, and the bytes. What is neither text nor bytes goes as its text."""
    plain = array if _is_bytes(array.type) else array.cast(pa.string())
    values = pc.fill_null(plain.cast(pa.binary()), b"")
    lengths = np.asarray(pc.fill_null(pc.binary_length(plain), _NULL), dtype=np.int64)
    _, offsets, data = values.buffers()
    if data is None or not len(values):
        return lengths, np.zeros(0, dtype=np.uint8)
    bounds = np.frombuffer(offsets, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    return lengths, np.frombuffer(data, dtype=np.uint8)[bounds[0] : bounds[-1]]


def _leaves(kind: pa.DataType, valid: pa.Buffer | None, offsets: npt.NDArray[np.int32], data: Bytes) -> pa.Array:
    """Values from where each begins in the bytes; the inverse of `_lengths`."""
    plain = kind if _is_bytes(kind) else pa.string()
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(data)]
    array = pa.Array.from_buffers(plain, len(offsets) - 1, buffers)
    return array if plain == kind else array.cast(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))


def _offsets(sizes: IntArray) -> npt.NDArray[np.int32]:
    """Where each value begins, for several columns of sizes at once."""
    offsets = np.zeros((sizes.shape[0], sizes.shape[1] + 1), dtype=np.int32)
    np.cumsum(np.maximum(sizes, 0), axis=1, out=offsets[:, 1:])
    return offsets


def _validity(sizes: IntArray) -> list[pa.Buffer | None]:
    """Arrow's bitmap of each column's present values; None where none is null."""
    missing = sizes == _NULL
    bits = np.ascontiguousarray(np.packbits(~missing, axis=1, bitorder="little"))
    return [pa.py_buffer(bits[n]) if some else None for n, some in enumerate(missing.any(axis=1))]


def _matrix(columns: Sequence[IntArray], rows: int) -> IntArray:
    """One row a column, also when there is none."""
    return np.array(columns, dtype=np.int64).reshape(len(columns), rows)


def _sizes(blob: Bytes, start: IntArray, count: IntArray) -> IntArray:
    """The int32 sizes that stand in `count` bytes from each start."""
    return blob[_ranges(start, count)].view(_SIZE).astype(np.int64)


def _sums(values: IntArray, counts: IntArray) -> IntArray:
    """Sums of runs of `counts` values each."""
    totals = np.concatenate([[0], np.cumsum(values)])
    ends = np.cumsum(counts)
    return np.asarray(totals[ends] - totals[ends - counts], dtype=np.int64)


def _turned(values: npt.NDArray[Any], sizes: IntArray) -> npt.NDArray[Any]:
    """A matrix of runs, given row by row, column by column: run (i, j) has `sizes[i, j]` values."""
    starts = (np.cumsum(sizes.ravel()) - sizes.ravel()).reshape(sizes.shape)
    return values[_ranges(starts.T.ravel(), sizes.T.ravel())]


def _ranges(first: IntArray, count: IntArray) -> IntArray:
    """first[0], first[0] + 1, … `count[0]` numbers, then the same for the next."""
    before = np.cumsum(count) - count
    return np.asarray(np.repeat(first - before, count) + np.arange(int(count.sum())), dtype=np.int64)


def _joined(parts: Sequence[Any]) -> npt.NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)


def _check(fits: npt.NDArray[np.bool_], length: IntArray) -> None:
    if not fits.all():
        row = int(np.flatnonzero(~fits)[0])
        raise PackingError(
            f"packed record {row} of {len(length)} has {int(length[row])} bytes, which is not what it announces; "
            "it was cut, or packed for other columns. Materialise the online store anew"
        )
