"""Token-set comparators equal Python's sets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Records
from features.comparators.tokens import containment, jaccard, overlap
from features.pairing import Pairs
from features.views import Beside

token_lists = st.lists(st.one_of(st.none(), st.lists(st.sampled_from("abcdef"), max_size=6)), min_size=1, max_size=8)


@given(token_lists)
def test_against_sets(lists: list[list[str] | None]) -> None:
    records = Records(pa.table({"tokens": pa.array(lists, pa.list_(pa.string()))}))
    size = len(lists)
    rows, columns = np.repeat(np.arange(size), size), np.tile(np.arange(size), size)
    left, right = Beside(records, Pairs(rows, columns, None, ()), ["tokens"]).views("tokens")
    found = zip(jaccard(left, right), overlap(left, right), containment(left, right), rows, columns, strict=True)
    for union_share, shorter_share, left_share, row, other in found:
        one, two = set(lists[row] or ()), set(lists[other] or ())
        if not one or not two:
            assert np.isnan([union_share, shorter_share, left_share]).all()
            continue
        common = len(one & two)
        assert union_share == np.float32(common / len(one | two))
        assert shorter_share == np.float32(common / min(len(one), len(two)))
        assert left_share == np.float32(common / len(one))
