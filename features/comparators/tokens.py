"""Token-set comparators, on sets of codes: whole numbers in, one division, one rounding out.

Weights are whole hundredths of a bit (see `features.statistics`), so every sum is exact in whatever order it is made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.columns import Entries, IntArray
from features.comparators.likeness import LIKENESS_UNITS, Likeness, best_likeness
from features.comparators.values import blank
from features.declare import GRADED_STATES, FloatArray, StateArray, Tokens, Weights
from features.statistics import UNITS_A_BIT

Sums = npt.NDArray[np.float64]
"""Whole numbers below 2**53, in float64: exact."""

BOTH_MISSING, ONE_MISSING, CONFLICT, COMPATIBLE, AGREE = range(len(GRADED_STATES))


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


def reverse_containment(left: Tokens, right: Tokens) -> FloatArray:
    """Share of the right side's tokens that the left side has too. Not symmetric; null where either has none."""
    return _ratio(shared(left, right), right.count, left, right)


def graded_agreement(left: Tokens, right: Tokens) -> StateArray:
    """State of two sets: agree when equal, compatible when one holds the other, conflict when each says more."""
    matched = left.matched(right)
    more_left, more_right = (
        np.bincount(only.pair, minlength=len(left.rows)) > 0 for only in (matched.only_left, matched.only_right)
    )
    states = np.select([more_left & more_right, more_left | more_right], [CONFLICT, COMPATIBLE], AGREE)
    states = np.where(left.missing | right.missing, ONE_MISSING, states)
    return np.where(left.missing & right.missing, BOTH_MISSING, states).astype(np.int8)


@dataclass(frozen=True)
class Weighed:
    """Token sets with their weights: what both sides have, what only one has, and all of either, in weight."""

    left: Tokens
    right: Tokens
    weight: IntArray
    """By token code. A token weighs the same on every record: its weight follows from the statistics alone."""

    @classmethod
    def of(cls, left: Tokens, right: Tokens, weights: Weights) -> Weighed:
        """Token sets beside the weights that stand beside them."""
        weight = np.zeros(max(len(left.column.tokens), 1), dtype=np.int64)
        weight[left.column.flat] = weights.column.values
        return cls(left, right, weight)

    def cosine(self) -> FloatArray:
        """Cosine of the two sets as vectors of weights (Salton and Buckley 1988); null where either has none."""
        squares = self.weight**2
        common = self._sum(self.left.matched(self.right).shared, squares)
        lengths = self._sum(self.left.entries, squares) * self._sum(self.right.entries, squares)
        return self._share(common, np.sqrt(lengths))

    def containment(self) -> FloatArray:
        """Weight that both have over the weight of the lighter side."""
        common = self._sum(self.left.matched(self.right).shared)
        lighter = np.minimum(self._sum(self.left.entries), self._sum(self.right.entries))
        return self._share(common, lighter)

    def rarest_shared(self) -> FloatArray:
        """Weight in bits of the rarest token that both have; 0 where they share none."""
        return self._blank(self._largest(self.left.matched(self.right).shared) / UNITS_A_BIT)

    def unshared(self) -> tuple[FloatArray, FloatArray]:
        """Weight in bits of the tokens that only the left, and that only the right side has."""
        matched = self.left.matched(self.right)
        left, right = self._sum(matched.only_left), self._sum(matched.only_right)
        return self._blank(left / UNITS_A_BIT), self._blank(right / UNITS_A_BIT)

    def rarest_unshared(self) -> tuple[FloatArray, FloatArray]:
        """Weight in bits of the rarest token that only the left, and that only the right side has; 0 for none."""
        matched = self.left.matched(self.right)
        left, right = self._largest(matched.only_left), self._largest(matched.only_right)
        return self._blank(left / UNITS_A_BIT), self._blank(right / UNITS_A_BIT)

    def covered(self, likeness: Likeness) -> FloatArray:
        """Weight of the tokens that have a like one on the other side over all weight of both sides.

        A token of both sides counts whole; any other as much as the most alike of the other side's tokens that
        have no equal: the generalised token overlap behind soft TF-IDF (Cohen, Ravikumar and Fienberg 2003).
        """
        found, total = (sum(sides) for sides in zip(*self._covered(likeness), strict=True))
        return self._share(found, total)

    def lighter_covered(self, likeness: Likeness) -> FloatArray:
        """As `covered`, of the side with less weight alone; the better one where both weigh the same."""
        (found, total), (other_found, other_total) = self._covered(likeness)
        left = self._share(found, total)
        right = self._share(other_found, other_total)
        return np.where(total < other_total, left, np.where(total > other_total, right, np.maximum(left, right)))

    def _covered(self, likeness: Likeness) -> list[tuple[Sums, Sums]]:
        """For either side the weight that is found on the other, in likeness units, and all its weight."""
        matched = self.left.matched(self.right)
        best = best_likeness(matched.only_left, matched.only_right, self.left.column, likeness)
        shared = self._sum(matched.shared) * LIKENESS_UNITS
        sides = ((matched.only_left, best[0], self.left), (matched.only_right, best[1], self.right))
        return [
            (
                shared + np.bincount(only.pair, weights=self.weight[only.code] * likest, minlength=len(shared)),
                self._sum(side.entries) * LIKENESS_UNITS,
            )
            for only, likest, side in sides
        ]

    def _share(self, part: Sums, whole: Sums) -> FloatArray:
        return self._blank(np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0))

    def _sum(self, entries: Entries, weight: IntArray | None = None) -> Sums:
        """Sum of the weights in each pair: whole numbers below 2**53, exact in float64."""
        weights = (self.weight if weight is None else weight)[entries.code]
        return np.bincount(entries.pair, weights=weights, minlength=len(self.left.rows)).astype(np.float64)

    def _largest(self, entries: Entries) -> Sums:
        largest = np.zeros(len(self.left.rows))
        np.maximum.at(largest, entries.pair, self.weight[entries.code])
        return largest

    def _blank(self, values: Sums) -> FloatArray:
        return blank(values, self.left.missing | self.right.missing)


def shared(left: Tokens, right: Tokens) -> IntArray:
    """Number of distinct tokens that both sides have."""
    return np.bincount(left.matched(right).shared.pair, minlength=len(left.rows))


def _ratio(part: IntArray, whole: IntArray, left: Tokens, right: Tokens) -> FloatArray:
    return blank(part / np.maximum(whole, 1), left.missing | right.missing)
