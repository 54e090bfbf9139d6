"""Values of which a record may have several, one being meant: readings of a date, forms of a name; and endings."""

from __future__ import annotations

import numpy as np

from features.comparators.values import blank
from features.declare import FloatArray, Similarity, Text, Tokens


def any_shared(left: Tokens, right: Tokens) -> Similarity:
    """1 where both sides have a value in common, 0 where not; null where either side has none."""
    return blank(left.shared(right) > 0, left.lacking(right))


def one_ends_the_other(left: Text, right: Text, ending_l: Text, ending_r: Text) -> FloatArray:
    """1 where one value ends with the other, 0 where not; null where either has no ending.

    The endings are of one length; only where they agree are the whole values looked at.
    """
    missing = ending_l.lacking(ending_r)
    ends = left.same(right)
    unlike = np.flatnonzero(ending_l.same(ending_r) & ~ends & ~missing)
    if len(unlike):
        ends, values = ends.copy(), left.column.values
        for pair, one, other in zip(unlike, left.rows[unlike].tolist(), right.rows[unlike].tolist(), strict=True):
            ends[pair] = values[one].endswith(values[other]) or values[other].endswith(values[one])
    return blank(ends, missing)
