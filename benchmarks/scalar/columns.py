"""What a scalar feature is, and those that are made of one column: a measure of two values, or a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Record = Mapping[str, Any]
"""A prepared record: the columns that the kernel reads, as Python values."""

Value = float | int | None
Scalar = Callable[[Record, Record], Value]

BOTH_MISSING, ONE_MISSING, CONFLICT, AGREE, INVALID = range(5)
GRADED_COMPATIBLE, GRADED_AGREE = 3, 4


def rounded(value: float) -> float:
    """The nearest float32."""
    return float(np.float32(value))


def on(column: str, measure: Callable[[Any, Any], float]) -> Scalar:
    """A measure of one column; None where either record has nothing there."""

    def feature(left: Record, right: Record) -> Value:
        one, other = left[column], right[column]
        return rounded(measure(one, other)) if one and other else None

    return feature


def agreement(column: str) -> Scalar:
    """Both missing, one missing, conflict or agree."""

    def feature(left: Record, right: Record) -> Value:
        one, other = left[column], right[column]
        if one is None or other is None:
            return BOTH_MISSING if one is other else ONE_MISSING
        return AGREE if one == other else CONFLICT

    return feature


def checked_agreement(column: str) -> Scalar:
    """As `agreement`, but invalid where either record has a value that failed its check."""
    unchecked, invalid = agreement(column), f"{column}_invalid"

    def feature(left: Record, right: Record) -> Value:
        return INVALID if left[invalid] or right[invalid] else unchecked(left, right)

    return feature


def graded_agreement(column: str) -> Scalar:
    """State of two sets: agree when equal, compatible when one holds the other, conflict when each says more."""

    def feature(left: Record, right: Record) -> Value:
        one, other = set(left[column] or ()), set(right[column] or ())
        if not one or not other:
            return ONE_MISSING if one or other else BOTH_MISSING
        if one == other:
            return GRADED_AGREE
        return GRADED_COMPATIBLE if one < other or other < one else CONFLICT

    return feature
