"""Similarities of the names, all on the name without its legal form."""

from __future__ import annotations

from features.comparators.acronyms import any_among
from features.comparators.likeness import best_of_all
from features.comparators.strings import (
    INDEL,
    JARO,
    JARO_WINKLER,
    LEVENSHTEIN,
    LONGEST_COMMON_SUBSEQUENCE,
    OPTIMAL_STRING_ALIGNMENT,
    PARTIAL,
    PREFIX,
    TOKEN_SET,
)
from features.comparators.tokens import containment, graded_agreement, jaccard, overlap, reverse_containment
from features.comparators.values import blank, equal
from features.declare import Similarity, Tokens, at_least, at_most, pair_feature, scored, takes_plain

name_jaro_winkler = scored(
    "name_core",
    JARO_WINKLER,
    at_least(0.95, "NAME_SIMILAR"),
    at_most(0.5, "NAME_DISSIMILAR"),
    doc="Jaro-Winkler similarity (Winkler 1990, prefix boost above 0.7).",
)
name_levenshtein = scored(
    "name_core",
    LEVENSHTEIN,
    doc="One minus the Levenshtein distance over the longer name's length (Levenshtein 1966).",
)
name_alignment = scored(
    "name_core",
    OPTIMAL_STRING_ALIGNMENT,
    doc="As name_levenshtein, with swapped neighbours counted as one edit (optimal string alignment).",
)
name_subsequence = scored(
    "name_core",
    LONGEST_COMMON_SUBSEQUENCE,
    doc="Length of the longest common subsequence over the longer name's length.",
)
name_prefix = scored(
    "name_core",
    PREFIX,
    doc="Length of the common prefix over the longer name's length.",
)
name_token_sort = scored(
    "name_sorted",
    INDEL,
    at_least(1, "NAME_SAME_WORDS"),
    doc="Indel similarity of the names with their words sorted: word order does not count.",
)
name_latin_jaro_winkler = scored(
    "name_latin",
    JARO_WINKLER,
    doc="Jaro-Winkler similarity of the whole names in Latin letters, legal form and all.",
)
name_latin_partial = scored(
    "name_latin",
    PARTIAL,
    doc="As name_partial, of the whole names in Latin letters, legal form and all.",
)
name_token_set = scored(
    "name_core",
    TOKEN_SET,
    doc="Best Indel similarity of the shared words with and without each name's other words (rapidfuzz's token set).",
)
name_partial = scored(
    "name_core",
    PARTIAL,
    at_least(1, "NAME_INSIDE_THE_OTHER"),
    doc="Best Indel similarity of the shorter name with a stretch of the longer one (rapidfuzz's partial ratio).",
)
name_initials_jaro = scored(
    "name_initials",
    JARO,
    doc="Jaro similarity of the sorted first letters of all words: `Smith A O` and `Alan Oscar Smith` agree.",
)
name_compact_jaro_winkler = scored(
    "name_compact",
    JARO_WINKLER,
    doc="Jaro-Winkler similarity of the names without spaces: `Data Pipe` against `Datapipe`.",
)


name_equal = scored("name_core", equal, doc="1 when the names without legal form are the same, 0 when they differ.")
name_token_jaccard = scored(
    "name_tokens", jaccard, doc="Words that both names have over all their words (Jaccard 1901)."
)
name_token_overlap = scored(
    "name_tokens", overlap, doc="Words that both names have over the words of the shorter one (Szymkiewicz-Simpson)."
)
name_token_containment = scored(
    "name_tokens",
    containment,
    doc="Share of the left name's words that the right name has too. Not symmetric.",
    symmetric=False,
)
name_token_reverse_containment = scored(
    "name_tokens",
    reverse_containment,
    doc="Share of the right name's words that the left name has too. Not symmetric.",
    symmetric=False,
)


@pair_feature(at_least(1, "NAME_OR_ALIAS_SAME_WORDS"))
@takes_plain
def name_best_variant(name_variants_l: Tokens, name_variants_r: Tokens) -> Similarity:
    """The best name_token_sort over all names and aliases of both records."""
    return best_of_all(name_variants_l, name_variants_r, INDEL)


name_bigram_jaccard = scored(
    "name_bigrams", jaccard, doc="Character pairs that both names have over all their character pairs."
)
name_phonetic_jaccard = scored(
    "name_phonetics",
    jaccard,
    at_least(1, "NAME_SOUNDS_ALIKE"),
    doc="Metaphone codes that both names have over all their codes: agreement by sound.",
)


@pair_feature(at_least(1, "NAME_ACRONYM"), version=2)
@takes_plain
def name_acronym(
    name_acronyms_l: Tokens, name_acronyms_r: Tokens, names_short_l: Tokens, names_short_r: Tokens
) -> Similarity:
    """1 when a name or alias of one is the acronym of one of the other, in its language or in English; 0 when not.

    Null where neither has an acronym, or neither a name that could be one.
    """
    found = any_among(name_acronyms_l, names_short_r) | any_among(name_acronyms_r, names_short_l)
    forwards = name_acronyms_l.missing | names_short_r.missing
    return blank(found, forwards & (name_acronyms_r.missing | names_short_l.missing))


@pair_feature(at_least(1, "NAME_TRANSLATED"))
@takes_plain
def name_translated_best_variant(name_translated_variants_l: Tokens, name_translated_variants_r: Tokens) -> Similarity:
    """As name_best_variant, of the names in English: words that are known in other languages are translated."""
    return best_of_all(name_translated_variants_l, name_translated_variants_r, INDEL)


name_numbers_agreement = scored(
    "name_numbers",
    graded_agreement,
    doc="State of the numbers, series and classes in the names: `Fund II` and `Fund 3` conflict.",
)
name_markers_agreement = scored(
    "name_markers",
    graded_agreement,
    doc="State of what the names say besides a company: branch, fund, holding, trust, trustee …",
)
name_script_equal = scored(
    "name_script",
    equal,
    doc="1 when both names are written in one script, 0 when one is a transliteration of the other at best.",
)
