"""How much is taken on: records a second of a caller, requests at once, requests that wait."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from jobs.serving.problems import ProblemError, busy

Result = TypeVar("Result")

_MOST_CALLERS = 10_000
"""Callers that are remembered; who was not heard for longest is forgotten, which gives them their burst again."""


class Rates:
    """A token bucket a caller: so many records a second in the long run, so many at once."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str, records: int) -> None:
        """Let so many records pass, none when they are too many; ProblemError 429 says when they would pass."""
        now = self._clock()
        level, since = self._levels.pop(caller, (float(self._burst), now))
        level = min(self._burst, level + (now - since) * self._rate)
        passes = records <= level
        self._levels[caller] = (level - records if passes else level, now)
        if len(self._levels) > _MOST_CALLERS:
            self._levels.popitem(last=False)
        if not passes:
            after = (records - level) / self._rate
            raise ProblemError(
                429,
                "too-many-requests",
                "Too many records a second",
                f"found {records} more records, wanted no more than {self._rate:g} a second and {self._burst} at once; "
                f"send them again in {after:.1f} s",
                retry_after=after,
            )


class Pool:
    """Threads that work on requests, and the requests that may wait for one."""

    def __init__(self, concurrency: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(concurrency, thread_name_prefix="lookup")
        self._most = concurrency + waiting
        self.in_flight = 0

    async def run(self, work: Callable[[], Result], seconds: float) -> Result:
        """What the work returns. ProblemError 503 when too many wait already, 504 when it is not done in time.

        Work that is late still holds its place until it ends: what it costs is not hidden from those who come after.
        """
        if self.in_flight >= self._most:
            raise busy(f"{self.in_flight} requests are being worked on or wait; send it again a little later", 1)
        self.in_flight += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._ended)
        try:
            return await asyncio.wait_for(asyncio.shield(future), seconds)
        except TimeoutError as error:
            if future.done() and not future.cancelled():  # at the last moment, or the error is the work's own
                return future.result()
            raise ProblemError(
                504,
                "deadline",
                "Not done in time",
                f"it was not answered within {seconds * 1000:.0f} ms",
                retry_after=1,
            ) from error

    def close(self) -> None:
        """Let what is being worked on end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ended(self, future: asyncio.Future[Result]) -> None:
        self.in_flight -= 1
        if not future.cancelled():
            future.exception()  # of work that nobody waits for any more
