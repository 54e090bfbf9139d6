"""Names in English, word for word: what a word means where that is known, its Latin letters where not.

Banks, insurers and works are called by what they are, and such names have no letter in common in two languages
(`Державний ощадний банк`, `State Savings Bank`). They are made of a small vocabulary; the rest of a name is proper
to its bearer. Words that are written together (`Sparkasse`, `Укрсоцбанк`) are taken apart where all of their parts,
or the last one, are known. Countries are called as ICU calls them in many languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import icu

from features.standardisation.meanings_money import FINANCE, KINDS
from features.standardisation.meanings_trade import TRADES
from features.standardisation.meanings_world import CLIPPED, SMALL_WORDS, TOGETHER, WORLD
from features.standardisation.name_words import one_spelling
from features.standardisation.numerals import with_figures
from features.standardisation.text import latin, words

English = tuple[str, ...]

_ADJECTIVE = words(
    "yi ii iy yy y i oi oy a aia aya ya ia iaia e ie ye oe ee ogo oho oga omu emu ym im om oiu oyu uiu uyu u iu yu ykh"
    " ikh ih ymy ymi imi ata ato oto ite iiat iyat ijat iya o"
)
_NOUN = words("a u om y i iv ov am amy ami akh e ia iia ya iya ii iu iyu iam ei iei iyei ou oiu oyu eiu em iem ovi ta")
"""Slavic endings as they are transliterated."""

_LANGUAGES = "en de fr es it pt nl sv da nb fi is pl cs sk sl hr sr bg ro hu uk ru tr el lt lv et sq ar zh ja ko vi id"
_NO_COUNTRY = frozenset(words("island man reunion chad jersey guernsey jordan georgia turkey"))
"""What English means something else by, or people are called."""

_OWN_SCRIPT = re.compile("[\u0600-\u06ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARTICLE = "ال"
_ELIDED = re.compile("[dl][aeiou][a-z]{5}")
"""French and Italian words with what an apostrophe parted: `d'assurance`."""

_ENDS = tuple(
    words(
        "versicherungen versicherung verzekeringen gesellschaft kapital capital holding bankasi banken invest kredit"
        " credit sparkasse banku banka banki bank pank fonds fond"
    )
)
"""What may end a word whose beginning is anything: `Crystalbank`."""

_LINKS = ("s", "o", "e", "en", "n", "i")
"""Sounds between the parts of a compound."""

_LEAST_COMPOUND, _LEAST_PART, _LEAST_REST = 6, 4, 2
"""Letters of a compound, of a known word in it, and of its beginning that means nothing."""


def translated(spoken: Sequence[str]) -> list[str]:
    """The words of a name, in any script, in English as far as they are known; small words between them go.

    Latin words are expected in one spelling, numbers in figures; with words of another script all are brought to it.
    """
    if not "".join(spoken).isascii():
        plain = [english for word in spoken for english in (_english(word) if not word.isascii() else (word,))]
        spoken = with_figures(one_spelling(plain))
    found = [english for word in spoken for english in _english(word)]
    small, last = _small_words(), len(found) - 1
    if small.isdisjoint(found):
        return found
    return [word for place, word in enumerate(found) if not (0 < place < last and word in small)]


@lru_cache(maxsize=1 << 15)
def _english(word: str) -> English:
    key = looked_up(word)
    found = _meanings().get(key) or (_meanings().get(key[1:]) if _ELIDED.match(key) else None)
    if found is None and _UNSPACED.search(word):
        return tuple(_unspaced(word))
    spelled = words(latin(word))
    if found is None and len(spelled) == 1 and spelled[0].isascii():
        found = _apart(spelled[0])
    return found or tuple(spelled)


def _unspaced(word: str) -> Iterator[str]:
    """A word of a script without spaces cut into the longest known words; Latin letters of what is left."""
    known = _meanings()
    rest, place = "", 0
    while place < len(word):
        end = next((end for end in range(min(place + 6, len(word)), place + 1, -1) if word[place:end] in known), None)
        if end is None:
            rest, place = rest + word[place], place + 1
            continue
        yield from words(latin(rest))
        yield from known[word[place:end]]
        rest, place = "", end
    yield from words(latin(rest))


def _apart(word: str) -> English | None:
    """The parts of a compound in English; None where no part is known."""
    if len(word) < _LEAST_COMPOUND or not word.isalpha():
        return None
    parts = _parts(word)
    if parts:
        return parts
    end = next((end for end in _ENDS if word.endswith(end)), None)
    rest = word.removesuffix(end) if end else ""
    return (*(_parts(rest) or (rest,)), *_meanings()[end]) if end and len(rest) >= _LEAST_REST else None


def _parts(word: str) -> English | None:
    """The English of a word that is nothing but known parts."""
    known, clipped = _meanings(), _clipped()
    for size in range(len(word), 1, -1):
        start = word[:size]
        meaning = clipped.get(start) or (known.get(start) if size >= _LEAST_PART else None)
        if meaning is None:
            continue
        rest = word[size:]
        if not rest:
            return meaning
        for link in ("", *_LINKS):
            behind = _parts(rest.removeprefix(link)) if rest.startswith(link) and len(rest) > len(link) else None
            if behind:
                return *meaning, *behind
    return None


def looked_up(word: str) -> str:
    """The word in Latin letters, nothing else; as it is where its script or its length leaves too little of that."""
    word = word.casefold()
    if word.isascii() and word.isalnum():
        return word
    if _OWN_SCRIPT.search(word):
        return word.removeprefix(_ARTICLE) if len(word) > 4 else word
    spelled = "".join(words(latin(word)))
    return spelled if len(spelled) >= _LEAST_PART or word.isascii() else word


def spellings(table: str) -> Iterator[tuple[str, str]]:
    """Each spelling of a table, as it is looked up, beside the English it stands for."""
    for line in table.strip().splitlines():
        meaning, _, forms = line.partition(":")
        for form in forms.split():
            word = form.rstrip("~+")
            endings = {"~": _ADJECTIVE, "+": _NOUN}.get(form[-1], [])
            if form == word or form[-1] == "+":
                yield looked_up(word), meaning
            stem = latin(word) if endings else ""
            yield from ((stem + ending, meaning) for ending in endings if len(stem + ending) >= _LEAST_PART)


@cache
def _meanings() -> dict[str, English]:
    """Spelling → English. Made when first asked for, which takes half a second."""
    table: dict[str, English] = {}
    for text in (TOGETHER, FINANCE, KINDS, WORLD, TRADES):
        heads = (line.partition(":")[0] for line in text.strip().splitlines())
        table.update({head: (head,) for head in heads if " " not in head})
    for text in (TOGETHER, FINANCE, KINDS, WORLD, TRADES):
        for spelling, meaning in spellings(text):
            table.setdefault(spelling, tuple(meaning.split()))
    for spelling, country in _countries():
        table.setdefault(spelling, (country,))
    return table


def _countries() -> Iterator[tuple[str, str]]:
    """Countries by their names of one word, in all languages, where English has one word too."""
    languages = [icu.Locale(code) for code in _LANGUAGES.split()]
    for code in icu.Locale.getISOCountries():
        country = icu.Locale("", code)
        english = country.getDisplayCountry(languages[0]).casefold()
        for language in languages if english.isascii() and english.isalpha() else ():
            name = country.getDisplayCountry(language).casefold()
            if name.isalpha() and looked_up(name) not in _NO_COUNTRY:
                yield looked_up(name), english


@cache
def _clipped() -> dict[str, English]:
    lines = (line.partition(":") for line in CLIPPED.strip().splitlines())
    return {part: tuple(meaning.split()) for meaning, _, parts in lines for part in parts.split()}


@cache
def vocabulary() -> frozenset[str]:
    """English words of the tables: in a translated name all others are proper to its bearer."""
    return frozenset(word for meaning in (*_meanings().values(), *_clipped().values()) for word in meaning)


@cache
def _small_words() -> frozenset[str]:
    return frozenset(spelled for word in SMALL_WORDS.split() for spelled in words(latin(word)))
