"""A store that hangs or fails holds nobody up, and what it says is not swallowed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from features.store import StoreUnavailableError, deadline
from features.store.deadline import Deadline


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What a read waits for that never comes back, until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_an_answer_in_time_is_given_as_it_is() -> None:
    assert Deadline(60_000).within(lambda: {"a": 1}) == {"a": 1}


def test_a_store_that_hangs_is_left_to_itself(hanging: threading.Event) -> None:
    with pytest.raises(StoreUnavailableError, match="did not answer within .* deadline_ms 20"):
        Deadline(20).within(hanging.wait)


def test_the_reads_of_a_lookup_share_their_time(hanging: threading.Event) -> None:
    both = Deadline(20)
    with pytest.raises(StoreUnavailableError):
        both.within(hanging.wait)
    with pytest.raises(StoreUnavailableError):
        both.within(hanging.wait)


@pytest.mark.parametrize("error", [ValueError("broken"), TimeoutError("its own"), StoreUnavailableError("away")])
def test_what_the_store_raises_is_raised(error: Exception) -> None:
    def read() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        Deadline(60_000).within(read)


def test_a_store_that_hangs_for_good_does_not_pile_up_threads(
    hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "_free", threading.BoundedSemaphore(2))
    for _ in range(2):
        with pytest.raises(StoreUnavailableError, match="did not answer"):
            Deadline(1).within(hanging.wait)
    with pytest.raises(StoreUnavailableError, match="earlier reads .* have not come back"):
        Deadline(60_000).within(lambda: "never asked")
