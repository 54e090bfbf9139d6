"""Comparators of whole values: equal or not, and the states of an identifier."""

from __future__ import annotations

import numpy as np

from features.declare import FloatArray, StateArray, Text

BOTH_MISSING, ONE_MISSING, CONFLICT, AGREE, INVALID = range(5)


def equal(left: Text, right: Text) -> FloatArray:
    """1 where both values are the same, 0 where they differ, null where either is missing."""
    return blank(left.codes == right.codes, left.missing | right.missing)


def blank(values: np.ndarray, missing: np.ndarray) -> FloatArray:
    """float32 values with null (NaN) where `missing`."""
    return np.where(missing, np.float32(np.nan), np.asarray(values, dtype=np.float32))


def agreement(left: Text, right: Text) -> StateArray:
    """Both missing, one missing, conflict or agree."""
    states = np.where(left.codes == right.codes, AGREE, CONFLICT)
    states = np.where(left.missing | right.missing, ONE_MISSING, states)
    return np.where(left.missing & right.missing, BOTH_MISSING, states).astype(np.int8)


def checked_agreement(left: Text, right: Text, invalid_l: Text, invalid_r: Text) -> StateArray:
    """`agreement`, but `invalid` where either side carries a value that failed its check."""
    broken = ~(invalid_l.missing & invalid_r.missing)
    return np.where(broken, INVALID, agreement(left, right)).astype(np.int8)
