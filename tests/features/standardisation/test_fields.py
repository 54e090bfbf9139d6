"""Golden cases of every standardised field, a reason each."""

from __future__ import annotations

from typing import Any

import pytest

from features import catalogue as catalogues
from features.kernel.records import raw_batch, standardise

CATALOGUE = catalogues.load()

CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"name": "Deutsche Bank Aktiengesellschaft"},
        {"name_core": "deutsche bank", "legal_form": "ag", "legal_form_class": "jsc", "name_truncated": False},
        "legal form after the name",
    ),
    ({"name": "ООО Ромашка"}, {"name_core": "romashka", "legal_form": "ooo"}, "legal form before, Cyrillic"),
    ({"name": "S.A."}, {"name_core": "sa", "legal_form": "sa"}, "nothing but a legal form keeps its words"),
    ({"name": "UniCredit S.p.A."}, {"name_core": "unicredit", "legal_form": "spa"}, "full stops in a form"),
    ({"name": "O'Neill & Sons Ltd"}, {"name_core": "oneill sons"}, "apostrophe inside a word vanishes"),
    ({"name": "!!!"}, {"name": "!!!", "name_core": None}, "no letters at all"),
    ({"name": "N/A"}, {"name": None, "name_core": None, "legal_form": None}, "placeholder"),
    ({"name": "x" * 500}, {"name_core": "x" * 256, "name_truncated": True}, "length is capped and flagged"),
    ({"given_name": "Ana", "family_name": "Núñez"}, {"name": "ana núñez", "name_core": "ana nunez"}, "person"),
    ({"name": "A", "aliases": ["B Ltd", "B", "", "N/A"]}, {"alias_cores": ["b"]}, "aliases distinct, cleaned"),
    ({"name": "A", "aliases": []}, {"alias_cores": None}, "no alias is missing"),
    ({"country": "Germany"}, {"country": "DE"}, "name of a country"),
    ({"country": "DEU"}, {"country": "DE"}, "three letters"),
    ({"country": "NA"}, {"country": "NA"}, "Namibia is no placeholder"),
    ({"country": "Scotland"}, {"country": "GB"}, "part of a country"),
    ({"country": "USSR"}, {"country": None}, "former state: no alpha-2 code"),
    ({"country": "nowhere"}, {"country": None}, "unknown"),
    ({"lei": " 7ltwfzyicnsx8d621k86 "}, {"lei": "7LTWFZYICNSX8D621K86", "lei_invalid": None}, "valid"),
    ({"lei": "7LTWFZYICNSX8D621K87"}, {"lei": None, "lei_invalid": "7ltwfzyicnsx8d621k87"}, "check digits"),
    ({"lei": "n/a"}, {"lei": None, "lei_invalid": None}, "placeholder is missing, not invalid"),
    ({"bic": "deutdeff500"}, {"bic": "DEUTDEFF", "bic_invalid": None}, "branch left out"),
    ({"bic": "DEUT"}, {"bic": None, "bic_invalid": "deut"}, "too short"),
    ({"isin": "DE0005140008"}, {"isin": "DE0005140008", "isin_invalid": None}, "valid"),
    ({"registration_number": "HRB 0030.000"}, {"registration_number": "hrb0030000"}, "letters and digits"),
    ({"registration_number": "0000"}, {"registration_number": None}, "nothing but zeros"),
    ({"postal_code": "SW1A 1AA"}, {"postal_code": "sw1a1aa"}, "without spaces"),
    ({"city": "Zürich"}, {"city": "zurich"}, "without accents"),
    ({"birth_date": "19710302"}, {"birth_date": "1971-03-02"}, "digits only"),
    ({"birth_date": "1971-03-02T00:00:00"}, {"birth_date": "1971-03-02"}, "with a time"),
    ({"birth_date": "1971/3/2"}, {"birth_date": "1971-03-02"}, "without leading zeros"),
    ({"birth_date": "2020111"}, {"birth_date": None}, "January 11 or November 1: not guessed"),
    ({"birth_date": "2020-11/1"}, {"birth_date": None}, "two separators"),
    ({"birth_date": "1971-13-02"}, {"birth_date": None}, "no such month"),
    ({"birth_date": "02/03/1971"}, {"birth_date": None}, "could be February or March: not guessed"),
    ({"birth_date": "1900-01-01"}, {"birth_date": None}, "placeholder"),
    ({"web_domain": "https://www.Example.org:443/x"}, {"web_domain": "example.org"}, "host only"),
    ({"email": "A@Example.org"}, {"email": "a@example.org", "web_domain": "example.org"}, "domain from e-mail"),
    ({"email": "none"}, {"email": None, "web_domain": None}, "placeholder"),
    ({"phone": "+49 (0)69 910-00"}, {"phone": "496991000"}, "digits only, the zero in brackets out"),
    ({"phone": "123"}, {"phone": None}, "too short to be one"),
    ({"party_type": "Natural Person"}, {"party_type": "person"}, "person"),
]


@pytest.mark.parametrize(("record", "wanted", "why"), CASES, ids=[case[2] for case in CASES])
def test_standardised_fields(record: dict[str, Any], wanted: dict[str, Any], why: str) -> None:
    row = standardise(raw_batch([record]), CATALOGUE).to_pylist()[0]
    assert {field: row[field] for field in wanted} == wanted, why
