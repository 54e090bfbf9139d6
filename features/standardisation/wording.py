"""The words of a name together with the places where its punctuation parts them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from features.standardisation.text import words

DESIGNATORS = frozenset(("series", "serie", "class", "tranche", "compartment"))
"""Words whose letter or number says which of several."""

_ALPHABETS = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")
_BREAK = "\x00"
_PARTING = dict.fromkeys(map(ord, ',;:()[]{}<>|"“”„«»‹›「」『』、・'), f" {_BREAK} ")
_PARTING |= dict.fromkeys(map(ord, "&+"), " ")
_DASHES = (" - ", " – ", " — ")
_PARTING_STOP = re.compile(r"\.(?=[^\W\d_]{3})|(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})")
"""A full stop between words, as in `Amber.com` and `J.P.Amber`; those of `S.p.A.` are none."""

_BASIC_LATIN = re.compile("[a-z]")
_LOOKALIKES = str.maketrans("аеорсухіјѕ", "aeopcyxijs")
"""Cyrillic letters that are typed for Latin ones: `JSС`."""


@dataclass
class Wording:
    """Words, and for each whether a comma, bracket, quotation mark or dash stands before it."""

    words: list[str]
    breaks: list[bool]

    def __len__(self) -> int:
        return len(self.words)

    def drop(self, start: int, stop: int) -> None:
        """Take words out; what follows them is parted from what went before."""
        del self.words[start:stop], self.breaks[start:stop]
        if start < len(self.words):
            self.breaks[start] = True


def wording(text: str) -> Wording:
    """The words of a cleaned text; without `&`; single letters that follow one another are one (`a. o.`)."""
    if text.isascii() and text.replace(" ", "").isalnum():
        spoken = text.split()
        found = Wording(spoken, [False] * len(spoken))
    else:
        found = _parted(text)
    _join_initials(found)
    return found


def _parted(text: str) -> Wording:
    text = _PARTING_STOP.sub(" ", text)
    for dash in _DASHES:
        text = text.replace(dash, f" {_BREAK} ")
    found = Wording([], [])
    parted = False
    for part in text.translate(_PARTING).split():
        if part == _BREAK:
            parted = True
            continue
        for word in _pieces(part):
            found.words.append(word)
            found.breaks.append(parted and len(found.words) > 1)
            parted = False
    return found


@lru_cache(maxsize=1 << 15)
def _pieces(part: str) -> tuple[str, ...]:
    if part.endswith("%"):
        return tuple(word + "%" for word in words(part[:-1].replace(".", "")))
    if not part.isascii() and _BASIC_LATIN.search(part):
        part = part.translate(_LOOKALIKES)
    return tuple(words(part))


def _join_initials(name: Wording) -> None:
    """`s. a.` is `sa`, `a o smith` is `ao smith`; a series or class keeps its letter."""
    if 1 not in map(len, name.words):
        return
    place = 0
    while place < len(name):
        end = place
        while end < len(name) and _initial(name.words[end]) and not (end > place and name.breaks[end]):
            end += 1
        if place and name.words[place - 1] in DESIGNATORS:
            place += 1
        elif end - place > 1:
            name.words[place:end] = ["".join(name.words[place:end])]
            del name.breaks[place + 1 : end]
        place += 1


def _initial(word: str) -> bool:
    return len(word) == 1 and word.isalpha() and unicodedata.name(word, "").startswith(_ALPHABETS)
