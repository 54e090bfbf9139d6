"""Names of persons."""

from __future__ import annotations

from features.comparators.alternatives import any_shared
from features.comparators.crossed import better_of_crossed
from features.comparators.strings import JARO_WINKLER
from features.comparators.tokens import overlap
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature, scored, takes_plain

given_name_jaro_winkler = scored(
    "given_name", JARO_WINKLER, doc="Jaro-Winkler similarity of the given names (Winkler 1990)."
)
family_name_jaro_winkler = scored(
    "family_name", JARO_WINKLER, doc="Jaro-Winkler similarity of the family names (Winkler 1990)."
)


@pair_feature()
@takes_plain
def person_name_crossed(given_name_l: Text, given_name_r: Text, family_name_l: Text, family_name_r: Text) -> Similarity:
    """Mean Jaro-Winkler similarity of given and family names, straight or given against family: the better.

    Crossed where a given name begins like the other's family name.
    """
    return better_of_crossed(given_name_l, given_name_r, family_name_l, family_name_r, JARO_WINKLER)


person_token_overlap = scored(
    "person_tokens",
    overlap,
    doc="Words of given and family name that both have over those of the shorter name: order does not count.",
)
given_initial_equal = scored(
    "given_initial", equal, doc="1 when both given names begin with the same letter, 0 when not."
)
given_name_form_equal = scored(
    "given_name_forms",
    any_shared,
    doc="1 when both first given names are forms of one name (`Bill`, `William`), 0 when none is known.",
)
family_name_sound_equal = scored(
    "family_name_sound",
    equal,
    doc="1 when both family names, without particles, have the same Metaphone code, 0 when not.",
)
