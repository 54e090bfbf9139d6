"""Comparators of dates in ISO form."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import numpy as np
import numpy.typing as npt

from features.columns import IntArray
from features.comparators.values import blank
from features.declare import Contract, Days, FloatArray, Text

_DAYS: Contract = get_args(Days)[1]
_Dates = npt.NDArray[np.datetime64]
_ISO = "datetime64[D]"
_SPAN = 32
"""More than there are days in a month, or months in a year."""


def days_between(left: Text, right: Text) -> FloatArray:
    """Whole days from one date to the other, at most a hundred years' worth; null where either is missing."""
    distance = np.abs(_of_each(left, _days) - _of_each(right, _days))
    return blank(np.minimum(distance, int(_DAYS.high)), left.missing | right.missing)


def equal_or_swapped(left: Text, right: Text) -> FloatArray:
    """1 where the dates are the same, or would be if one had day and month exchanged; 0 where not."""
    one, other = _of_each(left, _number), _of_each(right, _number)
    same = (one == other) | (one == _of_each(right, _exchanged))
    return blank(same, left.missing | right.missing)


def _of_each(view: Text, number: Callable[[_Dates], IntArray]) -> IntArray:
    """A number of each date of one side of the pairs."""
    return view.each(lambda values: number(np.array(values, dtype=_ISO)))


def _days(dates: _Dates) -> IntArray:
    return dates.astype(np.int64)


def _number(dates: _Dates) -> IntArray:
    """Year, month and day as one number."""
    year, month, day = _parts(dates)
    return (year * _SPAN + month) * _SPAN + day


def _exchanged(dates: _Dates) -> IntArray:
    """The number of the date with day and month exchanged, whether there is such a date or not."""
    year, month, day = _parts(dates)
    return (year * _SPAN + day) * _SPAN + month


def _parts(dates: _Dates) -> tuple[IntArray, IntArray, IntArray]:
    """Year, month and day, each counted from 0."""
    years, months = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
    month = (months - years.astype("datetime64[M]")).astype(np.int64)
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    return years.astype(np.int64), month, day
