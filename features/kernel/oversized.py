"""Oversized blocks: which they are, which column divides each of them, and what is left of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import BoolArray, IntArray
from features.kernel.census import possible_pairs
from features.kernel.refine import Keys


def waterline(pairs: IntArray, budget: int) -> int:
    """The most pairs a block may keep for all to come within the budget, if those above it kept as many."""
    ascending = np.sort(pairs)
    below = np.cumsum(ascending) - ascending
    lines = (budget - below) // np.arange(len(pairs), 0, -1)
    return int(lines[np.argmax(lines <= ascending)])


@dataclass(frozen=True)
class Blocks:
    """A census as columns; `used` has a bit for each column that has refined the block already."""

    keys: Keys
    left: IntArray
    right: IntArray
    pairs: IntArray
    used: IntArray

    @classmethod
    def of(cls, census: pa.Table) -> Blocks:
        """From a census of (key, left, right, pairs)."""
        columns = (np.asarray(census[c].to_numpy(), dtype=np.int64) for c in ("key", "left", "right", "pairs"))
        keys, left, right, pairs = columns
        order = np.argsort(keys)
        return cls(keys[order], left[order], right[order], pairs[order], np.zeros(len(keys), dtype=np.int64))

    def where(self, chosen: BoolArray | IntArray) -> Blocks:
        """Some of the blocks, by a mask or by their places."""
        return Blocks(*(column[chosen] for column in self._columns))

    def beside(self, other: Blocks) -> Blocks:
        """These and others, by key."""
        columns = zip(self._columns, other._columns, strict=True)
        both = Blocks(*(np.append(mine, theirs) for mine, theirs in columns))
        return both.where(np.argsort(both.keys))

    @property
    def census(self) -> pa.Table:
        """As `make_plan` takes them."""
        return pa.table({"key": self.keys, "left": self.left, "right": self.right, "pairs": self.pairs})

    @property
    def _columns(self) -> tuple[npt.NDArray[np.int64], ...]:
        return self.keys, self.left, self.right, self.pairs, self.used


@dataclass(frozen=True)
class Split:
    """The column chosen for each oversized block (-1: none), the memberships it costs and the blocks it makes."""

    by: IntArray
    fallen: int
    blocks: Blocks

    @classmethod
    def of(cls, counts: pa.Table, over: Blocks, rank: IntArray, allowed: BoolArray, *, linking: bool) -> Split:
        """From the corpus's counts: of each block the first column, in its rule's order, that would help.

        That is one which at least half of the members have, in which some agree, and which at least halves the
        pairs. What all members share divides nothing and does not count.
        """
        key, by, sub, left, right = (
            np.asarray(counts[name].to_numpy(), dtype=np.int64) for name in ("key", "by", "sub", "left", "right")
        )
        block = np.searchsorted(over.keys, key)
        group, groups = block * rank.shape[1] + by, rank.size
        common = (sub >= 0) & (left == over.left[block]) & (right == over.right[block])
        shared = np.bincount(group[common], minlength=groups)
        reached = (sub < 0) & (-sub > shared[group])
        members = np.bincount(group[reached], weights=(left + right)[reached], minlength=groups).reshape(rank.shape)
        kept = (sub >= 0) & ~common
        pairs = possible_pairs(left, right, linking=linking)
        made = np.bincount(group[kept], weights=pairs[kept], minlength=groups).reshape(rank.shape)
        all_members = (over.left + over.right)[:, None]
        helps = allowed & (2 * members >= all_members) & (made > 0) & (2 * made <= over.pairs[:, None])
        chosen = np.where(helps.any(axis=1), np.argmin(np.where(helps, rank, rank.shape[1]), axis=1), -1)
        some = np.flatnonzero(chosen >= 0)
        fallen = int((all_members[some, 0] - members[some, chosen[some]]).sum())
        kept &= chosen[block] == by
        used = over.used[block[kept]] | (1 << by[kept])
        return cls(chosen, fallen, Blocks(sub[kept], left[kept], right[kept], pairs[kept], used))
