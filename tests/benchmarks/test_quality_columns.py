"""Columns find their fields by the names they usually go by; what is chosen by hand goes first."""

from __future__ import annotations

import pytest

from benchmarks.quality_columns import SYNONYMS, ColumnError, by_hand, field_value, mapped
from features.tables import PARTY_FIELDS


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (
            ["id", "Company Name", "ZIP", "State"],
            {"name": ["Company Name"], "region": ["State"], "postal_code": ["ZIP"]},
        ),
        (["address_2", "address_1", "street_number"], {"address": ["street_number", "address_1", "address_2"]}),
        (["company", "name"], {"name": ["name"]}),
        (["name_cleaned", "cluster", "id"], {}),
        (
            ["dob", "first_name", "surname"],
            {"birth_date": ["dob"], "given_name": ["first_name"], "family_name": ["surname"]},
        ),
        (["former_names", "alias"], {"aliases": ["alias", "former_names"]}),
        (["soc_sec_id", "SWIFT", "website"], {"tax_id": ["soc_sec_id"], "bic": ["SWIFT"], "web_domain": ["website"]}),
    ],
)
def test_usual_names_are_known(columns: list[str], fields: dict[str, list[str]]) -> None:
    assert mapped(columns, {}) == fields


def test_every_field_has_synonyms_of_which_it_is_one_and_no_synonym_has_two_fields() -> None:
    assert list(SYNONYMS) and set(SYNONYMS) == set(PARTY_FIELDS)
    assert all(field in names for field, names in SYNONYMS.items())
    every = [name for names in SYNONYMS.values() for name in names]
    assert len(every) == len(set(every))


def test_a_choice_by_hand_goes_before_the_synonyms_and_an_empty_one_leaves_the_column_out() -> None:
    assert mapped(["name", "title"], {"title": "name"}) == {"name": ["title"]}
    assert mapped(["name", "lei"], {"lei": ""}) == {"name": ["name"]}


@pytest.mark.parametrize("text", ["zip=postal_code", "left.zip", "middle.zip=postal_code", "left.zip=zipp", ".=name"])
def test_a_mapping_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ColumnError):
        by_hand([text])


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        ("address", ["12", "", "Mill Lane"], "12 Mill Lane"),
        ("name", [" "], None),
        ("aliases", ["Old Mill Ltd; Mill & Sons", "Millco"], ["Old Mill Ltd", " Mill & Sons", "Millco"]),
        ("aliases", ["", ";"], None),
    ],
)
def test_values_of_several_columns_are_joined_and_nothing_is_missing(
    field: str, values: list[str], expected: str | list[str] | None
) -> None:
    assert field_value(field, values) == expected
