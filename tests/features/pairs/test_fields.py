"""Golden pairs of every field beside the name: what a reader of the features may rely on, a reason each."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from features import catalogue as catalogues
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score_pairs

CATALOGUE = catalogues.load()
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
Fields = dict[str, str]

CASES: list[tuple[Fields, Fields, dict[str, float | None], str]] = [
    (
        {"address": "12 Main Street, Suite 400", "postal_code": "62704-1234", "country": "US", "region": "Illinois"},
        {"address": "12 Main St #400", "postal_code": "62704", "country": "US", "region": "IL"},
        {
            "street_jaro_winkler": 1,
            "house_number_equal": 1,
            "address_unit_equal": 1,
            "po_box_equal": None,
            "postal_code_equal": 1,
            "subdivision_equal": 1,
        },
        "one address in two spellings",
    ),
    (
        {"address": "12 Main Street, Suite 400"},
        {"address": "12 Main Street, Suite 500"},
        {"house_number_equal": 1, "address_unit_equal": 0},
        "two offices of one house",
    ),
    (
        {"address": "12 Main Street"},
        {"address": "12 Main Street, Suite 500"},
        {"house_number_equal": 1, "address_unit_equal": None, "address_token_overlap": 1},
        "a unit on one side says nothing",
    ),
    ({"address": "P.O. Box 12"}, {"address": "Postfach 12"}, {"po_box_equal": 1, "street_jaro_winkler": None}, "box"),
    (
        {"postal_code": "SW1A 1AA"},
        {"postal_code": "sw1a2aa"},
        {"postal_code_equal": 0, "postal_area_equal": 1},
        "neighbours",
    ),
    ({"city": "Frankfurt/Main"}, {"city": "Frankfurt am Main"}, {"city_jaro_winkler": 1}, "one city"),
    (
        {"birth_date": "1980-04-03"},
        {"birth_date": "1980-03-04"},
        {"birth_date_days": 30, "birth_date_swapped": 1, "birth_date_possible": 0},
        "day and month exchanged between two dates of one reading each",
    ),
    (
        {"birth_date": "03/04/1980"},
        {"birth_date": "1980-04-03"},
        {"birth_date_days": None, "birth_date_swapped": None, "birth_date_alignment": None, "birth_date_possible": 1},
        "a date of two readings, of which one is the other's",
    ),
    ({"birth_date": "03/04/1980"}, {"birth_date": "1980-05-03"}, {"birth_date_possible": 0}, "neither reading"),
    (
        {"incorporation_date": "1870-03-10"},
        {"incorporation_date": "2020-03-10"},
        {"incorporation_date_days": 36_525, "incorporation_date_possible": 0},
        "a century and more",
    ),
    (
        {"email": "a@gmail.com", "web_domain": "gmail.com"},
        {"email": "b@gmail.com", "web_domain": "gmail.com"},
        {"email_equal": 0, "email_domain_equal": None, "web_domain_equal": None},
        "a free provider is no common domain",
    ),
    (
        {"email": "a@example.org"},
        {"web_domain": "https://www.example.org/de"},
        {"web_domain_equal": 1, "email_domain_equal": None},
        "the domain of an e-mail address against a web address",
    ),
    (
        {"phone": "+49 (0)69 910-00"},
        {"phone": "069 91000"},
        {"phone_equal": 0, "phone_ending_equal": 1},
        "with country code and without",
    ),
    (
        {"phone": "+1 212 555 0100"},
        {"phone": "+1 646 555 0100"},
        {"phone_equal": 0, "phone_ending_equal": 0},
        "seven digits of two cities",
    ),
    (
        {"given_name": "Anna", "family_name": "Müller"},
        {"given_name": "MUELLER", "family_name": "Anna"},
        {"given_initial_equal": 0, "person_token_overlap": 0.5},
        "exchanged, and spelt in two ways",
    ),
    (
        {"given_name": "Anna", "family_name": "Berg"},
        {"given_name": "Berg", "family_name": "Anna"},
        {"person_name_crossed": 1, "person_token_overlap": 1, "family_name_jaro_winkler": 0},
        "exchanged",
    ),
    (
        {"given_name": "Dr. Bill", "family_name": "Meyer Jr."},
        {"given_name": "William", "family_name": "Maier"},
        {"given_name_form_equal": 1, "given_initial_equal": 0, "family_name_sound_equal": 0},
        "short form; Metaphone tells Meyer from Maier",
    ),
    (
        {"given_name": "Jan", "family_name": "van der Berg"},
        {"given_name": "J.", "family_name": "Berg"},
        {"given_initial_equal": 1, "given_name_form_equal": 0, "family_name_sound_equal": 1},
        "initial; particles make no sound",
    ),
]


@pytest.mark.parametrize(("left", "right", "wanted", "why"), CASES, ids=[case[3] for case in CASES])
def test_pair(left: Fields, right: Fields, wanted: dict[str, float | None], why: str) -> None:
    features = [CATALOGUE.pair_feature(name) for name in wanted]
    one, other = (prepared([record]) for record in (left, right))
    assert score_pairs(one, other, features).to_pylist() == [wanted], why


def prepared(records: list[Fields]) -> pa.Table:
    batch = prepare(standardise(raw_batch(records), CATALOGUE), CATALOGUE, AS_OF)
    return pa.Table.from_batches([batch])
