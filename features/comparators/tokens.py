"""Token-set comparators, on sets of codes: whole numbers in, one division, one rounding out.

Weights are whole hundredths of a bit (see `features.statistics`), so every sum is exact in whatever order it is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from features.comparators.likeness import LIKENESS_UNITS, Likeness
from features.comparators.values import blank, chosen, least, missing_sides, most, root, share
from features.comparators.weights import sums_of
from features.declare import GRADED_STATES, FloatArray, GradedAgreement, Similarity, Tokens, Weights, takes_plain
from features.statistics import UNITS_A_BIT

BOTH_MISSING, ONE_MISSING, CONFLICT, COMPATIBLE, AGREE = range(len(GRADED_STATES))

_GRADED = np.array([AGREE, COMPATIBLE, CONFLICT, *[ONE_MISSING] * 3, *[BOTH_MISSING] * 3], dtype=np.int8)
"""By three times the number of sides that are missing, and the number of sides that say more than the other."""


@takes_plain
def jaccard(left: Tokens, right: Tokens) -> Similarity:
    """Shared tokens over all tokens (Jaccard 1901); null where either side has none."""
    common = left.shared(right)
    return share(common, left.count + right.count - common, left.lacking(right))


@takes_plain
def overlap(left: Tokens, right: Tokens) -> Similarity:
    """Shared tokens over those of the shorter side (Szymkiewicz-Simpson); null where either side has none."""
    return share(left.shared(right), least(left.count, right.count), left.lacking(right))


@takes_plain
def containment(left: Tokens, right: Tokens) -> Similarity:
    """Share of the left side's tokens that the right side has too. Not symmetric; null where either has none."""
    return share(left.shared(right), left.count, left.lacking(right))


@takes_plain
def reverse_containment(left: Tokens, right: Tokens) -> Similarity:
    """Share of the right side's tokens that the left side has too. Not symmetric; null where either has none."""
    return share(left.shared(right), right.count, left.lacking(right))


@takes_plain
def graded_agreement(left: Tokens, right: Tokens) -> GradedAgreement:
    """State of two sets: agree when equal, compatible when one holds the other, conflict when each says more."""
    common = left.shared(right)
    more = 1 * (left.count > common) + (right.count > common)
    return _GRADED[3 * missing_sides(left, right) + more]


def weighed(left: Tokens, right: Tokens, weights_l: Weights, weights_r: Weights) -> Weighed:
    """Token sets beside the weights that stand beside them, put together once for all features that ask."""
    return left.once(Weighed, right, weights_l, weights_r)


class Weighed:
    """Token sets with their weights: what both sides have, what only one has, and all of either, in weight.

    A token weighs the same on every record: its weight follows from the statistics alone.
    """

    def __init__(self, left: Tokens, right: Tokens, weights_l: Weights, weights_r: Weights) -> None:
        self.lacking = left.lacking(right)
        self.sums = sums_of(left, right, weights_l, weights_r)
        self._covered: dict[Likeness, tuple[Any, Any]] = {}

    def cosine(self) -> FloatArray:
        """Cosine of the two sets as vectors of weights (Salton and Buckley 1988); null where either has none."""
        left, right = self.sums.squares
        return self._share(self.sums.shared_squares, root(left * right))

    def containment(self) -> FloatArray:
        """Weight that both have over the weight of the lighter side."""
        return self._share(self.sums.shared, least(*self.sums.totals))

    def rarest_shared(self) -> FloatArray:
        """Weight in bits of the rarest token that both have; 0 where they share none."""
        return self._bits(self.sums.rarest_shared)

    def most_unshared(self) -> FloatArray:
        """Weight in bits of the tokens that only one side has, of the side where that is more."""
        return self._bits(most(*self.sums.totals) - self.sums.shared)

    def least_unshared(self) -> FloatArray:
        """Weight in bits of the tokens that only one side has, of the side where that is less."""
        return self._bits(least(*self.sums.totals) - self.sums.shared)

    def rare_conflict(self) -> FloatArray:
        """Weight in bits of the rarest token that only one side has, of the side where that is less; 0 for none."""
        return self._bits(least(*self.sums.rarest_alone))

    def covered(self, likeness: Likeness) -> FloatArray:
        """Weight of the tokens that have a like one on the other side over all weight of both sides.

        A token of both sides counts whole; any other as much as the most alike of the other side's tokens that
        have no equal: the generalised token overlap behind soft TF-IDF (Cohen, Ravikumar and Fienberg 2003).
        """
        (left, right), (total, other) = self._found(likeness), self.sums.totals
        return self._share(left + right, (total + other) * LIKENESS_UNITS)

    def lighter_covered(self, likeness: Likeness) -> FloatArray:
        """As `covered`, of the side with less weight alone; the better one where both weigh the same."""
        (found, other_found), (total, other) = self._found(likeness), self.sums.totals
        of_equals = most(found, other_found)
        lighter = chosen(total < other, found, chosen(total > other, other_found, of_equals))
        return self._share(lighter, least(total, other) * LIKENESS_UNITS)

    def _found(self, likeness: Likeness) -> tuple[Any, Any]:
        """For either side the weight that is found on the other, in likeness units."""
        if likeness not in self._covered:
            shared, (left, right) = self.sums.shared * LIKENESS_UNITS, self.sums.alike(likeness)
            self._covered[likeness] = shared + left, shared + right
        return self._covered[likeness]

    def _share(self, part: Any, whole: Any) -> FloatArray:
        """A whole is 0, and so its part, or at least 1."""
        return share(part, whole, self.lacking)

    def _bits(self, weight: Any) -> FloatArray:
        return blank(weight / UNITS_A_BIT, self.lacking)
