"""Address lines: one spelling of their words, then the parts that can be told apart without guessing."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from rigour.data.addresses.data import FORMS

from features.declare import record_feature
from features.standardisation.text import MAX_LENGTH, MAX_TOKENS, capped, clean_text, latin, normal_form

_OWN_FORMS = """
    av: aven avn ala aleja
    blvd: bulevard boulv bvd
    bldg: haus geb
    cct: circuit
    cl: close
    cres: crescent crs
    ct: crt
    dr: drv
    fl: etage stock stockwerk og piso piano level lvl verdieping
    hwy: hgwy chaussee
    ln: weg
    rm: zimmer salle stanza
    sq: pl pza pzza
    st: streets gasse vicolo gade gatan gata ul rua calle
    trl: trail
    unt: apto unidad einheit
"""
_OWN_LINES = _OWN_FORMS.strip().splitlines()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_ENDINGS = "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th"

_TOKEN = re.compile(r"#|[^\W_]*\d(?:-\d+){2,}|\d{1,5}[a-z]?[-/]\d{1,5}[a-z]?(?![^\W_])|[^\W_]+")
_SPACED_RANGE = re.compile(r"(?<=\d) ?([-/]) ?(?=\d)")
_CALLE = re.compile(r"\bc/ ?(?=[a-z]{2})")
_SIDE = re.compile(r"\b([ns]) ([ew])\b")
_COMPOUND = re.compile(r"([a-z]{3,})(?:strasse|str|straat|gatan|gade)")
"""German, Dutch and Nordic street names in one word: `Hauptstr.`, `Kalverstraat`."""

_BOX = re.compile(
    r"\b(?:p ?o ?b(?:ox)?|post ?(?:of )?box|box|postfach|postbus|boite postale|bp|apartado(?: de correos| postal)?"
    r"|apdo|casella postale|case postale|caixa postal|skrytka(?: pocztowa)?|postboks) ([a-z]?\d{1,8})\b"
)
_BOX_MARK = "pobox"
_NUMBER = re.compile(r"(\d{1,5}[a-z]?)(?:([-/])(\d{1,5}[a-z]?))?")
_AFTER_STREET = re.compile(r"(\d{1,4}[a-z]?)(?:([-/])(\d{1,4}[a-z]?))?")
_BOX_NUMBER = re.compile(r"[a-z]?\d{1,8}")
_UNIT = re.compile(r"[a-z]?\d{1,5}[a-z]?|[a-z]|\d{1,4}-\d{1,4}")
_FLOOR = re.compile(r"(\d{1,3})(st|nd|rd|th|er|e|eme|o|a)?")

_UNIT_WORDS = frozenset(("apt", "condo", "loft", "rm", "ste", "unt"))
_STREETS = "alley av blvd cct cir cl cres ct dr expy hwy ln pky rd sq st ter tpke trl way"
_STREET_WORDS = frozenset(_STREETS.split())
_NUMBERED = frozenset(("hwy", "rte"))
"""Roads whose number is their name."""

_OTHER_NUMBERED = frozenset(("blk", "bldg", "dept", "entr", "fl", "km", "lot", "phase", "plot", "shop", "twr", "wing"))
"""What a number behind them belongs to, rather than to the house."""

_SIDES = frozenset(("n", "s", "e", "w", "ne", "nw", "se", "sw"))
_DROPPED = frozenset(("no", "and", "und", "et"))
_STREET_LENGTH = 6
"""Words kept of a street that no word such as `st` ends."""


class Parts(NamedTuple):
    """Parts of an address line; empty where there is none."""

    street: str = ""
    house_number: str = ""
    unit: str = ""
    floor: str = ""
    po_box: str = ""


@record_feature(version=2)
def address(raw_address: str) -> str | None:
    """Address lines as words in Latin letters, at most 256 characters, street words in one short spelling.

    `Street`, `Straße`, `rue` and `via` are `st` (rigour's table of address words); `5-7` and `12/3` stay whole.
    """
    text = clean_text(raw_address)
    return clean_text(address_line(text)) if text else None  # what is left may be a placeholder


@record_feature()
def street(address: str) -> str | None:
    """Street without number, unit, floor, P.O. box and what follows: `main st`."""
    return parts(address).street or None


@record_feature()
def house_number(address: str) -> str | None:
    """House number, before or after the street, with its letter; of a range (`12-14`) the first."""
    return parts(address).house_number or None


@record_feature()
def address_unit(address: str) -> str | None:
    """Suite, apartment, room or unit: what follows the word, or `#`."""
    return parts(address).unit or None


@record_feature()
def address_floor(address: str) -> str | None:
    """Floor, where it is a number."""
    return parts(address).floor or None


@record_feature()
def po_box(address: str) -> str | None:
    """Number of the P.O. box."""
    return parts(address).po_box or None


def address_line(text: str) -> str:
    """A cleaned address in one spelling. Twice changes nothing."""
    plain = _CALLE.sub("calle ", _SPACED_RANGE.sub(r"\1", latin(capped(text))))
    tokens: list[str] = []
    for token in _TOKEN.findall("".join(c for c in plain if c not in "'’`´")):
        tokens += _spelt(token, tokens[-1] if tokens else "")
    line = _SIDE.sub(r"\1\2", _BOX.sub(rf"{_BOX_MARK} \1", " ".join(tokens[:MAX_TOKENS])))
    return line if len(line) <= MAX_LENGTH else line[:MAX_LENGTH].rpartition(" ")[0]


@lru_cache(maxsize=16_384)  # a batch of records: every column asks for the same parts
def parts(line: str) -> Parts:
    """The parts of an address in one spelling."""
    tokens = line.split()
    box = _take_after(tokens, frozenset((_BOX_MARK,)), _BOX_NUMBER)
    unit = _take_after(tokens, _UNIT_WORDS, _UNIT)
    floor = _take_floor(tokens)
    if len(tokens) > 1 and _NUMBER.fullmatch(tokens[0]) and not tokens[1].isdigit():
        return _number_first(tokens, unit, floor, box)
    return _number_last(tokens, unit, floor, box)


def _number_first(tokens: list[str], unit: str, floor: str, box: str) -> Parts:
    """`12 main st …`; in `3/12 main st` the unit comes first."""
    one, sign, other = _number(tokens[0])
    number, unit = (other, unit or one) if sign == "/" else (one, unit)
    words = tokens[2:] if tokens[1] == "1/2" else tokens[1:]
    return Parts(_until_street_word(words), number, unit, floor, box)


def _number_last(tokens: list[str], unit: str, floor: str, box: str) -> Parts:
    """`haupt st 12 …`; in `haupt st 12/3` the unit comes last; a house's name may come before all."""
    places = [n for n, token in enumerate(tokens) if n and _AFTER_STREET.fullmatch(token)]
    places = [n for n in places if tokens[n - 1] not in _OTHER_NUMBERED]
    if len(places) > 1 and places[0] == 1 and tokens[0] in _STREET_WORDS:
        places = places[1:]  # `ul 3 maja 5`: the first number is a name's
    if not places or tokens[0] in _NUMBERED:
        return Parts(_until_street_word(tokens), "", unit, floor, box)
    place = places[0]
    before, behind = tokens[:place], tokens[place + 1 : place + 5]
    if _STREET_WORDS.isdisjoint(before) and not _STREET_WORDS.isdisjoint(behind):
        return _number_first(tokens[place:], unit, floor, box)  # `old mill 12 main st`
    one, sign, other = _number(tokens[place])
    letter = behind[0] if behind else ""
    if one.isdigit() and len(letter) == 1 and letter.isalpha() and letter not in _SIDES:
        one += letter  # `12 a`
    return Parts(" ".join(before), one, unit or (other if sign == "/" else ""), floor, box)


def _number(token: str) -> tuple[str, str, str]:
    """First number, sign between, second number; the latter two empty where there is one."""
    found = _NUMBER.fullmatch(token)
    return (found[1], found[2] or "", found[3] or "") if found else (token, "", "")


def _until_street_word(tokens: list[str]) -> str:
    """The words up to the one that ends a street's name (`main st`), with a side behind it (`main st nw`)."""
    for place, token in enumerate(tokens[: _STREET_LENGTH + 1]):
        following = tokens[place + 1 : place + (3 if token == "st" else 2)]  # `civic sq dr`, and `st louis av`
        if place and token in _STREET_WORDS and not _STREET_WORDS.intersection(following):
            return " ".join([*tokens[: place + 1], *(side for side in following[:1] if side in _SIDES)])
    return " ".join(tokens[:_STREET_LENGTH]) if any(token.isalpha() for token in tokens) else ""


def _take_after(tokens: list[str], marks: frozenset[str], value: re.Pattern[str]) -> str:
    """Take the first mark that a value follows out of the tokens, with its value, and return that."""
    for place, (mark, following) in enumerate(pairwise(tokens)):
        if mark in marks and value.fullmatch(following):
            del tokens[place : place + 2]
            return following
    return ""


def _take_floor(tokens: list[str]) -> str:
    """Take the floor out of the tokens: `fl 21`, `21st fl`, `2 fl`."""
    for mark in (place for place, token in enumerate(tokens) if token == "fl"):
        for number in (mark + 1, mark - 1):
            found = _FLOOR.fullmatch(tokens[number]) if 0 <= number < len(tokens) else None
            if found:
                first = min(mark, number)
                del tokens[first : first + 2]
                return found[1]
    return ""


def _spelt(token: str, before: str) -> list[str]:
    """One word of an address in its one spelling, which may be two words or none; `One` begins like `1`."""
    if token == "one" and not before:
        return ["1"]
    if token == "#":
        return [] if before in _UNIT_WORDS else ["unt"]
    spelt = _spellings().get(token, token)
    if spelt in _DROPPED:
        return []
    compound = _COMPOUND.fullmatch(spelt)
    return [*_spelt(compound[1], before), "st"] if compound else [spelt]


@cache
def _spellings() -> dict[str, str]:
    """Word → its one spelling: rigour's table, then ours, which may send rigour's spelling on to another."""
    own = {short: forms.split() for short, _, forms in (line.strip().partition(":") for line in _OWN_LINES)}
    spelling = {
        word: short
        for table in (FORMS, own)
        for short, forms in table.items()
        for form in forms
        for word in [latin(normal_form(form) or "")]
        if word.isalnum() and short.isalnum() and short != _BOX_MARK
    }
    spelling |= dict(zip(_ORDINALS.split(), _ENDINGS.split(), strict=True))
    return {word: spelling.get(short, short) for word, short in spelling.items()}
