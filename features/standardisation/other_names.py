"""Former, trading, quoted and other names that are written into a name."""

from __future__ import annotations

import re

from features.standardisation.legal_forms import form_of
from features.standardisation.text import words
from features.standardisation.translation import translated
from features.standardisation.wording import wording

_SIGNS = (
    "formerly known as, formerly, previously known as, previously, earlier known as, f/k/a, f.k.a., f.k.a, fka,"
    " doing business as, d/b/a, d.b.a., d.b.a, dba, trading as, t/as, t/a, also known as, a/k/a, a.k.a., a.k.a, aka,"
    " now known as, n/k/a, vormals, ehemals, anciennement, voorheen, anteriormente, antes denominada, già, tidligere,"
    " tidigare, dawniej, раніше, ранее, бывший, бывшее, колишній, née"
)
_SIGN = re.compile(
    r"(?<![\w/])(?:"
    + "|".join(re.escape(sign) for sign in sorted(map(str.strip, _SIGNS.split(",")), key=lambda s: (-len(s), s)))
    + r")(?![\w/])"
)
_LEADING_SIGN = re.compile(r"^d/b/a (?=.*\w)")
_BRACKETED = re.compile(r"\(([^()]{2,120})\)")
_SMALL_WORDS = frozenset(words("of and the for & de la du des und der"))
_COUNTRIES = frozenset(("usa", "uae", "prc", "rsa"))
_QUOTED = re.compile(r"(?<!\w)[\"“”„«](?=\w)(.{2,120}?)(?<!\s)[\"“”»](?!\w)")
_QUOTES = str.maketrans("", "", '"“”„«»')
_BEARERS = frozenset(words("bank company society corporation group holding fund enterprise union cooperative plant"))
"""What stands before the quoted name of its bearer, as a legal form does: `Акціонерного банку "Південний"`."""

_LONGEST_FORM = 6
_EDGES = " ,;:.-–—/()[]\"'“”„«»"


def split_names(text: str) -> tuple[str, list[str]]:
    """A cleaned name without the former and trading names in it, and those.

    A sign such as `formerly` with nothing before or behind it is part of the name.
    """
    text = _LEADING_SIGN.sub("", text) if text.startswith("d/") else text
    sign = _SIGN.search(text)
    if sign is None or not _says_something(text[: sign.start()]):
        return text, []
    main, rest = text[: sign.start()], text[sign.end() :]
    if main.count("(") > main.count(")"):
        inside, _, behind = rest.partition(")")
        main, rest = f"{main} {behind}", inside
    others = [other.strip(_EDGES) for other in _SIGN.split(rest)]
    others = [other for other in others if _says_something(other)]
    return (main.strip(" ,;:-–—/("), others) if others else (text, [])


def split_acronym(text: str) -> tuple[str, list[str]]:
    """A cleaned name without a bracketed acronym of the words before it (`Amber Bank of Commerce (ABC)`), and that."""
    for found in _BRACKETED.finditer(text) if "(" in text else ():
        before, inside = text[: found.start()], found[1].replace(".", "")
        if inside.isalpha() and len(inside) > 2 and inside not in _COUNTRIES and _is_acronym(inside, before):
            return f"{before.rstrip()} {text[found.end() :]}".strip(), [inside]
    return text, []


def quoted_names(text: str) -> list[str]:
    """What is quoted in a cleaned name behind a legal form or a word such as bank: the name of its bearer.

    `Branch "Centre" of JSC "Orion Bank"` is one of Orion Bank. Behind such a word it is also given with that word:
    `Commercial Bank "Orion"` is Orion, and Bank Orion. Quotation marks within are read as well.
    """
    found, start = [], 0
    while quoted := _QUOTED.search(text, start):
        before = wording(text[: quoted.start()]).words
        name = quoted[1].translate(_QUOTES).strip(_EDGES)
        if _says_something(name):
            found += [f"{word} {name}".strip() for word in _bearers(before)]
        start = quoted.start() + 1
    return found


def _bearers(before: list[str]) -> list[str]:
    """What goes before a quoted name, by the words before it: nothing, or the last; none where it names no bearer."""
    if any(form_of(" ".join(before[-size:])) for size in range(min(_LONGEST_FORM, len(before)), 0, -1)):
        return [""]
    is_bearer = bool(before) and not _BEARERS.isdisjoint(translated(before[-1:])[-1:])
    return ["", before[-1]] if is_bearer else []


def _is_acronym(short: str, text: str) -> bool:
    spoken = text.replace("-", " ").split()
    for of in (spoken, [word for word in spoken if word not in _SMALL_WORDS]):
        if "".join(word[0] for word in of).startswith(short):
            return True
    return False


def _says_something(text: str) -> bool:
    return any(character.isalnum() for character in text)
