"""Two fields that a source may have exchanged: compared straight and crossed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from features.arrays import IntArray
from features.comparators.strings import StringComparator
from features.comparators.values import blank
from features.declare import FloatArray, Text
from features.plain import PlainText


def better_of_crossed(
    one_l: Text | PlainText, one_r: Any, other_l: Any, other_r: Any, comparator: StringComparator
) -> FloatArray:
    """Mean similarity of the fields with their like, or each with the other, whichever is more.

    Crossed only where at least one field of the left begins like the other field of the right; pairs that agree
    in both fields are not compared at all. Null where either side lacks either field.
    """
    missing = one_l.lacking(one_r) | other_l.lacking(other_r)
    if isinstance(one_l, PlainText):
        return blank(missing or _better((one_l, other_l), (one_r, other_r), comparator), missing)
    same = one_l.same(one_r) & other_l.same(other_r)
    sums = np.full(len(missing), 2.0)
    unlike = np.flatnonzero(~missing & ~same)
    sums[unlike] = _sum(comparator, unlike, (one_l, one_r), (other_l, other_r))
    begins_alike = (_initials(one_l) == _initials(other_r)) | (_initials(other_l) == _initials(one_r))
    turned = unlike[begins_alike[unlike]]
    if not len(turned):
        return blank(sums / 2, missing)
    sums[turned] = np.maximum(sums[turned], _sum(comparator, turned, (one_l, other_r), (other_l, one_r)))
    return blank(sums / 2, missing)


def _better(left: Sequence[PlainText], right: Sequence[PlainText], comparator: StringComparator) -> float:
    """The same of one pair, given the two fields of either side."""
    (one, other), (one_r, other_r) = ([field.value for field in side] for side in (left, right))
    if one == one_r and other == other_r:
        return 1.0
    best = _single(comparator, one, one_r) + _single(comparator, other, other_r)
    if one[:1] == other_r[:1] or other[:1] == one_r[:1]:
        best = max(best, _single(comparator, one, other_r) + _single(comparator, other, one_r))
    return best / 2


def _single(comparator: StringComparator, left: str, right: str) -> float:
    return float(np.float32(comparator.of_one(left, right)))


def _sum(comparator: StringComparator, pairs: IntArray, *fields: tuple[Text, Text]) -> npt.NDArray[np.float64]:
    """Similarities of two fields added up: float64 adds two float32 in either order to the same."""
    if not len(pairs):
        return np.zeros(0)
    one, other = (comparator.pairs(_at(left, pairs), _at(right, pairs)) for left, right in fields)
    return one.astype(np.float64) + other


def _initials(view: Text) -> IntArray:
    """The first character of each value as a number."""
    return view.each(_first_letters)


def _first_letters(values: list[str]) -> list[int]:
    return [ord(value[0]) if value else 0 for value in values]


def _at(view: Text, pairs: IntArray) -> list[str]:
    values = view.column.values
    return [values[row] for row in view.rows[pairs].tolist()]
