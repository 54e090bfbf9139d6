"""Blocking keys: golden cases for every rule, and what all keys have in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.kernel.records import RULE_BITS, key_number, prepare, raw_batch, rule_of, standardise

CATALOGUE = catalogues.load()
RULES = [rule.name for rule in CATALOGUE.rules]

CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("lei_equal", {"lei": "7LTWFZYICNSX8D621K86"}, ["7LTWFZYICNSX8D621K86"]),
    ("lei_equal", {"lei": "7LTWFZYICNSX8D621K87"}, []),
    ("bic_equal", {"bic": "DEUTDEFF500"}, ["DEUTDEFF"]),
    ("isin_equal", {"isin": "DE0005140008"}, ["DE0005140008"]),
    ("email_same", {"email": "A@Example.org"}, ["a@example.org"]),
    ("name_words", {"aliases": ["Sea Bank"]}, ["bank sea"]),
    ("registration_number_equal", {"registration_number": "HRB 30000", "country": "DE"}, ["hrb30000|DE"]),
    ("tax_id_equal", {"tax_id": "DE 811 234 567"}, ["de811234567|"]),
    ("name_words", {"name": "Bank of Sea Ltd", "aliases": ["Sea Bank"]}, ["bank of sea", "bank sea"]),
    ("name_words", {"name": "N/A"}, []),
    ("name_words", {"name": "Народний банк", "country": "UA"}, ["bank narodny", "bank people"]),
    ("name_word_pair_country", {"name": "Sea Sparkasse"}, ["sea sparkasse|", "savings sea|", "bank savings|"]),
    ("name_acronym_country", {"name": "Перший Міжнародний Банк", "country": "UA"}, ["fib|UA", "pib|UA"]),
    ("name_prefix_country", {"name": "Deutsche Bank AG", "country": "DE"}, ["deutsche|DE"]),
    ("name_word_pair_country", {"name": "First Bank Ohio", "country": "US"}, ["bank first|US", "bank ohio|US"]),
    ("name_word_pair_country", {"name": "Deutsche", "country": "DE"}, []),
    ("name_sound_country", {"name": "Meyer Bank"}, ["BNK MYR|"]),
    ("name_sound_country", {"name": "株式"}, ["SH X|"]),
    ("name_acronym_country", {"name": "International Business Machines", "country": "US"}, ["ibm|US"]),
    ("name_acronym_country", {"name": "IBM Inc", "country": "US"}, ["ibm|US"]),
    ("name_word_country", {"name": "The Bank of Ohio", "country": "US"}, ["bank|US", "ohio|US"]),
    ("name_word_sound_country", {"name": "Akkord Bank", "country": "UA"}, ["AKRT|UA", "BNK|UA"]),
    ("name_word_sound_country", {"name": "Accord", "country": "UA"}, ["AKRT|UA"]),
    ("name_start", {"name": "Harbour Shipping Ltd", "country": "GB"}, ["harbourshipp"]),
    ("name_start", {"name": "IBM"}, []),
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


@pytest.mark.parametrize(("rule", "record", "wanted"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_keys_of_a_rule(rule: str, record: dict[str, Any], wanted: list[str]) -> None:
    place = RULES.index(rule)
    found = [key for key in keys_of(record) if rule_of(key) == place]
    assert found == sorted(key_number(place, text) for text in wanted)


def test_every_rule_has_a_golden_case() -> None:
    assert {case[0] for case in CASES} == set(RULES)


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
