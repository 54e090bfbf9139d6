"""The names as words, each with the weight that its rarity gives it, in hundredths of a bit."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import groupby

import jellyfish
from rapidfuzz.distance import JaroWinkler, LCSseq, Prefix

from benchmarks.scalar.columns import Record, Scalar, Value, rounded

Weights = dict[str, int]

UNITS_A_BIT = 100
WHOLE, ABBREVIATED, SAME_SOUND = 1000, 900, 900
"""How alike equal words are, one and its abbreviation, and two of one sound."""

TYPO = 0.9


def weighed(
    measure: Callable[[Weights, Weights], float],
    tokens: str = "name_tokens",
    weights: str = "name_token_weights",
) -> Scalar:
    """A measure of the names' words with their weights."""

    def feature(left: Record, right: Record) -> Value:
        if not left[tokens] or not right[tokens]:
            return None
        one, other = (dict(zip(r[tokens], r[weights], strict=True)) for r in (left, right))
        return rounded(measure(one, other))

    return feature


def in_english(measure: Callable[[Weights, Weights], float]) -> Scalar:
    """The same of the words in English."""
    return weighed(measure, "name_translated_tokens", "name_translated_weights")


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


Likeness = Callable[[str, str], int]


def found_in(one: Weights, other: Weights, likeness: Likeness) -> int:
    """Weight of the one's words that the other has, a like one for as much as it is alike, in thousandths."""
    only_other = other.keys() - one
    return sum(
        weight * (WHOLE if word in other else max((likeness(word, o) for o in only_other), default=0))
        for word, weight in one.items()
    )


def coverage(likeness: Likeness) -> Callable[[Weights, Weights], float]:
    """Weight of the words that have a like one in the other name, over all weight of both."""

    def measure(one: Weights, other: Weights) -> float:
        found = found_in(one, other, likeness) + found_in(other, one, likeness)
        return found / (WHOLE * (sum(one.values()) + sum(other.values())))

    return measure


def lighter_coverage(likeness: Likeness) -> Callable[[Weights, Weights], float]:
    """The same of the name that weighs less alone, of the better one where both weigh the same."""

    def measure(one: Weights, other: Weights) -> float:
        shares = [(sum(w.values()), -found_in(w, o, likeness)) for w, o in ((one, other), (other, one))]
        whole, found = min(shares)
        return -found / (WHOLE * whole)

    return measure


def typo(one: str, other: str) -> int:
    """Thousandths of the Jaro-Winkler similarity where two words may be spellings of one, or sound the same."""
    similarity = rounded(JaroWinkler.normalized_similarity(one, other))
    alike = round(similarity * WHOLE) if similarity >= rounded(TYPO) else 0
    return max(alike, SAME_SOUND if sound(one) == sound(other) != "" else 0)


def sound(word: str) -> str:
    """Metaphone with equal neighbours once, where that leaves three letters or more."""
    if not word.isascii() or not any(c.isalpha() for c in word):
        return ""
    code = "".join(letter for letter, _ in groupby(jellyfish.metaphone(word)))
    return code if len(code) >= 3 else ""


def abbreviation(one: str, other: str) -> int:
    """As `typo`, and alike where the shorter word begins the longer, or has its letters from the first on in order."""
    shorter, prefix = min(len(one), len(other)), Prefix.similarity(one, other)
    begins = prefix == shorter >= 2
    in_order = shorter >= 3 and prefix >= 1 and LCSseq.similarity(one, other) == shorter
    return max(typo(one, other), ABBREVIATED if begins or in_order else 0)
