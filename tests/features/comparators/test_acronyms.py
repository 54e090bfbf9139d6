"""Tokens of one column among those of another."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import columns
from features.columns import Records
from features.comparators.acronyms import any_among
from features.pairing import Pairs
from features.views import Beside

records = st.lists(
    st.tuples(
        *[st.one_of(st.none(), st.lists(st.sampled_from(alphabet), max_size=3)) for alphabet in ("abcd", "cdef")]
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("together", [True, False])
@given(lists=records)
def test_any_among_against_sets(together: bool, lists: list[tuple[list[str] | None, list[str] | None]]) -> None:
    one, two = (pa.array(column, pa.list_(pa.string())) for column in zip(*lists, strict=True))
    rows, others = np.repeat(np.arange(len(lists)), len(lists)), np.tile(np.arange(len(lists)), len(lists))
    with pytest.MonkeyPatch.context() as patched:
        if not together:
            patched.setattr(columns, "STACKED", ())
        beside = Beside(Records(pa.table({"one": one, "two": two})), Pairs(rows, others, None, ()), ("one", "two"))
        found = any_among(beside.views("one")[0], beside.views("two")[1])
    wanted = [
        bool({*(lists[row][0] or ())} & {*(lists[other][1] or ())}) for row, other in zip(rows, others, strict=True)
    ]
    assert found.tolist() == wanted
