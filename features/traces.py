"""Whether values still stand anywhere in the files of a lake: Parquet column by column, all other files byte by byte.

A value is found where it stands by itself, not as a part of a longer word: `clients:1` is not in `clients:12`. Words
are of ASCII alone: some scripts have no blanks, so that a name in them is found within any text.
"""

from __future__ import annotations

import io
import os
import re
import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

CARRIED = pa.schema([pa.field("name", pa.string(), nullable=False)])
"""What `carried` gives."""

_BLOCK = 1 << 20
_SLOT_BITS = 22
_MIXING = np.uint64(0x9E3779B97F4A7C15)
_WORD = re.compile(rb"\w")
_BETWEEN = b"\xff"
"""Between texts that are searched as one: no part of a word, of UTF-8, or of a length."""


def files_with(root: str, values: Sequence[str]) -> list[str]:
    """Files under a local folder, relative to it, in which any of the values stands, in order of their names."""
    if not values:
        return []
    search, found = Search(values), []
    for path in sorted(path for path in Path(root).rglob("*") if path.is_file()):
        if _in_parquet(path, search) if path.suffix == ".parquet" else _in_bytes(path, search):
            found.append(str(path.relative_to(root)))
    return found


def carried(names: Sequence[str], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """By batch of texts, those of the names that stand in any of them, also as a part of a longer word."""
    search = Search(names)
    for batch in batches:
        data = _as_one(batch.column(0))
        held = {data[start:end].decode() for start, end in search.within(data)}
        yield pa.RecordBatch.from_arrays([pa.array(sorted(held), pa.string())], schema=CARRIED)


class Search:
    """Looks for all of some values at once: where the last bytes of any stand, what ends there is looked up.

    What it takes hardly grows with their number, as it does with a pattern that has them all.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = {value.encode() for value in values}
        self._longest = max(map(len, self._values))
        shortest = min(map(len, self._values))
        self._width = max(width for width in (1, 2, 4, 8) if width <= shortest)
        self._lengths: dict[bytes, set[int]] = defaultdict(set)
        for value in self._values:
            self._lengths[value[-self._width :]].add(len(value))
        self._taken = np.zeros(1 << _SLOT_BITS, bool)
        self._taken[self._slots(b"".join(self._lengths))[:: self._width]] = True

    def within(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where a value begins and ends, each time, also as a part of a longer word."""
        for end in (np.flatnonzero(self._taken[self._slots(data)]) + self._width).tolist():
            for length in self._lengths.get(data[end - self._width : end], ()):
                if length <= end and data[end - length : end] in self._values:
                    yield end - length, end

    def stands_in(self, source: IO[bytes], *, packed: bool) -> bool:
        """Whether a value stands by itself; where `packed`, also with its length before it. Block by block."""
        size = source.seek(0, os.SEEK_END)
        for at in range(0, size, _BLOCK):
            before = min(at, self._longest + 4)
            source.seek(at - before)
            data = source.read(before + _BLOCK + 1)
            for start, end in self.within(data):
                if before < end <= before + _BLOCK and (
                    _alone(data, start, end) or (packed and _after_its_length(data, start, end))
                ):
                    return True
        return False

    def _slots(self, data: bytes) -> npt.NDArray[np.uint64]:
        """A slot of the table for the bytes from each place on."""
        windows, width = np.frombuffer(data, np.uint8).astype(np.uint64), 1
        while width < self._width:
            windows = (windows[:-width] << np.uint64(8 * width)) | windows[width:]
            width *= 2
        return (windows * _MIXING) >> np.uint64(64 - _SLOT_BITS)


def _alone(data: bytes, start: int, end: int) -> bool:
    return not _WORD.match(data, end) and not (start and _WORD.match(data, start - 1))


def _after_its_length(data: bytes, start: int, end: int) -> bool:
    """As keys and lists of the online store have it."""
    length = end - start
    before = data[max(start - 4, 0) : start]
    return before == struct.pack("<I", length) or (length < 128 and before.endswith(bytes([length])))


def _in_parquet(path: Path, search: Search) -> bool:
    for batch in pq.ParquetFile(path).iter_batches():
        for column in _leaves(batch):
            packed = pa.types.is_binary(column.type)
            texts = packed or pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
            if texts and search.stands_in(io.BytesIO(_as_one(column)), packed=packed):
                return True
    return False


def _as_one(texts: pa.Array) -> bytes:
    return _BETWEEN.join(texts.unique().drop_null().cast(pa.large_binary()).to_pylist())


def _leaves(batch: pa.RecordBatch) -> Iterator[pa.Array]:
    """The columns of a batch, lists, structs and dictionaries taken apart."""
    columns = list(batch.columns)
    while columns:
        column = columns.pop()
        if pa.types.is_dictionary(column.type):
            columns.append(column.dictionary_decode())
        elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_map(column.type):
            columns.append(column.flatten() if not pa.types.is_map(column.type) else column.items)
        elif pa.types.is_struct(column.type):
            columns.extend(column.flatten())
        else:
            yield column


def _in_bytes(path: Path, search: Search) -> bool:
    with path.open("rb") as source:
        return search.stands_in(source, packed=True)
