"""How alike two tokens are that are not equal: a typo, or one the abbreviation of the other.

Each pair of distinct tokens is compared once, however many record pairs ask for it. Likeness is a whole number of
thousandths, so that sums of it are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Prefix

from features.arrays import IntArray, beside
from features.comparators.sounds import phonetic
from features.comparators.strings import JARO_WINKLER, StringComparator
from features.comparators.values import blank
from features.declare import FloatArray, Tokens
from features.plain import PlainTokens
from features.token_sets import TokensColumn
from features.views import Entries

LIKENESS_UNITS = 1000
"""Likeness of equal tokens."""

SOUND = 900
"""Likeness of words that sound the same (Metaphone, Philips 1990) and are not alike in letters."""

ABBREVIATED = 900
"""Likeness of a word and what may abbreviate it: the same word, were there no other it could stand for."""

_TYPO = np.float32(0.9)
"""Least Jaro-Winkler similarity of two spellings of one word, as in soft TF-IDF (Cohen et al. 2003)."""

_NEARLY = 0.899
"""Less, so that rounding to float32 makes no more of it: most words are told apart sooner in Python's own numbers."""

_MOST_AT_ONCE = 2_000_000
_FEW = 64
"""Entries beside entries among which looking for equal ones costs more than it saves."""


class TokenPairs:
    """Tokens of a column beside tokens, by code: `left[n]` beside `right[n]`."""

    def __init__(self, column: TokensColumn, left: IntArray, right: IntArray) -> None:
        self._column, self._codes = column, (left, right)
        tokens = column.tokens
        self.spelled = [tokens[code] for code in left.tolist()], [tokens[code] for code in right.tolist()]

    @cached_property
    def typos(self) -> IntArray:
        """See `TYPOS`; kept, since abbreviations begin with it."""
        similarity = JARO_WINKLER.pairs(*self.spelled)
        alike = np.where(similarity >= _TYPO, np.rint(similarity.astype(np.float64) * LIKENESS_UNITS), 0)
        sounds = [self._column.by_token(_sound, side) for side in self._codes]
        same_sound = (sounds[0] == sounds[1]) & (sounds[0] >= 0)
        return np.maximum(alike, np.where(same_sound, SOUND, 0)).astype(np.int64)

    @cached_property
    def abbreviations(self) -> IntArray:
        """See `ABBREVIATIONS`."""
        shorter = np.minimum(*(np.fromiter(map(len, of), dtype=np.int64, count=len(of)) for of in self.spelled))
        prefix, subsequence = (
            process.cpdist(*self.spelled, scorer=of.similarity, dtype=np.int64) for of in (Prefix, LCSseq)
        )
        begins = (prefix == shorter) & (shorter >= 2)
        in_order = (subsequence == shorter) & (prefix >= 1) & (shorter >= 3)
        return np.maximum(self.typos, np.where(begins | in_order, ABBREVIATED, 0))


@dataclass(frozen=True, eq=False)
class Likeness:
    """A likeness in thousandths, 0 where two tokens are not alike at all: of many beside others, and of two."""

    of_many: Callable[[TokenPairs], IntArray]
    besides: Callable[[str, str], int] | None = None
    """What two tokens are alike in besides typos."""

    def of_each(self, left: Sequence[str], right: Sequence[str], typos: list[list[int]]) -> list[list[int]]:
        """Every left token beside every right one, a row each, given their `typos_of_each`."""
        if self.besides is None:
            return typos
        besides = self.besides
        return [
            [max(typo, besides(one, other)) for typo, other in zip(row, right, strict=True)]
            for one, row in zip(left, typos, strict=True)
        ]


def typos_of_each(left: Sequence[str], right: Sequence[str]) -> list[list[int]]:
    """`TYPOS` of every left token beside every right one, a row each."""
    return [[_typo(one, other) for other in right] for one in left]


def _typo(one: str, other: str) -> int:
    similarity = JARO_WINKLER.scorer(one, other)
    if similarity > _NEARLY and np.float32(similarity) >= _TYPO:
        return round(float(np.float32(similarity)) * LIKENESS_UNITS)
    return SOUND if _sound(one) == _sound(other) != "" else 0


def _abbreviation(one: str, other: str) -> int:
    """What `ABBREVIATIONS` adds to `TYPOS`."""
    if one[:1] != other[:1]:
        return 0
    shorter = min(len(one), len(other))
    begins = shorter >= 2 and (one.startswith(other) or other.startswith(one))
    return ABBREVIATED if begins or (shorter >= 3 and LCSseq.similarity(one, other) == shorter) else 0


TYPOS = Likeness(lambda pairs: pairs.typos)
"""Jaro-Winkler similarity where it is at least 0.9; `SOUND` for words of three sounds or more that are equal."""

ABBREVIATIONS = Likeness(lambda pairs: pairs.abbreviations, _abbreviation)
"""As `TYPOS`; and alike, too, where one may abbreviate the other: its beginning, or its letters in order.

A beginning of two letters or more (`inv`, `investment`); letters in order from the same first one on, at least three of
them (`mgmt`, `management`).
"""


@lru_cache(maxsize=1 << 16)
def _sound(token: str) -> str:
    code = phonetic(token)
    return code if len(code) >= 3 else ""


def best_of_all(left: Tokens | PlainTokens, right: Any, comparator: StringComparator) -> FloatArray:
    """The best similarity of any text of one side with any of the other; null where either side has none."""
    if isinstance(left, PlainTokens):
        return _best_of_one(left, right, comparator)
    best = np.zeros(len(left.rows), dtype=np.float32)
    one_side = left.entries
    for crossed in Crossed(one_side, right.entries, left.column):
        alike = comparator.pairs(*crossed.tokens.spelled)[crossed.place]
        np.maximum.at(best, one_side.pair[crossed.one], alike)
    return blank(best, left.lacking(right))


def _best_of_one(left: PlainTokens, right: PlainTokens, comparator: StringComparator) -> FloatArray:
    """The same of one pair."""
    best = max([comparator.of_one(*texts) for texts in product(left.set, right.set)], default=0.0)
    return blank(best, left.lacking(right))


@dataclass(frozen=True)
class _Beside:
    """Entries beside entries of the same pair, by their number; their tokens, and the place of theirs among these."""

    one: IntArray
    other: IntArray
    tokens: TokenPairs
    place: IntArray


class Crossed:
    """Every left entry beside every right entry of the same pair, a bounded number at a time.

    If one time is enough it is kept, with what was found of its tokens.
    """

    def __init__(self, left: Entries, right: Entries, column: TokensColumn) -> None:
        self._left, self._right, self._column = left, right, column
        self._first = right.pair.searchsorted(left.pair)
        self._partners = right.pair.searchsorted(left.pair, side="right") - self._first
        self._kept: list[_Beside] | None = None

    def __iter__(self) -> Iterator[_Beside]:
        if self._kept is None:
            few = int(self._partners.sum()) <= _MOST_AT_ONCE
            self._kept = list(self._chunks()) if few else None
        return iter(self._kept) if self._kept is not None else self._chunks()

    def best(self, likeness: Likeness) -> tuple[IntArray, IntArray]:
        """For every entry of either side the likeness of the most alike entry that the same pair has on the other."""
        best_left, best_right = (np.zeros(len(side.pair), dtype=np.int64) for side in (self._left, self._right))
        for crossed in self:
            alike = likeness.of_many(crossed.tokens)[crossed.place]
            np.maximum.at(best_left, crossed.one, alike)
            np.maximum.at(best_right, crossed.other, alike)
        return best_left, best_right

    def _chunks(self) -> Iterator[_Beside]:
        total = self._partners.cumsum()
        start = 0
        while start < len(total):
            done = int(total[start - 1]) if start else 0
            few = int(total[-1]) - done <= _MOST_AT_ONCE
            stop = len(total) if few else max(int(total.searchsorted(done + _MOST_AT_ONCE, side="right")), start + 1)
            if int(total[stop - 1]) > done:
                of = slice(start, stop)
                yield self._beside(*beside(np.arange(start, stop), self._first[of], self._partners[of]))
            start = stop

    def _beside(self, one: IntArray, other: IntArray) -> _Beside:
        """Each pair of distinct tokens is compared once, however many record pairs ask for it."""
        left, right = self._left.code[one], self._right.code[other]
        if len(one) <= _FEW:
            return _Beside(one, other, TokenPairs(self._column, left, right), np.arange(len(one)))
        codes = pa.array(left * self._column.stack.coded.distinct + right).dictionary_encode()
        tokens = np.divmod(codes.dictionary.to_numpy(), self._column.stack.coded.distinct)
        return _Beside(one, other, TokenPairs(self._column, *tokens), codes.indices.to_numpy())
