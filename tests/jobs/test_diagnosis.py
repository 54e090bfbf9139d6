"""A diagnosis as a report: the same numbers and the same reservations in the console and on the page."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from features.kernel.diagnostics import BlockSize, Completeness, Diagnosis, Missed, RuleFigures
from features.kernel.recapture import ASSUMPTIONS, Estimate
from jobs.diagnosis import page, parts_of
from jobs.report import Bars, Table, print_parts

MADE_BY = {"run_id": "20260101T000000.000000Z", "fingerprint": "abcdef"}
ESTIMATE = Estimate({"name_token_sort": 0.9}, (("name_words",), ("bic_equal",)), (50, 40), 30, 60, None, 6.5, 2.0, 15.0)
COMPLETENESS = Completeness(
    given={"rows": 14, "no_match": 2, "unknown_id": 1, "contradicted": 0, "copies": 1, "matches": 10},
    unknown_ids=("clients:x",),
    matches=10,
    found=8,
    share=0.8,
    low=0.49,
    high=0.94,
    share_of_given=8 / 11,
    missed_by_status={"no_shared_key": 2, "key_dropped": 0, "left_out": 0},
    missed=(Missed("a:1", "b:1", "no_shared_key", ()), Missed("a:2", "b:2", "no_shared_key", ())),
)


def diagnosis(completeness: Completeness | None, **changed: Any) -> Diagnosis:
    judged = (5, 1, 5) if completeness else (None, None, None)
    estimate = Estimate(
        **{**ESTIMATE.__dict__, "completeness": 0.9, "completeness_low": 0.8, "completeness_high": 0.97}
    )
    given = {
        "records": {"left": 100, "right": 200},
        "possible_pairs": 20_000,
        "published_pairs": 2_000,
        "reduction_ratio": 0.9,
        "rules": (RuleFigures("bic_equal", 10, 12, 1, 500, 1_234, 0.617, 77, *judged),),
        "block_sizes": (BlockSize(1, 1, 9, 9, 0), BlockSize(2, 3, 1, 3, 1)),
        "completeness": completeness,
        "estimate": estimate,
        **changed,
    }
    return Diagnosis(**given)


def printed(found: Diagnosis) -> str:
    console = Console(width=400, record=True, file=None, quiet=False)
    with console.capture() as captured:
        print_parts(console, parts_of(found, listed=1))
    return captured.get()


@pytest.mark.parametrize("completeness", [None, COMPLETENESS])
def test_the_console_and_the_page_say_the_same(completeness: Completeness | None) -> None:
    found = diagnosis(completeness)
    console, html = printed(found), page(found, MADE_BY).replace("&#39;", "'")
    for said in (
        "2,000 pairs published of 20,000",
        "90.0000%",
        "bic_equal",
        "1,234",
        "77",
        "About 6 more",
        *ASSUMPTIONS,
    ):
        assert said in console
        assert said in html
    assert ("80.00%: 8 of 10 true pairs" in console) == ("80.00%: 8 of 10 true pairs" in html) == bool(completeness)
    assert MADE_BY["run_id"] in html
    assert html.count("<svg") == (4 if completeness else 3)


def test_every_row_of_a_truth_table_is_accounted_for() -> None:
    console = printed(diagnosis(COMPLETENESS))
    assert "The truth table has 14 rows. Of these: 2 × no match by its label" in console
    assert "1 × another row of the same pair; 1 × an id is empty" in console
    assert "72.73% are found when the pairs of which an id names no one record of the lake count as missed" in console
    assert "Unknown ids, the first ones: 'clients:x'." in console
    assert "1 of 2; --json lists more" in console


def test_what_is_not_missed_is_not_listed() -> None:
    known = Completeness({"rows": 1}, (), 1, 1, 1.0, 0.2, 1.0, 1.0, {}, ())
    titles = [part.title for part in parts_of(diagnosis(known), listed=9) if isinstance(part, Table)]
    assert titles == ["Rules"]
    assert "Each names a pair of records of its own." in printed(diagnosis(known))


def test_too_little_to_go_by_is_said_in_the_place_of_an_estimate() -> None:
    estimate = Estimate({}, ((), ()), (0, 0), 0, 0, "no floor says what a likely match is")
    assert "No estimate: no floor says what a likely match is." in printed(diagnosis(None, estimate=estimate))


def test_pictures_show_the_pairs_that_one_rule_alone_brings_as_a_part() -> None:
    pictures = [part for part in parts_of(diagnosis(None), listed=1) if isinstance(part, Bars)]
    assert [(bar.value, bar.part) for bar in pictures[0].bars] == [(1_234, 77)]
    assert [bar.said for bar in pictures[1].bars] == ["9", "1 and 1 dropped"]
