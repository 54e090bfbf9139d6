"""Dates of birth and of incorporation."""

from __future__ import annotations

from features.comparators.alternatives import any_shared
from features.comparators.dates import days_between, equal_or_swapped
from features.comparators.strings import OPTIMAL_STRING_ALIGNMENT
from features.declare import Days, Similarity, Text, pair_feature, scored, takes_plain

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


@pair_feature()
@takes_plain
def birth_date_days(birth_date_l: Text, birth_date_r: Text) -> Days:
    """Whole days between the birth dates; 36,525 stands for a hundred years and more."""
    return days_between(birth_date_l, birth_date_r)


@pair_feature()
@takes_plain
def incorporation_date_days(incorporation_date_l: Text, incorporation_date_r: Text) -> Days:
    """Whole days between the dates of incorporation; 36,525 stands for a hundred years and more."""
    return days_between(incorporation_date_l, incorporation_date_r)


@pair_feature()
@takes_plain
def birth_date_swapped(birth_date_l: Text, birth_date_r: Text) -> Similarity:
    """1 when the birth dates are the same, or would be with day and month of one exchanged; 0 when not."""
    return equal_or_swapped(birth_date_l, birth_date_r)


birth_date_possible = scored(
    "birth_date_readings",
    any_shared,
    doc="1 when the birth dates, as written, can mean the same day (`03/04/1980`, 3 April or 4 March), 0 when not.",
)
incorporation_date_possible = scored(
    "incorporation_date_readings",
    any_shared,
    doc="1 when the dates of incorporation, as written, can mean the same day (`03/04/1980`), 0 when not.",
)
