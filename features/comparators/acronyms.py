"""Values of one column that a record of the other side has in another column: acronyms among names."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.arrays import IntArray, member
from features.declare import Tokens
from features.plain import PlainTokens
from features.token_sets import TokensColumn


def any_among(left: Tokens | PlainTokens, right: Any) -> Any:
    """Whether a token of the left side is one of the right side's, which is of another column, pair by pair."""
    if isinstance(left, PlainTokens):
        return not left.set.isdisjoint(right.set)
    if not (left.count.any() and right.count.any()):
        return np.zeros(len(left.rows), dtype=bool)
    ours, theirs, distinct = left.entries, right.entries, left.column.stack.coded.distinct
    codes = _renamed(right.column, left.column)[theirs.code]
    wanted = np.sort((theirs.pair * distinct + codes)[codes >= 0])
    found = member(ours.pair * distinct + ours.code, wanted)[0]
    return np.asarray(np.bincount(ours.pair[found], minlength=len(left.rows)) > 0)


def _renamed(column: TokensColumn, other: TokensColumn) -> IntArray:
    """For each token of a column its code in the other one, -1 where that does not know it."""
    if column.stack is other.stack:
        return np.arange(column.stack.coded.distinct)
    known = {token: code for code, token in enumerate(other.tokens)}
    return np.array([known.get(token, -1) for token in column.tokens], dtype=np.int64)
