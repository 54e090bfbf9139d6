"""Beside the last published run: what moved too far is told, what cannot be compared is said not to be."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from expectations.compared import Sides, of_fields, of_pairs, of_sources
from features.contracts import Contract
from features.declare import PairFeature
from features.kernel.filled import Filled
from features.kernel.profile import Profile, profile
from features.sections import Gates

SIMILARITY = Contract("similarity", pa.float32(), 0.0, 1.0)


def feature(name: str = "likeness", version: int = 1) -> PairFeature:
    return PairFeature(name, "tests", ("name",), SIMILARITY, "A feature.", version, True)


def outcome(rule: Any) -> tuple[str, bool, str]:
    found = rule._validate({})
    return rule.meta["rule"], found["success"], found["result"]["observed_value"]


def sides(before: Any, now: Any, **changed: Any) -> Sides:
    return Sides(**{"now": now, "before": before, "run_id": "R1", **changed})


def books(rows: int, names: int | None = None) -> Filled:
    return Filled({"books": rows}, {"books": {"name": rows if names is None else names}})


def pairs(*values: float | None, times: int = 100, version: int = 1) -> Profile:
    column = pa.array([*values] * times, pa.float32())
    return profile(pa.record_batch({"likeness": column}), [feature(version=version)])


# --- rows of a source ---


@pytest.mark.parametrize(
    ("before", "now", "passes"),
    [(200, 100, True), (200, 99, False), (200, 400, True), (200, 401, False), (200, 0, False), (99, 0, True)],
)
def test_a_source_that_lost_or_gained_too_many_rows_stops_the_table(before: int, now: int, passes: bool) -> None:
    (rule,) = of_sources(sides(books(before), books(now) if now else Filled()), ["books"])
    assert rule.meta["on_breach"] == "stop"
    assert outcome(rule)[:2] == ("rows_books", passes)


def test_it_says_how_many_and_beside_which_run() -> None:
    (rule,) = of_sources(sides(books(20_000), books(1_000)), ["books"])
    assert outcome(rule)[2] == "1,000 rows of 20,000"
    assert rule.description == "50% to 200% of the rows that 'books' had in run R1"


def test_a_first_run_has_nothing_to_compare_with_and_says_so() -> None:
    first = Sides(now=books(500), why_not="no run has published")
    assert [outcome(rule) for rule in of_sources(first, ["books"])] == [
        ("rows_books", True, "nothing to compare with: no run has published")
    ]
    assert [outcome(rule) for rule in of_fields(first, ["name"])] == [
        ("nulls_name", True, "nothing to compare with: no run has published")
    ]


def test_a_source_that_is_new_or_was_declared_otherwise_is_not_compared() -> None:
    changed = sides(books(1_000), books(10), others=frozenset({"books"}))
    assert outcome(of_sources(changed, ["books"])[0]) == (
        "rows_books",
        True,
        "nothing to compare with: it was declared otherwise then",
    )
    (new,) = of_sources(sides(books(1_000), Filled({"register": 10})), ["register"])
    assert "0 rows then, 10 now, fewer than [gates] compare_from = 100" in outcome(new)[2]


# --- how far its fields are filled ---


@pytest.mark.parametrize(("then", "now", "passes"), [(1_000, 800, True), (1_000, 790, False), (0, 300, False)])
def test_a_field_that_emptied_or_filled_in_a_source_is_told(then: int, now: int, passes: bool) -> None:
    (rule,) = of_fields(sides(books(1_000, then), books(1_000, now)), ["name"])
    assert rule.meta["on_breach"] == "warn"
    assert outcome(rule)[:2] == ("nulls_name", passes)


def test_the_source_that_moved_furthest_is_named_whatever_the_others_do() -> None:
    before = Filled({"books": 1_000, "register": 9_000}, {"books": {"name": 1_000}, "register": {"name": 9_000}})
    now = Filled({"books": 1_000, "register": 9_000}, {"books": {"name": 400}, "register": {"name": 8_950}})
    (rule,) = of_fields(sides(before, now), ["name"])
    assert outcome(rule) == ("nulls_name", False, "0.600 in 'books', 0.000 then")


# --- how features lie ---


def test_a_feature_that_lies_elsewhere_is_told_and_one_that_does_not_is_not() -> None:
    rules = of_pairs(sides(pairs(0.1, 0.9, None), pairs(0.9, 0.9, None)), [feature()])
    assert [outcome(rule)[:2] for rule in rules] == [("rows_lost_or_gained", True), ("drift_likeness", False)]
    assert {rule.meta["on_breach"] for rule in rules} == {"warn"}
    same = of_pairs(sides(pairs(0.1, 0.9, None), pairs(None, 0.9, 0.1)), [feature()])
    assert all(outcome(rule)[1] for rule in same)
    assert outcome(same[1])[2].startswith("0.0000, by chance up to ")


def test_what_chance_explains_is_no_drift_however_strict_the_limit() -> None:
    before, now = pairs(0.1, 0.9, times=60), pairs(*[0.1] * 55, *[0.9] * 65, times=1)
    rules = of_pairs(sides(before, now, gates=Gates(max_feature_drift=0)), [feature()])
    assert outcome(rules[1])[1]


def test_values_that_became_missing_are_drift() -> None:
    rules = of_pairs(sides(pairs(0.5), pairs(None)), [feature()])
    assert not outcome(rules[1])[1]


def test_a_feature_of_another_version_and_a_new_one_are_not_compared() -> None:
    for now in (pairs(0.9, version=2), Profile(100)):
        rules = of_pairs(sides(pairs(0.1), now), [feature()])
        assert outcome(rules[1]) == (
            "drift_likeness",
            True,
            "nothing to compare with: the feature was another one then",
        )


def test_pairs_that_were_lost_are_told() -> None:
    rules = of_pairs(sides(pairs(0.1, times=1_000), pairs(0.1, times=100)), [feature()])
    assert outcome(rules[0]) == ("rows_lost_or_gained", False, "100 rows of 1,000")
