"""Dates in ISO order. What cannot be read as one date is missing, never guessed."""

from __future__ import annotations

import re
from datetime import date

from features.declare import record_feature
from features.standardisation.text import clean_text

_YEAR_FIRST = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|([-/. ])(\d{1,2})\4(\d{1,2}))(?:[t ].*)?")
_PLACEHOLDER_YEARS = (1, 1900, 9999)


@record_feature()
def birth_date(raw_birth_date: str) -> str | None:
    """Date of birth as YYYY-MM-DD."""
    return iso_date(raw_birth_date)


@record_feature()
def incorporation_date(raw_incorporation_date: str) -> str | None:
    """Date of incorporation as YYYY-MM-DD."""
    return iso_date(raw_incorporation_date)


def iso_date(value: str) -> str | None:
    """A year-first date in ISO form; first of January of a placeholder year, and anything else, is missing."""
    text = clean_text(value)
    found = _YEAR_FIRST.fullmatch(text) if text else None
    if not found:
        return None
    try:
        year, *month_and_day = (part for part in found.groups() if part and part.isdigit())
        day = date(int(year), *map(int, month_and_day))
    except ValueError:
        return None
    return None if (day.year in _PLACEHOLDER_YEARS and (day.month, day.day) in ((1, 1), (12, 31))) else day.isoformat()
