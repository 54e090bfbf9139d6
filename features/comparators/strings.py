"""String comparators: rapidfuzz scorers on the declared float32 grid.

`cdist`, `cpdist` and the scalar call rounded to float32 agree on every bit for these scorers; with
float64 they do not. Strings come prepared (`processor=None`): normalisation happens once, on the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Indel, Jaro, JaroWinkler, LCSseq, Levenshtein, Postfix, Prefix

from features.declare import Contract, FloatArray, Similarity
from features.plain import PlainText

FEW = 16
"""Comparisons up to which a scalar call for each is cheaper than one of cdist or cpdist: the bits are the same."""

_SIMILARITY: Contract = get_args(Similarity)[1]


@dataclass(frozen=True)
class StringComparator:
    """A rapidfuzz similarity from 0 to `highest`, symmetric, brought to 0 … 1."""

    name: str
    scorer: Callable[..., float]
    highest: float = 1.0
    returns: Contract = _SIMILARITY

    def grid(self, left: list[str], right: list[str]) -> FloatArray:
        """Every left string against every right one."""
        if len(left) * len(right) <= FEW:
            return self._one_by_one(product(left, right)).reshape(len(left), len(right))
        return self._scaled(process.cdist(left, right, scorer=self.scorer, dtype=np.float32))

    def pairs(self, left: list[str], right: list[str]) -> FloatArray:
        """Left strings against right ones of the same position."""
        if len(left) <= FEW:
            return self._one_by_one(zip(left, right, strict=True))
        return self._scaled(process.cpdist(left, right, scorer=self.scorer, dtype=np.float32))

    def one(self, left: PlainText, right: PlainText) -> float:
        """One string against another."""
        return self.of_one(left.value, right.value)

    def of_one(self, left: str, right: str) -> float:
        """The same, of plain strings; to be rounded to float32 by whoever keeps it."""
        score = self.scorer(left, right)
        return score if self.highest == 1 else float(np.float32(score) / np.float32(self.highest))

    def _one_by_one(self, pairs: Iterable[tuple[str, str]]) -> FloatArray:
        return self._scaled(np.array([self.scorer(one, other) for one, other in pairs], dtype=np.float32))

    def _scaled(self, scores: FloatArray) -> FloatArray:
        return scores if self.highest == 1 else scores / np.float32(self.highest)

    def __reduce__(self) -> tuple[Any, ...]:
        """By name: rapidfuzz's compiled scorers do not pickle."""
        return (by_name, (self.name,))


JARO = StringComparator("jaro", Jaro.normalized_similarity)
JARO_WINKLER = StringComparator("jaro_winkler", JaroWinkler.normalized_similarity)
LEVENSHTEIN = StringComparator("levenshtein", Levenshtein.normalized_similarity)
OPTIMAL_STRING_ALIGNMENT = StringComparator("optimal_string_alignment", OSA.normalized_similarity)
INDEL = StringComparator("indel", Indel.normalized_similarity)
LONGEST_COMMON_SUBSEQUENCE = StringComparator("longest_common_subsequence", LCSseq.normalized_similarity)
PREFIX = StringComparator("prefix", Prefix.normalized_similarity)
POSTFIX = StringComparator("postfix", Postfix.normalized_similarity)
PARTIAL = StringComparator("partial", fuzz.partial_ratio, highest=100.0)
TOKEN_SET = StringComparator("token_set", fuzz.token_set_ratio, highest=100.0)

_ALL = {
    comparator.name: comparator
    for comparator in (
        JARO,
        JARO_WINKLER,
        LEVENSHTEIN,
        OPTIMAL_STRING_ALIGNMENT,
        INDEL,
        LONGEST_COMMON_SUBSEQUENCE,
        PREFIX,
        POSTFIX,
        PARTIAL,
        TOKEN_SET,
    )
}


def by_name(name: str) -> StringComparator:
    """The comparator of this name, as a worker finds it again after unpickling."""
    return _ALL[name]
