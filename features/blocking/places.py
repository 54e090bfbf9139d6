"""Blocking keys from addresses: names change, and may say nothing, where addresses stay."""

from __future__ import annotations

from features.declare import blocking_rule


@blocking_rule(max_pairs=20_000)
def house_street_postal_code(house_number: str, street: str, postal_code: str) -> str:
    """The same house number, first word of the street and postal code."""
    return f"{house_number}|{street.split(maxsplit=1)[0]}|{postal_code}"


@blocking_rule(max_pairs=20_000)
def house_street_city(house_number: str, street: str, city: str) -> str:
    """The same house number, first word of the street and city."""
    return f"{house_number}|{street.split(maxsplit=1)[0]}|{city}"
