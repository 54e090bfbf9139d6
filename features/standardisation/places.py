"""Countries, subdivisions, cities and postal codes."""

from __future__ import annotations

import re
from functools import cache

from rigour.territories import get_territories, lookup_territory

from features.declare import record_feature
from features.standardisation.text import capped, clean_text, latin, normal_form, words

_AUSTRALIAN = frozenset(("act", "nsw", "qld", "vic"))
"""Short forms of Australian states that no other country's subdivision has."""

_NOT_ONE_PLACE = frozenset(("amazonas", "cordoba", "georgia", "la paz", "limburg", "luxembourg", "punjab"))
"""Subdivisions of more than one country, or of a country and a neighbour of its name."""

_ZIP_STARTS = """
    al 350-369 ak 995-999 az 850-865 ar 716-729 ca 900-961 co 800-816 ct 060-069 de 197-199 dc 200-200,202-205
    fl 320-349 ga 300-319,398-399 hi 967-968 id 832-838 il 600-629 in 460-479 ia 500-528 ks 660-679 ky 400-427
    la 700-714 me 039-049 md 206-219 ma 010-027,055-055 mi 480-499 mn 550-567 ms 386-397 mo 630-658 mt 590-599
    ne 680-693 nv 889-898 nh 030-038 nj 070-089 nm 870-884 ny 005-005,100-149 nc 270-289 nd 580-588 oh 430-459
    ok 730-749 or 970-979 pa 150-196 ri 028-029 sc 290-299 sd 570-577 tn 370-385 tx 750-799,885-885 ut 840-847
    vt 050-054,056-059 va 201-201,220-246 wa 980-994 wv 247-268 wi 530-549 wy 820-831
"""
_STATES, _RANGES = _ZIP_STARTS.split()[::2], _ZIP_STARTS.split()[1::2]
_ZIP_RANGES = {
    state: tuple((int(low), int(high)) for part in ranges.split(",") for low, _, high in [part.partition("-")])
    for state, ranges in zip(_STATES, _RANGES, strict=True)
}
"""First three digits of the ZIP codes of each US state: what makes `IL` Illinois where no country is given."""

_CITY_WORDS = """
    st saint, sankt saint, sint saint, ste sainte, mt mount, ft fort, hts heights, spgs springs, twp township,
    jct junction
"""
_CITY_WORD_OF = dict(pair.split() for pair in _CITY_WORDS.split(","))
_DIRECTIONS = {"n": "north", "s": "south", "e": "east", "w": "west"}
_LINKS = frozenset(("a", "am", "an", "d", "der", "i", "im", "ob"))
"""German words between a town and its river, written or not: `Frankfurt am Main`, `Frankfurt/Main`."""

_ENGLISH_CITIES = """
    munchen munich, muenchen munich, koln cologne, koeln cologne, nurnberg nuremberg, nuernberg nuremberg,
    hannover hanover, wien vienna, genf geneva, geneve geneva, ginevra geneva, zuerich zurich, luzern lucerne,
    basle basel, bale basel, bruxelles brussels, brussel brussels, antwerpen antwerp, anvers antwerp, gent ghent,
    luttich liege, luik liege, den-haag the-hague, s-gravenhage the-hague, s-hertogenbosch den-bosch,
    frankfurt-m frankfurt-main, kobenhavn copenhagen, goteborg gothenburg,
    roma rome, milano milan, torino turin, napoli naples, firenze florence, venezia venice, genova genoa,
    lisboa lisbon, sevilla seville, praha prague, warszawa warsaw, moskva moscow, beograd belgrade, bucuresti bucharest,
    athina athens, athinai athens, kiev kyiv, kyyiv kyiv, kharkov kharkiv, odesa odessa, lvov lviv, bombay mumbai,
    calcutta kolkata, madras chennai, bangalore bengaluru, peking beijing, saigon ho-chi-minh-city,
    dubayy dubai, ciudad-de-mexico mexico-city, mexico-df mexico-city, krung-thep bangkok
"""
_ENGLISH_CITY_OF = {
    own.replace("-", " "): english.replace("-", " ")
    for own, english in (pair.split() for pair in _ENGLISH_CITIES.split(","))
}

_ZIP_PLUS_4 = re.compile(r"\d{5}-\d{4}")
_SPREADSHEET_NUMBER = re.compile(r"^(\d{3,9})\.0$")
_PREFIXED = re.compile(r"([a-z]{1,3})(\d{3,6})")
_ONLY_DIGITS = {
    **dict.fromkeys(("DE", "FR", "IT", "ES", "FI", "SE", "MX", "TR", "EE", "HR", "UA", "GR", "CZ", "SK", "PL"), 5),
    **dict.fromkeys(("AT", "BE", "CH", "DK", "NO", "LU", "HU", "AU", "NZ", "BG", "SI", "LV"), 4),
}
"""Digits of the postal code in countries where it has nothing but digits."""

_ON_CARS = {"DE": "d", "FR": "f", "IT": "i", "ES": "e", "FI": "fin", "SE": "s", "AT": "a", "BE": "b", "NO": "n"}
_COUNTRY_LETTERS = {country: (country.lower(), _ON_CARS.get(country)) for country in _ONLY_DIGITS}
_ALL_LETTERS = frozenset(letters for pair in _COUNTRY_LETTERS.values() for letters in pair)
"""Letters of the country, by ISO and as on cars, that stand before postal codes: `FI-00100`, `D-60325`."""

_AREAS = (
    re.compile(r"([a-z]{1,2}\d[a-z\d]?)\d[a-z]{2}"),  # United Kingdom
    re.compile(r"([a-z]\d[a-z])\d[a-z]\d"),  # Canada
    re.compile(r"(\d{4})[a-z]{2}"),  # Netherlands
    re.compile(r"([a-z]\d[\dw])[a-z\d]{4}"),  # Ireland
)


@record_feature()
def country(raw_country: str) -> str | None:
    """ISO 3166-1 alpha-2 code, from a code or a name in any language rigour knows."""
    text = normal_form(raw_country)  # `NA` is Namibia, not a placeholder
    territory = lookup_territory(text) if text else None
    code = territory.code.partition("-")[0].upper() if territory else ""
    return code if len(code) == 2 else None  # former and unrecognised states have no such code


@record_feature(version=2)
def region(raw_region: str) -> str | None:
    """Subdivision as words in Latin letters."""
    return _place(raw_region)


@record_feature()
def subdivision(raw_region: str, country: str | None, raw_postal_code: str | None) -> str | None:
    """ISO 3166-2 code (`US-IL`) from a code or a name in any language, for the countries rigour holds.

    Without a country only what is clear: `US-IL`, a name of one country, a US state's letters that agree with
    the ZIP code.
    """
    text = (normal_form(raw_region) or "").replace(".", "")
    if not 2 <= len(text) <= 80:
        return None
    code = _in_country(text, country.lower()) if country else _anywhere(text, raw_postal_code)
    return code.upper() if code else None


@record_feature(version=3)
def city(raw_city: str) -> str | None:
    """City as words in Latin letters: `St.`, `Mt.`, `Ft.` and a leading `N.` in full, numbers and `Cedex` out.

    `Frankfurt am Main` and `Frankfurt/Main` are `frankfurt main`; large cities have their English name.
    """
    place = _place(raw_city)
    if not place:
        return None
    tokens = [_CITY_WORD_OF.get(token, token) for token in _ENGLISH_CITY_OF.get(place, place).split()]
    tokens = [token for token in tokens if not token.isdigit() and token != "cedex"] or tokens
    if len(tokens) > 1:
        tokens[0] = _DIRECTIONS.get(tokens[0], tokens[0])
    inner = [token for token in tokens[1:-1] if token not in _LINKS]
    name = " ".join([tokens[0], *inner, *tokens[1:][-1:]])
    return clean_text(capped(_ENGLISH_CITY_OF.get(name, name)))  # `0: N/A` is none once its number is out


@record_feature(version=2)
def postal_code(raw_postal_code: str, country: str | None, subdivision: str | None) -> str | None:
    """Postal code: letters and digits only; of a ZIP+4 code the first five digits, lost leading zeros put back.

    Zeros are put back only where the country is known; letters of a country (`D-60325`) are taken away.
    """
    text = latin(clean_text(raw_postal_code) or "")
    code = "".join(words(_SPREADSHEET_NUMBER.sub(r"\1", text)))[:12]
    where = country or (subdivision or "").partition("-")[0]
    if where == "US" or _ZIP_PLUS_4.fullmatch(text):
        code = _zip_code(code)
    else:
        code = _without_country(code, where, hyphen="-" in text)
    return clean_text(code) if code.strip("0") else None


@record_feature()
def postal_area(postal_code: str, country: str | None) -> str | None:
    """The leading part of a postal code that stands for an area, where there is such a part.

    The outward code in the United Kingdom, three characters in Canada and Ireland, the four digits in the
    Netherlands, else two of four digits and three of more. Four digits of no country have none: they may have
    lost a zero.
    """
    if postal_code.isdigit() and len(postal_code) >= 4:
        kept = 3 if len(postal_code) > 4 else 4 if country == "NL" else 2 if country else 0
        return postal_code[:kept] or None
    if country in ("GB", "CA", "IE") and len(postal_code) <= 4:
        return postal_code  # no more than the area was written
    return next((found[1] for pattern in _AREAS if (found := pattern.fullmatch(postal_code))), None)


def state_of_zip(text: str) -> str | None:
    """The letters of the US state whose ZIP codes begin like this text; None where there is none."""
    start = int(text[:3]) if text[:3].isdigit() and text.isascii() else -1
    return next((s for s, ranges in _ZIP_RANGES.items() if any(low <= start <= high for low, high in ranges)), None)


def _in_country(text: str, country: str) -> str | None:
    """The rigour code of a subdivision given by code, with or without its country, or by name."""
    named = _own_names().get((country, text))
    if named:
        return named
    found = [lookup_territory(f"{country}-{text}"), lookup_territory(text)]
    return next((f.code for f in found if f and f.code.startswith(f"{country}-")), None)


def _anywhere(text: str, postal_code: str | None) -> str | None:
    """The rigour code of a subdivision of no given country, if it can be only one."""
    if len(text) == 2:
        start = _zip_code("".join(words(clean_text(postal_code) or "")))
        return f"us-{text}" if state_of_zip(start) == text else None
    if text in _AUSTRALIAN:
        return f"au-{text}"
    found = lookup_territory(text) if len(text) > 3 and text not in _NOT_ONE_PLACE else None
    if not found or "-" not in found.code or found.code.startswith(("su-", "gb-")):
        return None  # a state of old, a county that other countries have too
    return found.code


@cache
def _own_names() -> dict[tuple[str, str], str]:
    """Country and name → rigour code: a subdivision may share its name with a country (`Georgia (USA)`)."""
    subdivisions = [territory for territory in get_territories() if "-" in territory.code]
    return {(t.code.partition("-")[0], normal_form(t.name.partition(" (")[0]) or ""): t.code for t in subdivisions}


def _zip_code(code: str) -> str:
    """A ZIP code of five digits: ZIP+4 cut, zeros that a spreadsheet lost put back; anything else as it is."""
    if not code.isdigit():
        return code
    if len(code) in (8, 9):
        return code.zfill(9)[:5]
    return code.zfill(5) if len(code) in (3, 4) else code


def _without_country(code: str, country: str, *, hyphen: bool) -> str:
    """A code without the letters of its country, a lost zero put back; of no country, letters before a hyphen go."""
    letters = _COUNTRY_LETTERS.get(country, ()) if country else _ALL_LETTERS if hyphen else ()
    prefixed = _PREFIXED.fullmatch(code)
    if prefixed and prefixed[1] in letters:
        code = prefixed[2]
    length = _ONLY_DIGITS.get(country, 0)
    return code.zfill(length) if code.isdigit() and len(code) == length - 1 else code


def _place(value: str) -> str | None:
    text = clean_text(value)
    return clean_text(capped(" ".join(words(latin(text))))) if text else None
