"""Comparators of dates in ISO form."""

from __future__ import annotations

from datetime import date
from typing import get_args

import numpy as np

from features.arrays import IntArray
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


def _days(dates: list[str]) -> IntArray:
    """Each date as a number of days."""
    return np.array(dates, dtype="datetime64[D]").astype(np.int64)


def _written(dates: list[str]) -> IntArray:
    """Each date's year, month and day as one number."""
    return np.array([(year * _SPAN + month) * _SPAN + day for year, month, day in map(_parts, dates)])


def _swapped(dates: list[str]) -> IntArray:
    """The same with day and month exchanged, be there such a date or not."""
    return np.array([(year * _SPAN + day) * _SPAN + month for year, month, day in map(_parts, dates)])


def _parts(written: str) -> tuple[int, int, int]:
    """Year, month and day; zeros where missing."""
    of = date.fromisoformat(written) if written else None
    return (of.year, of.month, of.day) if of else (0, 0, 0)
