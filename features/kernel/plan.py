"""From a census of blocks to tiles: which keys are compared, and how large blocks are cut.

A block whose pairs exceed the tile cap is cut into pieces by a hash of the record's id; every pair of
pieces is one tile, so each pair lies in exactly one tile and no tile is larger than the cap, whatever
the keys. A key that makes more pairs than its rule allows is dropped, and leaves the key lists of its
records too: otherwise a later shared key would wait for it and the pair would vanish.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import IntArray, member
from features.declare import BlockingRule
from features.errors import PairlakeError
from features.kernel.records import rule_of
from features.kernel.refine import Keys, Refinement, key_list

BOTH, ROW, COLUMN = range(3)
"""What a record is in a tile: on the diagonal either side, in a rectangle one or the other.

A tile's rows come in this order: who is either side meets all that follow it, a row meets the columns.
"""

MEMBERSHIP = pa.schema([pa.field("key", pa.int64()), pa.field("tile", pa.int32()), pa.field("role", pa.int8())])
"""What stands before a record's columns, once for every tile it is in."""

SCATTERED_ROWS = 8_192
"""Memberships made at a time: of a batch of records together they may be a hundred times as large."""

PARTS_OF_CHANGED = 2
"""Tiles that a tile of the plan becomes where only pairs with a changed record are wanted."""


class BudgetExceededError(PairlakeError):
    """The plan would build more pairs than the settings allow."""


@dataclass(frozen=True)
class RulePlan:
    """What one rule adds: its blocks and pairs, and what its `max_pairs` took away."""

    rule: str
    blocks: int
    pairs: int
    dropped_blocks: int
    dropped_pairs: int


@dataclass(frozen=True)
class Step:
    """One step down the ladder: the rung, what was done in words, and what it changed.

    `labelled` pairs are those whose records are there; `found` are those of them that a block brings together. All
    three are None where no labelled pairs are given.
    """

    rung: str
    done: str
    pairs_before: int
    pairs_after: int
    labelled: int | None = None
    found_before: int | None = None
    found_after: int | None = None

    def __str__(self) -> str:
        """The step in words, with its cost."""
        pairs = f"{self.rung}: {self.done}; pairs {self.pairs_before:,} → {self.pairs_after:,}"
        if not self.labelled or self.rung == "keep":
            return pairs
        before, after = (found / self.labelled for found in (self.found_before or 0, self.found_after or 0))
        return f"{pairs}, pair completeness {before:.4f} → {after:.4f} on {self.labelled:,} labelled pairs"


@dataclass(frozen=True)
class BlockSizes:
    """The blocks of `low` to `high` pairs: how many there are, and the pairs they make together."""

    low: int
    high: int
    blocks: int
    pairs: int


@dataclass(frozen=True)
class Plan:
    """Which keys are compared, which of them are cut into how many pieces, and what it all comes to.

    `keys` holds every key that makes a pair and is not dropped, in ascending order. `counted` are the same when the
    plan is made, and `key_pairs` and `key_records` what each of them comes to.

    `pairs` counts a pair once for every block it lies in: an exact upper bound of the pairs emitted. `rows` is what
    the shuffle moves: a record once for every tile it is in.

    A plan that stepped down says so in `ladder`, and is one of records whose keys `refinement` has changed.
    """

    keys: Keys
    counted: Keys
    key_pairs: IntArray
    key_records: IntArray
    dropped: Keys
    cut: Keys
    pieces_left: IntArray
    pieces_right: IntArray
    linking: bool
    rules: tuple[RulePlan, ...]
    pairs: int
    blocks: int
    largest: tuple[tuple[int, str, int], ...]
    largest_tile: int = field(default=0)
    rows: int = 0
    sizes: tuple[BlockSizes, ...] = ()
    refinement: Refinement = field(default_factory=Refinement)
    ladder: tuple[Step, ...] = ()

    @property
    def keeps(self) -> bool:
        """Whether the ladder ended in keeping the last published version."""
        return bool(self.ladder) and self.ladder[-1].rung == "keep"

    def without_counts(self) -> Plan:
        """What `scatter` needs, and no more: it travels to every task."""
        none = np.zeros(0, dtype=np.int64)
        return replace(self, counted=none, key_pairs=none, key_records=none, dropped=none)


def make_plan(census: pa.Table, rules: Sequence[BlockingRule], *, linking: bool, tile_pairs: int) -> Plan:
    """The plan for a census of (key, left, right, pairs). Deduplicating, every record counts as left."""
    keys, left, right, pairs = (
        np.asarray(census.column(name).to_numpy(), dtype=np.int64) for name in ("key", "left", "right", "pairs")
    )
    place = rule_of(keys)
    limits = np.array([rule.max_pairs or np.iinfo(np.int64).max for rule in rules], dtype=np.int64)
    dropped = pairs > limits[place] if len(rules) else np.zeros(0, dtype=bool)
    cut = ~dropped & (pairs > tile_pairs)
    found = [_pieces(int(n), int(m), tile_pairs, linking=linking) for n, m in zip(left[cut], right[cut], strict=True)]
    pieces = np.array(found, dtype=np.int64).reshape(-1, 2)
    counts = pieces[np.argsort(keys[cut])]
    kept = ~dropped
    top = np.argsort(-pairs[kept], kind="stable")[:10]
    ascending = np.flatnonzero(kept)[np.argsort(keys[kept])]
    return Plan(
        keys=keys[ascending],
        counted=keys[ascending],
        key_pairs=pairs[ascending],
        key_records=(left + right)[ascending],
        dropped=np.sort(keys[dropped]),
        cut=np.sort(keys[cut]),
        pieces_left=counts[:, 0],
        pieces_right=counts[:, 1],
        linking=linking,
        rules=tuple(_rule_plan(rule.name, place == n, pairs, dropped) for n, rule in enumerate(rules)),
        pairs=int(pairs[kept].sum()),
        blocks=int(kept.sum()),
        largest=tuple((int(keys[kept][n]), rules[int(place[kept][n])].name, int(pairs[kept][n])) for n in top),
        largest_tile=min(tile_pairs, int(pairs[kept].max(initial=0))),
        rows=_rows(left[kept], right[kept], cut[kept], pieces, linking=linking),
        sizes=_sizes(pairs[kept]),
    )


def check_budget(plan: Plan, budget: int) -> None:
    """Refuse a plan over the budget, before any pair is built, unless the last version is kept in its stead."""
    if plan.pairs <= budget or plan.keeps:
        return
    rules = ", ".join(f"{r.rule} {r.pairs:,}" for r in sorted(plan.rules, key=lambda r: -r.pairs)[:3])
    key, rule, pairs = plan.largest[0]
    steps = f", after these steps: {'; '.join(map(str, plan.ladder))}" if plan.ladder else ""
    raise BudgetExceededError(
        f"the blocking rules make {plan.pairs:,} pairs, the budget is {budget:,}{steps}. Most come from {rules}; the "
        f"largest block ({rule}, key {key}) alone makes {pairs:,}. Leave a rule out ([blocking] rules), give "
        "it a lower max_pairs, raise [blocking] pair_budget, or say what may be given up in [blocking] over_budget"
    )


def scatter(
    prepared: pa.RecordBatch, plan: Plan, changed: npt.NDArray[np.bool_] | None = None
) -> Iterator[pa.RecordBatch]:
    """Prepared records → one row for every tile a record takes part in, SCATTERED_ROWS at a time.

    Adds `key`, `tile` and `role` before the record's columns; `keys` keeps only keys of the plan. With `changed`,
    one flag a record, the tiles hold only the pairs of which a side has changed.
    """
    keys, rows = key_list(prepared.column("keys"))
    kept = member(keys, plan.keys)[0]
    keys, rows = keys[kept], rows[kept]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=prepared.num_rows))])
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(keys))
    place = prepared.schema.get_field_index("keys")
    prepared = prepared.set_column(place, pa.field("keys", lists.type), lists)
    right = pc.equal(prepared.column("side"), "right").to_numpy(zero_copy_only=False)
    row, key, tile, role = _tiles(rows, keys, right, prepared.column("entity_id"), plan)
    if changed is not None:
        row, key, tile, role = _with_a_change(row, key, tile, role, changed)
    memberships = [pa.array(key), pa.array(tile, pa.int32()), pa.array(role, pa.int8())]
    names = [*MEMBERSHIP.names, *prepared.schema.names]
    for start in range(0, max(len(row), 1), SCATTERED_ROWS):
        taken = prepared.take(pa.array(row[start : start + SCATTERED_ROWS]))
        columns = [*(column.slice(start, SCATTERED_ROWS) for column in memberships), *taken.columns]
        yield pa.RecordBatch.from_arrays(columns, names=names)


def _tiles(
    rows: IntArray, keys: Keys, right: npt.NDArray[np.bool_], ids: pa.Array, plan: Plan
) -> tuple[IntArray, Keys, IntArray, IntArray]:
    """Row, key, tile and role of each membership; a key that is not cut has the one tile 0."""
    on_right = right[rows]
    whole = np.where(on_right, COLUMN, ROW) if plan.linking else np.full(len(rows), BOTH)
    cut, found = member(keys, plan.cut)
    parts = [(rows[~cut], keys[~cut], np.zeros(int((~cut).sum()), dtype=np.int64), whole[~cut])]
    piece_of: dict[int, int] = {}
    for n in np.flatnonzero(cut).tolist():
        of, at = int(rows[n]), int(found[n])
        if of not in piece_of:
            piece_of[of] = _id_hash(ids[of].as_py())
        tiles, roles = _tiles_of_piece(
            piece_of[of],
            int(plan.pieces_left[at]),
            int(plan.pieces_right[at]),
            plan.linking,
            bool(on_right[n]),
        )
        size = len(tiles)
        parts.append((np.full(size, of), np.full(size, keys[n]), tiles, roles))
    row, key, tile, role = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, key, tile, role


def _tiles_of_piece(hashed: int, left: int, right: int, linking: bool, on_right: bool) -> tuple[IntArray, IntArray]:
    """The tiles a record of a cut block takes part in, and its role in each."""
    if linking:
        if on_right:
            return np.arange(left) * right + hashed % right, np.full(left, COLUMN)
        return (hashed % left) * right + np.arange(right), np.full(right, ROW)
    piece, other = hashed % left, np.arange(left)
    tiles = np.minimum(piece, other) * left + np.maximum(piece, other)
    return tiles, np.where(other == piece, BOTH, np.where(other > piece, ROW, COLUMN))


def _with_a_change(
    row: IntArray, key: Keys, tile: IntArray, role: IntArray, changed: npt.NDArray[np.bool_]
) -> tuple[IntArray, Keys, IntArray, IntArray]:
    """The same memberships, in tiles without pairs of two unchanged records.

    On the diagonal the unchanged only follow. A rectangle becomes two: changed rows with all columns, and
    unchanged rows with changed columns, which therefore stand in both.
    """
    of_changed = changed[row]
    tile = PARTS_OF_CHANGED * tile + ((role == ROW) & ~of_changed)
    again = (role == COLUMN) & of_changed
    role = np.where((role == BOTH) & ~of_changed, COLUMN, role)
    return (
        np.concatenate([row, row[again]]),
        np.concatenate([key, key[again]]),
        np.concatenate([tile, tile[again] + 1]),
        np.concatenate([role, role[again]]),
    )


def _pieces(left: int, right: int, cap: int, *, linking: bool) -> tuple[int, int]:
    """Pieces of either side such that a tile stays under the cap.

    Pieces made by a hash differ in size; six standard deviations of headroom are kept.
    """
    if not linking:
        side = math.isqrt(cap)
        return _parts(left, side), 1
    side = math.isqrt(cap)
    if min(left, right) <= side:
        small = max(min(left, right), 1)
        pieces = _parts(max(left, right), cap // small)
        return (1, pieces) if left <= right else (pieces, 1)
    return _parts(left, side), _parts(right, side)


def _parts(records: int, largest: int) -> int:
    """Number of hashed pieces of which none is expected over `largest` records."""
    parts = math.ceil(records / largest)
    while records / parts + 6 * math.sqrt(records / parts) > largest and parts < records:
        parts += 1
    return parts


def _rows(left: IntArray, right: IntArray, cut: npt.NDArray[np.bool_], pieces: IntArray, *, linking: bool) -> int:
    """Rows that `scatter` makes: of a block that is cut, a record goes to every tile that its piece is in."""
    of_left, of_right = np.ones_like(left), np.ones_like(right)
    of_left[cut] = pieces[:, 1 if linking else 0]
    of_right[cut] = pieces[:, 0]
    return int((left * of_left).sum() + (right * of_right).sum())


def _sizes(pairs: IntArray) -> tuple[BlockSizes, ...]:
    """Blocks by the number of digits of their pairs."""
    digits = np.searchsorted(10 ** np.arange(1, 19), pairs, side="right")
    blocks = np.bincount(digits)
    of_size = [int(pairs[digits == n].sum()) for n in range(len(blocks))]
    return tuple(BlockSizes(10**n, 10 ** (n + 1) - 1, int(blocks[n]), of_size[n]) for n in range(len(blocks)))


def _rule_plan(name: str, of_rule: npt.NDArray[np.bool_], pairs: IntArray, dropped: npt.NDArray[np.bool_]) -> RulePlan:
    kept, lost = of_rule & ~dropped, of_rule & dropped
    return RulePlan(name, int(kept.sum()), int(pairs[kept].sum()), int(lost.sum()), int(pairs[lost].sum()))


def _id_hash(entity_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(entity_id.encode(), digest_size=7).digest(), "big")
