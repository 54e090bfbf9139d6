"""What stops a run from outside: Ctrl-C, and SIGTERM as a scheduler sends it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from features.errors import PairlakeError


class StoppedError(PairlakeError):
    """A run was stopped from outside."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Around a command: SIGTERM and Ctrl-C stop it, what runs on Spark too, and StoppedError says so."""

    def stop(*_: object) -> None:
        spark = sys.modules.get("features.spark.session")  # whoever needs no Spark does not wait for it here
        if spark:
            spark.cancel()
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except KeyboardInterrupt as error:
        raise StoppedError(
            "stopped before it ended. What was published before stays in force; begun again, it completes"
        ) from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
