"""The plan: exact counts, keys that say too little dropped, nothing larger than the cap, a budget that holds."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declare import BlockingRule
from features.kernel.plan import BudgetExceededError, check_budget, make_plan, scatter
from features.kernel.records import RULE_BITS

RULES = (
    BlockingRule("exact", __name__, (), (), "Unlimited.", 1, lambda: None, None),
    BlockingRule("loose", __name__, (), (), "At most 100 pairs a key.", 1, lambda: None, 100),
)

sizes = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 5_000), st.integers(1, 5_000)), max_size=20)


def census(blocks: list[tuple[int, int, int]], *, linking: bool) -> pa.Table:
    rows = []
    for number, (rule, left, right) in enumerate(blocks):
        pairs = left * right if linking else left * (left - 1) // 2
        if pairs:
            rows.append((rule << RULE_BITS | number, left, right if linking else 0, pairs))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    names = ("key", "left", "right", "pairs")
    return pa.table({name: pa.array(c, pa.int64()) for name, c in zip(names, columns, strict=True)})


@given(blocks=sizes, linking=st.booleans(), cap=st.sampled_from([100, 5_000, 4_000_000]))
def test_counts_add_up_and_every_key_is_compared_or_dropped(
    blocks: list[tuple[int, int, int]], linking: bool, cap: int
) -> None:
    counted = census(blocks, linking=linking)
    plan = make_plan(counted, RULES, linking=linking, tile_pairs=cap)
    assert plan.pairs + sum(rule.dropped_pairs for rule in plan.rules) == sum(counted["pairs"].to_pylist())
    assert sorted([*plan.keys.tolist(), *plan.dropped.tolist()]) == sorted(counted["key"].to_pylist())
    assert set(plan.cut.tolist()) <= set(plan.keys.tolist())
    assert all(rule.dropped_blocks == 0 for rule in plan.rules if rule.rule == "exact")
    assert plan.largest_tile <= cap


@given(left=st.integers(2, 10**7), right=st.integers(1, 10**7), linking=st.booleans())
def test_a_cut_block_has_pieces_that_fit_the_cap(left: int, right: int, linking: bool) -> None:
    cap = 4_000_000
    plan = make_plan(census([(0, left, right)], linking=linking), RULES, linking=linking, tile_pairs=cap)
    if not len(plan.cut):
        return
    of_left, of_right = int(plan.pieces_left[0]), int(plan.pieces_right[0])
    assert (left / of_left) * ((right / of_right) if linking else left / of_left) <= cap


def test_a_record_in_many_tiles_is_handed_on_a_bounded_number_of_times_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(census([(0, 600, 0)], linking=False), RULES, linking=False, tile_pairs=100)
    batch = pa.RecordBatch.from_pydict(
        {
            "entity_id": [f"s:{n}" for n in range(600)],
            "side": ["left"] * 600,
            "keys": pa.array([[0]] * 600, pa.list_(pa.int64())),
        }
    )
    (whole,) = scatter(batch.slice(0, 20), plan)
    assert whole.num_rows == 20 * plan.pieces_left[0] > 3_000
    monkeypatch.setattr("features.kernel.plan.SCATTERED_ROWS", 70)
    parts = list(scatter(batch.slice(0, 20), plan))
    assert max(part.num_rows for part in parts) == 70
    assert pa.Table.from_batches(parts).combine_chunks().to_batches() == [whole]


def test_no_blocks_is_a_plan_of_no_pairs() -> None:
    plan = make_plan(census([], linking=True), RULES, linking=True, tile_pairs=100)
    assert (plan.pairs, plan.blocks, plan.largest) == (0, 0, ())
    check_budget(plan, 1)


def test_over_the_budget_is_refused_with_the_rules_and_the_block_that_cost_most() -> None:
    plan = make_plan(census([(0, 1_000, 0), (0, 10, 0)], linking=False), RULES, linking=False, tile_pairs=4_000_000)
    check_budget(plan, 499_545)
    with pytest.raises(BudgetExceededError, match=r"499,545 pairs, the budget is 499,544.*exact 499,545.*499,500"):
        check_budget(plan, 499_544)
