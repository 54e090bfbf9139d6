"""Golden pairs of names in two languages: what a reader of the features may rely on, a reason each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from features import catalogue as catalogues
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score_pairs

CATALOGUE = catalogues.load()
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

CASES: list[tuple[str, str, dict[str, float | None], str]] = [
    (
        "АТ «Державний ощадний банк України»",
        "State Savings Bank of Ukraine",
        {"name_translated_best_variant": 1, "name_translated_coverage": 1},
        "a name of nothing but known words",
    ),
    (
        'Київське відділення № 2 АТ "Перший Український Міжнародний Банк"',
        "First Ukrainian International Bank",
        {"name_translated_best_variant": 1, "name_translated_containment": 1},
        "a branch is named by the bank that is quoted in it",
    ),
    ("Перший український міжнародний банк", "FUIB", {"name_acronym": 1}, "an acronym of the English name"),
    ("International Business Machines", "IBM", {"name_acronym": 1}, "an acronym of the name itself"),
    ("International Business Machines", "IBX", {"name_acronym": 0}, "not an acronym"),
    ("International Business Machines", "Amalgamated Rubber", {"name_acronym": None}, "no name that could be one"),
]


@pytest.mark.parametrize(("left", "right", "wanted", "why"), CASES, ids=[case[3] for case in CASES])
def test_names_in_two_languages(left: str, right: str, wanted: dict[str, float | None], why: str) -> None:
    assert {name: values(left, right)[name] for name in wanted} == pytest.approx(wanted, abs=1e-4), why


def test_the_name_of_a_person_is_not_translated() -> None:
    person = {"given_name": "Anna", "family_name": "Bauer", "party_type": "person"}
    batch = standardise(raw_batch([person]), CATALOGUE)
    assert [batch.column(name).to_pylist() for name in ("name_translated", "names_translated")] == [[None], [None]]


def values(left: str, right: str) -> dict[str, Any]:
    batch = prepare(standardise(raw_batch([{"name": left}, {"name": right}]), CATALOGUE), CATALOGUE, AS_OF)
    records = pa.Table.from_batches([batch])
    scored = score_pairs(records.slice(0, 1), records.slice(1, 1), CATALOGUE.pair_features)
    return dict(scored.to_pylist()[0])
