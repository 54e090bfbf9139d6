"""What comparators need of a name, prepared once a record."""

from __future__ import annotations

from itertools import pairwise

import jellyfish

from features.declare import record_feature


@record_feature()
def name_tokens(name_core: str) -> list[str]:
    """Distinct words of the name without legal form, sorted."""
    return sorted(set(name_core.split()))


@record_feature()
def name_sorted(name_core: str) -> str:
    """The words of the name in sorted order, so that word order does not count."""
    return " ".join(sorted(name_core.split()))


@record_feature()
def name_compact(name_core: str) -> str:
    """The name without spaces."""
    return name_core.replace(" ", "")


@record_feature()
def name_acronym(name_core: str) -> str | None:
    """First letters of the words, for names of two words or more."""
    words = name_core.split()
    return "".join(word[0] for word in words) if len(words) > 1 else None


@record_feature()
def name_phonetics(name_tokens: list[str]) -> list[str]:
    """Metaphone codes (Philips 1990) of the words that have letters; distinct, sorted."""
    return sorted({code for word in name_tokens for code in [phonetic(word)] if code})


@record_feature()
def name_bigrams(name_compact: str) -> list[str]:
    """Distinct pairs of neighbouring characters of the name without spaces, sorted."""
    return sorted({a + b for a, b in pairwise(name_compact)})


def phonetic(word: str) -> str:
    """Metaphone of a word; empty when it holds no Latin letter."""
    return str(jellyfish.metaphone(word)) if word.isascii() and any(c.isalpha() for c in word) else ""
