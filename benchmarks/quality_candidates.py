"""Candidate pairs of a set with all features, by the library's own kernel: what a run computes, without an engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray
from features.catalogue import Catalogue
from features.declare import PairFeature
from features.kernel.census import possible_pairs
from features.kernel.plan import Plan, RulePlan, make_plan, scatter
from features.kernel.records import prepare, rule_of, standardise
from features.kernel.refresh import Counts, distinct_keys
from features.kernel.tile import block_and_compare
from features.sections import Blocking
from features.standardisation.text import latin, words
from features.statistics import Split, Statistics, count_tokens, split_points

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
BATCH_RECORDS = 16_384


@dataclass(frozen=True)
class Candidates:
    """Pairs that share a blocking key: record numbers, the rule each is credited to, and a column a feature.

    `only` is the rule of a pair that one rule alone makes, -1 for the others.

    Numbers are float32 with NaN for null; states are their codes. `names` holds each record's cleaned full name in
    Latin letters, `written` the same in its own script, both empty where there is none.
    """

    left: IntArray
    right: IntArray
    rule: IntArray
    only: IntArray
    values: dict[str, npt.NDArray[np.float32]]
    features: tuple[PairFeature, ...]
    rules: tuple[RulePlan, ...]
    names: list[str]
    written: list[str]

    def __len__(self) -> int:
        return len(self.left)

    def are(self, pairs: IntArray) -> BoolArray:
        """Which candidates are among the given pairs of record numbers."""
        return np.isin(_codes(self.left, self.right), _codes(*pairs.T))

    def hold(self, pairs: IntArray) -> BoolArray:
        """Which of the given pairs are candidates."""
        return np.isin(_codes(*pairs.T), _codes(self.left, self.right))


def candidates(raw: pa.Table, catalogue: Catalogue, *, linking: bool) -> Candidates:
    """Every candidate pair of raw_entities with every feature of the catalogue, in order of its record numbers."""
    prepared, names, written = _prepared(raw, catalogue)
    plan = make_plan(census(prepared, linking=linking), catalogue.rules, linking=linking, tile_pairs=_TILE_PAIRS)
    tiles = _tiles(prepared, plan, catalogue)
    found = list(block_and_compare(tiles.to_batches(BATCH_RECORDS), catalogue.pair_features, linking=linking))
    columns = {n: _numbers(found, n) for n in ("id_l", "id_r", "rule", *(f.name for f in catalogue.pair_features))}
    left, right, rule = (columns.pop(name).astype(np.int64) for name in ("id_l", "id_r", "rule"))
    order = np.lexsort((right, left))
    values = {name: column[order].astype(np.float32) for name, column in columns.items()}
    left, right, rule = left[order], right[order], rule[order]
    only = _only(prepared.column("keys").to_pylist(), plan, left, right)
    return Candidates(left, right, rule, only, values, catalogue.pair_features, plan.rules, names, written)


def census(prepared: pa.Table, *, linking: bool) -> pa.Table:
    """Exact counts of every blocking key that makes a pair, as features.spark.blocks.census counts them."""
    counts = Counts.of(prepared, distinct_keys(prepared))
    pairs = possible_pairs(counts.left, counts.right, linking=linking)
    some = pairs > 0
    columns = {"key": counts.keys, "left": counts.left, "right": counts.right, "pairs": pairs}
    return pa.table({name: column[some] for name, column in columns.items()})


_TILE_PAIRS = Blocking().tile_pairs


def _prepared(raw: pa.Table, catalogue: Catalogue) -> tuple[pa.Table, list[str], list[str]]:
    """entity_features of all records, with words weighed by the set's own statistics, and their full names.

    Names come twice: in Latin letters, and as they are written.
    """
    batches = [standardise(batch, catalogue) for batch in raw.combine_chunks().to_batches(BATCH_RECORDS)]
    written = [name or "" for batch in batches for name in batch.column("name").to_pylist()]
    names = [" ".join(words(latin(name))) for name in written]
    cores = [core for batch in batches for core in batch.column("name_core").to_pylist()]
    tokens = pa.array([sorted(set(core.split())) if core else [] for core in cores], pa.list_(pa.string()))
    splits = {split: _points(batches, split) for split in catalogue.splits}
    weighed = replace(catalogue, statistics=Statistics.of(*count_tokens(tokens), splits))
    return pa.Table.from_batches([prepare(batch, weighed, AS_OF) for batch in batches]), names, written


def _only(keys: list[list[int]], plan: Plan, left: IntArray, right: IntArray) -> IntArray:
    """The place of the rule that alone makes each pair, -1 where several do."""
    planned = set(plan.keys.tolist())
    of_record = [planned.intersection(of_record) for of_record in keys]
    shared = (of_record[one] & of_record[other] for one, other in zip(left.tolist(), right.tolist(), strict=True))
    rules = [{rule_of(key) for key in of_pair} for of_pair in shared]
    return np.array([of_pair.pop() if len(of_pair) == 1 else -1 for of_pair in rules], dtype=np.int64)


def _points(batches: list[pa.RecordBatch], split: Split) -> tuple[str, ...]:
    """What features.spark.statistics.count_order finds, in memory."""
    values = Counter(value for batch in batches for value in batch.column(split.column).to_pylist() if value)
    return split_points(sorted(values.items()), split.records)


def _tiles(prepared: pa.Table, plan: Plan, catalogue: Catalogue) -> pa.Table:
    columns = prepared.select(["entity_id", "side", "keys", *catalogue.kernel_columns])
    sent = [part for batch in columns.to_batches(max_chunksize=BATCH_RECORDS) for part in scatter(batch, plan)]
    order = [("key", "ascending"), ("tile", "ascending"), ("role", "ascending"), ("entity_id", "ascending")]
    return pa.Table.from_batches(sent).sort_by(order)


def _numbers(batches: list[pa.RecordBatch], name: str) -> npt.NDArray[np.float64]:
    if not batches:
        return np.zeros(0)
    arrays = [pc.cast(batch.column(name), pa.float64()) for batch in batches]
    return np.concatenate([array.to_numpy(zero_copy_only=False) for array in arrays])


def _codes(left: IntArray, right: IntArray) -> IntArray:
    return np.asarray(left, dtype=np.int64) << 32 | np.asarray(right, dtype=np.int64)
