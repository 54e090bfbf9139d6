"""Country, subdivision, city and postal code."""

from __future__ import annotations

from features.comparators.strings import JARO_WINKLER
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature, scored

city_jaro_winkler = scored("city", JARO_WINKLER, doc="Jaro-Winkler similarity of the cities (Winkler 1990).")
region_jaro_winkler = scored(
    "region",
    JARO_WINKLER,
    doc="Jaro-Winkler similarity of the regions as written: for those that no ISO code is known of.",
)


@pair_feature()
def country_equal(country_l: Text, country_r: Text) -> Similarity:
    """1 when both records carry the same ISO country, 0 when they differ."""
    return equal(country_l, country_r)


@pair_feature()
def subdivision_equal(subdivision_l: Text, subdivision_r: Text) -> Similarity:
    """1 when both records carry the same ISO subdivision (`US-IL`), 0 when they differ."""
    return equal(subdivision_l, subdivision_r)


@pair_feature()
def postal_code_equal(postal_code_l: Text, postal_code_r: Text) -> Similarity:
    """1 when both postal codes are the same, 0 when they differ."""
    return equal(postal_code_l, postal_code_r)


@pair_feature()
def postal_area_equal(postal_area_l: Text, postal_area_r: Text) -> Similarity:
    """1 when both postal codes begin with the same area, 0 when they differ."""
    return equal(postal_area_l, postal_area_r)
