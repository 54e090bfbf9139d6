"""A prepared record as bytes and back: what the online store keeps of an entity.

An online read costs about 15 µs a value, so twenty columns of two hundred candidates would take 60 ms; one
value holds them all. Arrow IPC carries its metadata with every record and takes 10 ms to read two hundred;
this layout is turned into columns by numpy, all records at once, without a Python object a value.

A record is, little-endian: one int32 a column (bytes of its value or, for a list, number of items; -1 is
null), one int32 an item of its lists (bytes, or -1), then all bytes in order. Columns of one type stand together, so
that the kernel has them as it wants them: all texts in one array, all lists of words in another. A record says nothing
about its columns: the fingerprint kept beside it does.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import BoolArray, IntArray, beside, run_ends
from features.catalogue import Catalogue
from features.columns import Records, stack_of
from features.store.plain_records import NULL, OTHER_LENGTH, PackingError, PlainReading, broken
from features.tables import ONLINE_ENTITIES

Bytes = npt.NDArray[np.uint8]

_SIZE = np.dtype("<i4")
_WHOLE = pa.int32()

FEW = 10
"""Records up to which they are read, and then compared, sooner as plain Python values than as arrays."""


class Packing:
    """How the prepared records of a catalogue are packed: the columns that its pair features read."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._schema = catalogue.kernel_schema
        by_type: dict[pa.DataType, list[str]] = {}
        for field in self._schema:
            by_type.setdefault(field.type, []).append(field.name)
        self._groups = [(kind, names, pa.types.is_list(kind)) for kind, names in by_type.items()]
        self._columns = [(name, kind) for kind, names, _ in self._groups for name in names]
        self._lists = [pa.types.is_list(kind) for _, kind in self._columns]
        self._is_list = np.array(self._lists, dtype=bool)
        self._reading = PlainReading(list(by_type.items()))

    def pack(self, columns: Mapping[str, Sequence[Any]]) -> list[bytes]:
        """Columns of prepared records, as lists → bytes, one a record. Nulls are kept."""
        plain = [_plain(columns[name], kind) for name, kind in self._columns]
        to_bytes = [_to_bytes(kind) for _, kind in self._columns]
        return [_packed(zip(row, to_bytes, self._lists, strict=True)) for row in zip(*plain, strict=True)]

    def pack_batch(self, batch: pa.RecordBatch | pa.Table) -> list[bytes]:
        """Prepared records → bytes, one a row. Nulls are kept."""
        return self.pack({name: batch.column(name).to_pylist() for name, _ in self._columns})

    def unpack(self, packed: Sequence[bytes]) -> pa.Table:
        """Bytes → prepared records, in the same order.

        Raises PackingError for bytes that do not have the length they announce.
        """
        rows, columns = len(packed), dict[str, pa.Array]()
        for names, array in self._arrays(packed):
            columns |= {name: array.slice(place * rows, rows) for place, name in enumerate(names)}
        return pa.table({name: columns[name] for name in self._schema.names}, schema=self._schema)

    def records(self, packed: Sequence[bytes], query: Mapping[str, Sequence[Any]] | None = None) -> Records:
        """As `unpack`, decoded for the kernel: few as plain values, of many the columns of a type lie together already.

        A `query` that was prepared, and not packed, is the first of them: columns of one value.
        """
        reading, count = self._reading, len(packed) + (query is not None)
        if reading.able and 0 < count <= FEW:
            first = [] if query is None else [reading.named([query[name][0] for name, _ in self._columns])]
            rest = [reading.read(record, row, count) for row, record in enumerate(packed, len(first))]
            return Records.of_plain(first + rest, self._schema)
        packed = packed if query is None else [*self.pack(query), *packed]
        stacks = ((names, stack_of(array, len(names))) for names, array in self._arrays(packed))
        return Records.stacked(stacks, len(packed))

    def _arrays(self, packed: Sequence[bytes]) -> Iterator[tuple[list[str], pa.Array]]:
        """The names of the columns of a type, and their values below each other."""
        head, items, data = self._taken_apart(packed)
        place = item = byte = 0
        for kind, names, is_list in self._groups:
            sizes = head[place : place + len(names)].ravel()
            place += len(names)
            offsets, valid = _offsets(sizes), sizes != NULL
            if is_list:
                of_items = items[item : item + int(offsets[-1])]
                item += len(of_items)
                inner = _offsets(of_items)
                leaves = _leaves(kind.value_type, of_items != NULL, inner, data[byte : byte + int(inner[-1])])
                byte += int(inner[-1])
                buffers = [_bitmap(valid), pa.py_buffer(offsets)]
                yield names, pa.Array.from_buffers(kind, len(sizes), buffers, children=[leaves])
            else:
                yield names, _leaves(kind, valid, offsets, data[byte : byte + int(offsets[-1])])
                byte += int(offsets[-1])

    def _taken_apart(self, packed: Sequence[bytes]) -> tuple[IntArray, IntArray, Bytes]:
        """The head, a row a column; the sizes of the lists' items and all bytes, column after column."""
        length = np.array([len(record) for record in packed], dtype=np.int64)
        width = len(self._columns) * _SIZE.itemsize
        _check(length >= width, length)
        head = _numbers([record[:width] for record in packed]).reshape(len(packed), len(self._columns))
        sizes = np.maximum(head, 0)
        counts = sizes[:, self._is_list]
        before = width + counts.sum(axis=1) * _SIZE.itemsize
        _check(length >= before, length)
        items = _numbers([record[width:end] for record, end in zip(packed, before.tolist(), strict=True)])
        ends = run_ends(np.maximum(items, 0))[run_ends(counts.ravel())]
        sizes[:, self._is_list] = (ends[1:] - ends[:-1]).reshape(counts.shape)
        _check(length == before + sizes.sum(axis=1), length)
        return head.T, _turned(items, counts), _values_by_column(b"".join(packed), before, sizes)


def online_rows(batch: pa.RecordBatch, catalogue: Catalogue, fingerprint: str) -> pa.RecordBatch:
    """entity_features → online_entities.

    It stands here because workers import the module of what they run: that of a job takes them seconds, for the gates
    and stores that only the driver needs.
    """
    columns = [
        batch.column("entity_id"),
        pa.array(Packing(catalogue).pack_batch(batch), pa.binary()),
        pa.repeat(fingerprint, batch.num_rows),
        batch.column("event_timestamp"),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=ONLINE_ENTITIES.schema)


def _packed(row: Iterable[tuple[Any, Callable[[Any], bytes], bool]]) -> bytes:
    """One record, given by each column's value, what makes bytes of it or of its items, and whether it is a list."""
    head: list[int] = []
    items: list[int] = []
    data: list[bytes] = []
    for value, to_bytes, is_list in row:
        if value is None:
            head.append(NULL)
        elif is_list:
            made = [None if item is None else to_bytes(item) for item in value]
            head.append(len(made))
            items += [NULL if item is None else len(item) for item in made]
            data += [item for item in made if item is not None]
        else:
            data.append(to_bytes(value))
            head.append(len(data[-1]))
    return b"".join((struct.pack(f"<{len(head) + len(items)}i", *head, *items), *data))


def _to_bytes(kind: pa.DataType) -> Callable[[Any], bytes]:
    """What makes bytes of a value of this type, or of an item of a list of it."""
    of = kind.value_type if pa.types.is_list(kind) else kind
    if of == _WHOLE:
        return _whole
    return bytes if pa.types.is_binary(of) else str.encode


def _whole(number: int) -> bytes:
    return number.to_bytes(_SIZE.itemsize, "little", signed=True)


def _plain(values: Sequence[Any], kind: pa.DataType) -> Sequence[Any]:
    """The values; what is neither text nor bytes nor whole numbers, nor a list, goes as its text."""
    plain = kind in (pa.string(), pa.binary(), _WHOLE) or pa.types.is_list(kind)
    return values if plain else pa.array(values, kind).cast(pa.string()).to_pylist()


def _leaves(kind: pa.DataType, valid: BoolArray, offsets: npt.NDArray[np.int32], data: Bytes) -> pa.Array:
    """Values from where each begins in the bytes."""
    if kind == _WHOLE:
        if len(data) != np.count_nonzero(valid) * _SIZE.itemsize:
            raise PackingError(OTHER_LENGTH)
        whole = np.zeros(len(valid), dtype=_SIZE)
        whole[valid] = data.view(_SIZE)
        return pa.array(whole, mask=~valid)
    plain = kind if pa.types.is_binary(kind) else pa.string()
    array = pa.Array.from_buffers(plain, len(valid), [_bitmap(valid), pa.py_buffer(offsets), pa.py_buffer(data)])
    return array if plain == kind else array.cast(kind)


def _offsets(sizes: IntArray) -> npt.NDArray[np.int32]:
    """Where each value begins, and where the last one ends."""
    return run_ends(np.maximum(sizes, 0)).astype(np.int32)


def _bitmap(valid: BoolArray) -> pa.Buffer | None:
    """Arrow's bitmap of present values; None where none is null."""
    return None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))


def _values_by_column(blob: bytes, before: IntArray, sizes: IntArray) -> Bytes:
    """The bytes of the values, column after column, of records of which each has so many bytes before its values.

    What comes before is a run too, so that all runs adjoin: an Arrow array, whose `take` copies run by run.
    """
    runs = np.column_stack([before, sizes])
    offsets = pa.py_buffer(run_ends(runs.ravel()))
    array = pa.Array.from_buffers(pa.large_binary(), runs.size, [None, offsets, pa.py_buffer(blob)])
    values = array.take(pa.array(np.arange(runs.size).reshape(runs.shape)[:, 1:].T.ravel())).buffers()[2]
    return np.frombuffer(values or b"", dtype=np.uint8)


def _numbers(parts: Sequence[bytes]) -> IntArray:
    return np.frombuffer(b"".join(parts), dtype=_SIZE).astype(np.int64)


def _turned(values: IntArray, sizes: IntArray) -> IntArray:
    """A matrix of runs, given row by row, column by column: run (i, j) has `sizes[i, j]` values."""
    starts = run_ends(sizes.ravel())[:-1].reshape(sizes.shape).T.ravel()
    return values[beside(starts, starts, sizes.T.ravel())[1]]


def _check(fits: BoolArray, length: IntArray) -> None:
    if not fits.all():
        row = int(np.flatnonzero(~fits)[0])
        raise broken(int(length[row]), row, len(length))
