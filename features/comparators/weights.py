"""Sums of the weights of words: of those that both sides of a pair have, that one has alone, and of all.

Weights are whole hundredths of a bit (see `features.statistics`) and likeness whole thousandths, so every sum is exact
in whatever order it is made: of many pairs at once from codes, of few by Python's own sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from features.arrays import IntArray
from features.comparators.likeness import Crossed, Likeness, TokenPairs
from features.declare import Tokens, Weights
from features.plain import PlainTokens, PlainWeights
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
    """The same of few pairs, from sets of words, given the weight of each word."""

    def __init__(self, pairs: Sequence[tuple[frozenset[str], frozenset[str]]], weight: Mapping[str, int]) -> None:
        self._weight = weight
        self._alone = [(list(one - other), list(other - one)) for one, other in pairs]
        shared = [[weight[word] for word in one & other] for one, other in pairs]
        left, right = ([[weight[word] for word in pair[side]] for pair in self._alone] for side in (0, 1))
        rows = [
            *(list(map(sum, of)) for of in (shared, left, right)),
            *([sum([w * w for w in weights]) for weights in of] for of in (shared, left, right)),
            *([max(weights, default=0) for weights in of] for of in (shared, left, right)),
        ]
        sums = np.array(rows, dtype=np.float64)
        self.shared, self.shared_squares, self.rarest_shared = sums[0], sums[3], sums[6]
        self.totals = sums[0] + sums[1], sums[0] + sums[2]
        self.squares = sums[3] + sums[4], sums[3] + sums[5]
        self.rarest_alone = sums[7], sums[8]

    def alike(self, likeness: Likeness) -> Both:
        """Of the tokens that only this side has: weight times likeness to the other side's most alike such token."""
        found: list[int] = likeness(self._crossed).tolist()
        sums: list[tuple[int, int]] = []
        start = 0
        for left, right in self._alone:
            width, stop = len(right), start + len(left) * len(right)
            best = [max(found[at : at + width]) for at in range(start, stop, width or 1)]
            other_best = [max(found[at:stop:width]) for at in range(start, start + width)] if left else ()
            sums.append((self._sum(left, best), self._sum(right, other_best)))
            start = stop
        one, other = np.array(sums, dtype=np.float64).T
        return one, other

    @cached_property
    def _crossed(self) -> TokenPairs:
        """In each pair every word that only the left side has beside every word that only the right side has."""
        crossed = [words for sides in self._alone for words in product(*sides)]
        return TokenPairs([one for one, _ in crossed], [other for _, other in crossed])

    def _sum(self, words: Sequence[str], alike: Sequence[int]) -> int:
        return sum([self._weight[word] * best for word, best in zip(words, alike, strict=False)])


def sums_of(left: Tokens, right: Tokens, weights: Weights) -> CodedSums | PlainSums:
    """The sums of pairs of token sets beside the weights that stand beside them."""
    tokens, beside = left.column, weights.column
    if not (isinstance(tokens.stack, PlainTokens) and isinstance(beside.stack, PlainWeights)):
        return CodedSums(left, right, weights)
    lists = zip(tokens.stack.lists_of(tokens.place), beside.stack.lists_of(beside.place), strict=True)
    weight = {word: of for words, of_words in lists for word, of in zip(words, of_words, strict=True)}
    sets = tokens.stack.sets_of(tokens.place)
    pairs = zip(left.rows.tolist(), right.rows.tolist(), strict=True)
    return PlainSums([(sets[one], sets[other]) for one, other in pairs], weight)
