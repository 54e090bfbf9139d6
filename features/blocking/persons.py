"""Blocking keys for people that no kind of rule makes."""

from __future__ import annotations

from features.comparators.sounds import phonetic
from features.declare import blocking_rule


@blocking_rule(max_pairs=250_000)
def birth_date_given_sound(birth_date: str, given_name: str) -> str:
    """The same birth date and a first given name of the same sound: for a family name that changed or is missing."""
    return f"{birth_date}|{phonetic(given_name.split(maxsplit=1)[0])}"
