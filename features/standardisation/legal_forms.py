"""Legal forms: found, named, classed and taken out of a name, before it, after it or in the middle.

Rigour knows most forms and the class of each; the tables here hold what it misses in practice and what it
takes for a form although it is a word. A form is taken out of the middle only where nothing else can be meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from rigour.names import extract_org_types

from features.standardisation.legal_form_words import (
    BEFORE_NAMES,
    BEFORE_NAMES_PHRASES,
    KEPT,
    MIDDLE,
    MISSED,
    NO_FORMS,
    OTHER_SCRIPTS,
    SHORT,
    WINDING_UP,
    WITHOUT_SPACES,
)
from features.standardisation.numerals import is_numeral
from features.standardisation.text import latin, normal_form, words
from features.standardisation.wording import DESIGNATORS, Wording

_STATES = tuple(tuple(state.split()) for state in WINDING_UP.replace("\n", ",").split(",") if state.strip())
_STATE_ENDS = frozenset(state[-1] for state in _STATES)
_GENERIC = frozenset(words("first second third fourth fifth the of bank national state american united home city"))
_DESCRIPTIVE = frozenset(("federal savings bank", "state savings bank", "fsb", "ssb"))
_LONGEST = 8
_LAST_OF_LATIN = 0x24F
_SPACED_INITIALS = re.compile(r"(?<=\b\w)\. (?=\w\b)")


class Form(NamedTuple):
    """A legal form: its comparison spelling and its class across countries."""

    name: str
    kind: str | None


def _table(text: str) -> Iterator[tuple[str, Form]]:
    for line in text.strip().splitlines():
        head, _, spellings = line.partition(":")
        form, _, kind = head.strip().rpartition(" ")
        for spelling in spellings.split(","):
            yield spelling.strip(), Form(form, kind)


FORMS: dict[str, Form] = dict(_table(MISSED))
"""Spelling in Latin words → form, where rigour does not have it."""

_LENGTHS: dict[str, int] = {}
for _spelling in FORMS:
    _size, _last = _spelling.count(" ") + 1, _spelling.rpartition(" ")[2]
    _LENGTHS[_last] = max(_LENGTHS.get(_last, 0), _size)

_ORIGINAL = {normal_form(spelling) or "": form for spelling, form in _table(OTHER_SCRIPTS)}
_UNSPACED = sorted(
    ((normal_form(spelling) or "", form) for spelling, form in _table(WITHOUT_SPACES)), key=lambda item: -len(item[0])
)


def strip_unspaced(text: str) -> tuple[str, list[Form]]:
    """The text without a form that is written onto it (`株式会社`), and that form."""
    if text.isascii():
        return text, []
    for spelling, form in _UNSPACED:
        rest = text.removeprefix(spelling).removesuffix(spelling).strip()
        if rest != text and any(c.isalnum() for c in rest):
            return rest, [form]
    return text, []


def strip_forms(name: Wording, text: str) -> list[Form]:
    """Take every legal form out of the wording of a text; they come back with the telling one first.

    One word at least stays: a name that is nothing but a form keeps itself.
    """
    text = _SPACED_INITIALS.sub(".", text) if ". " in text else text
    known = {phrase: form for matched, target in extract_org_types(text) for phrase, form in _named(matched, target)}
    found: list[Form] = []
    ends = [place for place in range(len(name) - 1, 0, -1) if name.breaks[place]] if True in name.breaks else []
    for end in (len(name), *ends):
        found += _strip_before(name, min(end, len(name)), known)
    found += _strip_leading(name, known)
    found += _strip_middle(name)
    found += [_kept(word) for word in name.words if word in KEPT]
    return sorted(found, key=lambda form: form.name == "co")


def form_of(phrase: str) -> Form | None:
    """The form that these words are, if they are one."""
    return FORMS.get(phrase) or _ORIGINAL.get(phrase) or _accented_form(phrase) or _rigour_form(phrase)


def _strip_before(name: Wording, end: int, known: Mapping[str, Form]) -> list[Form]:
    """Take forms off the words before a place, as long as words remain."""
    found: list[Form] = []
    while end > 0:
        end = _strip_state(name, end)
        longest = min(_longest_form(name.words[end - 1], known), end, len(name) - 1)
        for size in range(longest, 0, -1):
            start = end - size
            phrase = " ".join(name.words[start:end])
            form = _form(phrase, known)
            if form and not _belongs_to_the_name(phrase, name.words, start, end):
                name.drop(start, end)
                end = start
                found.append(form)
                break
        else:
            return found
    return found


def _longest_form(last: str, known: Mapping[str, Form]) -> int:
    """Words of the longest form that could end in this word; known ones are looked at when there are any."""
    if known or not last.isascii():
        return _LONGEST
    return _LENGTHS.get(last) or (1 if _rigour_form(last) else 0)


def _strip_state(name: Wording, end: int) -> int:
    for state in _STATES if name.words[end - 1] in _STATE_ENDS else ():
        size = len(state)
        if size < end and tuple(name.words[end - size : end]) == state:
            name.drop(end - size, end)
            return _strip_state(name, end - size)
    return end


def _strip_leading(name: Wording, known: Mapping[str, Form]) -> list[Form]:
    found: list[Form] = []
    while len(name) > 1:
        start = f"{name.words[0]} {name.words[1]}"
        if name.words[0].isascii() and name.words[0] not in BEFORE_NAMES and not start.startswith(BEFORE_NAMES_PHRASES):
            return found
        for size in range(min(_LONGEST, len(name) - 1), 0, -1):
            form = _form(" ".join(name.words[:size]), known)
            if form:
                name.drop(0, size)
                found.append(form)
                break
        else:
            return found
    return found


def _strip_middle(name: Wording) -> list[Form]:
    found: list[Form] = []
    for place in range(len(name) - 2, 0, -1):
        word, after = name.words[place], name.words[place + 1]
        sure = word in MIDDLE or not word.isascii() or (word in ("co", "company") and is_numeral(after))
        form = form_of(word) if sure and word not in KEPT and after != "of" else None
        if form:
            name.drop(place, place + 1)
            found.append(form)
    return found


def _form(phrase: str, known: Mapping[str, Form]) -> Form | None:
    """The form a phrase is, where rigour's finds in this very name are `known`; None for one that is kept."""
    if phrase in KEPT:
        return None
    form = FORMS.get(phrase)
    if form is None and not phrase.isascii():
        form = _ORIGINAL.get(phrase) or _accented_form(phrase)
    return form or known.get(phrase) or (None if " " in phrase else _rigour_form(phrase))


def _kept(word: str) -> Form:
    return Form(word, "coop" if word == "genossenschaft" else "ngo")


def _belongs_to_the_name(phrase: str, name: list[str], start: int, end: int) -> bool:
    """Whether `Bank of CO` ends in a state, `Series AB` in a series, or `First Federal Savings Bank` in `first`."""
    if start > 1 and (name[start - 1] == "of" or name[start - 1] in DESIGNATORS):
        return True
    return phrase in _DESCRIPTIVE and _GENERIC.issuperset(name[:start] + name[end:])


@lru_cache(maxsize=1 << 14)
def _accented_form(phrase: str) -> Form | None:
    """The form of Latin words with accents, spelled without; another script's words are other words."""
    if phrase.isascii() or any(ord(character) > _LAST_OF_LATIN for character in phrase):
        return None
    plain = " ".join(words(latin(phrase)))
    return FORMS.get(plain) or _rigour_form(plain)


@lru_cache(maxsize=1 << 14)
def _rigour_form(phrase: str) -> Form | None:
    """The form rigour has for exactly these words, with or without a full stop."""
    found = (pair for spelling in (phrase, phrase + ".") for pair in extract_org_types(spelling))
    return next((form for pair in found for words_of, form in _named(*pair) if words_of == phrase), None)


@lru_cache(maxsize=1 << 14)
def _named(matched: str, target: str) -> tuple[tuple[str, Form], ...]:
    """The words of what rigour matched and the form it is; nothing for what is more often a name."""
    phrase = " ".join(words(matched))
    doubtful = len(phrase) <= 2 and phrase.isascii() and "." not in matched[:-1] and phrase not in SHORT
    if doubtful or phrase in NO_FORMS:
        return ()
    kinds = extract_org_types(matched, generic=True)
    return ((phrase, Form(target.replace(".", ""), kinds[0][1] if kinds else None)),)
