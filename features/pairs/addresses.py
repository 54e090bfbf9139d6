"""Address lines and their parts."""

from __future__ import annotations

from features.comparators.strings import INDEL, JARO_WINKLER
from features.comparators.tokens import overlap
from features.comparators.values import equal
from features.declare import scored

address_indel = scored("address", INDEL, doc="Indel similarity of the address lines.")
street_jaro_winkler = scored("street", JARO_WINKLER, doc="Jaro-Winkler similarity of the streets (Winkler 1990).")


address_token_overlap = scored(
    "address_tokens",
    overlap,
    doc="Words and numbers that both addresses have over those of the shorter one (Szymkiewicz-Simpson).",
)
house_number_equal = scored(
    "house_number", equal, doc="1 when both house numbers are the same, letter included, 0 when they differ."
)
address_unit_equal = scored(
    "address_unit", equal, doc="1 when both suites, apartments or units are the same, 0 when they differ."
)
po_box_equal = scored("po_box", equal, doc="1 when both P.O. boxes have the same number, 0 when they differ.")
