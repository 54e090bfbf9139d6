"""How alike two tokens are that are not equal: a typo, or one the abbreviation of the other.

Each pair of distinct tokens is compared once, however many record pairs ask for it. Likeness is a whole number of
thousandths, so that sums of it are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Prefix

from features.columns import Entries, IntArray, beside
from features.comparators.strings import JARO_WINKLER, StringComparator
from features.comparators.values import blank
from features.declare import FloatArray, Tokens

LIKENESS_UNITS = 1000
"""Likeness of equal tokens."""

TYPO = 0.9
"""Least Jaro-Winkler similarity of two spellings of one word, as in soft TF-IDF (Cohen et al. 2003)."""

_MOST_AT_ONCE = 2_000_000

Likeness = Callable[[list[str], list[str]], IntArray]
"""Tokens beside tokens → thousandths; 0 where they are not alike at all."""


def typos(left: list[str], right: list[str]) -> IntArray:
    """Jaro-Winkler similarity where it is at least `TYPO`."""
    similarity = JARO_WINKLER.pairs(left, right).astype(np.float64)
    return np.where(similarity >= TYPO, np.rint(similarity * LIKENESS_UNITS), 0).astype(np.int64)


def abbreviations(left: list[str], right: list[str]) -> IntArray:
    """As `typos`; and alike, too, where one may abbreviate the other: its beginning, or its letters in order.

    A beginning of two letters or more (`inv`, `investment`); letters in order from the same first one on, at least
    three of them (`mgmt`, `management`). Nine tenths: the same word, were there no other it could stand for.
    """
    shorter = np.minimum(*(np.fromiter(map(len, side), dtype=np.int64, count=len(side)) for side in (left, right)))
    prefix, subsequence = (process.cpdist(left, right, scorer=s.similarity, dtype=np.int64) for s in (Prefix, LCSseq))
    begins = (prefix == shorter) & (shorter >= 2)
    in_order = (subsequence == shorter) & (prefix >= 1) & (shorter >= 3)
    return np.maximum(typos(left, right), np.where(begins | in_order, LIKENESS_UNITS * 9 // 10, 0))


def best_of_all(left: Tokens, right: Tokens, comparator: StringComparator) -> FloatArray:
    """The best similarity of any text of one side with any of the other; null where either side has none."""
    best = np.zeros(len(left.rows), dtype=np.float32)
    one_side = left.entries
    for one, _, alike in _compared(one_side, right.entries, left.column.tokens, comparator.pairs):
        np.maximum.at(best, one_side.pair[one], alike)
    return blank(best, left.missing | right.missing)


def best_likeness(
    left: Entries, right: Entries, tokens: Sequence[str], likeness: Likeness
) -> tuple[IntArray, IntArray]:
    """For every entry of either side the likeness of the most alike entry that the same pair has on the other."""
    best_left, best_right = np.zeros(len(left.pair), dtype=np.int64), np.zeros(len(right.pair), dtype=np.int64)
    for one, other, alike in _compared(left, right, tokens, likeness):
        np.maximum.at(best_left, one, alike)
        np.maximum.at(best_right, other, alike)
    return best_left, best_right


def _compared(
    left: Entries, right: Entries, tokens: Sequence[str], compare: Callable[[list[str], list[str]], np.ndarray]
) -> Iterator[tuple[IntArray, IntArray, np.ndarray]]:
    """Entries of the same pair beside each other, by place, and what comparing their tokens gives."""
    for one, other in _crossed(left, right):
        codes = left.code[one] * len(tokens) + right.code[other]
        distinct, place = np.unique(codes, return_inverse=True)
        first, second = ([tokens[code] for code in side.tolist()] for side in np.divmod(distinct, len(tokens)))
        yield one, other, compare(first, second)[place]


def _crossed(left: Entries, right: Entries) -> Iterator[tuple[IntArray, IntArray]]:
    """Places of left entries beside those of the right entries of the same pair, a bounded number at a time."""
    first = np.searchsorted(right.pair, left.pair)
    partners = np.searchsorted(right.pair, left.pair, side="right") - first
    total = np.cumsum(partners)
    start = 0
    while start < len(total):
        done = int(total[start - 1]) if start else 0
        stop = max(int(np.searchsorted(total, done + _MOST_AT_ONCE, side="right")), start + 1)
        if int(total[stop - 1]) > done:
            yield beside(np.arange(start, stop), first[start:stop], partners[start:stop])
        start = stop
