"""Descriptions of securities behind an issuer's name go; names made of the same words stay."""

from __future__ import annotations

import pytest

from features.standardisation.names import core
from features.standardisation.text import clean_text

CUT: list[tuple[str, str]] = [
    ("Amber Inc. Common Stock", "amber"),
    ("Amber, Inc. - Class A Common Stock, $0.01 par value", "amber"),
    ("Amber, Inc. Class A-1 Common Stock", "amber"),
    ("Amber Corp Common Shares New", "amber"),
    ("Amber plc Ordinary Shares", "amber"),
    ("Amber Ltd. American Depositary Shares, each representing two Ordinary Shares", "amber"),
    ("Amber Ltd American Depositary Shares (each representing one Common Share)", "amber"),
    ("Amber SPONSORED ADR", "amber"),
    ("Amber AG ADR", "amber"),
    ("Amber Trust 7.50% Series A Cumulative Redeemable Preferred Stock", "amber trust"),
    ("Amber Corp. - 5.875% Series B Cumulative Perpetual Preferred Stock", "amber"),
    ("Amber Inc 8.00% Fixed Rate Senior Notes due 2029", "amber"),
    ("Amber, Inc. 7% Notes due 2028", "amber"),
    ("Amber Corp. Warrants", "amber"),
    ("Amber Inc. Warrants, each whole warrant exercisable for one share", "amber"),
    ("Amber Corp II - Units, each consisting of one share and one half of one warrant", "amber 2"),
    ("Amber Corp Rights", "amber"),
    ("Amber Ltd. - Right", "amber"),
    ("Amber Inc. Depositary Shares, each representing a 1/40th interest in a share", "amber"),
    ("Amber Value Trust (The) Common Shares of Beneficial Interest", "amber value trust"),
    ("Amber Inc (The) REIT", "amber"),
    ("Amber LP Common Units representing Limited Partner Interests", "amber"),
    ("Amber Technology and Private Equity Term Trust Common Shares", "amber technology private equity term trust"),
    ("Amber Floating Rate & Alternative Income Trust Common Stock", "amber floating rate alternative income trust"),
    ("Amber Trust Preferred Stock", "amber trust"),
    ("Amber NV New York Registry Shares", "amber"),
    ("Amber Fund, Inc. - Closed End Fund", "amber fund"),
    ("Amber Inc. (Class A)", "amber"),
    ("Preferred Bank Common Stock", "preferred bank"),
    ("Rights Management Ltd Ordinary Shares", "rights management"),
]

KEPT: list[tuple[str, str]] = [
    ("Common Stock Holdings Inc", "common stock holdings"),
    ("Rights Management Ltd", "rights management"),
    ("Preferred Bank", "preferred bank"),
    ("Unit Corporation", "unit"),
    ("Warrant Technologies", "warrant technologies"),
    ("Amber Preferred Stock Fund", "amber preferred stock fund"),
    ("Amber Common Stock Fund", "amber common stock fund"),
    ("Amber Company Stock Fund", "amber company stock fund"),
    ("Amber - Value Bonds 2016", "amber value bonds 2016"),
    ("Amber Fund - Global Equity Units", "amber fund global equity units"),
    ("Human Rights", "human rights"),
    ("Amber Fund LP Series B", "amber fund series b"),
    ("Amber Income Fund Class C", "amber income fund class c"),
    ("ADR", "adr"),
]


@pytest.mark.parametrize(("name", "issuer"), CUT, ids=[case[0] for case in CUT])
def test_the_issuer_is_what_stands_before_the_security(name: str, issuer: str) -> None:
    assert core(clean_text(name) or "") == issuer


@pytest.mark.parametrize(("name", "wanted"), KEPT, ids=[case[0] for case in KEPT])
def test_a_name_of_such_words_is_a_name(name: str, wanted: str) -> None:
    assert core(clean_text(name) or "") == wanted
