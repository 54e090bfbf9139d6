"""Token-set comparators, on sets of codes: whole numbers in, one division, one rounding out.

Weights are whole hundredths of a bit (see `features.statistics`), so every sum is exact in whatever order it is made.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.arrays import IntArray
from features.comparators.likeness import LIKENESS_UNITS, Crossed, Likeness
from features.comparators.values import blank, missing_sides
from features.declare import GRADED_STATES, FloatArray, GradedAgreement, Similarity, Tokens, Weights
from features.statistics import UNITS_A_BIT
from features.views import Entries

Sums = npt.NDArray[np.float64]
"""Whole numbers below 2**53, in float64: exact."""

BOTH_MISSING, ONE_MISSING, CONFLICT, COMPATIBLE, AGREE = range(len(GRADED_STATES))

_GRADED = np.array([AGREE, COMPATIBLE, CONFLICT, *[ONE_MISSING] * 3, *[BOTH_MISSING] * 3], dtype=np.int8)
"""By three times the number of sides that are missing, and the number of sides that say more than the other."""


def jaccard(left: Tokens, right: Tokens) -> Similarity:
    """Shared tokens over all tokens (Jaccard 1901); null where either side has none."""
    common = left.shared(right)
    return _ratio(common, left.count + right.count - common, left, right)


def overlap(left: Tokens, right: Tokens) -> Similarity:
    """Shared tokens over those of the shorter side (Szymkiewicz-Simpson); null where either side has none."""
    return _ratio(left.shared(right), np.minimum(left.count, right.count), left, right)


def containment(left: Tokens, right: Tokens) -> Similarity:
    """Share of the left side's tokens that the right side has too. Not symmetric; null where either has none."""
    return _ratio(left.shared(right), left.count, left, right)


def reverse_containment(left: Tokens, right: Tokens) -> Similarity:
    """Share of the right side's tokens that the left side has too. Not symmetric; null where either has none."""
    return _ratio(left.shared(right), right.count, left, right)


def graded_agreement(left: Tokens, right: Tokens) -> GradedAgreement:
    """State of two sets: agree when equal, compatible when one holds the other, conflict when each says more."""
    common = left.shared(right)
    more = (left.count > common).view(np.int8) + (right.count > common).view(np.int8)
    return np.asarray(_GRADED[3 * missing_sides(left, right) + more])


def _ratio(part: IntArray, whole: IntArray, left: Tokens, right: Tokens) -> FloatArray:
    return blank(part / np.maximum(whole, 1), left.lacking(right))


def weighed(left: Tokens, right: Tokens, weights: Weights) -> Weighed:
    """Token sets beside the weights that stand beside them, put together once for all features that ask."""
    return left.once(Weighed, right, weights)


class Weighed:
    """Token sets with their weights: what both sides have, what only one has, and all of either, in weight.

    A token weighs the same on every record: its weight follows from the statistics alone.
    """

    def __init__(self, left: Tokens, right: Tokens, weights: Weights) -> None:
        self.left, self.right = left, right
        self.weight: IntArray = np.zeros(left.column.stack.distinct, dtype=np.int64)
        self.weight[left.column.said] = weights.column.values
        self.matched = left.matched(right)
        self._covered: dict[Likeness, list[Sums]] = {}

    @cached_property
    def shared(self) -> Sums:
        """Weight of the tokens that both sides have."""
        return self._sum(self.matched.shared, self.weight)

    @cached_property
    def totals(self) -> tuple[Sums, Sums]:
        """Weight of all tokens of the left, and of the right side."""
        return self._totals(self.weight)

    @cached_property
    def unlike(self) -> Crossed:
        """The tokens that only the left side has beside those that only the right side has."""
        return Crossed(self.matched.only_left, self.matched.only_right, self.left.column)

    def cosine(self) -> FloatArray:
        """Cosine of the two sets as vectors of weights (Salton and Buckley 1988); null where either has none."""
        squares = self.weight**2
        left, right = self._totals(squares)
        return self._share(self._sum(self.matched.shared, squares), np.sqrt(left * right))

    def containment(self) -> FloatArray:
        """Weight that both have over the weight of the lighter side."""
        return self._share(self.shared, np.minimum(*self.totals))

    def rarest_shared(self) -> FloatArray:
        """Weight in bits of the rarest token that both have; 0 where they share none."""
        return self._blank(self._largest(self.matched.shared) / UNITS_A_BIT)

    def unshared(self) -> tuple[FloatArray, FloatArray]:
        """Weight in bits of the tokens that only the left, and that only the right side has."""
        left, right = (self._blank((total - self.shared) / UNITS_A_BIT) for total in self.totals)
        return left, right

    def rarest_unshared(self) -> tuple[FloatArray, FloatArray]:
        """Weight in bits of the rarest token that only the left, and that only the right side has; 0 for none."""
        only = self.matched.only_left, self.matched.only_right
        left, right = (self._blank(self._largest(entries) / UNITS_A_BIT) for entries in only)
        return left, right

    def covered(self, likeness: Likeness) -> FloatArray:
        """Weight of the tokens that have a like one on the other side over all weight of both sides.

        A token of both sides counts whole; any other as much as the most alike of the other side's tokens that
        have no equal: the generalised token overlap behind soft TF-IDF (Cohen, Ravikumar and Fienberg 2003).
        """
        left, right = self._found(likeness)
        return self._share(left + right, np.add(*self.totals) * LIKENESS_UNITS)

    def lighter_covered(self, likeness: Likeness) -> FloatArray:
        """As `covered`, of the side with less weight alone; the better one where both weigh the same."""
        sides = zip(self._found(likeness), self.totals, strict=True)
        left, right = (self._share(found, total * LIKENESS_UNITS) for found, total in sides)
        total, other = self.totals
        return np.where(total < other, left, np.where(total > other, right, np.maximum(left, right)))

    def _found(self, likeness: Likeness) -> list[Sums]:
        """For either side the weight that is found on the other, in likeness units."""
        if likeness not in self._covered:
            shared, only = self.shared * LIKENESS_UNITS, (self.matched.only_left, self.matched.only_right)
            best = zip(only, self.unlike.best(likeness), strict=True)
            self._covered[likeness] = [shared + self._sums(of.pair, self.weight[of.code] * alike) for of, alike in best]
        return self._covered[likeness]

    def _share(self, part: Sums, whole: Sums) -> FloatArray:
        return self._blank(np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0))

    def _totals(self, weight: IntArray) -> tuple[Sums, Sums]:
        totals = self.left.column.totals(weight).astype(np.float64)
        return totals[self.left.rows], totals[self.right.rows]

    def _sum(self, entries: Entries, weight: IntArray) -> Sums:
        return self._sums(entries.pair, weight[entries.code])

    def _sums(self, pair: IntArray, weights: IntArray) -> Sums:
        """Sum of the weights in each pair: whole numbers below 2**53, exact in float64."""
        return np.bincount(pair, weights=weights, minlength=len(self.left.rows)).astype(np.float64, copy=False)

    def _largest(self, entries: Entries) -> Sums:
        largest = np.zeros(len(self.left.rows))
        np.maximum.at(largest, entries.pair, self.weight[entries.code])
        return largest

    def _blank(self, values: Sums) -> FloatArray:
        return blank(values, self.left.lacking(self.right))
