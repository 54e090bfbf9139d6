"""Blocking keys from the name that no kind of rule makes."""

from __future__ import annotations

from features.declare import blocking_rule


@blocking_rule(max_pairs=100)
def name_acronym(name_acronym: str | None, name_compact: str) -> list[str]:
    """The acronym of the name, or a name short enough to be one."""
    short = name_compact if 3 <= len(name_compact) <= 6 else None
    return [key for key in (name_acronym, short) if key and len(key) >= 3]
