"""Country, subdivision, city and postal code."""

from __future__ import annotations

from features.comparators.strings import JARO_WINKLER
from features.comparators.values import equal
from features.declare import scored

city_jaro_winkler = scored("city", JARO_WINKLER, doc="Jaro-Winkler similarity of the cities (Winkler 1990).")
region_jaro_winkler = scored(
    "region",
    JARO_WINKLER,
    doc="Jaro-Winkler similarity of the regions as written: for those that no ISO code is known of.",
)


country_equal = scored("country", equal, doc="1 when both records carry the same ISO country, 0 when they differ.")
subdivision_equal = scored(
    "subdivision", equal, doc="1 when both records carry the same ISO subdivision (`US-IL`), 0 when they differ."
)
postal_code_equal = scored("postal_code", equal, doc="1 when both postal codes are the same, 0 when they differ.")
postal_area_equal = scored(
    "postal_area", equal, doc="1 when both postal codes begin with the same area, 0 when they differ."
)
