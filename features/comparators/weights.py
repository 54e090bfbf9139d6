"""Sums of the weights of words: of those that both sides of a pair have, that one has alone, and of all.

Weights are whole hundredths of a bit (see `features.statistics`) and likeness whole thousandths, so every sum is exact
in whatever order it is made: of many pairs at once from codes, of one by Python's own sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from operator import mul
from typing import Any

import numpy as np
import numpy.typing as npt

from features.arrays import IntArray
from features.comparators.likeness import Crossed, Likeness, typos_of_each
from features.declare import Tokens, Weights
from features.plain import PlainTokens
from features.views import Entries

Sums = npt.NDArray[np.float64]
"""Whole numbers below 2**53, in float64: exact; one a pair."""

Both = tuple[Sums, Sums]
"""Of the left, and of the right side."""


class CodedSums:
    """Sums of many pairs."""

    def __init__(self, left: Tokens, right: Tokens, weights: Weights) -> None:
        self._left, self._right = left, right
        self._weight: IntArray = np.zeros(left.column.stack.coded.distinct, dtype=np.int64)
        self._weight[left.column.said] = weights.column.values
        self._matched = left.matched(right)
        self._only = self._matched.only_left, self._matched.only_right

    @cached_property
    def shared(self) -> Sums:
        """Weight of the tokens that both sides have."""
        return self._sum(self._matched.shared, self._weight)

    @cached_property
    def totals(self) -> Both:
        """Weight of all tokens of either side."""
        return self._totals(self._weight)

    @cached_property
    def shared_squares(self) -> Sums:
        """Squared weights of the tokens that both sides have."""
        return self._sum(self._matched.shared, self._weight**2)

    @cached_property
    def squares(self) -> Both:
        """Squared weights of all tokens of either side."""
        return self._totals(self._weight**2)

    @cached_property
    def rarest_shared(self) -> Sums:
        """Weight of the rarest token that both have; 0 where they share none."""
        return self._largest(self._matched.shared)

    @cached_property
    def rarest_alone(self) -> Both:
        """Weight of the rarest token that only this side has; 0 for none."""
        left, right = map(self._largest, self._only)
        return left, right

    def alike(self, likeness: Likeness) -> Both:
        """Of the tokens that only this side has: weight times likeness to the other side's most alike such token."""
        best = zip(self._only, self._unlike.best(likeness), strict=True)
        left, right = (self._sums(of.pair, self._weight[of.code] * alike) for of, alike in best)
        return left, right

    @cached_property
    def _unlike(self) -> Crossed:
        """The tokens that only the left side has beside those that only the right side has."""
        return Crossed(*self._only, self._left.column)

    def _totals(self, weight: IntArray) -> Both:
        totals = self._left.column.totals(weight).astype(np.float64)
        return totals[self._left.rows], totals[self._right.rows]

    def _sum(self, entries: Entries, weight: IntArray) -> Sums:
        return self._sums(entries.pair, weight[entries.code])

    def _sums(self, pair: IntArray, weights: IntArray) -> Sums:
        return np.bincount(pair, weights=weights, minlength=len(self._left.rows)).astype(np.float64, copy=False)

    def _largest(self, entries: Entries) -> Sums:
        largest = np.zeros(len(self._left.rows))
        np.maximum.at(largest, entries.pair, self._weight[entries.code])
        return largest


class PlainSums:
    """The same of one pair, from its sets of words, given the weight of each word: whole numbers of Python."""

    def __init__(self, left: frozenset[str], right: frozenset[str], weight: Mapping[str, int]) -> None:
        self._words = list(left - right), list(right - left)
        shared = [weight[word] for word in left & right]
        self._weights = ones, others = [[weight[word] for word in words] for words in self._words]
        self.shared, self.shared_squares = sum(shared), sum(map(mul, shared, shared))
        self.totals = self.shared + sum(ones), self.shared + sum(others)
        self.squares = (
            self.shared_squares + sum(map(mul, ones, ones)),
            self.shared_squares + sum(map(mul, others, others)),
        )
        self.rarest_shared = max(shared, default=0)
        self.rarest_alone = max(ones, default=0), max(others, default=0)
        self._typos: list[list[int]] | None = None

    def alike(self, likeness: Likeness) -> tuple[int, int]:
        """Of the tokens that only this side has: weight times likeness to the other side's most alike such token."""
        ones, others = self._words
        if not (ones and others):
            return 0, 0
        if self._typos is None:
            self._typos = typos_of_each(ones, others)
        rows, (left, right) = likeness.of_each(ones, others, self._typos), self._weights
        return sum(map(mul, left, map(max, rows))), sum(map(mul, right, map(max, zip(*rows, strict=True))))


def sums_of(left: Tokens | PlainTokens, right: Any, weights_l: Any, weights_r: Any) -> CodedSums | PlainSums:
    """The sums of pairs of token sets beside the weights that stand beside them."""
    if not isinstance(left, PlainTokens):
        return CodedSums(left, right, weights_l)
    sides = (left.value, weights_l.value), (right.value, weights_r.value)
    weight = {word: of for words, weights in sides for word, of in zip(words or (), weights or (), strict=True)}
    return PlainSums(left.set, right.set, weight)
