"""Countries, addresses, cities and postal codes."""

from __future__ import annotations

from rigour.territories import lookup_territory

from features.declare import record_feature
from features.standardisation.text import capped, clean_text, latin, normal_form, words


@record_feature()
def country(raw_country: str) -> str | None:
    """ISO 3166-1 alpha-2 code, from a code or a name in any language rigour knows."""
    text = normal_form(raw_country)  # `NA` is Namibia, not a placeholder
    territory = lookup_territory(text) if text else None
    code = territory.code.partition("-")[0].upper() if territory else ""
    return code if len(code) == 2 else None  # former and unrecognised states have no such code


@record_feature()
def region(raw_region: str) -> str | None:
    """Subdivision as words in Latin letters."""
    return _place(raw_region)


@record_feature()
def city(raw_city: str) -> str | None:
    """City as words in Latin letters."""
    return _place(raw_city)


@record_feature()
def postal_code(raw_postal_code: str) -> str | None:
    """Postal code: letters and digits only."""
    return "".join(words(clean_text(raw_postal_code) or "")) or None


@record_feature()
def address(raw_address: str) -> str | None:
    """Address lines as words in Latin letters, at most 256 characters."""
    return _place(raw_address)


def _place(value: str) -> str | None:
    text = clean_text(value)
    return capped(" ".join(words(latin(text)))) or None if text else None
