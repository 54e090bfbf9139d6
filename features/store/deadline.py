"""Reads of an online store with an end: a store that hangs holds no lookup up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from features.store import StoreUnavailableError

Result = TypeVar("Result")

_MOST_WAITING = 32
"""Reads that may hang at once before further ones are refused: each keeps a thread."""

_free = threading.BoundedSemaphore(_MOST_WAITING)


class Deadline:
    """The time that the reads of one lookup may take together, counted from when it is made."""

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds
        self._end = time.monotonic() + milliseconds / 1000

    def within(self, read: Callable[[], Result]) -> Result:
        """What `read` returns. StoreUnavailableError when it is not done in time: it is then left to itself.

        It runs in a thread that does not keep the process from ending.
        """
        free = _free
        if not free.acquire(blocking=False):
            raise StoreUnavailableError(f"{_MOST_WAITING} earlier reads of the online store have not come back yet")
        answer: Future[Result] = Future()

        def answering() -> None:
            try:
                answer.set_result(read())
            except BaseException as error:  # raised where it is waited for
                answer.set_exception(error)
            finally:
                free.release()

        threading.Thread(target=answering, name="online read", daemon=True).start()
        try:
            return answer.result(timeout=max(self._end - time.monotonic(), 0))
        except TimeoutError as error:
            if answer.done():
                raise  # the store's own
            raise StoreUnavailableError(
                f"the online store did not answer within [online] deadline_ms {self._milliseconds}"
            ) from error
