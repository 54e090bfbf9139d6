"""Tokens of one column among those of another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.columns import TokensColumn
from features.comparators.acronyms import any_among
from features.declare import Tokens

records = st.lists(
    st.tuples(
        *[st.one_of(st.none(), st.lists(st.sampled_from(alphabet), max_size=3)) for alphabet in ("abcd", "cdef")]
    ),
    min_size=1,
    max_size=6,
)


@given(records)
def test_any_among_against_sets(lists: list[tuple[list[str] | None, list[str] | None]]) -> None:
    ours, theirs = (TokensColumn(pa.array(column, pa.list_(pa.string()))) for column in zip(*lists, strict=True))
    rows, others = np.repeat(np.arange(len(lists)), len(lists)), np.tile(np.arange(len(lists)), len(lists))
    found = any_among(Tokens(ours, rows), Tokens(theirs, others))
    wanted = [
        bool({*(lists[row][0] or ())} & {*(lists[other][1] or ())}) for row, other in zip(rows, others, strict=True)
    ]
    assert found.tolist() == wanted
