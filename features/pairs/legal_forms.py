"""Agreement of the legal forms."""

from __future__ import annotations

import numpy as np

from features.comparators.values import agreement
from features.declare import GRADED_STATES, GradedAgreement, Text, pair_feature

_BOTH_MISSING, _ONE_MISSING, _CONFLICT, _COMPATIBLE, _AGREE = range(len(GRADED_STATES))


@pair_feature()
def legal_form_agreement(
    legal_form_l: Text, legal_form_r: Text, legal_form_class_l: Text, legal_form_class_r: Text
) -> GradedAgreement:
    """Same form; compatible: another form of the same class (`gmbh`, `llc`); or conflict."""
    form = agreement(legal_form_l, legal_form_r)
    kind_known = ~(legal_form_class_l.missing | legal_form_class_r.missing)
    same_kind = kind_known & (legal_form_class_l.codes == legal_form_class_r.codes)
    both = (form != _BOTH_MISSING) & (form != _ONE_MISSING)
    same = both & (legal_form_l.codes == legal_form_r.codes)
    states = np.select([same, both & same_kind, both], [_AGREE, _COMPATIBLE, _CONFLICT], form)
    return states.astype(np.int8)
