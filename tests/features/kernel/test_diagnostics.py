"""Diagnostics: every figure is what counting pairs one by one gives."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.declare import DeclarationError
from features.kernel.diagnostics import Diagnosis, DiagnosisError, Truth, block_sizes, diagnose
from features.kernel.plan import make_plan
from features.kernel.prune import Prune
from features.kernel.recapture import rules_of_names
from features.kernel.records import RULE_BITS
from features.kernel.shared_rules import COUNTED, FOUND, JUDGED, NO_KEY, packed

RULES = ("bic_equal", "name_words", "house_street_city")
FLOORS = {"name_token_sort": 0.9}
SETS = st.lists(st.booleans(), min_size=3, max_size=3).filter(any)
PAIRS = st.lists(st.tuples(SETS, st.booleans(), st.booleans()), max_size=40)
"""Published pairs: the rules that bring one, whether it is likely, whether it is true."""


def census(sizes: list[tuple[int, int]]) -> pa.Table:
    """Blocks by rule and records of one side; the other side has one."""
    keys = [rule << RULE_BITS | n for n, (rule, _) in enumerate(sizes)]
    pairs = [size for _, size in sizes]
    columns = {"key": keys, "left": pairs, "right": [1] * len(pairs), "pairs": pairs}
    return pa.table(columns, pa.schema([(name, pa.int64()) for name in columns]))


def counted(pairs: list[tuple[list[bool], bool, bool]]) -> pa.Table:
    columns = [packed(np.array([rules]))[0].as_py() for rules, _, _ in pairs], [likely for _, likely, _ in pairs]
    return pa.table([*columns, [1] * len(pairs)], schema=COUNTED)


def truth_of(pairs: list[tuple[list[bool], bool, bool]], missed: int = 0) -> Truth:
    rules = [packed(np.array([rules]))[0].as_py() for rules, _, true in pairs if true]
    rows = [("l", "r", b"\0", b"\4", NO_KEY)] * missed
    judged = {"rules": [*rules, b"\0"], "status": [FOUND] * len(rules) + [NO_KEY], "pairs": [1] * len(rules) + [missed]}
    account = {"rows": len(rules) + missed + 2, "unknown_id": 2, "matches": len(rules) + missed}
    missing = pa.Table.from_pylist([dict(zip(JUDGED.names, row, strict=True)) for row in rows], JUDGED)
    return Truth(account, 2, ("nobody",), pa.table(judged), missing)


def diagnosed(catalogue: Catalogue, pairs: Any, truth: Truth | None = None, **changed: Any) -> Diagnosis:
    return of_counted(catalogue, counted(pairs), truth, **changed)


def of_counted(catalogue: Catalogue, pairs: pa.Table, truth: Truth | None = None, **changed: Any) -> Diagnosis:
    blocks = census([(0, 1), (1, 1), (2, 30_000)])
    plan = make_plan(blocks, catalogue.select(None, RULES).rules, linking=True, tile_pairs=10_000)
    given = {"records": {"left": 20, "right": 30}, "floors": FLOORS, "first_group": ("name_words",), **changed}
    return diagnose(plan, blocks, pairs, truth=truth, **given)


@given(PAIRS)
def test_the_figures_of_a_rule_are_a_plain_count(
    catalogue: Catalogue, pairs: list[tuple[list[bool], bool, bool]]
) -> None:
    found = diagnosed(catalogue, pairs, truth_of(pairs))
    assert found.published_pairs == len(pairs)
    true = [rules for rules, _, match in pairs if match]
    for n, figures in enumerate(found.rules):
        assert figures.pairs == sum(rules[n] for rules, _, _ in pairs)
        assert figures.only == sum(rules[n] and sum(rules) == 1 for rules, _, _ in pairs)
        assert figures.matches == sum(rules[n] for rules in true)
        assert figures.matches_only == sum(rules[n] and sum(rules) == 1 for rules in true)
        assert figures.matches_so_far == sum(any(rules[: n + 1]) for rules in true)
    assert [figures.dropped_blocks for figures in found.rules] == [0, 0, 1]


@given(PAIRS)
def test_likely_matches_are_counted_by_the_groups_that_find_them(
    catalogue: Catalogue, pairs: list[tuple[list[bool], bool, bool]]
) -> None:
    estimate = diagnosed(catalogue, pairs).estimate
    likely = [rules for rules, alike, _ in pairs if alike]
    assert estimate.found == (sum(r[1] for r in likely), sum(r[0] or r[2] for r in likely))
    assert estimate.found_by_both == sum(r[1] and (r[0] or r[2]) for r in likely)
    assert estimate.seen == len(likely)
    assert estimate.groups == (("name_words",), ("bic_equal", "house_street_city"))
    assert (estimate.missed is None) == (estimate.found_by_both < 7) == (estimate.reason is not None)


def test_completeness_counts_pairs_of_unknown_records_apart(catalogue: Catalogue) -> None:
    pairs = [([True, False, False], False, True)] * 6
    known = diagnosed(catalogue, pairs, truth_of(pairs, missed=2)).completeness
    assert known is not None
    assert (known.matches, known.found, known.share, known.share_of_given) == (8, 6, 0.75, 0.6)
    assert known.low < 0.75 < known.high
    assert known.missed_by_status == {NO_KEY: 2, "key_dropped": 0, "left_out": 0}
    assert [one.rules for one in known.missed] == [("house_street_city",)] * 2


def test_nothing_published_is_no_error_and_estimates_nothing(catalogue: Catalogue) -> None:
    found = diagnosed(catalogue, [], records={"left": 0, "right": 0})
    assert (found.published_pairs, found.reduction_ratio) == (0, None)
    assert found.estimate.reason is not None
    assert "not enough to go by" in found.estimate.reason
    assert diagnosed(catalogue, []).reduction_ratio == 1


def test_what_an_estimate_takes_for_granted_is_always_with_it(catalogue: Catalogue) -> None:
    pairs = [([True, True, False], True, False)] * 9
    found = diagnosed(catalogue, pairs)
    assert found.estimate.missed == 0
    assert len(json.loads(json.dumps(asdict(found)))["estimate"]["assumptions"]) >= 3
    one = diagnosed(catalogue, pairs, first_group=RULES).estimate
    assert one.reason == "the rules are all of one group, and it takes two; set [diagnose] group"
    none = diagnosed(catalogue, pairs, floors={}).estimate
    assert none.reason == "no floor says what a likely match is; set [diagnose] likely"


@pytest.mark.parametrize("likely", [40_000, 10_000_000])
def test_rules_that_find_nearly_the_same_of_many_matches_miss_few(catalogue: Catalogue, likely: int) -> None:
    names, others, both = [False, True, False], [True, False, False], [True, True, False]
    sets = [packed(np.array([rules]))[0].as_py() for rules in (names, others, both)]
    counts = pa.table([sets, [True] * 3, [5, 3, likely]], schema=COUNTED)
    found = of_counted(catalogue, counts, records={"left": likely, "right": 2}).estimate
    assert found.missed is not None and found.missed_high is not None
    assert found.missed < 1 < found.missed_high < 11


def test_no_more_matches_are_missed_than_there_are_pairs_left(catalogue: Catalogue) -> None:
    both, names, others = [[True, True, False]] * 7, [[False, True, False]] * 40, [[True, False, False]] * 40
    pairs = [(rules, True, False) for rules in both + names + others]
    found = diagnosed(catalogue, pairs, records={"left": 10, "right": 10}).estimate
    assert (found.seen, found.missed, found.missed_high) == (87, 13, 13)
    assert found.completeness == found.completeness_low == 0.87
    assert diagnosed(catalogue, pairs).estimate.missed == 40 * 40 / 8


def test_pairs_that_do_not_follow_from_the_plan_are_refused(catalogue: Catalogue) -> None:
    pairs = [([True, False, False], False, False), ([False] * 3, False, False)]
    with pytest.raises(DiagnosisError, match="1 of the 2 published pairs share no blocking key in force"):
        diagnosed(catalogue, pairs)


@given(st.lists(st.integers(1, 100_000), max_size=30))
def test_every_block_is_in_one_class_of_size(sizes: list[int]) -> None:
    blocks = census([(0, size) for size in sizes])
    dropped = np.array(blocks["key"].to_pylist()[::3], dtype=np.int64)
    classes = block_sizes(blocks, dropped)
    kept = [size for n, size in enumerate(sizes) if n % 3]
    for of in classes:
        inside = [size for size in kept if of.smallest <= size <= of.largest]
        assert (of.blocks, of.pairs) == (len(inside), sum(inside))
    assert sum(of.blocks + of.dropped_blocks for of in classes) == len(sizes)


def test_rules_that_read_a_name_by_whatever_column_are_one_group(catalogue: Catalogue) -> None:
    names = rules_of_names(catalogue)
    assert {"name_words", "name_acronym", "family_name_postal_code", "birth_date_given_sound"} <= set(names)
    assert not {"lei_equal", "email_same", "house_street_city", "phone_same"} & set(names)
    assert rules_of_names(replace(catalogue, rules=())) == ()


def test_a_floor_that_cannot_be_is_told_by_its_section(catalogue: Catalogue) -> None:
    with pytest.raises(DeclarationError, match=r"\[diagnose.likely\] name_equal: found 2, wanted a number 0 to 1"):
        Prune.of({"name_equal": 2}, catalogue, "diagnose.likely")
