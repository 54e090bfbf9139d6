"""Which column of a file is which party field, by the names that columns usually go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.errors import PairlakeError
from features.tables import LIST_FIELDS, PARTY_FIELDS

_NAMES = {
    "name": "name full_name legal_name company_name organisation_name organization_name entity_name bank_name "
    "company organisation organization business_name registered_name",
    "party_type": "party_type entity_type",
    "address": "po_box house_number street_number house_no number street_name address address_1 address1 "
    "address_line_1 street street_address addr address_2 address2 address_line_2 address_3 address3 address_line_3",
    "city": "city town suburb locality municipality place",
    "region": "region state province county state_code",
    "postal_code": "postal_code postcode post_code zip zip_code zipcode",
    "country": "country country_code country_iso jurisdiction nation",
    "incorporation_date": "incorporation_date date_of_incorporation incorporated founded founding_date",
    "birth_date": "birth_date date_of_birth dob birthdate birthday",
    "lei": "lei lei_code",
    "bic": "bic swift swift_code bic_code swift_bic",
    "isin": "isin isin_code",
    "registration_number": "registration_number company_number registration_no register_number reg_no",
    "tax_id": "tax_id soc_sec_id ssn national_id tax_number vat vat_number tin ein",
    "web_domain": "web_domain website url web homepage domain web_site",
    "email": "email e_mail email_address mail",
    "phone": "phone telephone phone_number tel telephone_number mobile",
    "given_name": "given_name first_name forename firstname given_names",
    "family_name": "family_name surname last_name lastname family_names",
    "aliases": "aliases alias former_names former_name previous_names previous_name other_names also_known_as aka "
    "trading_name trading_as dba trade_name",
}
SYNONYMS = {field: tuple(names.split()) for field, names in _NAMES.items()}
"""Party field → the column names read as it, the best first. An address and aliases are joined from all there are."""

_JOINED = ("address", *LIST_FIELDS)


class ColumnError(PairlakeError):
    """A mapping that was given by hand does not fit the files; the message says what would."""


def by_hand(given: Sequence[str]) -> dict[tuple[str, str], str]:
    """`side.column=field` as (side, column) → field; an empty field means that the column is not read."""
    mapping = {}
    for text in given:
        where, equals, field = text.partition("=")
        side, dot, column = where.partition(".")
        if not (equals and dot and column) or side not in ("left", "right", "records"):
            raise ColumnError(f"--columns {text!r} is not understood; wanted for example left.zip=postal_code")
        if field and field not in PARTY_FIELDS:
            raise ColumnError(f"--columns {text!r}: there is no field {field!r}; fields are {', '.join(PARTY_FIELDS)}")
        mapping[side, column] = field
    return mapping


def mapped(columns: Sequence[str], chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """Party field → the columns it is read from. What was chosen by hand goes before what the names say."""
    fields = {field: [c for c in columns if chosen.get(c) == field] for field in PARTY_FIELDS}
    named = {_plain(column): column for column in reversed(columns) if column not in chosen and column != "id"}
    for field, synonyms in SYNONYMS.items():
        if not fields[field]:
            found = [named[name] for name in synonyms if name in named]
            fields[field] = found if field in _JOINED else found[:1]
    return {field: names for field, names in fields.items() if names}


def field_value(field: str, values: Sequence[str]) -> str | list[str] | None:
    """One party field of a record from its columns' values; nothing in any of them is missing."""
    present = [value for value in values if value.strip()]
    if field in LIST_FIELDS:
        return [part for value in present for part in value.replace(";", "|").split("|") if part.strip()] or None
    return " ".join(present) or None


def _plain(column: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in column.casefold()).split())
