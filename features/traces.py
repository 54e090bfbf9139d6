"""Whether a value still stands anywhere in the files of a lake: Parquet column by column, all other files byte by byte.

A value is found where it stands by itself, not as a part of a longer word: `clients:1` is not in `clients:12`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_BLOCK = 1 << 24


def files_with(root: str, values: Sequence[str]) -> list[str]:
    """Files under a local folder, relative to it, in which any of the values stands, in order of their names."""
    if not values:
        return []
    found = []
    for path in sorted(path for path in Path(root).rglob("*") if path.is_file()):
        held = _in_parquet(path, values) if path.suffix == ".parquet" else _in_bytes(path, values)
        if held:
            found.append(str(path.relative_to(root)))
    return found


def _in_parquet(path: Path, values: Sequence[str]) -> bool:
    pattern = "|".join(rf"(?:^|[^\w]){re.escape(value)}(?:[^\w]|$)" for value in values)
    raw = _pattern(values)
    for batch in pq.ParquetFile(path).iter_batches():
        for column in _leaves(batch):
            if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
                if pc.any(pc.match_substring_regex(column, pattern)).as_py():
                    return True
            elif pa.types.is_binary(column.type) and any(raw.search(value or b"") for value in column.to_pylist()):
                return True
    return False


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


def _in_bytes(path: Path, values: Sequence[str]) -> bool:
    """Block by block, each with the end of the one before it."""
    pattern, kept = _pattern(values), max(len(value.encode()) for value in values) + 8
    with path.open("rb") as source:
        tail = b""
        while block := source.read(_BLOCK):
            if pattern.search(tail + block):
                return True
            tail = (tail + block)[-kept:]
    return False


def _pattern(values: Sequence[str]) -> re.Pattern[bytes]:
    """By itself, or with its length before it, as keys and lists of the online store have it."""
    ways = []
    for text in (value.encode() for value in values):
        ways.append(rb"(?<![\w\x80-\xff])" + re.escape(text) + rb"(?![\w\x80-\xff])")
        ways.append(re.escape(struct.pack("<I", len(text)) + text))
        if len(text) < 128:
            ways.append(re.escape(bytes([len(text)]) + text))
    return re.compile(b"|".join(ways))
