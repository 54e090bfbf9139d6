"""Agreement of the legal forms."""

from __future__ import annotations

import numpy as np

from features.comparators.values import agreement
from features.declare import GRADED_STATES, GradedAgreement, Text, pair_feature, takes_plain

_BOTH_MISSING, _ONE_MISSING, _CONFLICT, _COMPATIBLE, _AGREE = range(len(GRADED_STATES))
_STATES = np.array(
    [
        [_BOTH_MISSING] * 4,
        [_ONE_MISSING] * 4,
        [_CONFLICT, _CONFLICT, _CONFLICT, _COMPATIBLE],
        [_AGREE] * 4,
    ],
    dtype=np.int8,
)
"""By the state of the agreement of the forms, and of that of their classes."""


@pair_feature()
@takes_plain
def legal_form_agreement(
    legal_form_l: Text, legal_form_r: Text, legal_form_class_l: Text, legal_form_class_r: Text
) -> GradedAgreement:
    """Same form; compatible: another form of the same class (`gmbh`, `llc`); or conflict."""
    return _STATES[agreement(legal_form_l, legal_form_r), agreement(legal_form_class_l, legal_form_class_r)]
