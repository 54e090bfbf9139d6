"""What a person reads of a lookup: what could not be had is told, never left out."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from features.catalogue import Catalogue
from features.store.lookup import LookupResult
from jobs.shown import candidates


def said(catalogue: Catalogue, **result: Any) -> str:
    """What is shown of a lookup without a candidate whose features are known."""
    whole = {"candidates": (), "records": catalogue.kernel_schema.empty_table(), "keys": 3, **result}
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
