"""Identifiers: normal form and checksum by rigour. What fails its check is kept apart, never compared."""

from __future__ import annotations

from rigour.ids import get_identifier_format

from features.declare import record_feature
from features.standardisation.text import clean_text

_FORMATS = {name: strict for name in ("lei", "bic", "isin") if (strict := get_identifier_format(name))}


@record_feature()
def lei(raw_lei: str) -> str | None:
    """Legal Entity Identifier (ISO 17442), 20 characters, valid check digits."""
    return _valid("lei", raw_lei)


@record_feature()
def lei_invalid(raw_lei: str, lei: str | None) -> str | None:
    """The LEI as given, when it is not a valid one."""
    return None if lei else clean_text(raw_lei)


@record_feature()
def bic(raw_bic: str) -> str | None:
    """Business Identifier Code (ISO 9362) of the institution: the first 8 characters, branch left out."""
    valid = _valid("bic", raw_bic)
    return valid[:8] if valid else None


@record_feature()
def bic_invalid(raw_bic: str, bic: str | None) -> str | None:
    """The BIC as given, when it is not a valid one."""
    return None if bic else clean_text(raw_bic)


@record_feature()
def isin(raw_isin: str) -> str | None:
    """International Securities Identification Number (ISO 6166), valid check digit."""
    return _valid("isin", raw_isin)


@record_feature()
def isin_invalid(raw_isin: str, isin: str | None) -> str | None:
    """The ISIN as given, when it is not a valid one."""
    return None if isin else clean_text(raw_isin)


@record_feature()
def registration_number(raw_registration_number: str) -> str | None:
    """Number in the company register: letters and digits only, leading zeros out."""
    return _plain(raw_registration_number)


@record_feature()
def tax_id(raw_tax_id: str) -> str | None:
    """Tax number: letters and digits only, leading zeros out."""
    return _plain(raw_tax_id)


def _plain(value: str) -> str | None:
    text = clean_text(value)
    return "".join(c for c in text if c.isalnum()).lstrip("0") or None if text else None


def _valid(kind: str, value: str) -> str | None:
    text = clean_text(value)
    return _FORMATS[kind].normalize(text.upper().replace(" ", "")) if text else None
