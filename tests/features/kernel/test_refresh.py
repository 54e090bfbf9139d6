"""A refresh compares only pairs that a change concerns, and ends with what a full build would give."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declare import BlockingRule
from features.kernel.plan import Plan, make_plan, scatter
from features.kernel.records import RULE_BITS
from features.kernel.refresh import Counts, distinct_keys, turned, with_any_key, with_keys
from features.kernel.tile import block_and_compare

RULES = tuple(
    BlockingRule(f"rule_{n}", __name__, (), (), "A rule.", 1, lambda: None, limit)
    for n, limit in enumerate((None, 3, 12))
)
TILE_PAIRS = 100

Lake = dict[str, list[int]]
"""Blocking keys of each record; records whose id starts with r are on the right side when linking."""

Pairs = dict[tuple[str, str], int]

key_lists = st.lists(
    st.builds(lambda rule, key: rule << RULE_BITS | key, st.integers(0, 2), st.integers(0, 3)), unique=True, max_size=5
).map(sorted)
ids = st.builds(lambda side, n: f"{side}:{n:02d}", st.sampled_from("lr"), st.integers(0, 15))
lakes = st.dictionaries(ids, key_lists, max_size=25)
changes = st.lists(st.dictionaries(ids, st.none() | key_lists, max_size=6), max_size=4)


def records(lake: Lake, *, linking: bool) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "entity_id": pa.array(lake, pa.string()),
            "side": pa.array(["right" if linking and name.startswith("r") else "left" for name in lake], pa.string()),
            "keys": pa.array(lake.values(), pa.list_(pa.int64())),
        }
    )


def among(batch: pa.RecordBatch, names: set[str]) -> pa.BooleanArray:
    return pc.is_in(batch["entity_id"], pa.array(sorted(names), pa.string()))


def plan_of(batch: pa.RecordBatch, *, linking: bool) -> Plan:
    counts = Counts.of(batch, distinct_keys(batch))
    return make_plan(counts.census(RULES, linking=linking), RULES, linking=linking, tile_pairs=TILE_PAIRS)


def emitted(tiles: Iterable[pa.RecordBatch], *, linking: bool) -> list[tuple[str, str, int]]:
    order = [(name, "ascending") for name in ("key", "tile", "role")]
    out = block_and_compare(pa.Table.from_batches(tiles).sort_by(order).to_batches(), (), linking=linking)
    return [tuple(row.values()) for part in out for row in part.to_pylist()]


def built(lake: Lake, *, linking: bool) -> Pairs:
    batch = records(lake, linking=linking)
    return {pair[:2]: pair[2] for pair in emitted(scatter(batch, plan_of(batch, linking=linking)), linking=linking)}


def refreshed(pairs: Pairs, before: Lake, after: Lake, *, linking: bool) -> Pairs:
    """The pairs after a change, from those before it, as a refresh does it: by blocks of changed records only."""
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    old, new = records(before, linking=linking), records(after, linking=linking)
    of_changed = [batch.filter(among(batch, changed)) for batch in (old, new)]
    keys = distinct_keys(*of_changed)
    counts = Counts.of(old, keys), Counts.of(new, keys)
    flips = turned(*counts, RULES, linking=linking)
    concerned = new.filter(pa.array(with_any_key(new, flips)))["entity_id"].to_pylist()
    changed |= set(concerned)
    flags = among(new, changed)
    plan = with_keys(plan_of(new, linking=linking), distinct_keys(new.filter(flags)))
    found = emitted(scatter(new, plan, flags.to_numpy(zero_copy_only=False)), linking=linking)
    kept = {pair: rule for pair, rule in pairs.items() if not changed.intersection(pair)}
    assert not {pair[:2] for pair in found} & kept.keys()
    assert len({pair[:2] for pair in found}) == len(found)
    return kept | {pair[:2]: pair[2] for pair in found}


@given(lake=lakes, steps=changes, linking=st.booleans())
def test_after_any_changes_the_pairs_are_those_of_a_full_build(
    lake: Lake, steps: list[dict[str, list[int] | None]], linking: bool
) -> None:
    pairs = built(lake, linking=linking)
    for step in steps:
        after = {name: keys for name, keys in (lake | step).items() if keys is not None}
        pairs = refreshed(pairs, lake, after, linking=linking)
        assert pairs == built(after, linking=linking)
        lake = after


@pytest.mark.parametrize("linking", [False, True])
def test_a_large_block_that_is_cut_into_tiles_is_compared_with_its_changed_records_alone(linking: bool) -> None:
    lake: Lake = {f"{'lr'[n % 2]}:{n:03d}": [7] for n in range(120)}
    after = {**lake, "l:998": [7], "r:999": [7]}
    batch = records(after, linking=linking)
    plan = plan_of(batch, linking=linking)
    assert len(plan.cut) == 1
    flags = among(batch, {"l:998", "r:999"})
    found = emitted(scatter(batch, plan, flags.to_numpy(zero_copy_only=False)), linking=linking)
    assert len({pair[:2] for pair in found}) == len(found) == (121 if linking else 2 * 120 + 1)
    assert refreshed(built(lake, linking=linking), lake, after, linking=linking) == built(after, linking=linking)


def test_a_block_that_grows_past_its_limit_takes_its_unchanged_pairs_along() -> None:
    key = 1 << RULE_BITS | 5
    lake: Lake = {f"l:{n:02d}": [key] for n in range(3)}
    assert len(built(lake, linking=False)) == 3
    grown = {**lake, "l:09": [key]}
    assert refreshed(built(lake, linking=False), lake, grown, linking=False) == {}
