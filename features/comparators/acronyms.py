"""Values of one column that a record of the other side has in another column: acronyms among names."""

from __future__ import annotations

import numpy as np

from features.columns import BoolArray, Entries
from features.declare import Tokens


def any_among(left: Tokens, right: Tokens) -> BoolArray:
    """Whether a token of the left side is one of the right side's, which is of another column, pair by pair."""
    known = {token: code for code, token in enumerate(left.column.tokens)}
    renamed = np.array([known.get(token, -1) for token in right.column.tokens], dtype=np.int64)
    ours, theirs = left.entries, right.entries
    there = Entries(theirs.pair, renamed[theirs.code] if len(renamed) else theirs.code)
    size = max(len(known), 1)
    wanted = there.pair[there.code >= 0] * size + there.code[there.code >= 0]
    found = np.isin(ours.pair * size + ours.code, wanted)
    return np.bincount(ours.pair[found], minlength=len(left.rows)) > 0
