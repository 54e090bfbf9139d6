"""Intervals: published values, and coverage by simulation where a formula could be copied wrongly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.kernel.intervals import Recapture, wilson


@pytest.mark.parametrize(
    ("hits", "trials", "interval"),
    [
        (0, 0, (0.0, 1.0)),
        (0, 10, (0.0, 0.2775)),
        (10, 10, (0.7225, 1.0)),
        (81, 263, (0.2553, 0.3662)),  # Newcombe 1998, table I, method 3
    ],
)
def test_wilson(hits: int, trials: int, interval: tuple[float, float]) -> None:
    assert wilson(hits, trials) == pytest.approx(interval, abs=5e-5)


@given(*[st.one_of(st.integers(0, 500), st.integers(0, 1_000_000))] * 3)
def test_an_estimate_is_never_less_than_what_was_seen_and_lies_in_its_interval(
    first: int, second: int, both: int
) -> None:
    seen = Recapture(first + both, second + both, both)
    low, high = seen.interval()
    assert seen.seen <= low <= high
    assert seen.seen <= seen.size <= high
    assert Recapture(second + both, first + both, both).interval() == pytest.approx((low, high))


def test_who_sees_all_of_what_the_other_sees_misses_nothing() -> None:
    assert Recapture(500, 90, 90).size == 500


@pytest.mark.parametrize("both", [7, 1_000, 40_000, 10_000_000])
@pytest.mark.parametrize(("first", "second", "most"), [(0, 0, 80), (1, 0, 44), (5, 3, 11), (20, 0, 33)])
def test_where_next_to_nothing_is_missed_few_may_be_however_many_were_seen(
    first: int, second: int, both: int, most: int
) -> None:
    seen = Recapture(first + both, second + both, both)
    low, high = seen.interval()
    assert low == seen.seen
    assert high - seen.seen < (most if both > 7 else 2 * most)


@pytest.mark.parametrize(("size", "share"), [(200, 0.95), (1_000, 0.99), (40_000, 0.9999)])
def test_an_interval_of_next_to_nothing_holds_the_truth(size: int, share: float) -> None:
    both, one, other = share * share, share * (1 - share), (1 - share) * share
    drawn = np.random.default_rng(1).multinomial(size, [both, one, other, (1 - share) ** 2], 2_000).tolist()
    highest = [Recapture(b + n, b + m, b).interval()[1] for b, n, m, _ in drawn]
    assert np.mean([high >= size for high in highest]) >= 0.95


@pytest.mark.parametrize(("size", "first", "second"), [(200, 0.5, 0.3), (2_000, 0.9, 0.2), (1_000, 0.8, 0.8)])
def test_the_estimate_is_right_on_average_and_its_interval_holds_the_truth_as_often_as_it_says(
    size: int, first: float, second: float
) -> None:
    random = np.random.default_rng(1)
    sizes, held = [], []
    for _ in range(2_000):
        one, other = (random.random(size) < share for share in (first, second))
        seen = Recapture(int(one.sum()), int(other.sum()), int((one & other).sum()))
        low, high = seen.interval()
        sizes.append(seen.size)
        held.append(low <= size <= high)
    assert np.mean(sizes) == pytest.approx(size, rel=0.005)
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)
