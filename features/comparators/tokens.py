"""Token-set comparators, on sparse incidence matrices: integers in, one division, one rounding out."""

from __future__ import annotations

import numpy as np

from features.columns import IntArray
from features.comparators.values import blank
from features.declare import FloatArray, Tokens


def shared(left: Tokens, right: Tokens) -> IntArray:
    """Number of distinct tokens that both sides have."""
    both = left.incidence.multiply(right.incidence)
    return np.asarray(both.sum(axis=1), dtype=np.int64).ravel()


def jaccard(left: Tokens, right: Tokens) -> FloatArray:
    """Shared tokens over all tokens (Jaccard 1901); null where either side has none."""
    common = shared(left, right)
    return _ratio(common, left.count + right.count - common, left, right)


def overlap(left: Tokens, right: Tokens) -> FloatArray:
    """Shared tokens over those of the shorter side (Szymkiewicz-Simpson); null where either side has none."""
    return _ratio(shared(left, right), np.minimum(left.count, right.count), left, right)


def containment(left: Tokens, right: Tokens) -> FloatArray:
    """Share of the left side's tokens that the right side has too. Not symmetric; null where either has none."""
    return _ratio(shared(left, right), left.count, left, right)


def _ratio(part: IntArray, whole: IntArray, left: Tokens, right: Tokens) -> FloatArray:
    return blank(part / np.maximum(whole, 1), left.missing | right.missing)
