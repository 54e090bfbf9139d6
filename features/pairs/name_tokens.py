"""The names as sets of words, each with the weight that its rarity in the corpus gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from features.comparators.likeness import ABBREVIATIONS, TYPOS
from features.comparators.tokens import Weighed, weighed
from features.declare import (
    FloatArray,
    PairFeature,
    Reason,
    SharedBits,
    Similarity,
    Tokens,
    UnsharedBits,
    Weights,
    at_least,
    at_most,
    computed,
    takes_plain,
)

_WORDS = ("name_tokens", "name_token_weights")
_ENGLISH_WORDS = ("name_translated_tokens", "name_translated_weights")


def _weighed(
    measure: Callable[[Weighed], FloatArray],
    returns: Any,
    *reasons: Reason,
    doc: str,
    columns: tuple[str, str] = _WORDS,
) -> PairFeature:
    """A pair feature of the names' words with their weights."""

    @takes_plain
    def comparator(left: Tokens, right: Tokens, weights_l: Weights, weights_r: Weights) -> FloatArray:
        return measure(weighed(left, right, weights_l, weights_r))

    return computed(columns, comparator, returns, *reasons, module=__name__, doc=doc)


name_weighted_cosine = _weighed(
    Weighed.cosine,
    Similarity,
    at_least(0.9, "NAME_WORDS_AGREE"),
    at_most(0.1, "NAME_WORDS_DIFFER"),
    doc="Cosine of the names' words, each weighted by its rarity (inverse document frequency, Sparck Jones 1972).",
)
name_weighted_containment = _weighed(
    Weighed.containment,
    Similarity,
    doc="Weight of the words that both names have over the weight of the lighter name.",
)
name_rarest_shared = _weighed(
    Weighed.rarest_shared,
    SharedBits,
    at_least(10, "NAME_RARE_TOKEN_SHARED"),
    doc="Bits of the rarest word that both names have: 10 is a word of one record in 1,024; 0 when they share none.",
)
name_most_unshared = _weighed(
    Weighed.most_unshared,
    UnsharedBits,
    doc="Bits of the words that only one name has, of the name that has more: what one says and the other does not.",
)
name_least_unshared = _weighed(
    Weighed.least_unshared,
    UnsharedBits,
    at_most(0, "NAME_CONTAINED"),
    doc="Bits of the words that only one name has, of the name that has fewer; 0 when one name contains the other.",
)
name_rare_conflict = _weighed(
    Weighed.rare_conflict,
    UnsharedBits,
    at_least(8, "NAME_RARE_TOKEN_CONFLICT"),
    doc="Bits of the rarest word that the other name lacks, of the name where it is commoner: high when both names "
    "say something rare that the other does not.",
)
name_typo_coverage = _weighed(
    lambda words: words.covered(TYPOS),
    Similarity,
    at_least(0.95, "NAME_WORDS_AGREE_BUT_FOR_TYPOS"),
    doc="Weight of the words that the other name has too, a typo apart, over all weight (soft TF-IDF, Cohen, "
    "Ravikumar and Fienberg 2003, with Jaro-Winkler from 0.9).",
)
name_abbreviation_coverage = _weighed(
    lambda words: words.covered(ABBREVIATIONS),
    Similarity,
    at_least(0.9, "NAME_WORDS_AGREE_ABBREVIATED"),
    doc="As name_typo_coverage, words alike also where one may abbreviate the other (`mgmt`, `management`).",
)
name_typo_containment = _weighed(
    lambda words: words.lighter_covered(TYPOS),
    Similarity,
    at_least(0.9, "NAME_CONTAINED_BUT_FOR_TYPOS"),
    doc="As name_typo_coverage, of the lighter name alone: `Orion Benk` in `Orion Bank, branch in Vienna`.",
)
name_abbreviation_containment = _weighed(
    lambda words: words.lighter_covered(ABBREVIATIONS),
    Similarity,
    doc="As name_abbreviation_coverage, of the lighter name alone.",
)
name_translated_coverage = _weighed(
    lambda words: words.covered(TYPOS),
    Similarity,
    at_least(0.95, "NAME_TRANSLATED_WORDS_AGREE"),
    columns=_ENGLISH_WORDS,
    doc="As name_typo_coverage, of the words in English, known words weighing little: `Sparkasse`, `Savings Bank`.",
)
name_translated_containment = _weighed(
    lambda words: words.lighter_covered(TYPOS),
    Similarity,
    columns=_ENGLISH_WORDS,
    doc="As name_translated_coverage, of the lighter name alone.",
)
