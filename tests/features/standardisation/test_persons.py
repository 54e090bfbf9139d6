"""Names of persons: titles out, order read, particles kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation.persons import family_name, full_name, given_name


@pytest.mark.parametrize(
    ("text", "given_names", "family", "why"),
    [
        ("anna müller", "anna", "muller", "given name first"),
        ("müller, anna maria", "anna maria", "muller", "family name before a comma"),
        ("müller, dr. anna", "anna", "muller", "title behind the comma"),
        ("prof. dr. hans van der berg", "hans", "van der berg", "titles and particles"),
        ("dr. med. anna schmidt", "anna", "schmidt", "a faculty follows a title"),
        ("nat cole", "nat", "cole", "without a title it is a name"),
        ("john smith jr.", "john", "smith", "suffix"),
        ("john smith, phd", "john", "smith", "a comma before a suffix is no order"),
        ("smith, john, iii", "john", "smith", "order and suffix"),
        ("juan de la cruz", "juan", "de la cruz", "particles of several words"),
        ("de la cruz, juan", "juan", "de la cruz", "particles before a comma"),
        ("ludwig van beethoven", "ludwig", "van beethoven", "particle"),
        ("van morrison", "van", "morrison", "a particle that is a given name"),
        ("van der berg", "", "van der berg", "nothing but a family name"),
        ("ali al-hassan", "ali", "al hassan", "Arabic article"),
        ("jack ma", "jack", "ma", "a short family name is no degree"),
        ("smith", "", "smith", "one word is a family name"),
        ("dr.", "", "dr", "nothing but a title stays"),
        ("иван петров", "ivan", "petrov", "Cyrillic"),
        ("...", "", "", "no letters"),
    ],
)
def test_full_name(text: str, given_names: str, family: str, why: str) -> None:
    assert full_name(text) == (given_names, family), why


@pytest.mark.parametrize(
    ("fields", "given_names", "family", "why"),
    [
        (("Dr. Anna", "Müller Jr.", None, None), "anna", "muller", "title and suffix in their fields"),
        ((None, "Müller, Anna", None, None), "anna", "muller", "the whole name in the field of the family name"),
        (("J.", "O'Brien", None, None), "j", "obrien", "initial; apostrophe vanishes"),
        ((None, None, "Anna Müller", "person"), "anna", "muller", "a person's name is read"),
        ((None, None, "Anna Müller", None), None, None, "perhaps a company: not read"),
        ((None, None, "Anna Müller GmbH", "organisation"), None, None, "a company: not read"),
        (("Anna", None, "Anna Müller", "person"), "anna", None, "fields that are given are believed"),
        (("n/a", "-", None, None), None, None, "placeholders"),
    ],
)
def test_fields(fields: tuple[str | None, ...], given_names: str | None, family: str | None, why: str) -> None:
    assert given_name.function(*fields) == given_names, why
    assert family_name.function(*fields) == family, why


@given(st.text(max_size=40), st.text(max_size=40))
def test_names_never_raise_and_twice_changes_nothing(one: str, other: str) -> None:
    first, last = (field.function(one, other, None, None) for field in (given_name, family_name))
    assert given_name.function(first, last, None, None) == first
    assert family_name.function(first, last, None, None) == last
