"""Sorted arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.arrays import member

numbers = st.lists(st.integers(-(2**62), 2**62) | st.integers(0, 20), max_size=30)


@pytest.mark.parametrize("many", [0, 20_000])
@given(keys=numbers, among=numbers)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_membership_is_that_of_a_set_and_says_where(
    many: int, keys: list[int], among: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.arrays._MANY", many)
    ascending = np.array(sorted(set(among)), dtype=np.int64)
    found, at = member(np.array(keys, dtype=np.int64), ascending)
    assert found.tolist() == [key in set(among) for key in keys]
    assert ascending[at[found]].tolist() == [key for key in keys if key in set(among)]
