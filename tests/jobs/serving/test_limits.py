"""A caller gets the rate it has, and no more work is taken on than can be done."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.serving.limits import Pool, Rates
from jobs.serving.problems import ProblemError


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_the_rate() -> None:
    clock = Clock()
    rates = Rates(10, 3, clock)
    rates.take("a", 3)
    with pytest.raises(ProblemError) as refused:
        rates.take("a", 1)
    assert (refused.value.status, refused.value.retry_after) == (429, pytest.approx(0.1))
    rates.take("b", 3)
    clock.now = 0.1
    rates.take("a", 1)


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 20)), max_size=100),
)
def test_whatever_is_asked_never_more_passes_than_burst_and_rate_allow(
    rate: int, asked: list[tuple[float, int]]
) -> None:
    clock, passed = Clock(), 0
    rates = Rates(rate, 20, clock)
    for wait, records in asked:
        clock.now += wait
        try:
            rates.take("a", records)
            passed += records
        except ProblemError:
            pass
        assert passed <= 20 + clock.now * rate + 1e-6


def test_a_refused_caller_passes_after_the_time_it_was_told() -> None:
    clock = Clock()
    rates = Rates(3, 5, clock)
    rates.take("a", 5)
    with pytest.raises(ProblemError) as refused:
        rates.take("a", 4)
    assert refused.value.retry_after is not None
    clock.now += refused.value.retry_after + 1e-9
    rates.take("a", 4)


def test_more_than_may_wait_is_refused_at_once_and_what_is_late_ends_all_the_same() -> None:
    go, done = threading.Event(), []

    def work() -> None:
        go.wait()
        done.append(1)

    async def asked() -> None:
        pool = Pool(1, 1)
        with pytest.raises(ProblemError) as late:
            await pool.run(work, 0.01)
        assert (late.value.status, late.value.name, pool.in_flight) == (504, "deadline", 1)
        waiting = asyncio.ensure_future(pool.run(work, 60))
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as full:
            await pool.run(work, 60)
        assert (full.value.status, full.value.retry_after) == (503, 1)
        go.set()
        await waiting
        assert (len(done), pool.in_flight) == (2, 0)

    asyncio.run(asked())


def test_what_work_raises_is_raised() -> None:
    def late() -> None:
        raise TimeoutError("the work's own")

    async def asked() -> None:
        with pytest.raises(KeyError):
            await Pool(1, 0).run({}.popitem, 60)
        with pytest.raises(TimeoutError, match="the work's own"):
            await Pool(1, 0).run(late, 60)

    asyncio.run(asked())


@pytest.mark.parametrize("broken", [False, True])
def test_work_that_ends_at_the_moment_its_time_is_over_is_answered(
    broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def over(future: asyncio.Future[str], _: float) -> str:
        """In the place of `asyncio.wait_for`: time is over, and the work is done before that is told."""
        await asyncio.wait([future])
        future.exception()  # is known, and nobody asks for it
        raise TimeoutError

    def work() -> str:
        if broken:
            raise ProblemError(503, "unavailable", "", "")
        return "done"

    async def asked() -> str:
        return await Pool(1, 0).run(work, 60)

    monkeypatch.setattr(asyncio, "wait_for", over)
    if broken:
        with pytest.raises(ProblemError) as raised:
            asyncio.run(asked())
        assert raised.value.status == 503
    else:
        assert asyncio.run(asked()) == "done"
