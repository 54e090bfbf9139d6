"""Comparators of dates in ISO form."""

from __future__ import annotations

from datetime import date
from typing import get_args

from features.comparators.values import blank, least
from features.declare import Contract, Days, FloatArray, Text

_DAYS: Contract = get_args(Days)[1]
_SPAN = 32
"""More than there are days in a month, or months in a year."""


def days_between(left: Text, right: Text) -> FloatArray:
    """Whole days from one date to the other, at most a hundred years' worth; null where either is missing."""
    distance = abs(left.each(_days) - right.each(_days))
    return blank(least(distance, int(_DAYS.high)), left.lacking(right))


def equal_or_swapped(left: Text, right: Text) -> FloatArray:
    """1 where the dates are the same, or would be if one had day and month exchanged; 0 where not."""
    one = left.each(_written)
    return blank((one == right.each(_written)) | (one == right.each(_swapped)), left.lacking(right))


def _days(dates: list[str]) -> list[int]:
    """Each date as a number of days."""
    return [date.fromisoformat(written).toordinal() if written else 0 for written in dates]


def _written(dates: list[str]) -> list[int]:
    """Each date's year, month and day as one number."""
    return [(year * _SPAN + month) * _SPAN + day for year, month, day in map(_parts, dates)]


def _swapped(dates: list[str]) -> list[int]:
    """The same with day and month exchanged, be there such a date or not."""
    return [(year * _SPAN + day) * _SPAN + month for year, month, day in map(_parts, dates)]


def _parts(written: str) -> tuple[int, int, int]:
    """Year, month and day; zeros where missing."""
    of = date.fromisoformat(written) if written else None
    return (of.year, of.month, of.day) if of else (0, 0, 0)
