"""Tasks cover a plan's tiles once, none has much more to do than it should, and parcels lose nothing."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declare import BlockingRule
from features.kernel.plan import Plan, make_plan, scatter
from features.kernel.tasks import MEMBERSHIP_WORK, TASK_WORK, Tasks, by_number, in_order, parcels

RULES = (BlockingRule("rule_0", __name__, (), (), "A rule.", 1, lambda: None, None),)
FEATURES, COLUMNS = 5, 4

blocks = st.lists(st.tuples(st.integers(1, 3_000), st.integers(0, 3_000)), max_size=40)


def plan_of(sizes: list[tuple[int, int]], *, linking: bool, tile_pairs: int = 100_000) -> Plan:
    left, right = (np.array([size[side] for size in sizes], dtype=np.int64) for side in (0, 1))
    left, right = (left, right) if linking else (left + right, right * 0)
    pairs = left * right if linking else left * (left - 1) // 2
    columns = {"key": np.arange(len(sizes)) * 7, "left": left, "right": right, "pairs": pairs}
    table = pa.table({name: pa.array(column[pairs > 0], pa.int64()) for name, column in columns.items()})
    return make_plan(table, RULES, linking=linking, tile_pairs=tile_pairs)


def tiles_of(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Every (key, tile) there is."""
    found = [(key, 0) for key in np.setdiff1d(plan.keys, plan.cut).tolist()]
    for key, left, right in zip(plan.cut.tolist(), plan.pieces_left.tolist(), plan.pieces_right.tolist(), strict=True):
        if plan.linking:
            found += [(key, tile) for tile in range(left * right)]
        else:
            found += [(key, one * left + other) for one in range(left) for other in range(one, left)]
    return np.array([key for key, _ in found], dtype=np.int64), np.array([tile for _, tile in found], dtype=np.int64)


@given(blocks, st.booleans(), st.sampled_from([1, 8]))
def test_a_task_has_no_more_than_it_should_or_a_single_key_or_tile(
    sizes: list[tuple[int, int]], linking: bool, least: int
) -> None:
    plan = plan_of(sizes, linking=linking)
    tasks = Tasks.of(plan, features=FEATURES, columns=COLUMNS, least=least)
    key, tile = tiles_of(plan)
    of = tasks.of_tiles(key, tile)
    assert sorted(set(of.tolist())) == list(range(tasks.count)) or not len(key)
    work = plan.key_pairs * FEATURES + plan.key_records * COLUMNS * MEMBERSHIP_WORK
    tiles = np.bincount(np.searchsorted(plan.keys, key), minlength=len(plan.keys))
    each = (work / np.maximum(tiles, 1))[np.searchsorted(plan.keys, key)]
    total = np.bincount(of, weights=each, minlength=tasks.count)
    most = max(min(TASK_WORK, int(work.sum()) // least), 1)
    alone = np.bincount(of, minlength=tasks.count) <= 1
    assert (alone | (total <= most + 1)).all()


@given(blocks, st.booleans(), st.integers(1, 9))
def test_a_given_number_of_tasks_is_kept_to(sizes: list[tuple[int, int]], linking: bool, count: int) -> None:
    plan = plan_of(sizes, linking=linking)
    tasks = Tasks.of(plan, features=FEATURES, columns=COLUMNS, count=count)
    of = tasks.of_tiles(*tiles_of(plan))
    assert tasks.count == count
    assert ((of >= 0) & (of < count)).all()


@pytest.mark.parametrize("linking", [False, True])
def test_the_parcels_of_a_task_are_its_memberships_in_order(linking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    keys = [sorted(set((rng.zipf(1.3, 4) % 50).tolist())) for _ in range(2_000)]
    right = rng.random(len(keys)) < 0.4 if linking else np.zeros(len(keys), dtype=bool)
    batch = pa.RecordBatch.from_pydict(
        {
            "entity_id": pa.array([f"s:{n}" for n in range(len(keys))]),
            "side": pa.array(np.where(right, "right", "left").tolist()),
            "keys": pa.array(keys, pa.list_(pa.int64())),
        }
    )
    sides = list(zip(keys, right.tolist(), strict=True))
    carried = [[key for of, on_right in sides if on_right == side for key in of] for side in (False, True)]
    plan = plan_of_counts(
        [np.bincount(np.array(of_side, dtype=np.int64), minlength=50) for of_side in carried], linking=linking
    )
    assert len(plan.cut) > 0
    tasks = Tasks.of(plan, features=FEATURES, columns=COLUMNS, least=6)
    monkeypatch.setattr("features.kernel.tasks.HELD_BYTES", 20_000)
    scattered = [part for start in range(0, batch.num_rows, 300) for part in scatter(batch.slice(start, 300), plan)]
    sent: dict[int, list[pa.RecordBatch]] = {}
    for task, parcel in parcels(iter(scattered), tasks):
        sent.setdefault(task, []).append(parcel)
    assert max(len(of_task) for of_task in sent.values()) > 1
    rows = []
    for task, of_task in sent.items():
        table = pa.Table.from_batches(in_order(of_task))
        order = [tuple(row.values())[:3] for row in table.to_pylist()]
        assert order == sorted(order)
        key, tile = (np.asarray(table[name].to_numpy(), dtype=np.int64) for name in ("key", "tile"))
        assert set(tasks.of_tiles(key, tile).tolist()) == {task}
        rows += table.to_pylist()
    wanted = [row for part in scattered for row in part.to_pylist()]
    assert sorted(map(repr, rows)) == sorted(map(repr, wanted))


def plan_of_counts(counts: list[np.ndarray], *, linking: bool) -> Plan:
    left, right = counts
    pairs = left * right if linking else left * (left - 1) // 2
    some = np.flatnonzero(pairs)
    columns = {"key": some, "left": left[some], "right": right[some], "pairs": pairs[some]}
    table = pa.table({name: pa.array(column, pa.int64()) for name, column in columns.items()})
    return make_plan(table, RULES, linking=linking, tile_pairs=10_000)


@given(st.lists(st.integers(0, 5), max_size=30))
def test_rows_are_divided_by_number_in_the_order_they_have(numbers: list[int]) -> None:
    batch = pa.RecordBatch.from_pydict({"n": list(range(len(numbers)))})
    divided = dict(by_number(batch, np.array(numbers, dtype=np.int64)))
    wanted = {number: [n for n, found in enumerate(numbers) if found == number] for number in set(numbers)}
    assert {number: part.column("n").to_pylist() for number, part in divided.items()} == wanted


def test_a_task_without_parcels_has_no_memberships() -> None:
    assert list(in_order([])) == []
