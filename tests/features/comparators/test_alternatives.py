"""One of several values in common; one value at the end of the other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Records
from features.comparators.alternatives import any_shared, one_ends_the_other
from features.pairing import Pairs
from features.views import Beside

choices = st.lists(st.one_of(st.none(), st.lists(st.sampled_from("abcd"), max_size=3)), min_size=1, max_size=6)
numbers = st.lists(st.one_of(st.none(), st.from_regex(r"[12]{1,5}", fullmatch=True)), min_size=1, max_size=6)


def all_beside_all(**columns: pa.Array) -> Beside:
    """Every record beside every one."""
    records = Records(pa.table(columns))
    rows, others = np.repeat(np.arange(len(records)), len(records)), np.tile(np.arange(len(records)), len(records))
    return Beside(records, Pairs(rows, others, None, ()), columns)


@given(choices)
def test_any_shared_against_sets(lists: list[list[str] | None]) -> None:
    left, right = all_beside_all(choices=pa.array(lists, pa.list_(pa.string()))).views("choices")
    for found, row, other in zip(any_shared(left, right), left.rows, right.rows, strict=True):
        one, two = lists[row], lists[other]
        assert np.isnan(found) if not one or not two else found == bool(set(one) & set(two))


@given(numbers)
def test_one_ends_the_other_against_strings(values: list[str | None]) -> None:
    endings = [value[-2:] if value and len(value) >= 2 else None for value in values]
    beside = all_beside_all(whole=pa.array(values, pa.string()), ending=pa.array(endings, pa.string()))
    (left, right), ends = beside.views("whole"), beside.views("ending")
    for found, row, other in zip(one_ends_the_other(left, right, *ends), left.rows, right.rows, strict=True):
        one, two = values[row] or "", values[other] or ""
        if endings[row] is None or endings[other] is None:
            assert np.isnan(found)
        else:
            assert found == (one.endswith(two) or two.endswith(one))
