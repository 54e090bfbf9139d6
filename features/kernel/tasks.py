"""Which task compares which tile, so that all have about the same to do, and the parcels of memberships for each.

A parcel holds the memberships that one task of the scatter has for one task of the comparison. It crosses the
shuffle as one value, so what the shuffle costs does not grow with the number of columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from features.arrays import IntArray, member
from features.kernel.plan import Plan
from features.kernel.refine import Keys

TASK_WORK = 10_000_000
"""Work of a task, in features of a pair: some seconds of one core."""

PAIR_WORK = 3
"""Work of a pair at least, however few its features."""

MEMBERSHIP_WORK = 8
"""Work of a membership a column: it is sent, sorted and decoded. So it also bounds what a task holds."""

PARCEL_ROWS = 1_024
"""Memberships of a parcel, about: a task of the scatter holds as many for each task before it divides them."""

HELD_BYTES = 64_000_000
"""But it holds no more than this."""

SORTED_ROWS = 16_384
"""Memberships handed on at a time, once they are in order."""


@dataclass(frozen=True)
class Tasks:
    """Each task is a tile of a cut key, or a range of keys of about the same work and no more pairs than a tile.

    First come the tiles, those of the key `cut[n]` from task `begin[n]` on. After them, from task `ranges` on, the keys
    that are not cut: a task has those from `first[n]` to before `first[n + 1]`.
    """

    cut: Keys
    pieces: IntArray
    linking: bool
    begin: IntArray
    ranges: int
    first: Keys
    count: int

    @classmethod
    def of(cls, plan: Plan, *, features: int, columns: int, least: int = 1, count: int | None = None) -> Tasks:
        """The tasks of a plan, for so many features a pair and columns a record.

        There are `least` where there is enough to do. Where `count` is given they are laid together to so many,
        whatever the pairs that a task then has.
        """
        work = plan.key_pairs * max(features, PAIR_WORK) + plan.key_records * columns * MEMBERSHIP_WORK
        most = max(min(TASK_WORK, int(work.sum()) // least), 1)
        cut = member(plan.counted, plan.cut)[0]
        lefts, rights = plan.pieces_left, plan.pieces_right
        tiles = lefts * rights if plan.linking else lefts * (lefts + 1) // 2
        first = plan.counted[~cut][_runs((work[~cut], most), (plan.key_pairs[~cut], plan.tile_pairs))]
        ranges = int(tiles.sum())
        begin = np.cumsum(tiles) - tiles
        return cls(plan.cut, lefts, plan.linking, begin, ranges, first, count or max(ranges + len(first), 1))

    def of_tiles(self, key: Keys, tile: IntArray) -> IntArray:
        """The task of each (key, tile) of the plan."""
        task = self.ranges + np.searchsorted(self.first, key, side="right") - 1
        cut, found = member(key, self.cut)
        at, place = found[cut], tile[cut]
        if not self.linking:  # piece p meets only itself and those after it
            one, other = np.divmod(place, self.pieces[at])
            place = one * self.pieces[at] - one * (one + 1) // 2 + other
        task[cut] = self.begin[at] + place
        return np.asarray(task % self.count, dtype=np.int64)


def _runs(*limits: tuple[IntArray, int]) -> IntArray:
    """Where runs begin that come to at most so much of each, or are a single one."""
    totals = [(np.concatenate([[0], np.cumsum(of_each)]), most) for of_each, most in limits]
    starts, start = [], 0
    while start < len(limits[0][0]):
        starts.append(start)
        ends = [int(np.searchsorted(total, total[start] + most, side="right")) - 1 for total, most in totals]
        start = max(min(ends), start + 1)
    return np.array(starts, dtype=np.int64)


def parcels(
    memberships: Iterable[pa.RecordBatch], tasks: Tasks, parts: int = 1
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """What `scatter` makes of prepared records, by task; `parts` are the tiles that it makes of a tile of the plan."""
    held: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in memberships:
        held.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= PARCEL_ROWS * tasks.count or size >= HELD_BYTES:
            yield from _divided(held, tasks, parts)
            held, rows, size = [], 0, 0
    yield from _divided(held, tasks, parts)


def in_order(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The memberships of a task, from its parcels: sorted by (key, tile, role)."""
    held = list(batches)
    if not held:
        return
    table = pa.Table.from_batches(held).combine_chunks()
    held.clear()
    key, tile, role = (table.column(name).to_numpy() for name in ("key", "tile", "role"))
    order = np.lexsort((role, tile, key))
    for start in range(0, len(order), SORTED_ROWS):
        yield from table.take(pa.array(order[start : start + SORTED_ROWS])).combine_chunks().to_batches()


def by_number(batch: pa.RecordBatch, numbers: IntArray) -> Iterator[tuple[int, pa.RecordBatch]]:
    """The rows of each number, in the order they have."""
    order = np.argsort(numbers.astype(np.int32), kind="stable")
    batch, numbers = batch.take(pa.array(order)), numbers[order]
    bounds = [*np.flatnonzero(np.diff(numbers, prepend=-1)).tolist(), len(numbers)]
    for start, stop in pairwise(bounds):
        yield int(numbers[start]), batch.slice(start, stop - start)


def _divided(held: list[pa.RecordBatch], tasks: Tasks, parts: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    for batch in pa.Table.from_batches(held).combine_chunks().to_batches() if held else ():
        key, tile = (np.asarray(batch.column(name).to_numpy(), dtype=np.int64) for name in ("key", "tile"))
        yield from by_number(batch, tasks.of_tiles(key, tile // parts))
