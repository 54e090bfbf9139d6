"""Dates in ISO order. What cannot be read as one date is missing, never guessed.

Numbers are read year first (`1999-12-31`, `19991231`), or day and month first where they leave no choice
(`31/12/1999`, `12/31/1999`). Full stops between them mean day first. `03/04/1980` has two readings: the date is
missing, and both readings are kept beside it, so that a pair may still agree on one of them. A year of two
digits is missing too: which century it means is known to the source, not to us.
"""

from __future__ import annotations

import re
from datetime import date

from features.declare import record_feature
from features.standardisation.text import clean_text, latin

_TIME = r"(?:[t ,]{1,2}\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)? ?(?:am|pm|z|utc|gmt|[-+]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|([-/. ])(\d{1,2})\4(\d{1,2}))(?:\.0)?" + _TIME)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.]|\. )(\d{1,2})\2(\d{4})" + _TIME)
_WORD_OR_NUMBER = re.compile(r"[a-z]+|\d+")
_LONGEST = 48
"""Characters beyond which a text is not a date, even with weekday and time."""

_STAND_INS = """
    1000-01-01 1001-01-01 1111-01-01 1111-11-11 1753-01-01 1899-12-30 1899-12-31 1900-01-01 1900-12-31 1970-01-01
    2099-12-31 2100-12-31
"""
_PLACEHOLDERS = frozenset(_STAND_INS.split())
"""Dates that programs write for none: first and last days, and where databases and spreadsheets begin to count."""

_EARLIEST, _LATEST = 1000, 2100
"""Years that a party can carry; beyond them lie placeholders such as 0001-01-01 and 9999-12-31."""

_MONTHS = """
    jan january januar janner janvier janv enero ene
    feb february februar feber fevrier fevr fev febrero
    mar march marz mrz mars marzo
    apr april avril avr abril abr
    may mai mayo
    jun june juni juin junio
    jul july juli juillet juil julio
    aug august aout agosto ago
    sep september sept septembre septiembre setiembre set
    oct october oktober okt octobre octubre
    nov november novembre noviembre
    dec december dezember dez decembre diciembre dic
"""
_MONTH_OF = {word: month for month, line in enumerate(_MONTHS.strip().splitlines(), 1) for word in line.split()}
"""Month names and their short forms in English, German, French and Spanish, without accents."""

_LITTLE = """
    st nd rd th er de del of the den le el
    mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miercoles jueves viernes sabado domingo
"""
_SMALL_WORDS = frozenset(_LITTLE.split())
"""Words of a written date that say nothing: endings of ordinals, prepositions, weekdays."""


@record_feature()
def birth_date_readings(raw_birth_date: str) -> list[str]:
    """Every date that the date of birth may mean: one, or two where day and month can change places."""
    return readings(raw_birth_date)


@record_feature(version=2)
def birth_date(birth_date_readings: list[str]) -> str | None:
    """Date of birth as YYYY-MM-DD; a date of two readings (`03/04/1980`), like a placeholder, is missing."""
    return _only(birth_date_readings)


@record_feature()
def incorporation_date_readings(raw_incorporation_date: str) -> list[str]:
    """Every date that the date of incorporation may mean: one, or two where day and month can change places."""
    return readings(raw_incorporation_date)


@record_feature(version=2)
def incorporation_date(incorporation_date_readings: list[str]) -> str | None:
    """Date of incorporation as YYYY-MM-DD; a date of two readings (`03/04/1980`), like a placeholder, is missing."""
    return _only(incorporation_date_readings)


def readings(value: str) -> list[str]:
    """The dates that a text may mean, sorted: none, one, or two."""
    text = clean_text(value)
    if not text or len(text) > _LONGEST:
        return []
    return sorted({found for numbers in _numbers(latin(text)) if (found := _iso(*numbers))})


def _only(found: list[str]) -> str | None:
    """The one reading, where there is but one."""
    return found[0] if len(found) == 1 else None


def _numbers(text: str) -> list[tuple[int, int, int]]:
    """Day, month and year as the text may mean them."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(part) for part in found.groups() if part and part.isdigit())
        return [(day, month, year)]
    if found := _YEAR_LAST.fullmatch(text):
        first, separator, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
        day_first = (first, second, year)
        return [day_first] if "." in separator else [day_first, (second, first, year)]
    return _with_month_name(text)


def _with_month_name(text: str) -> list[tuple[int, int, int]]:
    """`4 May 1980`, `May 4th, 1980`, `1980 May 4`: one month name, a year of four digits, a day."""
    parts = [part for part in _WORD_OR_NUMBER.findall(text) if part not in _SMALL_WORDS]
    months = [_MONTH_OF[part] for part in parts if part in _MONTH_OF]
    years = [int(part) for part in parts if part.isdigit() and len(part) == 4]
    days = [int(part) for part in parts if part.isdigit() and len(part) <= 2]
    if len(parts) == 3 and len(months) == len(years) == len(days) == 1:
        return [(days[0], months[0], years[0])]
    return []


def _iso(day: int, month: int, year: int) -> str | None:
    """The date in ISO form; impossible dates and placeholders are missing."""
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        iso = date(year, month, day).isoformat()
    except ValueError:
        return None
    return None if iso in _PLACEHOLDERS else iso
