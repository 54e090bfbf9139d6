"""The names as words, each with the weight that its rarity gives it, in hundredths of a bit."""

from __future__ import annotations

import math
from collections.abc import Callable

from rapidfuzz.distance import JaroWinkler, LCSseq, Prefix

from benchmarks.scalar.columns import Record, Scalar, Value, rounded

Weights = dict[str, int]

UNITS_A_BIT = 100
WHOLE, ABBREVIATED = 1000, 900
"""How alike equal words are, and how alike one and its abbreviation."""

TYPO = 0.9


def weighed(measure: Callable[[Weights, Weights], float]) -> Scalar:
    """A measure of the names' words with their weights."""

    def feature(left: Record, right: Record) -> Value:
        if not left["name_tokens"] or not right["name_tokens"]:
            return None
        one, other = (dict(zip(r["name_tokens"], r["name_token_weights"], strict=True)) for r in (left, right))
        return rounded(measure(one, other))

    return feature


def weighted_cosine(one: Weights, other: Weights) -> float:
    squares = [sum(weight**2 for weight in words.values()) for words in (one, other)]
    return sum(one[word] ** 2 for word in one.keys() & other) / math.sqrt(squares[0] * squares[1])


def weighted_containment(one: Weights, other: Weights) -> float:
    return sum(one[word] for word in one.keys() & other) / min(sum(one.values()), sum(other.values()))


def rarest_shared(one: Weights, other: Weights) -> float:
    return max((one[word] for word in one.keys() & other), default=0) / UNITS_A_BIT


def unshared(one: Weights, other: Weights) -> list[list[int]]:
    """Weights of the words that only the one, and that only the other has."""
    return [[one[word] for word in one.keys() - other], [other[word] for word in other.keys() - one]]


def most_unshared(one: Weights, other: Weights) -> float:
    return max(map(sum, unshared(one, other))) / UNITS_A_BIT


def least_unshared(one: Weights, other: Weights) -> float:
    return min(map(sum, unshared(one, other))) / UNITS_A_BIT


def rare_conflict(one: Weights, other: Weights) -> float:
    return min(max(weights, default=0) for weights in unshared(one, other)) / UNITS_A_BIT


def coverage(likeness: Callable[[str, str], int]) -> Callable[[Weights, Weights], float]:
    """Weight of the words that have a like one in the other name, over all weight of both.

    A word of both names counts whole, any other as much as the most alike of the other name's further words.
    """

    def measure(one: Weights, other: Weights) -> float:
        found = 2 * WHOLE * sum(one[word] for word in one.keys() & other)
        only_one, only_other = one.keys() - other, other.keys() - one
        for words, others, weights in ((only_one, only_other, one), (only_other, only_one, other)):
            found += sum(weights[word] * max((likeness(word, o) for o in others), default=0) for word in words)
        return found / (WHOLE * (sum(one.values()) + sum(other.values())))

    return measure


def typo(one: str, other: str) -> int:
    """Thousandths of the Jaro-Winkler similarity where two words may be spellings of one.

    The similarity is a float32 before the bound is asked: one of 0.9 is a little less then, and no typo.
    """
    similarity = rounded(JaroWinkler.normalized_similarity(one, other))
    return round(similarity * WHOLE) if similarity >= TYPO else 0


def abbreviation(one: str, other: str) -> int:
    """As `typo`, and alike where the shorter word begins the longer, or has its letters from the first on in order."""
    shorter, prefix = min(len(one), len(other)), Prefix.similarity(one, other)
    begins = prefix == shorter >= 2
    in_order = shorter >= 3 and prefix >= 1 and LCSseq.similarity(one, other) == shorter
    return max(typo(one, other), ABBREVIATED if begins or in_order else 0)
