"""What a name says its bearer is besides a company: a branch, a trust, an estate …"""

from __future__ import annotations

from features.standardisation.text import latin, words

_MARKERS = """
    branch: branch, branches, zweigniederlassung, niederlassung, zweigstelle, succursale, filiale, filial, filialen
    branch: sucursal, sucursala, filiaal, bijkantoor, oddzial, pobocka, organizacni slozka, fioktelepe
    branch: sivuliike, podruznica, sube, subesi, відділення, філія, филиал, отделение, 支店, 分行, 分公司, 지점
    estate: estate of, estates of, deceased estate, nachlass, succession de, succession of, eredita di, herencia de
    fund: fund, funds, fonds, fondo, fondos, fundo, fundos, fond, fonder, fondas, fundusz, фонд, rahasto
    fund: 基金, 펀드, etf
    holding: holding, holdings, hldg, hldgs, holdco, холдинг, 控股, 홀딩스, ホールディングス
    representative_office: representative office, rep office, reprasentanz, bureau de representation
    representative_office: oficina de representacion, ufficio di rappresentanza, escritorio de representacao
    representative_office: vertegenwoordiging, przedstawicielstwo, представництво, представительство, 代表处
    trust: trust, trusts, fideicomiso, fideicomisso, траст, 信託, 信托, unit trust
    trustee: trustee, trustees, treuhander
"""
"""Marker: how it is said, in the main languages."""

_COMPOUNDS = {"fonds": "fund", "holding": "holding", "niederlassung": "branch", "filiale": "branch"}
"""Second halves of German and Dutch words: `Pensionsfonds`."""

_NO_TRUST = frozenset(words("bank co companies company corp corporation national services"))
"""`Trust Company` and `Trust Bank` are banks."""

_UNSPACED = "支分代基控信지펀홀ホ"


def _table() -> tuple[dict[tuple[str, ...], str], dict[str, str]]:
    spaced, unspaced = {}, {}
    for line in _MARKERS.strip().splitlines():
        marker, _, spellings = line.partition(":")
        for spelling in spellings.split(","):
            if spelling.strip()[0] in _UNSPACED:
                unspaced[spelling.strip()] = marker.strip()
            else:
                spaced[tuple(words(latin(spelling.strip())))] = marker.strip()
    return spaced, unspaced


_SPACED, _WITHOUT_SPACES = _table()
_FIRST_WORDS = frozenset(phrase[0] for phrase in _SPACED)
_SECOND_HALVES = tuple(_COMPOUNDS)
_LONGEST = max(map(len, _SPACED))


def markers(text: str, spoken: list[str]) -> list[str]:
    """Markers of a cleaned name and its words in Latin letters, distinct and sorted."""
    found = set() if text.isascii() else {marker for part, marker in _WITHOUT_SPACES.items() if part in text}
    for place, word in enumerate(spoken):
        if word in _FIRST_WORDS:
            found |= _at(spoken[place : place + _LONGEST + 1])
        elif word.endswith(_SECOND_HALVES):
            found.update(marker for half, marker in _COMPOUNDS.items() if word.endswith(half))
    return sorted(found)


def _at(spoken: list[str]) -> set[str]:
    """Markers of the phrases that start here."""
    if spoken[0] == "trust" and len(spoken) > 1 and spoken[1] in _NO_TRUST:
        return set()
    phrases = (tuple(spoken[:size]) for size in range(1, _LONGEST + 1))
    return {_SPACED[phrase] for phrase in phrases if phrase in _SPACED}
