"""Numbers of names: `II`, `Two` and `2` behind `Fund` are one; a series or class keeps its letter."""

from __future__ import annotations

import re

from features.standardisation.text import words
from features.standardisation.wording import DESIGNATORS

_ROMAN_UNITS = ("", *words("i ii iii iv v vi vii viii ix"))
_ROMAN = {tens * "x" + unit: str(10 * tens + n) for tens in range(4) for n, unit in enumerate(_ROMAN_UNITS)}
_UNITS = words("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen")
_ORDINALS = words("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_CARDINAL = {word: str(value) for value, word in enumerate(_UNITS, 1)}
_ORDINAL = {word: str(value) for value, word in enumerate(_ORDINALS, 1)}
_ORDINAL_FIGURES = re.compile(r"0*([0-9]{1,4})(?:st|nd|rd|th)")
_NUMBERED = re.compile(r"(?:no|nr)([0-9]{1,6})")

_COUNTED = DESIGNATORS | frozenset(
    words(
        "fund funds fonds fondo fundo trust no nr number phase tier partners portfolio pool facility vehicle spv feeder"
        " acquisition acquisitions issuer funding finance capital holdings investors investment investments venture"
        " ventures opportunities equity growth mezzanine infrastructure properties property realty estate associates"
        " leasing lending credit securities receivables mortgage mortgages financing unit part volume section"
    )
)
"""Words that a number follows, so that a single `I`, `V` or `X` behind them is one."""

_FUND_WORDS = DESIGNATORS | frozenset(words("fund funds fonds no nr number phase tier portfolio part volume section"))
"""Words behind which a number may be written out."""

_NUMBER_WORDS = frozenset(("no", "nr", "number"))
_NOT_A_NUMERAL = frozenset(("xx", "xxx"))


def with_figures(words: list[str]) -> list[str]:
    """The words with numerals in figures (`fund ii` → `fund 2`) and figures of ordinals in words (`1st` → `first`)."""
    told: list[str] = []
    for word in words:
        before = told[-1] if told else ""
        figure = _figure(word, before)
        if figure.isdigit() and before in _NUMBER_WORDS and len(told) > 1:
            told.pop()  # `no 7` is `7`
        told.append(figure)
    return told


def numbers(words: list[str]) -> list[str]:
    """Numbers without leading zeros, ordinals as numbers, and designators with their letter or number; distinct."""
    found = set()
    for place, word in enumerate(words):
        value = (word.lstrip("0") or "0") if word.isdigit() and word.isascii() else _ORDINAL.get(word)
        designated = place > 0 and words[place - 1] in DESIGNATORS
        if designated and (value or len(word) == 1):
            found.add(f"{words[place - 1]} {value or word}")
        elif value:
            found.add(value)
    return sorted(found)


def is_numeral(word: str) -> bool:
    """Whether the word is figures or a Roman numeral of several letters."""
    return word.isdigit() or (len(word) > 1 and word in _ROMAN)


def _figure(word: str, before: str) -> str:
    """The word, or the figures it stands for behind the word before it."""
    written_out = before in _FUND_WORDS
    if word.isalpha():
        if written_out and (value := _CARDINAL.get(word) or _ORDINAL.get(word)):
            return value
        is_roman = word in _ROMAN and before and word not in _NOT_A_NUMERAL
        return _ROMAN[word] if is_roman and (len(word) > 1 or before in _COUNTED) else word
    if not word.isascii():
        return word
    if numbered := _NUMBERED.fullmatch(word):
        return numbered[1].lstrip("0") or "0"
    if ordinal := _ORDINAL_FIGURES.fullmatch(word):
        value = ordinal[1]
        return value if written_out or not 0 < int(value) <= len(_ORDINALS) else _ORDINALS[int(value) - 1]
    return (word.lstrip("0") or "0") if written_out and word.isdigit() else word
