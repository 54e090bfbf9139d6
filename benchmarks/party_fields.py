"""What made-up companies say besides name, city and country: address, contacts, numbers, date, other names.

A company has one truth for each field. A record says nothing of it as often as `MISSING` has it, and else says it in
one of the ways in which clerks write it: other abbreviations, other separators, now and then a slip. Nothing is taken
from any register: numbers are drawn, words are those of the made-up names.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

IntArray = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]
Way = Callable[[str], str]

MISSING = {
    "address": 0.15,
    "postal_code": 0.2,
    "region": 0.5,
    "phone": 0.5,
    "email": 0.6,
    "web_domain": 0.4,
    "registration_number": 0.3,
    "lei": 0.6,
    "incorporation_date": 0.35,
    "aliases": 0.6,
}
"""Fields in the order of their columns, and the share of records that say nothing of each."""


class _Customs(NamedTuple):
    """How a country writes: `#` stands for a digit, `@` for a letter, `w` and `n` for the street's name and number."""

    address: str
    phone: str
    register: str
    ending: str


_CUSTOMS = {
    "GB": _Customs("{n} {w} Street", "+44 2# #### ####", "0#######", ".co.uk"),
    "DE": _Customs("{w}straße {n}", "+49 6# #######", "HRB #####", ".de"),
    "US": _Customs("{n} {w} Avenue, Suite 1##", "+1 2## 2## ####", "2######", ".com"),
    "FR": _Customs("{n} rue {w}", "+33 1 ## ## ## ##", "4## ### ###", ".fr"),
    "NL": _Customs("{w}straat {n}", "+31 2# ### ####", "3#######", ".nl"),
    "IT": _Customs("Via {w} {n}", "+39 3# #### ####", "@@-#######", ".it"),
    "ES": _Customs("Calle {w} {n}", "+34 9# ### ####", "B########", ".es"),
    "LU": _Customs("{n} rue {w}", "+352 2# ## ##", "B######", ".lu"),
    "CH": _Customs("{w}strasse {n}", "+41 4# ### ## ##", "CHE-###.###.###", ".ch"),
    "PL": _Customs("ul. {w} {n}/1#", "+48 2# ### ## ##", "0000######", ".pl"),
    "SE": _Customs("{w}gatan {n}", "+46 8 ### ## ##", "55####-####", ".se"),
    "IN": _Customs("{n} {w} Road", "+91 2# #### ####", "U#####@@####", ".in"),
}

_POSTAL = """
London EC# #@@, Manchester M# #@@, Leeds LS# #@@, Bristol BS# #@@, Glasgow G# #@@, Cardiff CF# #@@, Belfast BT# #@@,
York YO# #@@, Frankfurt 603##, München 803##, Berlin 101##, Hamburg 203##, Köln 506##, Stuttgart 701##, Bremen 281##,
Dresden 010##, Wilmington 198##, Chicago 606##, Newark 071##, Boston 021##, Dallas 752##, Denver 802##, Seattle 981##,
Atlanta 303##, Paris 750##, Lyon 690##, Marseille 130##, Lille 590##, Nantes 440##, Bordeaux 330##, Nice 060##,
Metz 570##, Amsterdam 10## @@, Rotterdam 30## @@, Utrecht 35## @@, Eindhoven 56## @@, Breda 48## @@, Milano 201##,
Roma 001##, Torino 101##, Bologna 401##, Napoli 801##, Verona 371##, Madrid 280##, Barcelona 080##, Valencia 460##,
Sevilla 410##, Bilbao 480##, Luxembourg L-1###, Esch L-4###, Strassen L-8###, Bertrange L-8###, Zürich 80##,
Genève 12##, Basel 40##, Zug 63##, Lugano 69##, Warszawa 00-###, Kraków 30-###, Gdańsk 80-###, Poznań 60-###,
Stockholm 11# ##, Göteborg 41# ##, Malmö 21# ##, Uppsala 75# ##, Mumbai 4000##, Delhi 1100##, Pune 4110##,
Chennai 6000##, Bengaluru 5600##
"""
_POSTAL_OF = dict(line.strip().split(" ", 1) for line in _POSTAL.split(","))

_REGIONS = """
London: England/Greater London, Manchester: England/Greater Manchester, Leeds: England/West Yorkshire, Bristol: England,
Glasgow: Scotland, Cardiff: Wales/Cymru, Belfast: Northern Ireland, York: England/North Yorkshire,
Frankfurt: Hessen/Hesse, München: Bayern/Bavaria, Köln: Nordrhein-Westfalen/NRW, Stuttgart: Baden-Württemberg,
Dresden: Sachsen/Saxony, Wilmington: Delaware/DE, Chicago: Illinois/IL, Newark: New Jersey/NJ,
Boston: Massachusetts/MA, Dallas: Texas/TX, Denver: Colorado/CO, Seattle: Washington/WA, Atlanta: Georgia/GA,
Paris: Île-de-France, Amsterdam: Noord-Holland/North Holland, Rotterdam: Zuid-Holland/South Holland,
Eindhoven: Noord-Brabant, Breda: Noord-Brabant, Milano: Lombardia/Lombardy, Roma: Lazio, Torino: Piemonte/Piedmont,
Napoli: Campania, Barcelona: Cataluña/Catalonia, Sevilla: Andalucía/Andalusia, Zürich: Zürich/ZH, Genève: Genève/GE,
Lugano: Ticino/TI, Warszawa: Mazowieckie/Mazovia, Kraków: Małopolskie, Mumbai: Maharashtra, Pune: Maharashtra,
Chennai: Tamil Nadu/TN, Bengaluru: Karnataka
"""
_REGION_OF = dict(line.strip().split(": ", 1) for line in _REGIONS.split(","))
"""City and its region, as it may be written; a city that is not here is its own region."""

_FIRST_DAY, _DAYS = date(1900, 1, 2), 45_000
_HOUSES = 180


def party_fields(seed: int, company: IntArray, stems: Words, country: Words, city: Words) -> dict[str, pa.Array]:
    """The columns of `MISSING` for records of the given companies, whose stems, countries and cities are given."""
    rng = np.random.default_rng((seed, 1))
    truths = _truths(rng, stems, country, city)
    columns = {}
    for field, share in MISSING.items():
        silent = rng.random(len(company)) < share
        chosen = rng.integers(0, len(_WAYS[field]), len(company))
        rows = zip(company.tolist(), silent.tolist(), chosen.tolist(), strict=True)
        said = [None if says_not else _WAYS[field][way](truths[field][row]) for row, says_not, way in rows]
        listed = [value.split("; ") if value else None for value in said] if field == "aliases" else said
        columns[field] = pa.array(listed, pa.list_(pa.string()) if field == "aliases" else pa.string())
    return columns


def _truths(rng: np.random.Generator, stems: Words, country: Words, city: Words) -> dict[str, list[str]]:
    """By field: what each company would say."""
    size = len(stems)
    customs = [_CUSTOMS[code] for code in country.tolist()]
    parts = [[word for word in stem.split() if word.isalpha()] for stem in stems.tolist()]
    streets = [parts[other][0].title() for other in rng.integers(0, size, size).tolist()]
    houses = rng.integers(1, _HOUSES, size).tolist()
    days = rng.integers(0, _DAYS, size).tolist()
    domains = [f"{'-'.join(words[:2])}{custom.ending}" for words, custom in zip(parts, customs, strict=True)]
    addresses = [c.address.format(w=w, n=n) for c, w, n in zip(customs, streets, houses, strict=True)]
    return {
        "address": _drawn(rng, addresses),
        "postal_code": _drawn(rng, [_POSTAL_OF[place] for place in city.tolist()]),
        "region": [_REGION_OF.get(place, place) for place in city.tolist()],
        "phone": _drawn(rng, [custom.phone for custom in customs]),
        "email": [f"{box}@{domain}" for box, domain in zip(_mailboxes(rng, size), domains, strict=True)],
        "web_domain": domains,
        "registration_number": _drawn(rng, [custom.register for custom in customs]),
        "lei": [_with_check_digits(body) for body in _drawn(rng, ["984500" + "@" * 12] * size)],
        "incorporation_date": [(_FIRST_DAY + timedelta(days=day)).isoformat() for day in days],
        "aliases": [f"{''.join(w[0] for w in words).upper()}; {' '.join(words[:2]).title()}" for words in parts],
    }


def _drawn(rng: np.random.Generator, patterns: list[str]) -> list[str]:
    """The patterns with digits for `#` and letters for `@`."""
    numbers = rng.integers(0, 2**62, len(patterns)).tolist()
    return [_filled(pattern, number) for pattern, number in zip(patterns, numbers, strict=True)]


def _filled(pattern: str, number: int) -> str:
    filled = []
    for character in pattern:
        signs = {"#": string.digits, "@": string.ascii_uppercase}.get(character, character)
        number, place = divmod(number, len(signs))
        filled.append(signs[place])
    return "".join(filled)


def _mailboxes(rng: np.random.Generator, size: int) -> list[str]:
    boxes = ("info", "office", "contact", "mail")
    return [boxes[place] for place in rng.integers(0, len(boxes), size).tolist()]


def _with_check_digits(body: str) -> str:
    """By ISO 7064, mod 97-10, as ISO 17442 has it: letters are the numbers from 10 on."""
    number = int("".join(str(int(character, 36)) for character in f"{body}00"))
    return f"{body}{98 - number % 97:02d}"


# --- ways of writing a field ----------------------------------------------------------------------------------------

_SHORT_STREETS = {
    " Street": " St",
    " Avenue": " Ave.",
    " Road": " Rd",
    "straße": "str.",
    "strasse": "str.",
    "straat": "str.",
    " rue ": " r. ",
    "Calle ": "C/ ",
    "ul. ": "ul ",
}


def _same(text: str) -> str:
    return text


def _short_street(text: str) -> str:
    for long, short in _SHORT_STREETS.items():
        text = text.replace(long, short)
    return text


def _without_unit(text: str) -> str:
    return text.partition(", Suite")[0].partition("/")[0]


def _slipped(text: str) -> str:
    """Two neighbours in the middle swapped."""
    at = len(text) // 2
    return text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :]


def _unspaced(text: str) -> str:
    return text.replace(" ", "")


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _first(text: str) -> str:
    return text.split("/", maxsplit=1)[0]


def _last(text: str) -> str:
    return text.rsplit("/", maxsplit=1)[-1]


def _double_zero(text: str) -> str:
    return "00" + text.removeprefix("+")


def _national(text: str) -> str:
    return "0" + "-".join(text.split()[1:])


def _address_of_site(text: str) -> str:
    return f"https://www.{text}/"


def _with_www(text: str) -> str:
    return f"www.{text}"


def _day_first(text: str) -> str:
    return ".".join(reversed(text.split("-")))


def _slashed(text: str) -> str:
    return "/".join(reversed(text.split("-")))


def _first_alias(text: str) -> str:
    return text.split("; ", maxsplit=1)[0]


_WAYS: dict[str, tuple[Way, ...]] = {
    "address": (_same, _same, _short_street, _short_street, _without_unit, str.upper, _slipped),
    "postal_code": (_same, _same, _same, _unspaced, str.lower),
    "region": (_first, _first, _last),
    "phone": (_same, _same, _unspaced, _double_zero, _national, _slipped),
    "email": (_same, _same, str.upper),
    "web_domain": (_same, _with_www, _address_of_site),
    "registration_number": (_same, _same, _plain, _slipped),
    "lei": (_same, _same, str.lower),
    "incorporation_date": (_same, _same, _same, _day_first, _slashed),
    "aliases": (_first_alias, _same),
}
"""Ways of writing a field: each is as likely as often as it stands here."""
