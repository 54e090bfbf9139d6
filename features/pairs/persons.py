"""Person names and dates."""

from __future__ import annotations

from features.comparators.strings import JARO_WINKLER, OPTIMAL_STRING_ALIGNMENT
from features.declare import scored

given_name_jaro_winkler = scored(
    "given_name", JARO_WINKLER, doc="Jaro-Winkler similarity of the given names (Winkler 1990)."
)
family_name_jaro_winkler = scored(
    "family_name", JARO_WINKLER, doc="Jaro-Winkler similarity of the family names (Winkler 1990)."
)
birth_date_alignment = scored(
    "birth_date",
    OPTIMAL_STRING_ALIGNMENT,
    doc="Share of the characters of the birth dates that agree, a swap of neighbours counted as one edit.",
)
incorporation_date_alignment = scored(
    "incorporation_date",
    OPTIMAL_STRING_ALIGNMENT,
    doc="Share of the characters of the incorporation dates that agree, a swap counted as one edit.",
)
