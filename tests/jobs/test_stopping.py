"""A signal from outside is one message."""

from __future__ import annotations

import os
import signal

import pytest

from jobs.stopping import StoppedError, stoppable


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_one_message(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGTERM)
    told = pytest.raises(StoppedError, match="What was published before stays in force; begun again, it completes")
    with told, stoppable():
        os.kill(os.getpid(), number)
    assert signal.getsignal(signal.SIGTERM) == before
