"""Words of names that have several spellings, brought to one. Only what is safe whatever stands around it.

Left alone on purpose: `tech`, `inv`, `comm`, `ind`, `amer`, `tr` and `res`, each short for several words;
`bank`, `banco` and `banque`, which are names of different banks; `holding` company against trust or fund.
"""

from __future__ import annotations

from features.standardisation.text import latin, normal_form

_SPELLINGS = """
    international: intl, int l, internatl, intnl, internat
    management: mgmt, mgt, mngmt, mngt, mgmnt
    manufacturing: mfg, manuf
    manufacturers: mfrs
    services: svcs, srvcs, svces
    service: svc, srvc
    systems: sys
    holdings: holding, hldgs, hldg, hldngs, hlds
    national: natl, nat l, natnl
    federal: fedl
    financial: finl, fncl
    commercial: coml, comml
    community: cmnty, cmty
    savings: svgs
    association: assn, assoc, asn, assoctn
    associates: assocs
    brothers: bros
    group: grp
    centre: center, ctr, cntr, centr
    centres: centers, ctrs
    department: dept
    university: univ
    communications: comms, communicns
    telecommunications: telecommns
    laboratories: laboratorys
    pharmaceuticals: pharms
    industries: inds
    products: prods
    properties: props, pptys
    property: ppty
    partners: ptnrs, prtnrs, ptrs
    securities: secs
    utilities: utils
    enterprises: entprs, enterpr
    equipment: eqpt, eqp
    engineering: engrg, engg
    government: govt
    resources: rsrcs, rescs
    organisation: organization
    theatre: theater
    defence: defense
    cooperative: coop, co op, co operative, kooperative
    cooperatives: coops, co operatives
    hospital: hosp
    federal savings bank: fsb
    state savings bank: ssb
    corporation: corp
    sparkasse: spk
    kreissparkasse: kr spk
    stadtsparkasse: st spk
    raiffeisenbank: raiffbk, raiffeisenbk
    volksbank: volksbk
    st: saint
    mt: mount
    ft: fort
"""
"""One spelling: the others. `st`, `mt` and `ft` are the short form, which has no second reading that way round."""

_BEHIND_ANOTHER_WORD = """
    bank: bk, bnk
    insurance: ins
    financial: fin
    development: dev, devt
    companies: cos
    mutual: mut
    company: co
"""
"""The same, but a first word may well be a name, and one behind `of` a state: `Dev Bank`, `Bank of CO`."""

_LOAN_WORDS = """
    alliance: альянс
    credit: кредит
    capital: капітал, капитал
    finance: фінанс, финанс
    financial: фінансовий, фінансова, финансовый, финансовая
    national: національний, национальный
    international: міжнародний, международный
    commercial: комерційний, коммерческий
    unicredit: юнікредит, юникредит
    raiffeisen: райффайзен, райфайзен
    centre: центр
    trust: траст
    holdings: холдинг
    express: експрес, экспресс
    global: глобал
    invest: інвест, инвест
    group: групп, група, группа, груп
    fund: фонд
"""
"""Latin spelling of loan words that a letter by letter transliteration misses."""

_AND = frozenset(("and", "und", "et"))
_AND_BETWEEN_WORDS = frozenset(("y", "og", "och", "и", "та", "і", "й"))
_ARTICLE = "the"


def _table(text: str) -> dict[tuple[str, ...], str]:
    lines = (line.partition(":") for line in text.strip().splitlines())
    return {tuple(spelling.split()): wanted.strip() for wanted, _, others in lines for spelling in others.split(",")}


SPELLINGS = _table(_SPELLINGS)
BEHIND_ANOTHER_WORD = _table(_BEHIND_ANOTHER_WORD)
LOAN_WORDS = {normal_form(word) or "": latin(wanted) for (word,), wanted in _table(_LOAN_WORDS).items()}
_PAIRS = {key: wanted for key, wanted in SPELLINGS.items() if len(key) == 2}
_FIRST_OF_PAIRS = frozenset(key[0] for key in _PAIRS)
_TOUCHED = frozenset(key[0] for key in (*SPELLINGS, *BEHIND_ANOTHER_WORD)) | _AND | _AND_BETWEEN_WORDS | {_ARTICLE}


def one_spelling(words: list[str]) -> list[str]:
    """The words, each in its one spelling; words for `and` go, an article goes from either end."""
    if _TOUCHED.isdisjoint(words):
        return words
    kept = without_and(words)
    spelled: list[str] = []
    place = 0
    while place < len(kept):
        pair = _PAIRS.get((kept[place], kept[place + 1])) if _starts_a_pair(kept, place) else None
        spelled.append(pair or _spelling(kept[place], first=place == 0 or kept[place - 1] == "of"))
        place += 2 if pair else 1
    return _without_article(" ".join(spelled).split())


def without_and(words: list[str]) -> list[str]:
    """The words without `and`, `und`, `et` between them, or left at the end by a form (`Amber and Company`)."""
    last = len(words) - 1
    kept = []
    for place, word in enumerate(words):
        inside = 0 < place < last
        between = inside and min(len(words[place - 1]), len(words[place + 1])) > 2 and words[place - 1] != _ARTICLE
        if (place and word in _AND) or (between and word in _AND_BETWEEN_WORDS):
            continue
        kept.append(word)
    return kept


def _starts_a_pair(words: list[str], place: int) -> bool:
    return words[place] in _FIRST_OF_PAIRS and place + 1 < len(words)


def _spelling(word: str, *, first: bool) -> str:
    found = SPELLINGS.get((word,))
    if found is None and not first:
        found = BEHIND_ANOTHER_WORD.get((word,))
    return found or word


def _without_article(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while end - start > 1 and words[start] == _ARTICLE:
        start += 1
    while end - start > 1 and words[end - 1] == _ARTICLE:
        end -= 1
    return words[start:end]
