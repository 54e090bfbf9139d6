"""Unicode once, first: every text field passes here before anything else looks at it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rigour.text import ascii_text, is_nullword

MAX_LENGTH = 256
"""Characters kept of a standardised text: comparators cost the product of two lengths."""

MOST_READ = 2_048
"""Characters read of any field: what is longer is no field of a party, and every step costs its length."""

MAX_TOKENS = 32
"""Tokens kept of a name."""

_PLACEHOLDERS = """
    n/a, na, n.a., #n/a, none, null, nil, nan, unknown, unkn, not available, not applicable, not provided, no name,
    test, tbd, tba, to be determined, to be advised, xxx, xxxx, -, --, ., ?, 999999, 9999999, 0000, 000000,
    1900-01-01, 9999-12-31
"""
PLACEHOLDERS = frozenset(word.strip() for word in _PLACEHOLDERS.split(","))
"""Texts that stand for nothing, in normal form."""

_DROPPED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


def normal_form(value: str | None) -> str | None:
    """NFKC, casefolded, control and format characters out, white space squashed, cut at `MOST_READ`; empty is missing.

    NFKC is applied again after casefolding, which can undo it (Unicode Standard, section 3.13), so the
    result is stable: normalising twice changes nothing.
    """
    if value is None:
        return None
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value[:MOST_READ]).casefold())
    if not text.isascii() or not text.isprintable():
        text = "".join(" " if c.isspace() else c for c in text if c.isspace() or _kept(c))
    return capped(" ".join(text.split()), MOST_READ) or None


def clean_text(value: str | None) -> str | None:
    """`normal_form`, with placeholders such as `N/A` and `UNKNOWN` missing."""
    text = normal_form(value)
    return None if text is None or text in PLACEHOLDERS or is_nullword(text) else text


def latin(text: str) -> str:
    """The text in Latin letters without accents (rigour's transliteration), casefolded.

    Where taking the accents off is enough, that is the same and a hundred times faster.
    """
    if text.isascii():
        return text
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return plain if plain.isascii() else ascii_text(text).casefold()


def capped(text: str, length: int = MAX_LENGTH) -> str:
    """The text cut at a length that keeps quadratic comparators affordable."""
    return text if len(text) <= length else text[:length].rstrip()


def words(text: str) -> list[str]:
    """Runs of letters and digits; apostrophes and full stops inside a word vanish (`s.a.` → `sa`)."""
    if text.isascii() and text.replace(" ", "").isalnum():
        return text.split()
    return "".join(c if c.isalnum() or c == " " else _inside(c) for c in text).split()


@lru_cache(maxsize=1 << 12)
def _inside(character: str) -> str:
    """What becomes of a character that is no letter: a vowel sign stays with its word."""
    if character in "'’`´.":
        return ""
    return character if unicodedata.category(character).startswith("M") else " "


def _kept(character: str) -> bool:
    return unicodedata.category(character) not in _DROPPED_CATEGORIES
