"""Comparators of whole values: equal or not, and the states of an identifier; and the arithmetic of all comparators.

What it takes is one a pair in an array, or of one pair Python's own (`features.plain`); the bits are the same.
"""

from __future__ import annotations

from math import nan, sqrt
from typing import Any

import numpy as np

from features.declare import Agreement, FloatArray, Similarity, StateArray, Text, Tokens, takes_plain

BOTH_MISSING, ONE_MISSING, CONFLICT, AGREE, INVALID = range(5)

_NAN = np.float32(np.nan)
_NULL: Any = nan
_AGREEMENT = np.array([CONFLICT, AGREE, ONE_MISSING, ONE_MISSING, BOTH_MISSING, BOTH_MISSING], dtype=np.int8)
"""By twice the number of sides that are missing, and one more where the values are the same."""

_CHECKED = np.array([[INVALID, INVALID, state] for state in range(INVALID)], dtype=np.int8)
"""By an agreement, and the number of sides that carry no invalid value."""


def blank(values: Any, missing: Any) -> FloatArray:
    """float32 values with null (NaN) where `missing`; of one pair, its number or NaN."""
    if isinstance(missing, bool):
        number: FloatArray = _NULL if missing else values
        return number
    single = np.asarray(values, dtype=np.float32)
    return np.where(missing, _NAN, single) if np.count_nonzero(missing) else single


def share(part: Any, whole: Any, missing: Any) -> FloatArray:
    """A part of whole numbers that are 0, and so the part, or at least 1; null where `missing`."""
    if isinstance(missing, bool):
        number: FloatArray = _NULL if missing else part / (whole or 1)
        return number
    return blank(part / np.maximum(whole, 1), missing)


def least(one: Any, other: Any) -> Any:
    """The lesser of two whole numbers."""
    return min(one, other) if isinstance(one, int) else np.minimum(one, other)


def most(one: Any, other: Any) -> Any:
    """The greater of two whole numbers."""
    return max(one, other) if isinstance(one, int) else np.maximum(one, other)


def chosen(condition: Any, one: Any, other: Any) -> Any:
    """The one where the condition holds, the other where not."""
    if isinstance(condition, bool):
        return one if condition else other
    return np.where(condition, one, other)


def root(square: Any) -> Any:
    """The square root of a whole number."""
    return sqrt(square) if isinstance(square, int) else np.sqrt(square)


def missing_sides(left: Text | Tokens, right: Text | Tokens) -> StateArray:
    """How many of the two sides are missing: 0, 1 or 2."""
    one: Any = left.missing
    other: Any = right.missing
    sides: StateArray = one + other if isinstance(one, bool) else one.view(np.int8) + other.view(np.int8)
    return sides


@takes_plain
def equal(left: Text, right: Text) -> Similarity:
    """1 where both values are the same, 0 where they differ, null where either is missing."""
    return blank(left.same(right), left.lacking(right))


@takes_plain
def agreement(left: Text, right: Text) -> Agreement:
    """Both missing, one missing, conflict or agree."""
    return _AGREEMENT[2 * missing_sides(left, right) + left.same(right)]


@takes_plain
def checked_agreement(left: Text, right: Text, invalid_l: Text, invalid_r: Text) -> Agreement:
    """`agreement`, but `invalid` where either side carries a value that failed its check."""
    return _CHECKED[agreement(left, right), missing_sides(invalid_l, invalid_r)]
