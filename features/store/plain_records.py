"""Packed records of few candidates, read one by one as plain Python values; `features.store.packing` has the layout."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from itertools import accumulate, compress, pairwise
from typing import Any

import pyarrow as pa

from features.errors import PairlakeError
from features.plain import Plain, PlainText, PlainTokens, PlainVector, PlainWeights

NULL = -1
SIZE_BYTES = 4
OTHER_LENGTH = "a packed record announces whole numbers of another length; materialise the store anew"

_Cut = Callable[[bytes, Sequence[int]], list[Any]]


class PackingError(PairlakeError):
    """Bytes that are not a packed record of these columns."""


def broken(length: int, row: int, records: int) -> PackingError:
    """What to raise for a record of so many bytes."""
    return PackingError(
        f"packed record {row} of {records} has {length} bytes, which is not what it announces; "
        "it was cut, or packed for other columns. Materialise the online store anew"
    )


def _texts(record: bytes, ends: Sequence[int]) -> list[str]:
    first, region = ends[0], record[ends[0] : ends[-1]]
    if not region.isascii():
        return [record[start:end].decode() for start, end in pairwise(ends)]
    text = region.decode()  # a byte a character: decoded at once
    return [text[start - first : end - first] for start, end in pairwise(ends)]


def _whole_numbers(record: bytes, ends: Sequence[int]) -> list[int]:
    if any(end - start != SIZE_BYTES for start, end in pairwise(ends)):
        raise PackingError(OTHER_LENGTH)
    return list(struct.unpack_from(f"<{len(ends) - 1}i", record, ends[0]))


def _vectors(record: bytes, ends: Sequence[int]) -> list[bytes]:
    return [record[start:end] for start, end in pairwise(ends)]


_KINDS: dict[pa.DataType, tuple[type[Plain], _Cut]] = {
    pa.string(): (PlainText, _texts),
    pa.list_(pa.string()): (PlainTokens, _texts),
    pa.list_(pa.int32()): (PlainWeights, _whole_numbers),
    pa.binary(): (PlainVector, _vectors),
}
"""By type what its values are, and what cuts them, or the items of lists, out of a record between these ends."""


class PlainReading:
    """Reads records of some columns, given as groups of one type each."""

    def __init__(self, groups: Sequence[tuple[pa.DataType, Sequence[str]]]) -> None:
        self.able = all(kind in _KINDS for kind, _ in groups)
        """Whether there are plain values for every type."""
        of = [(*_KINDS[kind], names, pa.types.is_list(kind)) for kind, names in groups if kind in _KINDS]
        self._columns = [(name, plain) for plain, _, names, _ in of for name in names]
        self._lists = [is_list for _, _, names, is_list in of for _ in names]
        self._groups = [(cut, len(names), is_list) for _, cut, names, is_list in of]
        self._head = struct.Struct(f"<{len(self._columns)}i")

    def read(self, record: bytes, row: int, records: int) -> dict[str, Plain]:
        """The values of one packed record by column. PackingError for bytes of another length than they announce."""
        width = self._head.size
        head = self._head.unpack_from(record) if len(record) >= width else (NULL - 1,)
        if min(head) < NULL:
            raise broken(len(record), row, records)
        counts = list(compress(head, self._lists))
        items = sum(counts) + counts.count(NULL)
        at = width + items * SIZE_BYTES
        sizes = struct.unpack_from(f"<{items}i", record, width) if len(record) >= at else ()
        announced = at + sum(head) + head.count(NULL) - items + sum(sizes)
        if len(record) != announced or min(sizes, default=0) < 0:
            raise broken(len(record), row, records)
        return self.named(self._cut(record, at, head, sizes))

    def named(self, values: Sequence[Any]) -> dict[str, Plain]:
        """The values of a record by column, given in the order of the columns."""
        return {name: plain(value) for (name, plain), value in zip(self._columns, values, strict=True)}

    def _cut(self, record: bytes, at: int, head: Sequence[int], sizes: Sequence[int]) -> list[Any]:
        """The values from a byte on, of these sizes."""
        values: list[Any] = []
        place = item = 0
        for cut, columns, is_list in self._groups:
            announced = head[place : place + columns]
            present = [size if size > 0 else 0 for size in announced]
            place += columns
            stop = item + sum(present)
            ends = list(accumulate(sizes[item:stop] if is_list else present, initial=at))
            leaves, at = cut(record, ends), ends[-1]
            if is_list:
                leaves = [leaves[start:end] for start, end in pairwise(accumulate(present, initial=0))]
                item = stop
            if NULL in announced:
                leaves = [None if size == NULL else leaf for size, leaf in zip(announced, leaves, strict=True)]
            values += leaves
        return values
