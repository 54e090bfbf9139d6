"""Address lines and their parts."""

from __future__ import annotations

from features.comparators.strings import INDEL, JARO_WINKLER
from features.comparators.tokens import overlap
from features.comparators.values import equal
from features.declare import Similarity, Text, Tokens, pair_feature, scored

address_indel = scored("address", INDEL, doc="Indel similarity of the address lines.")
street_jaro_winkler = scored("street", JARO_WINKLER, doc="Jaro-Winkler similarity of the streets (Winkler 1990).")


@pair_feature()
def address_token_overlap(address_tokens_l: Tokens, address_tokens_r: Tokens) -> Similarity:
    """Words and numbers that both addresses have over those of the shorter one (Szymkiewicz-Simpson)."""
    return overlap(address_tokens_l, address_tokens_r)


@pair_feature()
def house_number_equal(house_number_l: Text, house_number_r: Text) -> Similarity:
    """1 when both house numbers are the same, letter included, 0 when they differ."""
    return equal(house_number_l, house_number_r)


@pair_feature()
def address_unit_equal(address_unit_l: Text, address_unit_r: Text) -> Similarity:
    """1 when both suites, apartments or units are the same, 0 when they differ."""
    return equal(address_unit_l, address_unit_r)


@pair_feature()
def po_box_equal(po_box_l: Text, po_box_r: Text) -> Similarity:
    """1 when both P.O. boxes have the same number, 0 when they differ."""
    return equal(po_box_l, po_box_r)
