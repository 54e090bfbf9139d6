"""Comparators of dates in ISO form."""

from __future__ import annotations

from typing import get_args

import numpy as np

from features.arrays import IntArray
from features.comparators.values import blank
from features.declare import Contract, Days, FloatArray, Text

_DAYS: Contract = get_args(Days)[1]
_SPAN = 32
"""More than there are days in a month, or months in a year."""


def days_between(left: Text, right: Text) -> FloatArray:
    """Whole days from one date to the other, at most a hundred years' worth; null where either is missing."""
    distance = np.abs(left.each(_days) - right.each(_days))
    return blank(np.minimum(distance, int(_DAYS.high)), left.lacking(right))


def equal_or_swapped(left: Text, right: Text) -> FloatArray:
    """1 where the dates are the same, or would be if one had day and month exchanged; 0 where not."""
    one, other = left.each(_written), right.each(_written)
    return blank((one[:, 0] == other[:, 0]) | (one[:, 0] == other[:, 1]), left.lacking(right))


def _days(dates: list[str]) -> IntArray:
    """Each date as a number of days."""
    return np.array(dates, dtype="datetime64[D]").astype(np.int64)


def _written(dates: list[str]) -> IntArray:
    """Each date's year, month and day as one number; and with day and month exchanged, be there such a date or not."""
    year, month, day = _parts(dates)
    return np.array([(year * _SPAN + month) * _SPAN + day, (year * _SPAN + day) * _SPAN + month]).T


def _parts(dates: list[str]) -> tuple[IntArray, IntArray, IntArray]:
    """Year, month and day, each counted from 0."""
    days = np.array(dates, dtype="datetime64[D]")
    months = days.astype("datetime64[M]")
    year, month = np.divmod(months.astype(np.int64), 12)
    return year, month, (days - months).astype(np.int64)
