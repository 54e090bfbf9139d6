"""Runs and sorted arrays: what works on columns of numbers is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_MANY = 20_000
"""Numbers that are searched sooner in order."""


def run_ends(sizes: IntArray) -> IntArray:
    """Where each of several runs ends, and before them where the first begins."""
    ends = np.zeros(len(sizes) + 1, dtype=np.int64)
    sizes.cumsum(out=ends[1:])
    return ends


def beside(opening: IntArray, first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Each opening member beside each of its `count` partners from `first` on, as two lists of equal length."""
    ends = count.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(opening, count), np.arange(total) - np.repeat(ends - count - first, count)


def member(keys: npt.NDArray[Any], among: npt.NDArray[Any]) -> tuple[BoolArray, IntArray]:
    """Which keys are in the ascending array `among`, and where."""
    if not len(among):
        return np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=np.int64)
    if len(among) <= _MANY:
        at = among.searchsorted(keys)
    else:  # in order, or every search would begin in memory that no cache holds
        order = np.argsort(keys)
        at = np.empty(len(keys), dtype=np.int64)
        at[order] = among.searchsorted(keys[order])
    np.minimum(at, len(among) - 1, out=at)
    return among[at] == keys, at
