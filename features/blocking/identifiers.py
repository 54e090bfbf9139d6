"""Blocking keys from identifiers; national numbers ask for the same country, known or not."""

from __future__ import annotations

from features.declare import blocking_rule


@blocking_rule()
def lei_equal(lei: str) -> str:
    """The same Legal Entity Identifier."""
    return lei


@blocking_rule()
def bic_equal(bic: str) -> str:
    """The same Business Identifier Code, branch left out."""
    return bic


@blocking_rule(max_pairs=250_000)
def isin_equal(isin: str) -> str:
    """The same International Securities Identification Number."""
    return isin


@blocking_rule()
def registration_number_equal(registration_number: str, country: str | None) -> str:
    """The same registration number in the same country."""
    return f"{registration_number}|{country or ''}"


@blocking_rule()
def tax_id_equal(tax_id: str, country: str | None) -> str:
    """The same tax number in the same country."""
    return f"{tax_id}|{country or ''}"
