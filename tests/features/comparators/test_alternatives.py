"""One of several values in common; one value at the end of the other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.columns import TextColumn, TokensColumn
from features.comparators.alternatives import any_shared, one_ends_the_other
from features.declare import Text, Tokens

choices = st.lists(st.one_of(st.none(), st.lists(st.sampled_from("abcd"), max_size=3)), min_size=1, max_size=6)
numbers = st.lists(st.one_of(st.none(), st.from_regex(r"[12]{1,5}", fullmatch=True)), min_size=1, max_size=6)


@given(choices)
def test_any_shared_against_sets(lists: list[list[str] | None]) -> None:
    column = TokensColumn(pa.array(lists, pa.list_(pa.string())))
    rows, others = np.repeat(np.arange(len(lists)), len(lists)), np.tile(np.arange(len(lists)), len(lists))
    for found, row, other in zip(any_shared(Tokens(column, rows), Tokens(column, others)), rows, others, strict=True):
        one, two = lists[row], lists[other]
        assert np.isnan(found) if not one or not two else found == bool(set(one) & set(two))


@given(numbers)
def test_one_ends_the_other_against_strings(values: list[str | None]) -> None:
    endings = [value[-2:] if value and len(value) >= 2 else None for value in values]
    whole, ending = (TextColumn(pa.array(column, pa.string())) for column in (values, endings))
    rows, others = np.repeat(np.arange(len(values)), len(values)), np.tile(np.arange(len(values)), len(values))
    views = (Text(whole, rows), Text(whole, others), Text(ending, rows), Text(ending, others))
    for found, row, other in zip(one_ends_the_other(*views), rows, others, strict=True):
        one, two = values[row] or "", values[other] or ""
        if endings[row] is None or endings[other] is None:
            assert np.isnan(found)
        else:
            assert found == (one.endswith(two) or two.endswith(one))
