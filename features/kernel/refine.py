"""Refining: the members of a block that is too large must agree on one more thing.

A refined key leaves a record's key list, and one key for each value of the further column takes its place; a
record without the value falls out of that block. Since the list that travels to the kernel is the refined one, no
pair waits for a key that is never compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray, member
from features.kernel.records import RULE_BITS, rule_of

Keys = npt.NDArray[np.int64]

SPLIT = pa.schema(
    [
        pa.field("key", pa.int64(), nullable=False),
        pa.field("by", pa.int8(), nullable=False),
        pa.field("sub", pa.int64(), nullable=False),
        pa.field("right", pa.bool_(), nullable=False),
    ]
)
"""What `split` says of a membership: a key it would have by a column, or minus the number of them."""


def _none() -> Keys:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Refinement:
    """Keys that are refined, in ascending order, and for each the place in `columns` of what refines it.

    A key that a refinement makes may be refined again.
    """

    keys: Keys = field(default_factory=_none)
    by: IntArray = field(default_factory=_none)
    columns: tuple[str, ...] = ()
    secret: bytes = field(default=b"", repr=False)
    """What the keys that it makes are hashed with, as those of the records are."""

    def further(self, keys: Keys, by: IntArray) -> Refinement:
        """With further keys."""
        keys, by = np.append(self.keys, keys), np.append(self.by, by)
        order = np.argsort(keys)
        return replace(self, keys=keys[order], by=by[order])


def refined(batch: pa.RecordBatch, refinement: Refinement) -> pa.RecordBatch:
    """Prepared records with the keys of the refinement in the place of those it refines, distinct and ascending."""
    if not len(refinement.keys):
        return batch
    keys, rows = _refined(batch, refinement)
    ends = np.cumsum(np.bincount(rows, minlength=batch.num_rows))
    lists = pa.ListArray.from_arrays(pa.array(np.append(0, ends), pa.int32()), pa.array(keys))
    place = batch.schema.get_field_index("keys")
    return batch.set_column(place, pa.field("keys", lists.type), lists)


def split(batch: pa.RecordBatch, refinement: Refinement, keys: Keys, allowed: BoolArray) -> pa.RecordBatch:
    """What each column would make of the members of the given blocks: rows of SPLIT, to be counted.

    `keys` ascend; `allowed` says by key and column whether the column may refine it.
    """
    held, rows = _refined(batch, refinement)
    found, at = member(held, keys)
    held, rows, at = held[found], rows[found], at[found]
    right = pc.equal(batch.column("side"), "right").to_numpy(zero_copy_only=False)
    out: list[tuple[int, int, int, bool]] = []
    for place, column in enumerate(refinement.columns):
        mine = allowed[at, place]
        for key, row, subs in _sub_keys(batch, column, held[mine], rows[mine], refinement.secret):
            out += [(key, place, sub, bool(right[row])) for sub in (*subs, -len(subs))]
    columns = list(zip(*out, strict=True)) or [()] * len(SPLIT)
    return pa.RecordBatch.from_arrays([pa.array(c, f.type) for c, f in zip(columns, SPLIT, strict=True)], schema=SPLIT)


def sub_key(key: int, column: str, value: str, secret: bytes = b"") -> int:
    """The key of those members of a block that have this value: of the same rule, so it keeps its place in order."""
    text = f"{key}|{column}|{value}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, digest_size=RULE_BITS // 8, key=secret).digest()
    return int(rule_of(key)) << RULE_BITS | int.from_bytes(digest, "big")


def key_list(lists: pa.ListArray | pa.ChunkedArray) -> tuple[Keys, IntArray]:
    """The blocking keys of records one after the other, and the row each belongs to."""
    if isinstance(lists, pa.ChunkedArray):
        lists = lists.combine_chunks()
    values = np.asarray(pc.list_flatten(lists).to_numpy(zero_copy_only=False), dtype=np.int64)
    parents = np.asarray(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False), dtype=np.int64)
    return values, parents


def _refined(batch: pa.RecordBatch, refinement: Refinement) -> tuple[Keys, IntArray]:
    """Memberships under the refined keys, by row and key, each once."""
    keys, rows = key_list(batch.column("keys"))
    done = [(keys[:0], rows[:0])]
    while len(keys):
        found, at = member(keys, refinement.keys)
        done.append((keys[~found], rows[~found]))
        keys, rows, by = keys[found], rows[found], refinement.by[at[found]]
        further = [
            (sub, row)
            for place, column in enumerate(refinement.columns)
            for _, row, subs in _sub_keys(batch, column, keys[by == place], rows[by == place], refinement.secret)
            for sub in subs
        ]
        keys, rows = np.array(further, dtype=np.int64).reshape(-1, 2).T
    keys, rows = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.lexsort((keys, rows))
    keys, rows = keys[order], rows[order]
    once = np.ones(len(keys), dtype=bool)
    once[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    return keys[once], rows[once]


def _sub_keys(
    batch: pa.RecordBatch, column: str, keys: Keys, rows: IntArray, secret: bytes
) -> Iterator[tuple[int, int, list[int]]]:
    """Key, row and keys by the column of each membership that has a value there."""
    if not len(keys):
        return
    values = batch.column(column).take(pa.array(rows)).to_pylist()
    for key, row, value in zip(keys.tolist(), rows.tolist(), values, strict=True):
        texts = [value] if isinstance(value, str) else value or ()
        subs = [sub_key(key, column, text, secret) for text in dict.fromkeys(texts) if text]
        if subs:
            yield key, row, subs
