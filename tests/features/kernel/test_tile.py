"""Every candidate pair exactly once, the same whatever the cutting, pooling, order and batching."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declare import BlockingRule
from features.kernel.plan import Plan, make_plan, scatter
from features.kernel.records import RULE_BITS
from features.kernel.tile import block_and_compare, chunks

RULES = tuple(
    BlockingRule(f"rule_{n}", __name__, (), (), "A rule.", 1, lambda: None, limit)
    for n, limit in enumerate((None, None, 12))
)

Keys = list[list[int]]

keys_of_records = st.lists(
    st.lists(
        st.builds(lambda rule, key: rule << RULE_BITS | key, st.integers(0, 2), st.integers(0, 5)),
        unique=True,
        max_size=6,
    ).map(sorted),
    max_size=30,
)


def prepared(keys: Keys, right: list[bool]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "entity_id": pa.array([f"s:{n:03d}" for n in range(len(keys))], pa.string()),
            "side": pa.array(["right" if on_right else "left" for on_right in right], pa.string()),
            "keys": pa.array(keys, pa.list_(pa.int64())),
        }
    )


def census(keys: Keys, right: list[bool], *, linking: bool) -> pa.Table:
    counts: dict[int, list[int]] = {}
    for of_record, on_right in zip(keys, right, strict=True):
        for key in of_record:
            counts.setdefault(key, [0, 0])[on_right] += 1
    rows = [
        (key, left, on_right, left * on_right if linking else left * (left - 1) // 2)
        for key, (left, on_right) in counts.items()
    ]
    columns = list(zip(*[row for row in rows if row[3]], strict=True)) or [(), (), (), ()]
    names = ("key", "left", "right", "pairs")
    return pa.table({name: pa.array(c, pa.int64()) for name, c in zip(names, columns, strict=True)})


def emitted(
    batch: pa.RecordBatch, plan: Plan, *, pool_rows: int, chunk_pairs: int, batch_rows: int
) -> list[tuple[str, str, int]]:
    order = [(name, "ascending") for name in ("key", "tile", "role")]
    tiles = pa.Table.from_batches(scatter(batch, plan)).sort_by(order)
    out = block_and_compare(
        tiles.to_batches(max_chunksize=batch_rows),
        (),
        linking=plan.linking,
        pool_rows=pool_rows,
        chunk_pairs=chunk_pairs,
    )
    return [tuple(row.values()) for part in out for row in part.to_pylist()]


def oracle(keys: Keys, right: list[bool], plan: Plan) -> dict[tuple[str, str], int]:
    """Brute force: every pair that shares a key of the plan, with the rule of the first one."""
    allowed = set(plan.keys.tolist())
    kept = [allowed.intersection(of_record) for of_record in keys]
    numbers = range(len(keys))
    both = (
        product([n for n in numbers if not right[n]], [n for n in numbers if right[n]])
        if plan.linking
        else combinations(numbers, 2)
    )
    return {
        (f"s:{left:03d}", f"s:{r:03d}"): min(kept[left] & kept[r]) >> RULE_BITS
        for left, r in both
        if kept[left] & kept[r]
    }


@given(
    keys=keys_of_records,
    linking=st.booleans(),
    sides=st.randoms(use_true_random=False),
    tile_pairs=st.sampled_from([100, 10_000]),
    pool_rows=st.sampled_from([1, 7, 1000]),
    chunk_pairs=st.sampled_from([1, 5, 1000]),
    batch_rows=st.sampled_from([1, 3, 1000]),
)
def test_pairs_are_those_of_a_brute_force_search_each_once_under_its_first_rule(
    keys: Keys,
    linking: bool,
    sides: object,
    tile_pairs: int,
    pool_rows: int,
    chunk_pairs: int,
    batch_rows: int,
) -> None:
    right = [linking and sides.random() < 0.5 for _ in keys]  # type: ignore[attr-defined]
    plan = make_plan(census(keys, right, linking=linking), RULES, linking=linking, tile_pairs=tile_pairs)
    found = emitted(prepared(keys, right), plan, pool_rows=pool_rows, chunk_pairs=chunk_pairs, batch_rows=batch_rows)
    assert len(found) == len({pair[:2] for pair in found})
    assert {pair[:2]: pair[2] for pair in found} == oracle(keys, right, plan)


@pytest.mark.parametrize("linking", [False, True])
def test_an_oversized_block_is_cut_into_tiles_under_the_cap_and_loses_no_pair(linking: bool) -> None:
    keys = [[1, 7 + n % 3, 2 << RULE_BITS] if n % 5 else [2 << RULE_BITS] for n in range(300)]
    right = [linking and n % 3 == 0 for n in range(300)]
    plan = make_plan(census(keys, right, linking=linking), RULES[:2] + RULES[:1], linking=linking, tile_pairs=400)
    assert len(plan.cut) > 0
    tiles = pa.Table.from_batches(scatter(prepared(keys, right), plan))
    sizes = tiles.group_by(["key", "tile", "role"]).aggregate([("entity_id", "count")]).to_pylist()
    assert max(_pairs(sizes).values()) <= 400
    found = emitted(prepared(keys, right), plan, pool_rows=50, chunk_pairs=64, batch_rows=16)
    assert {pair[:2]: pair[2] for pair in found} == oracle(keys, right, plan)
    assert len(found) == len(oracle(keys, right, plan))


def _pairs(sizes: list[dict[str, int]]) -> dict[tuple[int, int], int]:
    tiles: dict[tuple[int, int], dict[int, int]] = {}
    for row in sizes:
        tiles.setdefault((row["key"], row["tile"]), {})[row["role"]] = row["entity_id_count"]
    return {
        tile: roles.get(0, 0) * roles.get(1, 0) + roles.get(2, 0) * (roles.get(2, 0) - 1) // 2
        for tile, roles in tiles.items()
    }


def test_a_pair_waits_for_no_key_that_the_plan_dropped() -> None:
    noisy, exact = 2 << RULE_BITS, (2 << RULE_BITS) + 1
    keys = [[noisy, exact], [noisy, exact]] + [[noisy]] * 20
    right = [False] * len(keys)
    plan = make_plan(census(keys, right, linking=False), RULES, linking=False, tile_pairs=1000)
    assert plan.dropped.tolist() == [noisy]
    found = emitted(prepared(keys, right), plan, pool_rows=10, chunk_pairs=10, batch_rows=10)
    assert found == [("s:000", "s:001", 2)]


def test_deduplicating_the_left_id_is_the_smaller_one_whatever_the_row_order() -> None:
    batch = prepared([[1]] * 40, [False] * 40).take(pa.array(np.random.default_rng(7).permutation(40)))
    plan = make_plan(census([[1]] * 40, [False] * 40, linking=False), RULES, linking=False, tile_pairs=100)
    found = emitted(batch, plan, pool_rows=5, chunk_pairs=9, batch_rows=4)
    assert len(found) == 40 * 39 // 2
    assert all(left < right for left, right, _ in found)


@given(st.lists(st.integers(0, 20), max_size=50), st.integers(1, 30))
def test_chunks_cover_every_row_once_in_order_and_stay_near_their_size(partners: list[int], size: int) -> None:
    ranges = list(chunks(np.array(partners, dtype=np.int64), size))
    assert [row for first, last in ranges for row in range(first, last)] == list(range(len(partners)))
    assert all(sum(partners[first:last]) <= size for first, last in ranges if last - first > 1)
