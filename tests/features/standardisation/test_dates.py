"""Dates: what is read, what is kept as two readings, what is missing; never a guess."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation.dates import birth_date, readings

CASES: list[tuple[str, list[str], str]] = [
    ("1980-05-04", ["1980-05-04"], "ISO"),
    ("19800504", ["1980-05-04"], "digits only"),
    ("1980.5.4", ["1980-05-04"], "year first, full stops"),
    ("19800504.0", ["1980-05-04"], "a spreadsheet made it a number"),
    ("1980-05-04T12:30:00.000Z", ["1980-05-04"], "ISO with a time"),
    ("31.12.1999 00:00", ["1999-12-31"], "full stops, with a time"),
    ("03.04.1980", ["1980-04-03"], "full stops mean day first"),
    ("3. 4. 1980", ["1980-04-03"], "full stops and spaces"),
    ("12.31.1999", [], "full stops mean day first: there is no month 31"),
    ("31/12/1999", ["1999-12-31"], "no month 31: day first"),
    ("12/31/1999", ["1999-12-31"], "no month 31: month first"),
    ("31-12-1999", ["1999-12-31"], "hyphens"),
    ("03/04/1980", ["1980-03-04", "1980-04-03"], "March or April: both, none chosen"),
    ("3-4-1980", ["1980-03-04", "1980-04-03"], "the same with hyphens"),
    ("04/04/1980", ["1980-04-04"], "both readings are one date"),
    ("4 May 1980", ["1980-05-04"], "English"),
    ("May 4th, 1980", ["1980-05-04"], "English, month first"),
    ("Sunday, 4 May 1980", ["1980-05-04"], "with the weekday"),
    ("04-MAY-1980", ["1980-05-04"], "as databases print it"),
    ("4. März 1980", ["1980-03-04"], "German"),
    ("1er février 1980", ["1980-02-01"], "French"),
    ("4 de mayo de 1980", ["1980-05-04"], "Spanish"),
    ("１９８０－０５－０４", ["1980-05-04"], "full-width digits"),
    ("12/31/99", [], "a year of two digits could be of two centuries"),
    ("May 1980", [], "no day"),
    ("1980", [], "a year is no date"),
    ("4 May 1980 or 5 May 1980", [], "two dates"),
    ("1980-05-04, 1981-05-04", [], "two dates"),
    ("31/02/1999", [], "no such day"),
    ("1999-02-29", [], "no leap year"),
    ("2000-02-29", ["2000-02-29"], "a leap year"),
    ("1900-01-01", [], "placeholder"),
    ("01/01/1900", [], "placeholder, written another way"),
    ("1970-01-01", [], "where Unix begins to count"),
    ("1899-12-30", [], "where spreadsheets begin to count"),
    ("9999-12-31", [], "the last day there is"),
    ("0001-01-01", [], "the first day there is"),
    ("1472-03-04", ["1472-03-04"], "a bank may be old"),
    ("2101-05-04", [], "nobody is founded then"),
    ("n/a", [], "placeholder"),
]


@pytest.mark.parametrize(("text", "wanted", "why"), CASES, ids=[f"{case[0]}: {case[2]}" for case in CASES])
def test_readings(text: str, wanted: list[str], why: str) -> None:
    assert readings(text) == wanted, why


def test_a_date_of_two_readings_is_missing() -> None:
    assert birth_date.function(["1980-03-04", "1980-04-03"]) is None
    assert birth_date.function(["1980-03-04"]) == "1980-03-04"


dates = st.dates(date(1000, 1, 2), date(2099, 12, 30))


@given(dates)
def test_what_is_read_is_read_again_the_same(day: date) -> None:
    assert all(readings(found) == [found] for found in readings(day.isoformat()))


@given(dates)
def test_an_order_that_is_not_known_always_keeps_the_right_date_among_the_readings(day: date) -> None:
    iso = readings(day.isoformat())
    assert set(iso) <= set(readings(f"{day.day}/{day.month}/{day.year}"))
    assert set(iso) <= set(readings(f"{day.month}/{day.day}/{day.year}"))


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}.{0,5}", fullmatch=True)))
def test_any_text_gives_at_most_two_real_dates_in_any_unicode_form(text: str) -> None:
    found = readings(text)
    assert len(found) <= 2
    assert all(date.fromisoformat(reading).isoformat() == reading for reading in found)
    assert readings(unicodedata.normalize("NFD", text)) == readings(unicodedata.normalize("NFC", text))
