"""What a person reads of a run and of a lookup: what a gate only warns of, and what could not be had, is told."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from features.catalogue import Catalogue
from features.store.lookup import LookupResult
from features.verdict import RuleResult, Verdict
from jobs import shown
from jobs.shown import candidates


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


def said(catalogue: Catalogue, **result: Any) -> str:
    """What is shown of a lookup without a candidate whose features are known."""
    whole = {"candidates": (), "compared": None, "records": None, "keys": 3, **result}
    console = Console(file=io.StringIO(), width=300)
    candidates(console, {"name": "Acme"}, LookupResult(**whole), catalogue, limit=10)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_that_the_store_did_not_answer_is_told_and_that_nothing_is_known_of_candidates(catalogue: Catalogue) -> None:
    text = said(catalogue, found=None, truncated=True, missing={}, unread="it is [away]")
    assert "The online store did not answer: it is [away]" in text
    assert "Whether there are candidates is not known" in text
    assert "0 candidates" not in text


def test_candidates_without_features_are_counted_by_reason(catalogue: Catalogue) -> None:
    missing = {"a:1": "its packed record is broken", "a:2": "the store has no record of it", "a:3": "broken"}
    text = said(catalogue, found=3, truncated=False, missing=missing)
    assert "3 candidates share a blocking key" in text
    assert all(f"1 without features: {why}" in text for why in missing.values())
