"""Country, city, postal code and address."""

from __future__ import annotations

from features.comparators.strings import INDEL, JARO_WINKLER
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature, scored

city_jaro_winkler = scored("city", JARO_WINKLER, doc="Jaro-Winkler similarity of the cities (Winkler 1990).")
address_indel = scored("address", INDEL, doc="Indel similarity of the address lines.")


@pair_feature()
def country_equal(country_l: Text, country_r: Text) -> Similarity:
    """1 when both records carry the same ISO country, 0 when they differ."""
    return equal(country_l, country_r)


@pair_feature()
def postal_code_equal(postal_code_l: Text, postal_code_r: Text) -> Similarity:
    """1 when both postal codes are the same, 0 when they differ."""
    return equal(postal_code_l, postal_code_r)
