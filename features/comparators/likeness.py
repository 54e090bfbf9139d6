"""How alike two tokens are that are not equal: a typo, or one the abbreviation of the other.

Each pair of distinct tokens is compared once, however many record pairs ask for it. Likeness is a whole number of
thousandths, so that sums of it are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Prefix

from features.columns import Entries, IntArray, TokensColumn, beside
from features.comparators.sounds import phonetic
from features.comparators.strings import JARO_WINKLER, StringComparator
from features.comparators.values import blank
from features.declare import FloatArray, Tokens

LIKENESS_UNITS = 1000
"""Likeness of equal tokens."""

SOUND = 900
"""Likeness of words that sound the same (Metaphone, Philips 1990) and are not alike in letters."""

TYPO = 0.9
"""Least Jaro-Winkler similarity of two spellings of one word, as in soft TF-IDF (Cohen et al. 2003)."""

_MOST_AT_ONCE = 2_000_000

Likeness = Callable[[TokensColumn, IntArray, IntArray], IntArray]
"""Tokens beside tokens, by code → thousandths; 0 where they are not alike at all."""


def typos(column: TokensColumn, left: IntArray, right: IntArray) -> IntArray:
    """Jaro-Winkler similarity where it is at least `TYPO`; `SOUND` for words of three sounds or more that are equal."""
    similarity = JARO_WINKLER.pairs(*_spelled(column, left, right))
    alike = np.where(similarity >= np.float32(TYPO), np.rint(similarity.astype(np.float64) * LIKENESS_UNITS), 0)
    sounds = column.by_token(_sound)
    same_sound = (sounds[left] == sounds[right]) & (sounds[left] >= 0)
    return np.maximum(alike, np.where(same_sound, SOUND, 0)).astype(np.int64)


def abbreviations(column: TokensColumn, left: IntArray, right: IntArray) -> IntArray:
    """As `typos`; and alike, too, where one may abbreviate the other: its beginning, or its letters in order.

    A beginning of two letters or more (`inv`, `investment`); letters in order from the same first one on, at least
    three of them (`mgmt`, `management`). Nine tenths: the same word, were there no other it could stand for.
    """
    one, other = _spelled(column, left, right)
    shorter = np.minimum(*(np.fromiter(map(len, side), dtype=np.int64, count=len(side)) for side in (one, other)))
    prefix, subsequence = (process.cpdist(one, other, scorer=s.similarity, dtype=np.int64) for s in (Prefix, LCSseq))
    begins = (prefix == shorter) & (shorter >= 2)
    in_order = (subsequence == shorter) & (prefix >= 1) & (shorter >= 3)
    return np.maximum(typos(column, left, right), np.where(begins | in_order, LIKENESS_UNITS * 9 // 10, 0))


def _sound(token: str) -> str:
    code = phonetic(token)
    return code if len(code) >= 3 else ""


def _spelled(column: TokensColumn, *sides: IntArray) -> list[list[str]]:
    return [[column.tokens[code] for code in side.tolist()] for side in sides]


def best_of_all(left: Tokens, right: Tokens, comparator: StringComparator) -> FloatArray:
    """The best similarity of any text of one side with any of the other; null where either side has none."""
    best = np.zeros(len(left.rows), dtype=np.float32)
    one_side = left.entries

    def similarity(column: TokensColumn, *sides: IntArray) -> FloatArray:
        return comparator.pairs(*_spelled(column, *sides))

    for one, _, alike in _compared(one_side, right.entries, left.column, similarity):
        np.maximum.at(best, one_side.pair[one], alike)
    return blank(best, left.missing | right.missing)


def best_likeness(left: Entries, right: Entries, column: TokensColumn, likeness: Likeness) -> tuple[IntArray, IntArray]:
    """For every entry of either side the likeness of the most alike entry that the same pair has on the other."""
    best_left, best_right = np.zeros(len(left.pair), dtype=np.int64), np.zeros(len(right.pair), dtype=np.int64)
    for one, other, alike in _compared(left, right, column, likeness):
        np.maximum.at(best_left, one, alike)
        np.maximum.at(best_right, other, alike)
    return best_left, best_right


def _compared(
    left: Entries, right: Entries, column: TokensColumn, compare: Callable[..., np.ndarray]
) -> Iterator[tuple[IntArray, IntArray, np.ndarray]]:
    """Entries of the same pair beside each other, by place, and what comparing their tokens gives."""
    for one, other in _crossed(left, right):
        codes = left.code[one] * len(column.tokens) + right.code[other]
        distinct, place = np.unique(codes, return_inverse=True)
        yield one, other, compare(column, *np.divmod(distinct, len(column.tokens)))[place]


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
