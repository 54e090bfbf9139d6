"""Comparators of whole values: equal or not, and the states of an identifier."""

from __future__ import annotations

import numpy as np

from features.arrays import BoolArray
from features.declare import Agreement, FloatArray, Similarity, StateArray, Text, Tokens

BOTH_MISSING, ONE_MISSING, CONFLICT, AGREE, INVALID = range(5)

_NAN = np.float32(np.nan)
_AGREEMENT = np.array([CONFLICT, AGREE, ONE_MISSING, ONE_MISSING, BOTH_MISSING, BOTH_MISSING], dtype=np.int8)
"""By twice the number of sides that are missing, and one more where the values are the same."""


def equal(left: Text, right: Text) -> Similarity:
    """1 where both values are the same, 0 where they differ, null where either is missing."""
    return blank(left.same(right), left.lacking(right))


def blank(values: np.ndarray, missing: BoolArray) -> FloatArray:
    """float32 values with null (NaN) where `missing`."""
    single = np.asarray(values, dtype=np.float32)
    return np.where(missing, _NAN, single) if np.count_nonzero(missing) else single


def missing_sides(left: Text | Tokens, right: Text | Tokens) -> StateArray:
    """How many of the two sides are missing: 0, 1 or 2."""
    return left.missing.view(np.int8) + right.missing.view(np.int8)


def agreement(left: Text, right: Text) -> Agreement:
    """Both missing, one missing, conflict or agree."""
    return _AGREEMENT[2 * missing_sides(left, right) + left.same(right)]


def checked_agreement(left: Text, right: Text, invalid_l: Text, invalid_r: Text) -> Agreement:
    """`agreement`, but `invalid` where either side carries a value that failed its check."""
    states = agreement(left, right)
    states[~(invalid_l.missing & invalid_r.missing)] = INVALID
    return states
