"""Blocking keys from the name, its aliases, its words and its sound; most ask for one country."""

from __future__ import annotations

from itertools import pairwise

from features.declare import blocking_rule
from features.entities.names import sound


@blocking_rule(version=2)
def name_words(name_variants: list[str] | None, name_translated_variants: list[str] | None) -> list[str]:
    """The same words in any order, as the name or as an alias, as they are or in English, wherever."""
    return [*(name_variants or ()), *(name_translated_variants or ())]


@blocking_rule()
def name_prefix_country(name_compact: str, country: str | None) -> str:
    """First eight characters of the name without spaces, and country."""
    return f"{name_compact[:8]}|{country or ''}"


@blocking_rule(version=2)
def name_word_pair_country(name_core: str, name_translated: str | None, country: str | None) -> list[str]:
    """Two neighbouring words in either order, as they are or in English, and country."""
    names = {name_core, name_translated or name_core}
    return [f"{' '.join(sorted(pair))}|{country or ''}" for name in names for pair in pairwise(name.split())]


@blocking_rule(max_pairs=250_000)
def name_sound_country(name_core: str, country: str | None) -> str | None:
    """Metaphone codes of the two longest words, and country."""
    longest = sorted(sorted(set(name_core.split())), key=len, reverse=True)[:2]
    codes = sorted(map(sound, longest))
    return f"{' '.join(codes)}|{country or ''}" if any(codes) else None


@blocking_rule(max_pairs=20_000)
def name_word_country(name_tokens: list[str], country: str | None) -> list[str]:
    """Any word of four letters or more, and country; words that make too many pairs say too little."""
    return [f"{word}|{country or ''}" for word in name_tokens if len(word) >= 4]


@blocking_rule(max_pairs=20_000)
def name_word_sound_country(name_phonetics: list[str], country: str | None) -> list[str]:
    """Any word by its sound, of three Metaphone letters or more, and country: other spellings, other alphabets."""
    return [f"{code}|{country or ''}" for code in name_phonetics if len(code) >= 3]


@blocking_rule(max_pairs=20_000)
def name_start(name_compact: str) -> str | None:
    """First twelve characters of the name without spaces, wherever: for records whose country is missing or wrong."""
    return name_compact[:12] if len(name_compact) >= 6 else None


@blocking_rule(max_pairs=250_000, version=2)
def name_acronym_country(
    name_acronyms: list[str] | None, names_short: list[str] | None, country: str | None
) -> list[str]:
    """The acronym of a name, in its language or in English, or a name short enough to be one, and country."""
    keys = {key for key in (*(name_acronyms or ()), *(names_short or ())) if 3 <= len(key) <= 6}
    return [f"{key}|{country or ''}" for key in keys]
