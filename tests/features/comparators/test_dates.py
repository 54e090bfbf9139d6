"""Comparators of dates equal Python's arithmetic, however the records are gathered."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.columns import Records
from features.comparators.dates import days_between, equal_or_swapped
from features.declare import Text
from features.pairing import Pairs
from features.views import Beside

days = st.one_of(
    st.none(),
    st.dates(date(1000, 1, 1), date(2100, 12, 31)),
    st.builds(date, st.just(1980), st.integers(1, 12), st.integers(1, 12)),  # days and months that can change places
)


def sides(dates: list[date | None], rows: list[int], others: list[int]) -> tuple[Text, Text]:
    records = Records(pa.table({"date": pa.array([day.isoformat() if day else None for day in dates], pa.string())}))
    return Beside(records, Pairs(np.array(rows), np.array(others), None, ()), ["date"]).views("date")


@given(st.lists(days, min_size=1, max_size=6))
def test_days_between_against_python(dates: list[date | None]) -> None:
    size = len(dates)
    rows, others = np.repeat(np.arange(size), size).tolist(), np.tile(np.arange(size), size).tolist()
    for found, row, other in zip(days_between(*sides(dates, rows, others)), rows, others, strict=True):
        one, two = dates[row], dates[other]
        assert np.isnan(found) if one is None or two is None else found == min(abs((one - two).days), 36_525)


@given(st.lists(days, min_size=1, max_size=6))
def test_equal_or_swapped_against_python(dates: list[date | None]) -> None:
    size = len(dates)
    rows, others = np.repeat(np.arange(size), size).tolist(), np.tile(np.arange(size), size).tolist()
    for found, row, other in zip(equal_or_swapped(*sides(dates, rows, others)), rows, others, strict=True):
        one, two = dates[row], dates[other]
        if one is None or two is None:
            assert np.isnan(found)
        else:
            assert found == (one == two or (one.year, one.month, one.day) == (two.year, two.day, two.month))


@pytest.mark.parametrize("records", [2, 50])
def test_few_pairs_of_many_records_and_many_pairs_of_few_are_the_same(records: int) -> None:
    dates: list[date | None] = [date(1980, 3, 4), date(1980, 4, 3), *[None] * (records - 2)]
    left, right = sides(dates, [0, 0, 1], [0, 1, 0])
    assert days_between(left, right).tolist() == [0, 30, 30]
    assert equal_or_swapped(left, right).tolist() == [1, 1, 1]
