"""Values of which a record may have several, one being meant: readings of a date, forms of a name; and endings."""

from __future__ import annotations

import numpy as np

from features.comparators.tokens import shared
from features.comparators.values import blank
from features.declare import FloatArray, Text, Tokens


def any_shared(left: Tokens, right: Tokens) -> FloatArray:
    """1 where both sides have a value in common, 0 where not; null where either side has none."""
    return blank(shared(left, right) > 0, left.missing | right.missing)


def one_ends_the_other(left: Text, right: Text, ending_l: Text, ending_r: Text) -> FloatArray:
    """1 where one value ends with the other, 0 where not; null where either has no ending.

    The endings are of one length; only where they agree are the whole values looked at.
    """
    missing = ending_l.missing | ending_r.missing
    ends = left.codes == right.codes
    one, other = left.column.values, right.column.values
    for pair in np.flatnonzero((ending_l.codes == ending_r.codes) & ~ends & ~missing).tolist():
        left_value, right_value = one[left.rows[pair]], other[right.rows[pair]]
        ends[pair] = left_value.endswith(right_value) or right_value.endswith(left_value)
    return blank(ends, missing)
