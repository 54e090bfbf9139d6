"""Blocking keys from the name, its aliases, its words and its sound; most ask for one country."""

from __future__ import annotations

from itertools import pairwise

from features.comparators.sounds import phonetic
from features.declare import blocking_rule


@blocking_rule()
def name_words(name_core: str | None, alias_cores: list[str] | None) -> list[str]:
    """The same words in any order, as the name or as an alias, wherever."""
    return [" ".join(sorted(name.split())) for name in (name_core, *(alias_cores or ())) if name]


@blocking_rule()
def name_prefix_country(name_compact: str, country: str | None) -> str:
    """First eight characters of the name without spaces, and country."""
    return f"{name_compact[:8]}|{country or ''}"


@blocking_rule()
def name_word_pair_country(name_core: str, country: str | None) -> list[str]:
    """Two neighbouring words in either order, and country."""
    return [f"{' '.join(sorted(pair))}|{country or ''}" for pair in pairwise(name_core.split())]


@blocking_rule(max_pairs=250_000)
def name_sound_country(name_core: str, country: str | None) -> str | None:
    """Metaphone codes of the two longest words, and country."""
    longest = sorted(sorted(set(name_core.split())), key=len, reverse=True)[:2]
    codes = sorted(phonetic(word) for word in longest)
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


@blocking_rule(max_pairs=250_000)
def name_acronym_country(name_acronym: str | None, name_compact: str, country: str | None) -> list[str]:
    """The acronym of the name, or a name short enough to be one, and country."""
    short = name_compact if 3 <= len(name_compact) <= 6 else None
    return [f"{key}|{country or ''}" for key in (name_acronym, short) if key and len(key) >= 3]
