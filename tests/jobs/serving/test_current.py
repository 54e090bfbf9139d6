"""One load answers at a time, whole; another one takes its place in one step, and what is not there is flagged."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from features.store import StoreUnavailableError
from features.versions import FingerprintError
from jobs.online import open_served
from jobs.serving.current import Current

if TYPE_CHECKING:
    from conftest import OnlineLake, Served

LATER = datetime(2026, 2, 1, tzinfo=UTC)
FEWER: list[dict[str, Any]] = [{"name": "Deutsche Bank", "country": "DE"}]


def health(served: Served) -> tuple[int, str]:
    response = served.client.get("/health/ready")
    return response.status_code, response.json()["status"]


def test_nothing_is_answered_before_it_is_open(own_lake: OnlineLake, served: Served) -> None:
    fresh = type(served)(own_lake.settings())
    refused = fresh.ask()
    assert (refused.status_code, refused.json()["detail"]) == (503, "the online store is not open: starting")
    assert health(fresh) == (503, "starting")
    assert fresh.client.get("/health/live").status_code == 200
    assert fresh.client.get("/v1/features").status_code == 503


def test_another_load_answers_once_it_is_open_and_the_one_before_until_then(
    own_lake: OnlineLake, served: Served
) -> None:
    before = served.ask().json()
    own_lake.load(FEWER, LATER)
    assert served.ask().json() == before
    served.current.look()
    after = served.ask().json()
    assert (after["found"], after["as_of"], after["complete"]) == (1, "2026-02-01T00:00:00+00:00", True)
    assert health(served) == (200, "ready")


def test_a_load_weighed_by_other_statistics_is_opened_with_them(own_lake: OnlineLake, served: Served) -> None:
    before = served.ask().json()
    own_lake.load(as_of=LATER, weighed_by=["deutsche"] * 40 + ["bank"] * 50)
    served.current.look()
    after = served.ask().json()
    assert after["fingerprint"] != before["fingerprint"]
    assert after["features"] != before["features"]
    assert after["complete"]


def test_a_load_that_this_code_cannot_read_is_flagged_while_the_one_before_answers(
    own_lake: OnlineLake, served: Served
) -> None:
    before = served.ask().json()
    own_lake.load(FEWER, LATER, catalogue={"features": ["name_equal"]})
    served.current.look()
    assert health(served) == (200, "superseded")
    assert served.ask().json() == {**before, "stale": True}
    own_lake.load(FEWER, LATER + timedelta(hours=1))
    served.current.look()
    assert health(served) == (200, "ready")


@pytest.mark.parametrize(("stays", "status"), [(True, 200), (False, 503)])
def test_a_service_that_keeps_no_load_is_not_ready_while_there_is_one_that_it_cannot_read(
    own_lake: OnlineLake, served: Served, stays: bool, status: int
) -> None:
    settings = own_lake.settings()
    service = type(served)(settings)
    service.current._open_anew = lambda: replace(open_served(settings), stays=stays)
    service.current.look()
    own_lake.load(FEWER, LATER, catalogue={"features": ["name_equal"]})
    service.current.look()
    assert health(service) == (status, "superseded")


def test_where_callers_meet_another_load_it_is_opened_at_once(
    own_lake: OnlineLake, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(*_: Any, **__: Any) -> Any:
        raise FingerprintError("another")

    watching = type(served)(own_lake.settings())  # which looks by itself once an hour
    with watching.client:
        assert _comes(lambda: watching.current.reloads == 1)
        own_lake.load(FEWER, LATER)
        monkeypatch.setattr(watching.current.opened.lookup, "lookup", another)  # type: ignore[union-attr]
        refused = watching.ask()
        assert (refused.status_code, "is being opened" in refused.json()["detail"]) == (503, True)
        assert _comes(lambda: watching.current.reloads == 2)
        assert watching.ask().json()["found"] == 1


def test_what_cannot_be_read_is_not_opened_again_by_every_caller_that_meets_it(
    own_lake: OnlineLake, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(*_: Any, **__: Any) -> Any:
        raise FingerprintError("another")

    own_lake.load(FEWER, LATER, catalogue={"features": ["name_equal"]})
    served.current.look()
    monkeypatch.setattr(served.current.opened.lookup, "lookup", another)  # type: ignore[union-attr]
    refused = served.ask()
    assert (refused.status_code, "start the service anew" in refused.json()["detail"]) == (503, True)
    assert not served.current._due.is_set()


def test_it_is_looked_after_less_and_less_while_there_is_a_load_that_cannot_be_read() -> None:
    answers: list[Any] = [FingerprintError("another"), FingerprintError("another"), StoreUnavailableError("away")]

    def opens() -> Any:
        raise answers.pop(0)

    current, pauses = Current(opens, 2), list[float]()
    for _ in range(3):
        current.look()
        pauses.append(current.pause)
    assert pauses == [4, 8, 2]
    answers[:] = [FingerprintError("another")] * 9
    for _ in range(9):
        current.look()
    assert current.pause == 30


def test_a_store_that_is_gone_is_answered_from_no_longer_and_found_again(own_lake: OnlineLake, served: Served) -> None:
    before = served.ask().json()
    kept = own_lake.file.rename(own_lake.root / "kept.db")
    served.current.look()
    assert health(served) == (503, "store_unavailable")
    told = served.ask().json()
    assert (told["complete"], told["found"], told["unread"]) == (False, None, "store_unavailable")
    assert (told["candidates"], told["truncated"]) == ([], True)
    shutil.copy(kept, own_lake.file)
    served.current.look()
    assert (health(served), served.ask().json()) == ((200, "ready"), before)


def test_where_it_is_declared_a_store_that_is_gone_fails_a_lookup(own_lake: OnlineLake, served: Served) -> None:
    failing = type(served)(own_lake.settings(fallback={"lookup": "fail"}))
    own_lake.file.unlink()
    failing.current.look()
    assert failing.ask().status_code == 503


@contextmanager
def locked(lake: OnlineLake) -> Iterator[None]:
    with closing(sqlite3.connect(lake.file, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def test_a_store_that_is_locked_is_flagged_and_answers_again(
    own_lake: OnlineLake, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served.ask().json()
    monkeypatch.setattr("jobs.serving.application._OF_READS", 0.1)  # a busy machine has time to answer
    with locked(own_lake):
        told = served.ask(deadline_ms=3_000)
        assert (told.status_code, told.json()["unread"]) == (200, "store_unavailable")
    assert served.ask().json() == before


def test_a_store_that_does_not_say_what_it_holds_stays_open(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Any) -> Any:
        raise StoreUnavailableError("away")

    monkeypatch.setattr("features.store.pinned_file.OneTransaction.loaded", away)
    served.current.look()
    assert health(served) == (503, "store_unavailable")
    monkeypatch.undo()
    served.current.look()
    assert health(served) == (200, "ready")
    assert served.current.reloads == 1


def test_whatever_becomes_of_the_file_no_answer_is_wrong_and_none_is_of_two_loads(
    own_lake: OnlineLake, served: Served
) -> None:
    """The file is replaced, locked and removed while callers ask: each answer is that of one load, or flagged."""
    loads = [served.ask().json()]
    files = [own_lake.root / "one.db", own_lake.root / "two.db"]
    shutil.copy(own_lake.file, files[0])
    own_lake.load(FEWER, LATER)
    shutil.copy(own_lake.file, files[1])
    served.current.look()
    loads.append(served.ask().json())
    over, told = threading.Event(), list[Any]()

    def ask() -> None:
        while not over.is_set():
            told.append(served.ask())

    def trouble() -> None:
        for file in files * 3:
            _put(own_lake, file)
            served.current.look()
            with locked(own_lake):
                time.sleep(0.05)
            own_lake.file.unlink()
            served.current.look()

    callers = [threading.Thread(target=ask) for _ in range(3)]
    for caller in callers:
        caller.start()
    try:
        trouble()
    finally:
        over.set()
        for caller in callers:
            caller.join()
    whole = [answer.json() for answer in told if answer.status_code == 200 and answer.json()["complete"]]
    assert all(answer in loads for answer in whole)
    assert {answer.status_code for answer in told} <= {200, 503}
    _put(own_lake, files[1])
    served.current.look()
    assert served.ask().json() == loads[1]


def _put(lake: OnlineLake, file: Any) -> None:
    copy = lake.file.with_name("copy.db")
    shutil.copy(file, copy)
    copy.replace(lake.file)


def test_the_service_looks_for_another_load_by_itself(own_lake: OnlineLake, served: Served) -> None:
    settings = own_lake.settings(serve={"reload_seconds": 0.05})
    watching = type(served)(settings, every=0.05)
    with watching.client:
        assert _comes(lambda: health(watching) == (200, "ready"))
        own_lake.load(FEWER, LATER)
        assert _comes(lambda: watching.ask().json().get("found") == 1)


def _comes(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.02)
    return False
