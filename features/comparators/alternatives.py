"""Values of which a record may have several, one being meant: readings of a date, forms of a name; and endings."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.comparators.values import blank
from features.declare import FloatArray, Similarity, Text, Tokens, takes_plain
from features.plain import PlainText


@takes_plain
def any_shared(left: Tokens, right: Tokens) -> Similarity:
    """1 where both sides have a value in common, 0 where not; null where either side has none."""
    return blank(left.shared(right) > 0, left.lacking(right))


def one_ends_the_other(left: Text | PlainText, right: Any, ending_l: Text, ending_r: Text) -> FloatArray:
    """1 where one value ends with the other, 0 where not; null where either has no ending.

    The endings are of one length; only where they agree are the whole values looked at.
    """
    missing = ending_l.lacking(ending_r)
    if isinstance(left, PlainText):
        alike = left.same(right) or (ending_l.same(ending_r) and _one_ends(left.value or "", right.value or ""))
        return blank(alike, missing)
    ends = left.same(right)
    unlike = np.flatnonzero(ending_l.same(ending_r) & ~ends & ~missing)
    if len(unlike):
        ends, values = ends.copy(), left.column.values
        for pair, one, other in zip(unlike, left.rows[unlike].tolist(), right.rows[unlike].tolist(), strict=True):
            ends[pair] = _one_ends(values[one], values[other])
    return blank(ends, missing)


def _one_ends(one: str, other: str) -> bool:
    return one.endswith(other) or other.endswith(one)
