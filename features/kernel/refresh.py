"""Which pairs a change of records concerns, from blocking keys alone.

A pair is made anew when a side has changed. It may also come, go or be credited to another rule while both sides
stay as they are: when a block they share grows beyond its rule's `max_pairs`, or shrinks below it. Records of such
a block therefore count as changed too. Everything else about a pair depends on its two records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray, member
from features.declare import BlockingRule
from features.kernel.census import census_of
from features.kernel.plan import Plan, make_plan
from features.kernel.refine import Keys, key_list

COUNTS = pa.schema([pa.field("key", pa.int64()), pa.field("left", pa.int64()), pa.field("right", pa.int64())])
"""Records of a key by side."""

_NO_CUT = 2**62


@dataclass(frozen=True)
class Counts:
    """How many records carry each of the keys, which ascend, by side."""

    keys: Keys
    left: IntArray
    right: IntArray

    @classmethod
    def of(cls, records: pa.RecordBatch | pa.Table, keys: Keys) -> Counts:
        """Counted from the columns `side` and `keys` of records; other keys are passed over."""
        carried, rows = key_list(records.column("keys"))
        among, at = member(carried, keys)
        on_right = np.asarray(pc.equal(records.column("side"), "right").to_numpy(zero_copy_only=False), dtype=bool)
        right = on_right[rows[among]]
        left, others = (np.bincount(at[among][of_side], minlength=len(keys)) for of_side in (~right, right))
        return cls(keys, left, others)

    def __add__(self, other: Counts) -> Counts:
        """Both together; they must count the same keys."""
        return Counts(self.keys, self.left + other.left, self.right + other.right)

    def census(self, rules: Sequence[BlockingRule], *, linking: bool) -> pa.Table:
        """The counts of keys that make a pair, as rows of block_census."""
        names = pa.array([rule.name for rule in rules], pa.string())
        return pa.Table.from_batches([census_of(self.keys, self.left, self.right, names, linking=linking)])


def turned(before: Counts, after: Counts, rules: Sequence[BlockingRule], *, linking: bool) -> Keys:
    """Keys that were dropped and are compared now, or the other way round."""
    was, now = (
        make_plan(c.census(rules, linking=linking), rules, linking=linking, tile_pairs=_NO_CUT) for c in (before, after)
    )
    return np.union1d(np.intersect1d(was.dropped, now.keys), np.intersect1d(was.keys, now.dropped))


def with_keys(plan: Plan, keys: Keys) -> Plan:
    """The plan's blocks of these keys alone."""
    return replace(plan, keys=plan.keys[member(plan.keys, keys)[0]])


def distinct_keys(*records: pa.RecordBatch | pa.Table) -> Keys:
    """All keys of records, ascending."""
    return np.unique(np.concatenate([key_list(batch.column("keys"))[0] for batch in records]))


def with_any_key(records: pa.RecordBatch | pa.Table, keys: Keys) -> BoolArray:
    """Which records carry one of the keys, which ascend."""
    carried, rows = key_list(records.column("keys"))
    carries = np.zeros(records.num_rows, dtype=bool)
    carries[rows[member(carried, keys)[0]]] = True
    return carries
