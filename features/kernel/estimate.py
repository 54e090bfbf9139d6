"""What a plan will come to: distinct pairs, what is moved, and about how long it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.arrays import IntArray
from features.columns import Records
from features.kernel.plan import Plan
from features.kernel.records import rule_of
from features.kernel.tile import CHUNK_PAIRS, POOL_ROWS, Blocks, candidate_pairs, chunks, pools

MOVED = 60.0
"""Microseconds of one core for a row that is sent to its tile, sorted and handed to the kernel: a declared rate,
measured on two cores with all features (benchmarks/README.md, all_features.py)."""


@dataclass(frozen=True)
class Union:
    """Distinct pairs of a plan, from `low` to `high`; where they were counted both are the same.

    `first` then holds, by rule, the pairs that are credited to it: those that no rule before it brings.
    """

    low: int
    high: int
    first: tuple[int, ...] | None = None

    @property
    def exact(self) -> bool:
        """Whether the pairs were counted."""
        return self.first is not None


@dataclass(frozen=True)
class Estimate:
    """What a plan will take, about: rows and bytes that the shuffle moves, seconds of one core, and cores.

    `pair_microseconds` is what all features of a pair cost on this machine now, in a block and in a list of pairs;
    the seconds are those of the first and of the second. `cores` is None where the platform decides.
    """

    rows: int
    bytes: int
    pair_microseconds: tuple[float, float]
    core_seconds: tuple[float, float]
    cores: int | None


def bounds(plan: Plan) -> Union:
    """What is known of the distinct pairs without counting them: the largest block's pairs, and all blocks'."""
    return Union(max((pairs for _, _, pairs in plan.largest), default=0), plan.pairs)


def counted(first: IntArray) -> Union:
    """From the pairs that each rule is credited with."""
    total = int(first.sum())
    return Union(total, total, tuple(int(n) for n in first))


def count_pairs(batches: Iterable[pa.RecordBatch], rules: int) -> IntArray:
    """Candidate pairs of sorted memberships, by the rule they are credited to: the kernel, without a feature."""
    first = np.zeros(rules, dtype=np.int64)
    for pool in pools(batches, POOL_ROWS):
        blocks = Blocks.of(Records(pool))
        for start, stop in chunks(blocks.partners, CHUNK_PAIRS):
            pairs = candidate_pairs(blocks, start, stop, None)
            first += np.bincount(rule_of(blocks.key[pairs.row]), minlength=rules)
    return first


def estimate(
    plan: Plan, union: Union, *, record_bytes: float, pair_microseconds: tuple[float, float], cores: int | None
) -> Estimate:
    """The estimate for a plan, given the mean size of a prepared record and the measured cost of a pair."""
    moved = plan.rows * MOVED
    quick, slow = ((union.high * each + moved) / 1e6 for each in pair_microseconds)
    return Estimate(plan.rows, round(plan.rows * record_bytes), pair_microseconds, (quick, slow), cores)
