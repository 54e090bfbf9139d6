"""States of the identifiers. Agreement is strong evidence, conflict of valid identifiers too."""

from __future__ import annotations

from features.comparators.values import agreement, checked_agreement
from features.declare import Agreement, Text, pair_feature


@pair_feature()
def lei_agreement(lei_l: Text, lei_r: Text, lei_invalid_l: Text, lei_invalid_r: Text) -> Agreement:
    """State of the Legal Entity Identifiers (ISO 17442)."""
    return checked_agreement(lei_l, lei_r, lei_invalid_l, lei_invalid_r)


@pair_feature()
def bic_agreement(bic_l: Text, bic_r: Text, bic_invalid_l: Text, bic_invalid_r: Text) -> Agreement:
    """State of the Business Identifier Codes (ISO 9362), branch left out."""
    return checked_agreement(bic_l, bic_r, bic_invalid_l, bic_invalid_r)


@pair_feature()
def isin_agreement(isin_l: Text, isin_r: Text, isin_invalid_l: Text, isin_invalid_r: Text) -> Agreement:
    """State of the International Securities Identification Numbers (ISO 6166)."""
    return checked_agreement(isin_l, isin_r, isin_invalid_l, isin_invalid_r)


@pair_feature()
def registration_number_agreement(registration_number_l: Text, registration_number_r: Text) -> Agreement:
    """State of the numbers in the company register; there is no checksum to fail."""
    return agreement(registration_number_l, registration_number_r)


@pair_feature()
def tax_id_agreement(tax_id_l: Text, tax_id_r: Text) -> Agreement:
    """State of the tax numbers; there is no checksum to fail."""
    return agreement(tax_id_l, tax_id_r)
