"""The two blocking rules of the speed benchmarks: plain ones, so that the usual plan can have them too."""

from __future__ import annotations

from itertools import pairwise

from features.declare import blocking_rule


@blocking_rule()
def name_prefix_country(name_compact: str, country: str | None) -> str:
    """First eight characters of the name without spaces, and country."""
    return f"{name_compact[:8]}|{country or ''}"


@blocking_rule()
def name_word_pair_country(name_core: str, country: str | None) -> list[str]:
    """Two neighbouring words in either order, and country."""
    return [f"{' '.join(sorted(pair))}|{country or ''}" for pair in pairwise(name_core.split())]
