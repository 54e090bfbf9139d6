"""Blocking keys for people."""

from __future__ import annotations

from features.declare import blocking_rule
from features.entities.names import phonetic


@blocking_rule(max_pairs=250_000)
def birth_date_family_sound(birth_date: str, family_name: str) -> str | None:
    """The same birth date and a family name of the same sound."""
    return f"{birth_date}|{phonetic(family_name.split(maxsplit=1)[0])}"


@blocking_rule(max_pairs=250_000)
def family_name_postal_code(family_name: str, postal_code: str) -> str:
    """The same family name and postal code."""
    return f"{family_name}|{postal_code}"
