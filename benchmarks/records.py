"""Company records that are made up, a million in some seconds, the same ones for the same seed.

What is imitated, because blocking and comparing depend on it:

- names of one to three invented words, drawn by Zipf's law from a vocabulary of syllable-made words, then
  sector words and now and then a place: a few beginnings are shared by very many names, most by a few;
- legal forms of the country, in several spellings, before or after the name, sometimes left out;
- one company under several records: three in ten records name a company that another record names too, with
  typos (swapped, lost, doubled, changed letters), abbreviations, words that moved or were left out,
  capitals, a city that is missing;
- countries and cities of very different weight, so that equal values are common in some blocks and rare in
  others.

Nothing is taken from any register: words come from the syllables and the short lists below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.party_fields import party_fields

IntArray = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Wording:
    """How much names have in common: so many invented words, of which the one of rank r is drawn in proportion to
    (r + offset) ** -zipf (Zipf, as Mandelbrot amended it); sector words and cities by the same law.
    """

    vocabulary: int = 60_000
    zipf: float = 0.97
    offset: float = 10


DENSE = Wording(vocabulary=20_000, zipf=1.1, offset=8)
"""Three times the pairs: 58 M of a million records by the two rules of `comparison.RULES`."""

DUPLICATES = 0.3
"""Share of records that name a company again."""

_ONSETS = [*"bcdfghklmnprstvwzbdflmnprstv", "br", "cr", "dr", "gr", "kl", "pr", "st", "tr", "th", "sh"]
_VOWELS = [*"aeiouaeioaeo", "ai", "ea", "ou", "io"]
_CODAS = [""] * 6 + [*"nrlsxm", "nd"]

_SECTOR_WORDS = """
capital/cap holding/hldg holdings/hldgs investments/invest international/intl management/mgmt
services/svcs group/grp partners/ptnrs finance/fin insurance/ins trading/trdg energy/en
logistics/log estates/est properties/props technologies/tech systems/sys software/sw
engineering/eng construction/constr foods/fds pharma/ph medical/med shipping/shpg textiles/tex
consulting/cons solutions/sol industries/ind ventures/vent leasing/lsg pensions/pens equity/eq
bonds/bds media/md telecom/tel chemicals/chem automotive/auto agriculture/agri advisors/adv
assets/ast brokers/brk research/rsch design/des studios/stud mining/min metals/met timber/tbr
paper/ppr packaging/pkg plastics/plas glass/gl optics/opt electronics/elec robotics/rob
networks/netw cloud/cl data/dt security/sec aviation/avi marine/mar railways/rly motors/mot
travel/trv hotels/htl gaming/gam sports/spt fashion/fsh retail/rtl wholesale/whsl imports/imp
exports/exp supplies/sup water/wtr waste/wst recycling/rec solar/slr
"""

_SECTORS = dict(pair.split("/") for pair in _SECTOR_WORDS.split())
"""Sector words and how clerks shorten them."""

_FORMS = {
    "GB": ["Limited", "Ltd", "Ltd.", "PLC", "LLP"],
    "DE": ["GmbH", "AG", "GmbH & Co. KG", "KG", "G.m.b.H."],
    "US": ["Inc.", "Inc", "LLC", "L.L.C.", "LP", "LLP"],
    "FR": ["SARL", "SAS", "S.A.", "SA"],
    "NL": ["B.V.", "BV", "N.V."],
    "IT": ["S.r.l.", "SRL", "S.p.A.", "SPA"],
    "ES": ["S.L.", "SL", "S.A."],
    "LU": ["SARL", "S.A.", "SICAV", "SCA"],
    "CH": ["AG", "SA", "GmbH"],
    "PL": ["Sp. z o.o.", "S.A.", "SA"],
    "SE": ["AB", "Aktiebolag"],
    "IN": ["Limited", "Ltd", "LLP"],
}
_COUNTRY_WEIGHTS = [0.2, 0.17, 0.16, 0.11, 0.07, 0.07, 0.06, 0.05, 0.03, 0.03, 0.02, 0.03]

_CITIES = {
    "GB": ["London", "Manchester", "Leeds", "Bristol", "Glasgow", "Cardiff", "Belfast", "York"],
    "DE": ["Frankfurt", "München", "Berlin", "Hamburg", "Köln", "Stuttgart", "Bremen", "Dresden"],
    "US": ["Wilmington", "Chicago", "Newark", "Boston", "Dallas", "Denver", "Seattle", "Atlanta"],
    "FR": ["Paris", "Lyon", "Marseille", "Lille", "Nantes", "Bordeaux", "Nice", "Metz"],
    "NL": ["Amsterdam", "Rotterdam", "Utrecht", "Eindhoven", "Breda"],
    "IT": ["Milano", "Roma", "Torino", "Bologna", "Napoli", "Verona"],
    "ES": ["Madrid", "Barcelona", "Valencia", "Sevilla", "Bilbao"],
    "LU": ["Luxembourg", "Esch", "Strassen", "Bertrange"],
    "CH": ["Zürich", "Genève", "Basel", "Zug", "Lugano"],
    "PL": ["Warszawa", "Kraków", "Gdańsk", "Poznań"],
    "SE": ["Stockholm", "Göteborg", "Malmö", "Uppsala"],
    "IN": ["Mumbai", "Delhi", "Pune", "Chennai", "Bengaluru"],
}

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def generate(records: int, seed: int, *, all_fields: bool = False, wording: Wording = Wording()) -> pa.Table:
    """`records` rows of id, name, city and country, in an order that says nothing; asked for, with `party_fields`."""
    rng = np.random.default_rng(seed)
    companies = min(records, max(1, round(records * (1 - DUPLICATES))))
    country = rng.choice(len(_FORMS), size=companies, p=_COUNTRY_WEIGHTS)
    stems, city = _stems(rng, country, wording), _cities(rng, country, wording)
    company = np.concatenate([np.arange(companies), rng.integers(0, companies, records - companies)])
    company = company[rng.permutation(records)]
    names = _formed(rng, _varied(rng, stems[company], company), country[company])
    cities = np.where(rng.random(records) < 0.06, None, city[company])
    codes = np.array(list(_FORMS), dtype=object)[country]
    columns = {
        "id": pa.array(np.char.mod("%09d", np.arange(records)).tolist(), pa.string()),
        "name": pa.array(names, pa.string()),
        "city": pa.array(cities.tolist(), pa.string()),
        "country": pa.array(codes[company].tolist(), pa.string()),
    }
    return pa.table(columns | (party_fields(seed, company, stems, codes, city) if all_fields else {}))


def _stems(rng: np.random.Generator, country: IntArray, wording: Wording) -> Words:
    """Names without legal form, one a company."""
    size = len(country)
    words, places = _vocabulary(rng, wording.vocabulary), _cities(rng, country, wording)
    sectors = np.array(list(_SECTORS), dtype=object)
    first, second, third = (words[_zipf(rng, len(words), size, wording)] for _ in range(3))
    sector, further = (sectors[_zipf(rng, len(sectors), size, wording)] for _ in range(2))
    patterns = [
        first + " " + sector,
        first + " " + second + " " + sector,
        first + " & " + second + " " + sector,
        first + " " + sector + " " + further,
        first + " " + places + " " + sector,
        first + " " + second,
        first + " " + second + " " + third + " " + sector,
        first + " " + second + " " + sector + " " + further,
    ]
    chosen = rng.choice(len(patterns), size=size, p=[0.12, 0.3, 0.06, 0.08, 0.12, 0.12, 0.12, 0.08])
    return np.choose(chosen, patterns)


def _vocabulary(rng: np.random.Generator, vocabulary: int) -> Words:
    """Distinct invented words of one to three syllables, the commonest first."""
    size = vocabulary * 2
    syllables = [_syllables(rng, size) for _ in range(3)]
    length = rng.choice(3, size=size, p=[0.08, 0.52, 0.4])
    words = np.where(length == 0, syllables[0], syllables[0] + syllables[1])
    words = np.where(length == 2, words + syllables[2], words)
    _, places = np.unique(words.astype(str), return_index=True)
    return words[np.sort(places)][:vocabulary]


def _syllables(rng: np.random.Generator, size: int) -> Words:
    parts = (np.array(part, dtype=object) for part in (_ONSETS, _VOWELS, _CODAS))
    onset, vowel, coda = (part[rng.integers(0, len(part), size)] for part in parts)
    return onset + vowel + coda


def _zipf(rng: np.random.Generator, ranks: int, size: int, wording: Wording) -> IntArray:
    weights = (np.arange(1, ranks + 1) + wording.offset) ** -wording.zipf
    return rng.choice(ranks, size=size, p=weights / weights.sum())


def _cities(rng: np.random.Generator, country: IntArray, wording: Wording) -> Words:
    """A city of each country, the first of its list the likeliest."""
    chosen = np.empty(len(country), dtype=object)
    for place, names in enumerate(_CITIES.values()):
        here = np.flatnonzero(country == place)
        chosen[here] = np.array(names, dtype=object)[_zipf(rng, len(names), len(here), wording)]
    return chosen


def _varied(rng: np.random.Generator, stems: Words, company: IntArray) -> Words:
    """The stems as clerks write them: the first record of a company as it is, its further ones changed."""
    again = np.ones(len(company), dtype=bool)
    again[np.unique(company, return_index=True)[1]] = False
    rows = np.flatnonzero(again)
    kinds = rng.choice(len(_CHANGES), size=len(rows))
    dice = rng.random((len(rows), 2))
    varied = stems.copy()
    for row, kind, (one, other) in zip(rows.tolist(), kinds.tolist(), dice.tolist(), strict=True):
        varied[row] = _CHANGES[kind](stems[row], one, other)
    return varied


def _formed(rng: np.random.Generator, stems: Words, country: IntArray) -> list[str]:
    """Names with a legal form of their country, mostly behind, and in title case, mostly."""
    size = len(stems)
    place, style = rng.random(size), rng.random(size)
    forms = np.empty(size, dtype=object)
    for code, names in enumerate(_FORMS.values()):
        here = np.flatnonzero(country == code)
        forms[here] = np.array(names, dtype=object)[rng.integers(0, len(names), len(here))]
    return [
        _written(stem, form, where, how)
        for stem, form, where, how in zip(stems, forms, place.tolist(), style.tolist(), strict=True)
    ]


def _written(stem: str, form: str, where: float, how: float) -> str:
    cased = stem.upper() if how < 0.2 else stem.title()
    if where < 0.12:
        return cased
    return f"{form} {cased}" if where < 0.15 else f"{cased} {form}"


def _swapped(text: str, one: float, _: float) -> str:
    at = int(one * max(len(text) - 1, 1))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def _lost(text: str, one: float, _: float) -> str:
    at = int(one * len(text))
    return text[:at] + text[at + 1 :] if len(text) > 4 else text


def _doubled(text: str, one: float, _: float) -> str:
    at = int(one * len(text))
    return text[: at + 1] + text[at:]


def _changed(text: str, one: float, other: float) -> str:
    at = int(one * len(text))
    return text[:at] + _LETTERS[int(other * len(_LETTERS))] + text[at + 1 :]


def _shortened(text: str, _: float, __: float) -> str:
    for long, short in _SECTORS.items():
        if text.endswith(" " + long):
            return text.removesuffix(long) + short
    return text


def _moved(text: str, _: float, __: float) -> str:
    head, _space, tail = text.partition(" ")
    return f"{tail} {head}" if tail else text


def _cut(text: str, _: float, __: float) -> str:
    head, _space, _tail = text.rpartition(" ")
    return head if " " in head else text


def _same(text: str, _: float, __: float) -> str:
    return text


_CHANGES: tuple[Callable[[str, float, float], str], ...] = (
    _same,
    _same,
    _swapped,
    _lost,
    _doubled,
    _changed,
    _shortened,
    _moved,
    _cut,
)
