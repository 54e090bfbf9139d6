"""The tile kernel: a stream of tiles in, each pair's features out, every pair exactly once.

Input rows come sorted by (key, tile, role), one a membership (see `plan.scatter`). Rows are pooled
until there is enough work for numpy to run at full width; small blocks are compared together, large ones
block against block. A pair that shares several keys is emitted in the block of the first one alone, which
is decided here from the records' key lists, so pairs are never shuffled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import IntArray, beside
from features.columns import Records
from features.declare import PairFeature
from features.kernel.compare import compare, worth_a_grid
from features.kernel.plan import BOTH, COLUMN, ROW
from features.kernel.prune import Prune, kept_pairs
from features.kernel.records import rule_of
from features.kernel.refine import key_list
from features.pairing import Grid, Pairs

POOL_ROWS = 20_000
"""Memberships pooled before they are compared; a block is never split between pools."""

CHUNK_PAIRS = 131_072
"""Pairs compared and handed on at a time: a tile of a plan has no record of so many partners."""

PRUNED = "pruned"
"""What a tally calls pairs that were left out."""

STRIP_ROWS = 48
"""Rows of a diagonal tile compared in one call: fewer cost calls, more cost cells below the diagonal."""

BoolArray = npt.NDArray[np.bool_]


def block_and_compare(
    batches: Iterable[pa.RecordBatch],
    features: Sequence[PairFeature],
    *,
    linking: bool,
    prune: Prune | None = None,
    tally: Counter[str] | None = None,
    pool_rows: int = POOL_ROWS,
    chunk_pairs: int = CHUNK_PAIRS,
) -> Iterator[pa.RecordBatch]:
    """Candidate pairs of sorted memberships with their features, less those that `prune` does not keep.

    These are counted in `tally` under PRUNED.

    Yields batches of id_l, id_r, rule (its place in the rule list, int8) and one column a feature.
    Linking, left is the left source; deduplicating, id_l < id_r.
    """
    for pool in pools(batches, pool_rows):
        records = Records(pool)
        blocks = Blocks.of(records)
        rank = None if linking else _ranks(records)
        for first, last in chunks(blocks.partners, chunk_pairs):
            pairs = candidate_pairs(blocks, first, last, rank)
            known: dict[str, pa.Array] = {}
            if prune and len(pairs.row):
                found = len(pairs.row)
                pairs, known = _pruned(records, pairs, prune)
                if tally is not None:
                    tally[PRUNED] += found - len(pairs.row)
            if len(pairs.row):
                yield _emit(records, blocks, pairs, features, known)


def pools(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Sorted batches → tables of whole blocks; a run of equal (key, tile) cut by a batch is carried over."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        held.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(held).combine_chunks()
        last = int(_starts(table)[-1])
        if last:
            yield table.slice(0, last).combine_chunks()
        held = table.slice(last).to_batches()
        count = table.num_rows - last
        rows = max(rows, count * 2) if last == 0 else rows  # a growing block is not gone over again each batch
    if count:
        yield pa.Table.from_batches(held).combine_chunks()


@dataclass(frozen=True)
class Blocks:
    """Where each row's partners lie: rows `first` to `stop`, all after it in its own block."""

    block: IntArray
    key: IntArray
    first: IntArray
    stop: IntArray
    earlier: EarlierKeys

    @property
    def partners(self) -> IntArray:
        """Number of pairs each row opens."""
        return self.stop - self.first

    @classmethod
    def of(cls, records: Records) -> Blocks:
        """The blocks of a pool: runs of equal (key, tile)."""
        starts = _starts(records.table)
        ends = np.append(starts[1:], len(records))
        block = np.repeat(np.arange(len(starts)), ends - starts)
        role = np.asarray(records.array("role").to_numpy())
        first, stop = _partners(block, role, len(starts))
        key = np.asarray(records.array("key").to_numpy())
        return cls(block, key, first, stop, EarlierKeys.of(records, block, key, role))


@dataclass(frozen=True)
class EarlierKeys:
    """Earlier keys that two or more records of one block share: the pairs that another block emits.

    One entry a (row, earlier key), sorted by block and key; its partners are the entries `first` to `stop`.
    """

    row: IntArray
    first: IntArray
    stop: IntArray

    @classmethod
    def of(cls, records: Records, block: IntArray, key: IntArray, role: npt.NDArray[np.int8]) -> EarlierKeys:
        """The entries of a pool, from the records' key lists."""
        keys, rows = key_list(records.array("keys"))
        earlier = keys < key[rows]
        keys, rows = keys[earlier], rows[earlier]
        order = np.lexsort((keys, block[rows]))  # stable: rows, and so roles, stay in order within a group
        keys, rows = keys[order], rows[order]
        owner = block[rows]
        opens = np.ones(len(rows), dtype=bool)
        opens[1:] = (keys[1:] != keys[:-1]) | (owner[1:] != owner[:-1])
        group = np.cumsum(opens) - 1
        shared = (np.bincount(group)[group] > 1) if len(group) else opens
        rows, opens = rows[shared], opens[shared]
        group = np.cumsum(opens) - 1
        first, stop = _partners(group, role[rows], int(opens.sum()))
        return cls(rows, first, stop)


def candidate_pairs(blocks: Blocks, first: int, last: int, rank: IntArray | None) -> Pairs:
    """The pairs opened by rows first … last - 1, less those that an earlier shared key emits.

    With `rank`, the place of each id in order, the record with the smaller id is the left one.
    """
    opened = blocks.partners[first:last]
    base = np.concatenate([[0], np.cumsum(opened)])
    row, column = beside(np.arange(first, last), blocks.first[first:last], opened)
    keep = _not_elsewhere(blocks, first, last, base)
    row, column = row[keep], column[keep]
    swapped = None if rank is None else rank[row] > rank[column]
    return Pairs(row, column, swapped, tuple(_grids(blocks, row, first, last)))


def _not_elsewhere(blocks: Blocks, first: int, last: int, base: IntArray) -> BoolArray:
    """True for the pairs of a chunk that share no earlier key, by position."""
    keep = np.ones(int(base[-1]), dtype=bool)
    entries = blocks.earlier
    mine = np.flatnonzero((entries.row >= first) & (entries.row < last) & (entries.stop > entries.first))
    if len(mine):
        one, other = beside(mine, entries.first[mine], entries.stop[mine] - entries.first[mine])
        row, column = entries.row[one], entries.row[other]
        keep[base[row - first] + column - blocks.first[row]] = False
    return keep


def _grids(blocks: Blocks, row: IntArray, first: int, last: int) -> Iterator[Grid]:
    """The block-wise grids of a chunk that are large and dense enough to be compared as grids.

    A diagonal tile is cut into strips of rows, so that little below the diagonal is compared in vain. Members
    that open no pair, the columns of a rectangle, are not among a grid's rows.
    """
    strip = np.arange(first, last) - _run_starts(blocks.block[first:last]) - first
    diagonal = blocks.first[first:last] == np.arange(first, last) + 1
    idle = blocks.partners[first:last] == 0
    opens = (strip == 0) | (diagonal & (strip % STRIP_ROWS == 0)) | np.diff(idle, prepend=False)
    starts = first + np.flatnonzero(opens)
    stops = np.append(starts[1:], last)
    positions = np.searchsorted(row, np.append(starts, last))
    low, high = blocks.first[starts], blocks.stop[starts]
    cells = (stops - starts) * (high - low)
    for n in np.flatnonzero(worth_a_grid(np.diff(positions), cells)).tolist():
        yield Grid(
            int(positions[n]),
            int(positions[n + 1]),
            slice(int(starts[n]), int(stops[n])),
            slice(int(low[n]), int(high[n])),
        )


def chunks(partners: IntArray, pairs: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows that open about `pairs` pairs each; a single row is never split."""
    total = np.cumsum(partners)
    first = 0
    while first < len(partners):
        done = int(total[first - 1]) if first else 0
        last = max(int(np.searchsorted(total, done + pairs, side="right")), first + 1)
        yield first, last
        first = last


def _pruned(records: Records, pairs: Pairs, prune: Prune) -> tuple[Pairs, dict[str, pa.Array]]:
    """The pairs that are worth the costly features, and what deciding it has computed of them already."""
    values = compare(prune.features, records, pairs)
    kept = prune.keeps(values)
    known = {f.name: v.filter(pa.array(kept)) for f, v in zip(prune.features, values, strict=True)}
    return kept_pairs(pairs, kept), known


def _emit(
    records: Records, blocks: Blocks, pairs: Pairs, features: Sequence[PairFeature], known: Mapping[str, pa.Array]
) -> pa.RecordBatch:
    further = [feature for feature in features if feature.name not in known]
    of = {**known, **{f.name: v for f, v in zip(further, compare(further, records, pairs), strict=True)}}
    ids = records.array("entity_id")
    columns = [
        ids.take(pa.array(pairs.left)),
        ids.take(pa.array(pairs.right)),
        pa.array(rule_of(blocks.key[pairs.row]), pa.int8()),
        *(of[feature.name] for feature in features),
    ]
    return pa.RecordBatch.from_arrays(columns, names=["id_l", "id_r", "rule", *(f.name for f in features)])


def _starts(table: pa.Table) -> IntArray:
    """Row numbers at which a new (key, tile) begins."""
    key, tile = (np.asarray(table.column(name).to_numpy()) for name in ("key", "tile"))
    changes = (key[1:] != key[:-1]) | (tile[1:] != tile[:-1])
    return np.append(0, np.flatnonzero(changes) + 1)


def _run_starts(values: IntArray) -> IntArray:
    """For each position, where its run of equal values starts."""
    starts = np.append(0, np.flatnonzero(values[1:] != values[:-1]) + 1)
    return np.repeat(starts, np.diff(np.append(starts, len(values))))


def _partners(group: IntArray, role: npt.NDArray[np.int8], groups: int) -> tuple[IntArray, IntArray]:
    """For members sorted by (group, role): where the partners of each lie.

    A rectangle's rows meet its columns, which follow them; a diagonal's members meet those after them.
    """
    size = np.bincount(group, minlength=groups)
    end = np.cumsum(size)
    rows = np.bincount(group, weights=role == ROW, minlength=groups).astype(np.int64)
    columns_from = (end - size + rows)[group]
    first = np.where(role == BOTH, np.arange(len(group)) + 1, columns_from)
    stop = np.where(role == COLUMN, first, end[group])
    return first, stop


def _ranks(records: Records) -> IntArray:
    """Place of each record's id in code point order."""
    return np.asarray(pc.rank(records.array("entity_id"), tiebreaker="dense").to_numpy(), dtype=np.int64)
