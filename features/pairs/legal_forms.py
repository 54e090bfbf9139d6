"""Agreement of the legal forms."""

from __future__ import annotations

import numpy as np

from features.comparators.values import agreement
from features.declare import GRADED_STATES, GradedAgreement, Text, pair_feature

_BOTH_MISSING, _ONE_MISSING, _CONFLICT, _COMPATIBLE, _AGREE = range(len(GRADED_STATES))
_STATES = np.array([_BOTH_MISSING, _ONE_MISSING, _CONFLICT, _AGREE], dtype=np.int8)
"""By the state of an agreement."""


@pair_feature()
def legal_form_agreement(
    legal_form_l: Text, legal_form_r: Text, legal_form_class_l: Text, legal_form_class_r: Text
) -> GradedAgreement:
    """Same form; compatible: another form of the same class (`gmbh`, `llc`); or conflict."""
    same_class = legal_form_class_l.same(legal_form_class_r) & ~legal_form_class_l.missing
    states = _STATES[agreement(legal_form_l, legal_form_r)]
    states[(states == _CONFLICT) & same_class] = _COMPATIBLE
    return states
