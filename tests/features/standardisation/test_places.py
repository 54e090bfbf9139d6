"""Subdivisions, cities and postal codes."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.standardisation.places import city, country, postal_area, postal_code, state_of_zip, subdivision


@pytest.mark.parametrize(
    ("region", "of", "code", "wanted", "why"),
    [
        ("IL", "US", None, "US-IL", "letters"),
        ("il", "US", None, "US-IL", "lower case"),
        ("Illinois", "US", None, "US-IL", "name"),
        ("US-IL", "US", None, "US-IL", "with its country"),
        ("D.C.", "US", None, "US-DC", "full stops"),
        ("Georgia", "US", None, "US-GA", "the state, as the country is known"),
        ("Georgia", None, None, None, "the state or the country"),
        ("WA", "US", None, "US-WA", "Washington"),
        ("WA", "AU", None, "AU-WA", "Western Australia"),
        ("WA", None, None, None, "either"),
        ("IL", None, "60601", "US-IL", "the ZIP code is of Illinois"),
        ("MI", None, "20121", None, "the postal code is not of Michigan: perhaps Milan"),
        ("VA", None, "20117", "US-VA", "between the ranges of the capital"),
        ("NJ", None, "7030", "US-NJ", "a ZIP code that lost its zero"),
        ("nsw", None, None, "AU-NSW", "letters that no other country has"),
        ("New South Wales", None, None, "AU-NSW", "a name that no other country has"),
        ("Québec", "CA", None, "CA-QC", "accents"),
        ("Kalifornien", "US", None, "US-CA", "another language"),
        ("Bayern", "DE", None, "DE-BY", "its own language"),
        ("Bavaria", None, None, "DE-BY", "English, no country"),
        ("Bavaria", "US", None, None, "not of this country"),
        ("men", None, None, None, "too short for a name"),
        ("Punjab", None, None, None, "of two countries"),
        ("Kent", None, None, None, "a county of more than one country"),
        ("7", "US", None, None, "no subdivision"),
    ],
)
def test_subdivision(region: str, of: str | None, code: str | None, wanted: str | None, why: str) -> None:
    assert subdivision.function(region, of, code) == wanted, why


@pytest.mark.parametrize(
    ("text", "wanted", "why"),
    [
        ("Frankfurt am Main", "frankfurt main", "on the river, in full"),
        ("Frankfurt/Main", "frankfurt main", "on the river, with a slash"),
        ("Frankfurt a. M.", "frankfurt main", "on the river, in letters"),
        ("Frankfurt (Oder)", "frankfurt oder", "on another river"),
        ("Rothenburg ob der Tauber", "rothenburg tauber", "above the river"),
        ("St. Louis", "saint louis", "saint"),
        ("Sankt Gallen", "saint gallen", "saint, German"),
        ("E. St Louis", "east saint louis", "direction"),
        ("Mt. Vernon", "mount vernon", "mount"),
        ("Ft Worth", "fort worth", "fort"),
        ("N. Little Rock", "north little rock", "direction"),
        ("Paris Cedex 08", "paris", "delivery for firms"),
        ("PARIS 8", "paris", "district"),
        ("60325 Frankfurt", "frankfurt", "postal code in front"),
        ("Köln", "cologne", "English name"),
        ("Koeln", "cologne", "umlaut spelt out"),
        ("'s-Gravenhage", "the hague", "no direction"),
        ("Stoke-on-Trent", "stoke on trent", "hyphens are spaces"),
        ("Rio de Janeiro", "rio de janeiro", "words within stay"),
        ("unknown", None, "placeholder"),
        ("123", "123", "nothing but a number stays"),
    ],
)
def test_city(text: str, wanted: str | None, why: str) -> None:
    assert city.function(text) == wanted, why


@pytest.mark.parametrize(
    ("text", "of", "state", "wanted", "area", "why"),
    [
        ("62704-1234", "US", None, "62704", "627", "ZIP+4"),
        ("627041234", "US", None, "62704", "627", "ZIP+4 without its hyphen"),
        ("62704-1234", None, None, "62704", "627", "ZIP+4: no other country writes so"),
        ("7030", "US", None, "07030", "070", "lost zero"),
        ("501", "US", None, "00501", "005", "two lost zeros"),
        ("7030", None, "US-NJ", "07030", "070", "lost zero, country known by the state"),
        ("7030", None, None, "7030", None, "of some country with four digits, or a lost zero"),
        ("7030.0", "US", None, "07030", "070", "a spreadsheet made it a number"),
        ("SW1A 1AA", "GB", None, "sw1a1aa", "sw1a", "outward code"),
        ("m1 1ae", None, None, "m11ae", "m1", "the pattern is clear"),
        ("SW1A", "GB", None, "sw1a", "sw1a", "nothing but the outward code"),
        ("K1A 0B1", "CA", None, "k1a0b1", "k1a", "Canada"),
        ("D02 AF30", "IE", None, "d02af30", "d02", "Ireland"),
        ("1234 AB", "NL", None, "1234ab", "1234", "Netherlands"),
        ("1234", "NL", None, "1234", "1234", "Netherlands, digits only"),
        ("D-60325", "DE", None, "60325", "603", "letter of the country"),
        ("D-60325", None, None, "60325", "603", "letter of a country"),
        ("4109", "DE", None, "04109", "041", "lost zero"),
        ("A-1010", "AT", None, "1010", "10", "four digits"),
        ("00-950", "PL", None, "00950", "009", "hyphen within"),
        ("ABC 12", None, None, "abc12", None, "an unknown pattern has no area"),
        ("n/a", "US", None, None, None, "placeholder"),
        ("00000", None, None, None, None, "filler"),
    ],
)
def test_postal_code(
    text: str, of: str | None, state: str | None, wanted: str | None, area: str | None, why: str
) -> None:
    found = postal_code.function(text, of, state)
    assert found == wanted, why
    assert (postal_area.function(found, of) if found else None) == area, why


def test_the_ranges_of_zip_codes_name_every_state_and_no_other() -> None:
    starts = [state_of_zip(f"{start:03}00") for start in range(1000)]
    states = {state for state in starts if state}
    assert len(states) == 51
    assert all(subdivision.function(state, "US", None) == f"US-{state.upper()}" for state in states)


known = st.sampled_from((None, "US", "DE", "GB", "NL", "CA", "AT"))
codes = st.one_of(
    st.text(max_size=20), st.from_regex(r"[A-Z]{0,2}-?\d{3,9}(-\d{4})?( ?[A-Z]{2})?(\.0)?", fullmatch=True)
)


@example("0:NA", "", None)
@given(st.text(max_size=40), codes, known)
def test_places_never_raise_and_twice_changes_nothing(text: str, code: str, of: str | None) -> None:
    found = subdivision.function(text, of, code)
    assert found is None or subdivision.function(found, of, code) == found
    town = city.function(text)
    assert town is None or city.function(town) == town
    once = postal_code.function(code, of, found)
    assert once is None or postal_code.function(once, of, found) == once
    assert once is None or len(postal_area.function(once, of) or "") <= len(once)
    nation = country.function(text)
    assert nation is None or country.function(nation) == nation
