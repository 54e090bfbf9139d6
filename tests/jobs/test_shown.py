"""A run's summary: what a gate only warns of is said, with what was found and wanted."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from features.verdict import RuleResult, Verdict
from jobs import shown


def summary(*rules: RuleResult, **counts: Any) -> str:
    verdict = Verdict("raw_entities", True, 1_000, rules, 0, {})
    details = {"counts": counts, "verdicts": [verdict.to_dict()], "plan": {}, "fallbacks": [], "seconds": {}}
    row = {"run_id": "R1", "outcome": "published", "mode": "link", "checksum": None, "published_version": None}
    out = io.StringIO()
    shown.run_summary(Console(file=out, width=400), {**row, "details": json.dumps(details)})
    return out.getvalue()


def test_a_rule_that_only_warns_is_told_when_it_is_broken() -> None:
    said = summary(
        RuleResult("rows_[books]", "warn", False, "50% to 200%", "1 rows of 9", ""),
        RuleResult("nulls_city", "warn", True, "within 0.2", "0.1", ""),
    )
    assert "Warning: raw_entities, rows_[books]: found 1 rows of 9, wanted 50% to 200%" in said
    assert "nulls_city" not in said


def test_rows_that_are_as_a_person_corrected_them_are_counted() -> None:
    assert "Rows as corrected: 1,234" in summary(corrections={"taken": 1234, "files": {"ab": 1234}})
    assert "corrected" not in summary()
