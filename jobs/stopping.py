"""What stops a run from outside: Ctrl-C, and SIGTERM as a scheduler sends it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from features.errors import PairlakeError


class StoppedError(PairlakeError):
    """A run was stopped from outside."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Around a command: SIGTERM stops it as Ctrl-C does, and StoppedError says so."""

    def stop(number: int, frame: FrameType | None) -> None:
        interrupt = signal.getsignal(signal.SIGINT)  # Spark's own cancels the jobs that run
        (interrupt if callable(interrupt) else signal.default_int_handler)(number, frame)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as error:
        raise StoppedError(
            "stopped before it ended. What was published before stays in force; begun again, it completes"
        ) from error
    finally:
        signal.signal(signal.SIGTERM, before)
