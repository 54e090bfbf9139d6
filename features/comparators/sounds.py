"""How a word sounds."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import jellyfish


@lru_cache(maxsize=1 << 16)  # the same words come again and again
def phonetic(word: str) -> str:
    """Metaphone of a word (Philips 1990), equal neighbours once; empty when it holds no Latin letter.

    Metaphone sounds a doubled c twice, where other languages write one k.
    """
    if not word.isascii() or not any(c.isalpha() for c in word):
        return ""
    return "".join(letter for letter, _ in groupby(jellyfish.metaphone(word)))
