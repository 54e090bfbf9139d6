"""A run's report as a person reads it: what went wrong stands first, everything is said, nothing of it is markup."""

from __future__ import annotations

import re
from typing import Any

import pytest

from features.run import Fallback
from jobs.report import Bars, Histograms, Part, Table, Text
from jobs.reported import report_of_lake
from jobs.run_report import page, parts_of

RULE = {"name": "volume", "on_breach": "stop", "passed": True, "wanted": "rows", "observed": "no breach", "remedy": "x"}
VERDICT = {
    "table": "raw_entities",
    "passed": False,
    "rows": 90,
    "quarantined": 6,
    "reasons": {"duplicate_id": 6},
    "rules": [RULE, {**RULE, "name": "ids", "passed": False, "observed": "6 rows"}],
}
PLAN = {
    "pairs": 60,
    "blocks": 7,
    "budget": 120,
    "rules": [{"rule": "bic_equal", "blocks": 7, "pairs": 60, "dropped_blocks": 1, "dropped_pairs": 900}],
    "largest": [[12345, "bic_equal", 40]],
    "sizes": [{"low": 32, "high": 63, "blocks": 1, "pairs": 40}],
    "ladder": [{"rung": "drop_rules", "done": "left out x", "pairs_before": 99, "pairs_after": 60}],
}
EVIL = "<script>alert(1)</script>"


def parts(ended: Any, run: Any) -> dict[str, Part]:
    return {part.title: part for part in parts_of(report_of_lake(ended.lake, run.run_id))}


@pytest.fixture
def moved(ended: Any) -> Any:
    """The second of two runs, in which one feature moved and more values are missing."""
    ended.run({"name_token_sort": [0.1] * 400})
    return ended.run({"name_token_sort": [0.9] * 300 + [None] * 100}, plan=PLAN, seconds={"plan": 3.0, "compare": 1.0})


def test_a_failed_run_says_first_what_stopped_it_and_what_stays(ended: Any) -> None:
    run = ended.run(outcome="failed", error="raw_entities did not pass", verdicts=[VERDICT])
    first = parts_of(report_of_lake(ended.lake, run.run_id))[0]
    assert isinstance(first, Text)
    assert first.paragraphs[1:] == (
        "Stopped by: raw_entities did not pass",
        "Nothing was published; what was in force before it stays in force.",
    )


def test_a_broken_rule_stands_above_those_that_hold(ended: Any) -> None:
    shown = parts(ended, ended.run(outcome="failed", verdicts=[VERDICT]))
    rules = shown["Rules of the gates"]
    assert isinstance(rules, Table)
    assert [row[1] for row in rules.rows] == ["ids", "volume"]
    assert shown["Quarantined, by reason"].rows == (("raw_entities", "duplicate_id", "6"),)
    assert shown["Gates"].rows == (("raw_entities", "failed", "90", "6", "2"),)


def test_the_plan_is_shown_with_its_ladder_and_its_blocks(ended: Any, moved: Any) -> None:
    shown = parts(ended, moved)
    assert shown["Plan"].paragraphs == ("60 pairs in 7 blocks, 50.0% of the pair budget.",)
    assert shown["Ladder"].rows == (("drop_rules", "left out x", "99", "60"),)
    assert shown["Largest blocks"].rows == (("bic_equal", "12345", "40"),)
    assert isinstance(shown["Block sizes"], Bars)


def test_features_that_shifted_are_named_and_drawn_first(ended: Any, moved: Any) -> None:
    shown = parts(ended, moved)
    table, drawn = shown["Features that shifted"], shown["Distributions, drawn"]
    assert [row[0] for row in table.rows] == ["name_token_sort"]
    assert table.rows[0][3] == "another distribution"
    assert isinstance(drawn, Histograms)
    first = drawn.pictures[0]
    assert first.title == "name_token_sort"
    assert first.said.startswith("null 25.0%, index ")
    assert (sum(first.counts), sum(first.before)) == (300, 400)
    assert len(drawn.pictures) == len(ended.catalogue.pair_features)


def test_times_are_shares_of_the_whole(ended: Any, moved: Any) -> None:
    rows = dict(parts(ended, moved)["Time"].rows)
    assert rows["plan"].startswith("3.0 (")


def test_steps_down_stand_above_the_stages(ended: Any) -> None:
    run = ended.run(fallbacks=[Fallback("encoder", "hashed instead")], seconds={"plan": 1.0})
    titles = list(parts(ended, run))
    assert titles.index("Stepped down") < titles.index("Time")


def test_whatever_a_manifest_holds_is_shown_as_text(ended: Any) -> None:
    rule = {**RULE, "name": EVIL, "wanted": EVIL, "observed": EVIL}
    verdict = {**VERDICT, "table": EVIL, "reasons": {EVIL: 1}, "rules": [rule]}
    run = ended.run(
        outcome="failed", error=EVIL, verdicts=[verdict], fallbacks=[Fallback(EVIL, EVIL)], seconds={EVIL: 1.0}
    )
    shown = page(report_of_lake(ended.lake, run.run_id))
    assert "<script" not in shown
    assert len(re.findall(re.escape("&lt;script&gt;alert(1)&lt;/script&gt;"), shown)) >= 8
