"""Features of the benchmark's own, declared where a user would declare theirs: in a module of one's own."""

from __future__ import annotations

from features.comparators.strings import JARO
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature, scored


@pair_feature()
def city_equal(city_l: Text, city_r: Text) -> Similarity:
    """1 when both cities are the same, 0 when they differ."""
    return equal(city_l, city_r)


name_jaro = scored("name_core", JARO, doc="Jaro similarity of the names.")
