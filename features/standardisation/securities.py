"""The description of a security behind the name of its issuer: found and cut off, never in front or in the middle.

`Amber Inc. Class A Common Stock, $0.01 par value` names Amber; `Common Stock Holdings Inc` and `Rights
Management Ltd` are names. So the kind of security must stand last, or be followed by its own small print, and
the weaker kinds (`units`, `rights`) also behind a legal form or a comma.
"""

from __future__ import annotations

from collections.abc import Callable

from features.standardisation.text import words
from features.standardisation.wording import DESIGNATORS, Wording

_KINDS = """
    common stock, common stocks, common share, common shares, common unit, common units, capital stock, ordinary share
    ordinary shares, preferred stock, preferred share, preferred shares, preference share, preference shares
    preferred securities, preferred units, depositary share, depositary shares, depository shares, depository receipts
    depositary receipt, depositary receipts, depositary units, registered shares, voting shares, voting stock
    shares of beneficial interest, units of beneficial interest, sponsored adr, unsponsored adr, sponsored gdr
    subordinated notes, senior notes, subordinated debentures, senior debentures, convertible notes, notes due
    debentures due, bonds due, tracking stock, purchase warrants, subscription rights, limited partnership units
    adr, adrs, gdr, gdrs, limited partner interests, limited partnership interests
    limited liability company interests, purchase rights, ny registry shares, new york registry shares, ord shares
    american depositary shares, american depositary share, american depositary receipts, american depositary receipt
    american depository shares, american depository share
    global depositary shares, global depositary receipts, term preferred stock
    term preferred shares, trust preferred securities, corporate units, tangible equity units, tangible equity unit
    private placement warrants
"""
_WEAK_KINDS = """
    stock, shares, warrant, warrants, right, rights, unit, units, note, notes, ads, adss, share right, share rights
    closed end fund, reit, cdi, cdr, etn, etns, equity units, contingent value rights, cvr
"""
_MODIFIERS = frozenset(
    words(
        "new non voting subordinate restricted cumulative noncumulative redeemable perpetual convertible exchangeable"
        " mandatory fixed floating rate reset to depositary senior junior subordinated unsecured secured guaranteed"
        " sponsored unsponsored nominal variable adjustable monthly quarterly"
    )
)
"""Words that may stand between the issuer and the kind. `trust`, `equity`, `income` and the like are the issuer's."""

_SMALL_PRINT = frozenset(
    words(
        "each representing represents to due par no without when rate exercisable expiring of consisting evidenced"
        " interest interests rights series class cumulative nominal value on in usd reit ads adr adss adrs stock the a"
        " beneficial representing units warrants shares share with issued at and callable new"
    )
)
"""A kind is that of a security when nothing, a comma, or one of these follows it."""

_ISSUER_ENDS = frozenset(
    words(
        "inc incorporated corp corporation co company ltd limited plc llc lp nv sa ag se ab asa spa adr trust fund"
        " bancorp bancshares holdings group partners bank the"
    )
)
"""Words behind which a weak kind of security is one, besides legal forms."""

_SHARE_CLASS_OF = frozenset(words("inc incorporated corp corporation co company plc ltd limited nv sa"))


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.replace("\n", ",").split(",") if phrase.strip())


KINDS = _phrases(_KINDS)
WEAK_KINDS = _phrases(_WEAK_KINDS)
_FIRST_WORDS = frozenset(kind[0] for kind in KINDS | WEAK_KINDS)
_LONGEST = max(map(len, KINDS))


def cut_security(name: Wording, is_form: Callable[[str], object]) -> None:
    """Cut the description of a security off the end of a name; at least one word stays."""
    for place in range(1, len(name)):
        if name.words[place] in _FIRST_WORDS:
            start = _cut_at(name, place, is_form)
            if start:
                name.drop(start, len(name))
                return
    _cut_share_class(name)


def _cut_at(name: Wording, place: int, is_form: Callable[[str], object]) -> int:
    """Where the description begins whose kind stands at this place; 0 when there is none."""
    size = next((size for size in range(_LONGEST, 0, -1) if tuple(name.words[place : place + size]) in KINDS), 0)
    strong = size > 0
    size = size or next((s for s in (3, 2, 1) if tuple(name.words[place : place + s]) in WEAK_KINDS), 0)
    if not size or not _ends(name, place + size):
        return 0
    start = _back_over_modifiers(name, place)
    before = name.words[start - 1]
    parted = name.breaks[start] or before in _ISSUER_ENDS or bool(is_form(before))
    return start if parted or strong else 0


def _ends(name: Wording, end: int) -> bool:
    """Whether nothing but small print follows."""
    return end >= len(name) or name.breaks[end] or name.words[end] in _SMALL_PRINT or name.words[end][0].isdigit()


def _back_over_modifiers(name: Wording, place: int) -> int:
    """The first word of the description, going back from its kind; the name keeps one word."""
    start = place
    while start > 1 and not name.breaks[start]:
        word, before = name.words[start - 1], name.words[start - 2]
        if start > 2 and before in DESIGNATORS and (len(word) <= 2 or word[0].isdigit()):
            start -= 2
        elif start > 3 and name.words[start - 3] in DESIGNATORS and len(before) == 1 and word.isdigit():
            start -= 3  # `Class A-1`
        elif word.endswith("%") or word in _MODIFIERS:
            start -= 1
        else:
            break
    return start


def _cut_share_class(name: Wording) -> None:
    """`Amber Inc. (Class A)`, `Amber Corp New`: shares of a company. The class of a fund stays, it is another fund."""
    size = len(name)
    if size > 2 and name.words[-1] == "new" and name.words[-2] in _SHARE_CLASS_OF:
        name.drop(size - 1, size)
    elif size > 3 and name.words[-2] in DESIGNATORS and len(name.words[-1]) == 1 and name.words[-3] in _SHARE_CLASS_OF:
        name.drop(size - 2, size)
