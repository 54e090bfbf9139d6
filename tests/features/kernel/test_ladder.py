"""The ladder: a plan over its budget steps down as declared, says what each step cost, and loses no other pair."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arrays import BoolArray
from features.declare import BlockingRule
from features.kernel import ladder
from features.kernel.estimate import bounds, count_pairs, counted, estimate
from features.kernel.ladder import Labelled, alone, descend, loosest, rules_of
from features.kernel.oversized import waterline
from features.kernel.plan import BudgetExceededError, Plan, Step, check_budget, scatter
from features.kernel.records import key_number, rule_of
from features.kernel.refine import Keys, Refinement, refined, split, sub_key
from features.kernel.tile import block_and_compare
from features.sections import Blocking

COLUMNS = ("city", "words")
RULES = tuple(
    BlockingRule(name, __name__, (), (), f"Rule {name}.", 1, lambda: None, None, refine_by=COLUMNS)
    for name in ("first", "second", "third")
)
SCHEMA = pa.schema(
    [
        pa.field("entity_id", pa.string()),
        pa.field("side", pa.string()),
        pa.field("keys", pa.list_(pa.int64())),
        pa.field("city", pa.string()),
        pa.field("words", pa.list_(pa.string())),
    ]
)
Record = dict[str, Any]


class Records:
    """Prepared records in memory, and what the ladder asks of them, counted plainly."""

    def __init__(self, rows: list[Record], *, linking: bool) -> None:
        self.rows = rows
        self.linking = linking
        self.batch = pa.RecordBatch.from_pylist(rows, schema=SCHEMA)

    @property
    def census(self) -> pa.Table:
        counts: dict[int, list[int]] = {}
        for row in self.rows:
            for key in row["keys"]:
                counts.setdefault(key, [0, 0])[row["side"] == "right"] += 1
        rows = [(key, *sides, self.pairs(*sides)) for key, sides in counts.items() if self.pairs(*sides)]
        columns = list(zip(*rows, strict=True)) or [()] * 4
        return pa.table(
            {n: pa.array(c, pa.int64()) for n, c in zip(("key", "left", "right", "pairs"), columns, strict=True)}
        )

    def split(self, refinement: Refinement, keys: Keys, allowed: BoolArray) -> pa.Table:
        counts: dict[tuple[int, int, int], list[int]] = {}
        for row in split(self.batch, refinement, keys, allowed).to_pylist():
            counts.setdefault((row["key"], row["by"], row["sub"]), [0, 0])[row["right"]] += 1
        rows = [(*group, *sides) for group, sides in counts.items() if group[2] < 0 or self.pairs(*sides)]
        names = ("key", "by", "sub", "left", "right")
        columns = list(zip(*rows, strict=True)) or [()] * 5
        return pa.table({n: pa.array(c, pa.int64()) for n, c in zip(names, columns, strict=True)})

    def reach(self, plan: Plan) -> pa.Table:
        counted = rules_of(self.batch, plan).value_counts()
        return pa.table({"rules": counted.field("values"), "records": counted.field("counts")})

    def pairs(self, left: int, right: int) -> int:
        return left * right if self.linking else left * (left - 1) // 2

    def descend(self, budget: int, *rungs: str, labelled: Labelled | None = None) -> Plan:
        blocking = Blocking(pair_budget=budget, over_budget=rungs)  # type: ignore[arg-type]
        return descend(self.census, RULES, self, blocking, linking=self.linking, labelled=labelled)

    def labelled(self, pairs: list[tuple[int, int]]) -> Labelled:
        left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return Labelled(self.batch, left, right)

    def emitted(self, plan: Plan) -> dict[tuple[str, str], int]:
        """What the kernel makes of the plan: pairs with the place of their rule."""
        batches = block_and_compare(self.tiles(plan).to_batches(), (), linking=self.linking)
        found = [(row["id_l"], row["id_r"], row["rule"]) for batch in batches for row in batch.to_pylist()]
        assert len(found) == len({(one, other) for one, other, _ in found})
        return {(one, other): rule for one, other, rule in found}

    def tiles(self, plan: Plan) -> pa.Table:
        sent = scatter(refined(self.batch, plan.refinement), plan)
        return pa.Table.from_batches(sent).sort_by([(n, "ascending") for n in ("key", "tile", "role", "entity_id")])

    def wanted(self, plan: Plan) -> dict[tuple[str, str], int]:
        """Brute force: pairs that share a key and agree on all that the ladder asked of its members."""
        left = [row for row in self.rows if row["side"] == "left"]
        both = product(left, [r for r in self.rows if r["side"] == "right"]) if self.linking else combinations(left, 2)
        found = {}
        for one, other in both:
            shared = sorted(set(one["keys"]) & set(other["keys"]))
            keys = [end for key in shared for end in _agreed(one, other, key, plan)]
            if keys:
                ids = one["entity_id"], other["entity_id"]
                found[ids if self.linking else (min(ids), max(ids))] = rule_of(min(keys))
        return found


def _agreed(one: Record, other: Record, key: int, plan: Plan) -> list[int]:
    """The keys of the plan that a pair still shares of a key it shared before."""
    at = np.flatnonzero(plan.refinement.keys == key)
    if not len(at):
        return [key] if key in plan.keys else []
    column = COLUMNS[int(plan.refinement.by[at[0]])]
    values = [set([row[column]] if isinstance(row[column], str) else row[column] or ()) for row in (one, other)]
    return [end for value in values[0] & values[1] for end in _agreed(one, other, sub_key(key, column, value), plan)]


def record(number: int, keys: list[tuple[int, str]], city: str | None, words: list[str], side: str = "left") -> Record:
    numbers = sorted({key_number(rule, text) for rule, text in keys})
    return {"entity_id": f"{side}:{number:03d}", "side": side, "keys": numbers, "city": city, "words": words}


@st.composite
def corpora(draw: st.DrawFn) -> Records:
    linking = draw(st.booleans())
    keys = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), min_size=1, max_size=4)
    words = st.lists(st.sampled_from(("bank", "orion", "trust", "delta", "harbour", "north")), max_size=3)
    cities = st.sampled_from((None, "rome", "paris", "oslo", "bonn"))
    sides = st.sampled_from(("left", "right")) if linking else st.just("left")
    made = draw(st.lists(st.tuples(keys, cities, words, sides), min_size=2, max_size=60))
    rows = [record(n, k, city, sorted(set(w)), side) for n, (k, city, w, side) in enumerate(made)]
    return Records(rows, linking=linking)


@given(corpus=corpora(), share=st.floats(0.02, 1), rungs=st.sampled_from([("refine",), ("refine", "drop_rules")]))
def test_the_pairs_of_a_plan_that_stepped_down_are_those_of_a_brute_force_search(
    corpus: Records, share: float, rungs: tuple[str, ...]
) -> None:
    budget = max(1, int(share * sum(corpus.census["pairs"].to_pylist())))
    with patch.object(ladder, "OVERSIZED", 0):
        plan = corpus.descend(budget, *rungs, "keep")
    assert corpus.emitted(plan) == corpus.wanted(plan)
    assert plan.keeps == (plan.pairs > budget)
    assert [step.pairs_after for step in plan.ladder[:-1]] == [step.pairs_before for step in plan.ladder[1:]]
    assert all(step.pairs_after < step.pairs_before for step in plan.ladder if step.rung != "keep")
    assert set(corpus.emitted(plan)) <= set(corpus.wanted(corpus.descend(10**9)))


@given(corpus=corpora(), share=st.floats(0.02, 1))
def test_neither_the_order_of_records_nor_their_batches_change_the_plan(corpus: Records, share: float) -> None:
    budget = max(1, int(share * sum(corpus.census["pairs"].to_pylist())))
    turned = Records(corpus.rows[::-1], linking=corpus.linking)
    with patch.object(ladder, "OVERSIZED", 0):
        one, other = (records.descend(budget, "refine", "drop_rules", "keep") for records in (corpus, turned))
    assert one.keys.tolist() == other.keys.tolist()
    assert one.ladder == other.ladder


@given(corpus=corpora())
def test_distinct_pairs_are_counted_by_the_kernel_and_lie_within_the_bounds(corpus: Records) -> None:
    plan = corpus.descend(10**9)
    union = counted(count_pairs(corpus.tiles(plan).to_batches(), len(RULES)))
    emitted = corpus.emitted(plan)
    assert union.exact
    assert union.first == tuple(list(emitted.values()).count(rule) for rule in range(len(RULES)))
    assert bounds(plan).low <= union.low == union.high == len(emitted) <= bounds(plan).high
    assert plan.rows == corpus.tiles(plan).num_rows


@given(pairs=st.lists(st.integers(1, 10**6), min_size=1, max_size=50), share=st.floats(0, 0.999))
def test_the_waterline_is_the_highest_that_keeps_the_budget(pairs: list[int], share: float) -> None:
    budget = int(sum(pairs) * share)
    line = waterline(np.array(pairs), budget)
    assert sum(min(n, line) for n in pairs) <= budget
    assert sum(min(n, line + 1) for n in pairs) > budget


def test_a_block_is_refined_by_the_first_column_that_helps() -> None:
    cities = ["rome", "paris", "oslo", "bonn"]
    rows = [record(n, [(0, "big")], cities[n % 4] if n < 90 else None, [f"w{n % 2}"]) for n in range(100)]
    plan = Records(rows, linking=False).descend(2_000, "refine")
    assert plan.pairs == 23 * 22 // 2 * 2 + 22 * 21 // 2 * 2
    (step,) = plan.ladder
    assert (step.rung, step.pairs_before, step.pairs_after) == ("refine", 4_950, plan.pairs)
    assert step.done == "1 blocks of more than 2,000 pairs, by city 1; 10 memberships lack the value and fall out"
    assert str(step) == f"refine: {step.done}; pairs 4,950 → 968"


@pytest.mark.parametrize("city", [None, "rome"], ids=["hardly anybody has it", "all share it"])
def test_a_column_that_would_not_help_is_passed_over(city: str | None) -> None:
    rows = [record(n, [(0, "big")], "oslo" if n < 30 else city, [f"w{n % 4}", "bank"]) for n in range(100)]
    if city:
        rows = [row | {"city": city} for row in rows]
    plan = Records(rows, linking=False).descend(2_000, "refine")
    assert "by words 1" in plan.ladder[0].done
    assert plan.pairs == 4 * (25 * 24 // 2)


def test_sub_blocks_that_are_still_too_large_are_refined_by_the_next_column() -> None:
    rows = [record(n, [(0, "big")], f"city {n % 2}", [f"w{n % 5}"]) for n in range(200)]
    plan = Records(rows, linking=False).descend(2_000, "refine")
    assert [step.done.partition("; ")[0] for step in plan.ladder] == [
        "1 blocks of more than 2,000 pairs, by city 1",
        "2 blocks of more than 1,000 pairs, by words 2",
    ]
    assert plan.pairs == 10 * (20 * 19 // 2)


def test_the_loosest_rule_goes_first_by_the_records_that_it_alone_reaches() -> None:
    loose = [record(n, [(0, f"own {n // 2}"), (2, "all")], None, []) for n in range(40)]
    useful = [record(n, [(1, "alone")], None, []) for n in range(40, 80)]
    corpus = Records(loose + useful, linking=False)
    plan = corpus.descend(900, "drop_rules")
    (step,) = plan.ladder
    assert step.done == "third (780 pairs, alone in reaching 0 records)"
    assert {rule.rule: (rule.pairs, rule.dropped_pairs) for rule in plan.rules}["third"] == (0, 780)
    assert len(corpus.emitted(plan)) == plan.pairs == 800


@given(
    rules=st.lists(st.integers(0, 1_000), min_size=1, max_size=6),
    reached=st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=1, max_size=20),
    budget=st.integers(1, 3_000),
)
def test_rules_are_dropped_until_the_others_fit_and_none_in_vain(
    rules: list[int], reached: list[list[bool]], budget: int
) -> None:
    pairs, there = np.array(rules), np.array(reached)[:, : len(rules)]
    dropped = loosest(pairs, there, np.ones(len(there), dtype=np.int64), budget)
    left = sum(rules) - sum(rules[n] for n in dropped)
    assert len(set(dropped)) == len(dropped)
    assert all(left + rules[n] > budget for n in dropped)
    assert left <= budget if any(0 < n <= budget for n in rules) else not dropped


def test_a_small_rule_that_brings_nothing_of_its_own_stays_when_the_large_one_has_to_go() -> None:
    reached = np.array([[True, True]] * 9 + [[False, True]] * 91)
    each = np.ones(100, dtype=np.int64)
    assert alone(reached, each).tolist() == [0, 91]
    assert loosest(np.array([600, 50_000]), reached, each, 1_000) == [1]


def test_with_labelled_pairs_each_step_says_what_completeness_it_cost() -> None:
    rows = [record(n, [(0, f"own {n // 2}"), (2, "all")], None, []) for n in range(60)]
    rows += [record(n, [(1, "x"), (2, f"late {n // 2}")], None, []) for n in range(60, 120)]
    corpus = Records(rows, linking=False)
    labelled = corpus.labelled([(0, 1), (2, 9), (60, 61), (62, 63), (0, 99)])
    plan = corpus.descend(1_900, "drop_rules", labelled=labelled)
    (step,) = plan.ladder
    assert step == Step("drop_rules", "second (1,770 pairs, alone in reaching 0 labelled pairs)", 3_600, 1_830, 5, 4, 4)
    plan = corpus.descend(100, "drop_rules", labelled=labelled)
    assert [(step.found_before, step.found_after) for step in plan.ladder] == [(4, 4), (4, 1)]
    assert str(plan.ladder[1]).endswith("pair completeness 0.8000 → 0.2000 on 5 labelled pairs")


def test_the_last_version_is_kept_or_the_run_fails() -> None:
    rows = [record(n, [(0, "all")], None, []) for n in range(100)]
    corpus = Records(rows, linking=False)
    kept = corpus.descend(10, "refine", "drop_rules", "keep")
    assert kept.keeps
    assert [step.rung for step in kept.ladder] == ["keep"]
    with pytest.raises(BudgetExceededError, match="4,950 pairs, the budget is 10. Most"):
        check_budget(corpus.descend(10, "refine", "drop_rules"), 10)
    with pytest.raises(BudgetExceededError, match=r"\[blocking\] over_budget"):
        check_budget(corpus.descend(10), 10)
    check_budget(kept, 10)
    assert corpus.descend(4_950).ladder == ()


def test_a_run_that_fails_after_steps_down_names_them() -> None:
    rows = [record(n, [(0, "all"), (1, f"{n % 3}")], f"city {n % 4}", []) for n in range(100)]
    plan = Records(rows, linking=False).descend(10, "refine", "drop_rules")
    assert [step.rung for step in plan.ladder] == ["refine"]
    with pytest.raises(BudgetExceededError, match="the budget is 10, after these steps: refine: 1 blocks of more than"):
        check_budget(plan, 10)


def test_one_giant_block_among_zipfian_ones_is_brought_within_the_budget_and_says_what_it_cost() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for n in range(600):
        keys = [(1, f"word {int(rng.zipf(1.5)) % 50}")] + ([(0, "giant")] if n % 5 == 0 else [])
        rows.append(record(n, keys, f"city {rng.integers(12)}" if n % 7 else None, [f"w{rng.integers(40)}"]))
    corpus = Records(rows, linking=False)
    whole = corpus.descend(10**9)
    truth = [(n, n + 5) for n in range(0, 590, 5)]
    plan = corpus.descend(whole.pairs // 3, "refine", "drop_rules", "keep", labelled=corpus.labelled(truth))
    assert plan.pairs <= whole.pairs // 3
    found = corpus.emitted(plan)
    assert found == corpus.wanted(plan)
    held = sum((f"left:{one:03d}", f"left:{other:03d}") in found for one, other in truth)
    assert (plan.ladder[0].found_before, plan.ladder[-1].found_after) == (len(truth), held)
    assert held < len(truth)


def test_an_estimate_is_of_the_rows_moved_and_the_pairs_compared() -> None:
    plan = Records([record(n, [(0, "all")], None, []) for n in range(100)], linking=False).descend(10**9)
    made = estimate(plan, bounds(plan), record_bytes=500.0, pair_microseconds=(10.0, 20.0), cores=2)
    assert (made.rows, made.bytes, made.cores) == (100, 50_000, 2)
    moved = made.core_seconds[0] - 4_950 * 10e-6
    assert made.core_seconds[1] - moved == pytest.approx(4_950 * 20e-6)
    doubled = estimate(
        replace(plan, rows=200), bounds(plan), record_bytes=500.0, pair_microseconds=(10.0, 20.0), cores=2
    )
    assert doubled.core_seconds[0] - made.core_seconds[0] == pytest.approx(moved)
