"""How alike two tokens are that are not equal: a typo, or one the abbreviation of the other.

Each pair of distinct tokens is compared once, however many record pairs ask for it. Likeness is a whole number of
thousandths, so that sums of it are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

import numpy as np
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import LCSseq, Prefix

from features.arrays import BoolArray, IntArray, beside
from features.comparators.sounds import phonetic
from features.comparators.strings import JARO_WINKLER, StringComparator
from features.comparators.values import blank
from features.declare import FloatArray, Tokens
from features.token_sets import TokensColumn
from features.views import Entries

LIKENESS_UNITS = 1000
"""Likeness of equal tokens."""

SOUND = 900
"""Likeness of words that sound the same (Metaphone, Philips 1990) and are not alike in letters."""

ABBREVIATED = 900
"""Likeness of a word and what may abbreviate it: the same word, were there no other it could stand for."""

TYPO = 0.9
"""Least Jaro-Winkler similarity of two spellings of one word, as in soft TF-IDF (Cohen et al. 2003)."""

FEW = 32
"""Tokens beside tokens up to which plain Python is sooner than numpy: the bits are the same."""

_MOST_AT_ONCE = 2_000_000
_FEW = 64
"""Entries beside entries among which looking for equal ones costs more than it saves."""


class TokenPairs:
    """Tokens beside tokens: `left[n]` beside `right[n]`."""

    def __init__(self, left: list[str], right: list[str]) -> None:
        self.spelled = left, right

    @cached_property
    def typos(self) -> IntArray:
        """See `typos`; kept, since abbreviations begin with it."""
        if len(self.spelled[0]) <= FEW:
            return np.array([_typo(one, other) for one, other in zip(*self.spelled, strict=True)], dtype=np.int64)
        similarity = JARO_WINKLER.pairs(*self.spelled)
        alike = np.where(similarity >= np.float32(TYPO), np.rint(similarity.astype(np.float64) * LIKENESS_UNITS), 0)
        return np.maximum(alike, np.where(self.same_sound, SOUND, 0)).astype(np.int64)

    @cached_property
    def same_sound(self) -> BoolArray:
        """Where both have a sound, and the same one."""
        sounds = (map(_sound, side) for side in self.spelled)
        return np.array([one == other != "" for one, other in zip(*sounds, strict=True)], dtype=bool)


class CodedTokenPairs(TokenPairs):
    """As `TokenPairs`, by code: what is made of a token is made once a token."""

    def __init__(self, column: TokensColumn, left: IntArray, right: IntArray) -> None:
        self._column, self._codes = column, (left, right)
        tokens = column.tokens
        super().__init__(*([tokens[code] for code in side.tolist()] for side in self._codes))

    @cached_property
    def same_sound(self) -> BoolArray:
        """Where both have a sound, and the same one."""
        left, right = (self._column.by_token(_sound, side) for side in self._codes)
        return np.asarray((left == right) & (left >= 0))


Likeness = Callable[[TokenPairs], IntArray]
"""Tokens beside tokens → thousandths; 0 where they are not alike at all."""


def typos(pairs: TokenPairs) -> IntArray:
    """Jaro-Winkler similarity where it is at least `TYPO`; `SOUND` for words of three sounds or more that are equal."""
    return pairs.typos


def abbreviations(pairs: TokenPairs) -> IntArray:
    """As `typos`; and alike, too, where one may abbreviate the other: its beginning, or its letters in order.

    A beginning of two letters or more (`inv`, `investment`); letters in order from the same first one on, at least
    three of them (`mgmt`, `management`).
    """
    one, other = pairs.spelled
    if len(one) <= FEW:
        either = zip(pairs.typos.tolist(), one, other, strict=True)
        return np.array([max(typo, _abbreviation(*words)) for typo, *words in either], dtype=np.int64)
    shorter = np.minimum(*(np.fromiter(map(len, side), dtype=np.int64, count=len(side)) for side in (one, other)))
    prefix, subsequence = (process.cpdist(one, other, scorer=s.similarity, dtype=np.int64) for s in (Prefix, LCSseq))
    begins = (prefix == shorter) & (shorter >= 2)
    in_order = (subsequence == shorter) & (prefix >= 1) & (shorter >= 3)
    return np.maximum(pairs.typos, np.where(begins | in_order, ABBREVIATED, 0))


def _typo(one: str, other: str) -> int:
    """As `typos`, of one token beside another: to the same bits, and sooner where there are few."""
    similarity = np.float32(JARO_WINKLER.scorer(one, other))
    if similarity >= np.float32(TYPO):
        return round(float(similarity) * LIKENESS_UNITS)
    return SOUND if _sound(one) == _sound(other) != "" else 0


def _abbreviation(one: str, other: str) -> int:
    """What `abbreviations` adds to `typos`, of one token beside another."""
    shorter, prefix = min(len(one), len(other)), Prefix.similarity(one, other)
    begins = prefix == shorter >= 2
    in_order = shorter >= 3 and prefix >= 1 and LCSseq.similarity(one, other) == shorter
    return ABBREVIATED if begins or in_order else 0


@lru_cache(maxsize=1 << 16)
def _sound(token: str) -> str:
    code = phonetic(token)
    return code if len(code) >= 3 else ""


def best_of_all(left: Tokens, right: Tokens, comparator: StringComparator) -> FloatArray:
    """The best similarity of any text of one side with any of the other; null where either side has none."""
    best = np.zeros(len(left.rows), dtype=np.float32)
    if left.plain is not None and right.plain is not None:
        return blank(_best_of_few(best, left.plain, right.plain, comparator), left.lacking(right))
    one_side = left.entries
    for crossed in Crossed(one_side, right.entries, left.column):
        alike = comparator.pairs(*crossed.tokens.spelled)[crossed.place]
        np.maximum.at(best, one_side.pair[crossed.one], alike)
    return blank(best, left.lacking(right))


def _best_of_few(
    best: FloatArray, left: list[Sequence[str]], right: list[Sequence[str]], comparator: StringComparator
) -> FloatArray:
    """All texts of all pairs compared in one call."""
    crossed, starts, filled = list[tuple[str, str]](), list[int](), list[int]()
    for pair, sides in enumerate(zip(left, right, strict=True)):
        if all(sides):
            filled.append(pair)
            starts.append(len(crossed))
            crossed += product(*sides)
    if filled:
        scores = comparator.pairs([one for one, _ in crossed], [other for _, other in crossed])
        best[filled] = np.maximum.reduceat(scores, starts)
    return best


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
            alike = likeness(crossed.tokens)[crossed.place]
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
            return _Beside(one, other, CodedTokenPairs(self._column, left, right), np.arange(len(one)))
        codes = pa.array(left * self._column.stack.coded.distinct + right).dictionary_encode()
        tokens = np.divmod(codes.dictionary.to_numpy(), self._column.stack.coded.distinct)
        return _Beside(one, other, CodedTokenPairs(self._column, *tokens), codes.indices.to_numpy())
