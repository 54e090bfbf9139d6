"""Blocking keys for people."""

from __future__ import annotations

from features.comparators.sounds import phonetic
from features.declare import blocking_rule


@blocking_rule(max_pairs=250_000)
def birth_date_family_sound(birth_date: str, family_name_sound: str) -> str:
    """The same birth date and a family name of the same sound."""
    return f"{birth_date}|{family_name_sound}"


@blocking_rule(max_pairs=250_000)
def birth_date_given_sound(birth_date: str, given_name: str) -> str:
    """The same birth date and a first given name of the same sound: for a family name that changed or is missing."""
    return f"{birth_date}|{phonetic(given_name.split(maxsplit=1)[0])}"


@blocking_rule(max_pairs=250_000)
def family_name_postal_code(family_name: str, postal_code: str) -> str:
    """The same family name and postal code."""
    return f"{family_name}|{postal_code}"
