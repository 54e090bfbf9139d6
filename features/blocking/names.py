"""Blocking keys from the name that no kind of rule makes."""

from __future__ import annotations

from features.declare import blocking_rule


@blocking_rule(max_pairs=100, version=2)
def name_acronym(name_acronyms: list[str] | None, names_short: list[str] | None) -> list[str]:
    """The acronym of a name, in its language or in English, or a name short enough to be one."""
    return sorted({key for key in (*(name_acronyms or ()), *(names_short or ())) if 3 <= len(key) <= 6})
