"""Comparators of dates in ISO form."""

from __future__ import annotations

from typing import get_args

import numpy as np
import numpy.typing as npt

from features.comparators.values import blank
from features.declare import Contract, Days, FloatArray, Text

_DAYS: Contract = get_args(Days)[1]
_Dates = npt.NDArray[np.datetime64]


def days_between(left: Text, right: Text) -> FloatArray:
    """Whole days from one date to the other, at most a hundred years' worth; null where either is missing."""
    distance = np.abs((_dates(left) - _dates(right)).astype(np.int64))
    return blank(np.minimum(distance, int(_DAYS.high)), left.missing | right.missing)


def equal_or_swapped(left: Text, right: Text) -> FloatArray:
    """1 where the dates are the same, or would be if one had day and month exchanged; 0 where not."""
    one, other = _dates(left), _dates(right)
    (year, month, day), (other_year, other_month, other_day) = _parts(one), _parts(other)
    swapped = (year == other_year) & (month == other_day) & (day == other_month)
    return blank((one == other) | swapped, left.missing | right.missing)


def _dates(view: Text) -> _Dates:
    """The dates of one side of the pairs; not a time where missing. Each record is read once where that is less."""
    column = view.column
    if len(column.missing) > len(view.rows):
        return np.array(view.values, dtype="datetime64[D]")
    return np.array(column.values, dtype="datetime64[D]")[view.rows]


def _parts(dates: _Dates) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Year, month and day as whole numbers that compare as they should."""
    months = dates.astype("datetime64[M]")
    years = dates.astype("datetime64[Y]")
    month = (months - years.astype("datetime64[M]")).astype(np.int64)
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    return years.astype(np.int64), month, day
