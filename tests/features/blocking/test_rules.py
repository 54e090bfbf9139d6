"""Blocking keys: golden cases for every rule, and what all keys have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.kernel.records import RULE_BITS, key_number, prepare, raw_batch, rule_of, standardise
from features.statistics import Statistics

COUNTED = pa.table({"token": ["bank", "first", "of", "the"], "records": [900, 90, 4_000, 400]})
CATALOGUE = replace(catalogues.load(), statistics=Statistics.of(COUNTED, 10_000))
"""In 10,000 records: `bank` and `first` are each too common for a key, and about eight records should carry both."""

RULES = [rule.name for rule in CATALOGUE.rules]

CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("lei_equal", {"lei": "7LTWFZYICNSX8D621K86"}, ["7LTWFZYICNSX8D621K86"]),
    ("lei_equal", {"lei": "7LTWFZYICNSX8D621K87"}, []),
    ("bic_equal", {"bic": "DEUTDEFF500"}, ["DEUTDEFF"]),
    ("isin_equal", {"isin": "DE0005140008"}, ["DE0005140008"]),
    ("email_same", {"email": "A@Example.org"}, ["a@example.org"]),
    ("registration_number_same", {"registration_number": "HRB 30000", "country": "DE"}, ["hrb30000"]),
    ("registration_number_same", {"registration_number": "HRB 30000"}, ["hrb30000"]),
    ("tax_id_same", {"tax_id": "DE 811 234 567"}, ["de811234567"]),
    ("name_words", {"name": "Bank of Sea Ltd", "aliases": ["Sea Bank"]}, ["bank of sea", "bank sea"]),
    ("name_words", {"aliases": ["Sea Bank"]}, ["bank sea"]),
    ("name_words", {"name": "N/A"}, []),
    ("name_rare_words", {"name": "First Bank of Jefferson"}, ["jefferson", "bank first"]),
    ("name_rare_words", {"name": "The Bank", "country": "US"}, []),
    ("name_rare_starts", {"name": "First Bank of Jefferson"}, ["jeffe"]),
    ("name_first_letters", {"name": "Deutsche Bank AG", "country": "DE"}, ["deutsche"]),
    ("name_first_letters", {"name": "IBM"}, ["ibm"]),
    ("name_first_word", {"name": "First Bank Ohio"}, ["first"]),
    ("name_end_country", {"name": "Caja de Ahorros de Toledo", "country": "ES"}, ["toledo|ES"]),
    ("name_end_country", {"name": "Caja de Ahorros de Toledo"}, []),
    ("name_acronym", {"name": "International Business Machines", "country": "US"}, ["ibm"]),
    ("name_acronym", {"name": "IBM Inc", "country": "US"}, ["ibm"]),
    ("name_rare_sound_country", {"name": "Akkord Bank", "country": "UA"}, ["AKRT|UA"]),
    ("name_rare_sound_country", {"name": "Accord Bank", "country": "UA"}, ["AKRT|UA"]),
    ("name_rare_sound_country", {"name": "Accord Bank"}, []),
    ("name_word_city", {"name": "First Bank", "city": "Ohio"}, ["first|ohio", "bank|ohio"]),
    ("name_words", {"name": "Народний банк", "country": "UA"}, ["bank narodny", "bank people"]),
    ("name_acronym", {"name": "Перший Міжнародний Банк", "country": "UA"}, ["fib", "pib"]),
    ("house_street_city", {"address": "12 Main Street", "city": "Ohio"}, ["12|main|ohio"]),
    (
        "house_street_postal_code",
        {"address": "Hauptstr. 7a", "postal_code": "60325", "country": "DE"},
        ["7a|haupt|60325"],
    ),
    ("birth_date_given_sound", {"birth_date": "1971-03-02", "given_name": "Anna Maria"}, ["1971-03-02|AN"]),
    ("web_domain_same", {"web_domain": "www.example.org"}, ["example.org"]),
    ("phone_same", {"phone": "+49 69 910-00"}, ["496991000"]),
    ("birth_date_family_sound", {"birth_date": "1971-03-02", "family_name": "Meyer"}, ["1971-03-02|MYR"]),
    ("family_name_postal_code", {"family_name": "Meyer", "postal_code": "60 325"}, ["meyer|60325"]),
]
SHARED = "name_ngrams_alike"
"""Its keys are hashes; tests/features/blocking/test_signatures.py says what holds for them."""


@pytest.mark.parametrize(("rule", "record", "wanted"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_keys_of_a_rule(rule: str, record: dict[str, Any], wanted: list[str]) -> None:
    place = RULES.index(rule)
    found = [key for key in keys_of(record) if rule_of(key) == place]
    assert found == sorted(key_number(place, text) for text in wanted)


def test_every_rule_has_a_golden_case() -> None:
    assert {case[0] for case in CASES} | {SHARED} == set(RULES)


@given(st.text(), st.text(), st.integers(0, 127), st.integers(0, 127))
def test_key_numbers_sort_by_rule_and_keep_their_rule(one: str, two: str, place: int, later: int) -> None:
    key, other = key_number(place, one), key_number(later, two)
    assert rule_of(key) == place
    assert -(2**63) <= key < 2**63
    assert (key < other) or place >= later
    assert key >> RULE_BITS == place


def test_keys_of_a_record_are_distinct_and_ascending() -> None:
    keys = keys_of({"name": "Bank Bank of Bank", "aliases": ["Bank of Bank Bank"], "country": "DE"})
    assert keys == sorted(set(keys))
    assert len(keys) > 1


def keys_of(record: dict[str, Any]) -> list[int]:
    batch = standardise(raw_batch([record]), CATALOGUE)
    keys: list[int] = prepare(batch, CATALOGUE, datetime(2026, 1, 1, tzinfo=UTC)).column("keys")[0].as_py()
    return keys
