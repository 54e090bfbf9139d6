"""What comparators need of a name, prepared once a record."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from features.comparators.sounds import phonetic
from features.declare import Statistics, record_feature
from features.standardisation.text import capped, latin, words
from features.standardisation.translation import vocabulary

MOST_OF_A_KNOWN_WORD = 600
"""Hundredths of a bit that a word of the vocabulary weighs at most: it is as common as in all languages together."""

_SHORTEST_ACRONYM, _LONGEST_ACRONYM = 2, 8

sound = lru_cache(maxsize=1 << 15)(phonetic)
"""How a word sounds, kept: the words of names repeat."""


@record_feature()
def name_latin(name: str) -> str | None:
    """The whole name, legal form and all, as words in Latin letters, at most 256 characters."""
    return capped(" ".join(words(latin(name)))) or None


@record_feature()
def name_tokens(name_core: str) -> list[str]:
    """Distinct words of the name without legal form, sorted."""
    return sorted(set(name_core.split()))


@record_feature(batch=True)
def name_token_weights(name_tokens: list[list[str]], statistics: Statistics) -> list[list[int]]:
    """Weight of each word of `name_tokens` in hundredths of a bit: how rare it is in the corpus statistics."""
    return _looked_up(name_tokens, _weights(name_tokens, statistics))


@record_feature()
def name_variants(name_sorted: str | None, alias_cores: list[str] | None) -> list[str]:
    """Every name of the record, the name itself and its aliases, each with its words sorted; distinct."""
    aliases = (" ".join(sorted(alias.split())) for alias in alias_cores or ())
    return sorted({name for name in (name_sorted, *aliases) if name})


@record_feature()
def name_translated_tokens(name_translated: str) -> list[str]:
    """Distinct words of the name in English, sorted."""
    return sorted(set(name_translated.split()))


@record_feature(batch=True)
def name_translated_weights(name_translated_tokens: list[list[str]], statistics: Statistics) -> list[list[int]]:
    """Weight of each word of `name_translated_tokens`, in hundredths of a bit; at most 600 for one that was translated.

    The corpus counts a word in the language it stands in, so its English may be rare there and mean little.
    """
    weights, known = _weights(name_translated_tokens, statistics), vocabulary()
    capped = {word: min(w, MOST_OF_A_KNOWN_WORD) if word in known else w for word, w in weights.items()}
    return _looked_up(name_translated_tokens, capped)


@record_feature()
def name_translated_variants(names_translated: list[str]) -> list[str]:
    """Every name of the record in English, each with its words sorted; distinct."""
    return sorted({" ".join(sorted(name.split())) for name in names_translated})


@record_feature()
def name_initials(name_core: str) -> str:
    """First letters of the words, sorted, so that neither order nor abbreviation of a word counts."""
    return "".join(sorted(word[0] for word in name_core.split()))


@record_feature()
def name_sorted(name_core: str) -> str:
    """The words of the name in sorted order, so that word order does not count."""
    return " ".join(sorted(name_core.split()))


@record_feature()
def name_compact(name_core: str) -> str:
    """The name without spaces."""
    return name_core.replace(" ", "")


@record_feature()
def name_acronyms(name_core: str, alias_cores: list[str] | None, names_translated: list[str] | None) -> list[str]:
    """First letters of the words of each name, as it is and in English, of those of two words to eight; sorted."""
    names = {name_core, *(alias_cores or ()), *(names_translated or ())}
    spoken = (name.split() for name in names if _SHORTEST_ACRONYM <= name.count(" ") + 1 <= _LONGEST_ACRONYM)
    return sorted({"".join([word[0] for word in words]) for words in spoken})


@record_feature()
def names_short(name_core: str, alias_cores: list[str] | None) -> list[str]:
    """Names and aliases of the record that are short enough to be an acronym, without spaces; sorted."""
    names = [name_core, *alias_cores] if alias_cores else [name_core]
    found = {name.replace(" ", "") for name in names if len(name) < 2 * _LONGEST_ACRONYM}
    return sorted(short for short in found if _SHORTEST_ACRONYM <= len(short) <= _LONGEST_ACRONYM)


@record_feature()
def name_phonetics(name_tokens: list[str]) -> list[str]:
    """Metaphone codes (Philips 1990) of the words that have letters; distinct, sorted."""
    return sorted({code for word in name_tokens for code in [sound(word)] if code})


@record_feature()
def name_bigrams(name_compact: str) -> list[str]:
    """Distinct pairs of neighbouring characters of the name without spaces, sorted."""
    return sorted({a + b for a, b in pairwise(name_compact)})


def _weights(token_lists: list[list[str]], statistics: Statistics) -> dict[str, int]:
    distinct = list(dict.fromkeys(token for tokens in token_lists for token in tokens))
    return dict(zip(distinct, statistics.weights(distinct).tolist(), strict=True))


def _looked_up(token_lists: list[list[str]], weights: dict[str, int]) -> list[list[int]]:
    return [[weights[token] for token in tokens] for tokens in token_lists]
