"""The census: how many records carry each blocking key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import IntArray
from features.kernel.records import rule_of
from features.kernel.refine import Keys, key_list
from features.kernel.tasks import by_number
from features.tables import BLOCK_CENSUS

CARRIED_KEYS = pa.schema([pa.field("key", pa.int64()), pa.field("right", pa.bool_())])


def carried_keys(records: pa.RecordBatch, parts: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The keys of records with their side, in so many parts: a key is in the same one, whoever carries it."""
    keys, rows = key_list(records.column("keys"))
    right = pc.equal(records.column("side"), "right").to_numpy(zero_copy_only=False)
    carried = pa.RecordBatch.from_arrays([pa.array(keys), pa.array(right[rows])], schema=CARRIED_KEYS)
    return by_number(carried, keys % parts)


def count_keys(carried: Iterable[pa.RecordBatch], rules: pa.Array, *, linking: bool) -> pa.RecordBatch:
    """One part of the census: every key that makes a pair."""
    table = pa.Table.from_batches(carried, schema=CARRIED_KEYS)
    keys, place, records = np.unique(table["key"].to_numpy(), return_inverse=True, return_counts=True)
    right = np.bincount(place, weights=table["right"].to_numpy(), minlength=len(keys)).astype(np.int64)
    return census_of(keys, records - right, right, rules, linking=linking)


def census_of(keys: Keys, left: IntArray, right: IntArray, rules: pa.Array, *, linking: bool) -> pa.RecordBatch:
    """Rows of the census for keys that so many records of either side carry; `rules` are the names of all rules."""
    pairs = possible_pairs(left, right, linking=linking)
    some = np.flatnonzero(pairs)
    columns = {"key": keys[some], "left": left[some], "right": right[some], "pairs": pairs[some]}
    arrays = {name: pa.array(column, pa.int64()) for name, column in columns.items()}
    arrays["rule"] = rules.take(pa.array(rule_of(keys[some])))
    return pa.RecordBatch.from_arrays([arrays[name] for name in BLOCK_CENSUS.schema.names], schema=BLOCK_CENSUS.schema)


def possible_pairs(left: Any, right: Any, *, linking: bool) -> Any:
    """Pairs that so many records of either side make, numbers or arrays; deduplicating, every record counts as left."""
    return left * right if linking else left * (left - 1) // 2
