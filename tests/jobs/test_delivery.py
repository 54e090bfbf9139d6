"""A run's load of the online store: delivered, parked with a note, or an error where that is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from features.catalogue import Catalogue
from features.lake import Lake
from features.outbox import Outbox
from features.run import Run
from features.settings import Settings
from features.store import Loaded, Materialised, StaleWriteError, StoreError, StoreUnavailableError
from features.tables import ONLINE
from jobs import delivery

SOURCE = {"name": "a", "format": "csv", "path": "a.csv", "id": "id", "columns": {"name": "name"}}


class Store:
    """A store that answers each write in turn: with counts, or with an error."""

    def __init__(self, answers: Iterable[Exception | None]) -> None:
        self._answers = iter(answers)
        self.written: list[tuple[Mapping[str, str], Loaded]] = []

    def apply(self) -> None:
        pass

    def materialise(self, _: Any, paths: Mapping[str, str], loaded: Loaded, **__: Any) -> Materialised:
        answer = next(self._answers)
        if answer:
            raise answer
        self.written.append((paths, loaded))
        return Materialised(5, 7)


class Place:
    """A lake with online tables, and runs that put them online."""

    def __init__(self, root: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, put: Any) -> None:
        self.catalogue = catalogue
        self.monkeypatch = monkeypatch
        self.lake = Lake(root)
        for table in ONLINE:
            put(self.lake, table)

    def run(self, hour: int = 1, **fallback: Any) -> Run:
        said = {"store_attempts": 2, "store_first_wait": 0, **fallback}
        given = {"mode": "dedupe", "lake": self.lake.root, "sources": [SOURCE], "fallback": said}
        at = datetime(2026, 1, 1, hour, tzinfo=UTC)
        return Run(Settings.model_validate(given), self.catalogue.fingerprint, started_at=at)

    def store(self, *answers: Exception | None) -> Store:
        store = Store(answers)
        self.monkeypatch.setattr(delivery, "open_store", lambda *_: store)
        return store

    def put_online(self, run: Run, store: Store) -> bool:
        return delivery.put_online(
            run, self.lake, self.catalogue, lambda _, paths, loaded: store.materialise(None, paths, loaded)
        )

    def settle(self, run: Run) -> bool:
        return delivery.settle(run, self.lake, self.catalogue, None)  # type: ignore[arg-type]

    @property
    def due(self) -> list[str]:
        return [standing.load.run_id for standing in Outbox(self.lake).due()]


@pytest.fixture
def place(lake_root: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, put: Any) -> Place:
    return Place(lake_root, catalogue, monkeypatch, put)


AWAY = StoreUnavailableError("the store is away")


def test_a_store_that_answers_has_what_the_run_made(place: Place) -> None:
    store, run = place.store(AWAY, None), place.run()
    assert place.put_online(run, store)
    [(paths, loaded)] = store.written
    assert paths["online_entities"].endswith("/online_entities@v0")
    assert loaded == Loaded(run.as_of, run.fingerprint)
    assert (run.counts["online"], run.fallbacks, place.due) == ({"entities": 5, "keys": 7}, [], [])


def test_a_store_that_stays_away_parks_the_load_and_the_run_says_so(place: Place) -> None:
    run = place.run()
    assert not place.put_online(run, place.store(AWAY, AWAY))
    [step] = run.fallbacks
    assert (step.rung, step.why.startswith("the store is away: tried 2 times; the load waits")) == ("store", True)
    assert place.due == [run.run_id]
    assert "online" not in run.counts


@pytest.mark.parametrize(("error", "due"), [(AWAY, 1), (StaleWriteError("newer is there"), 0), (StoreError("no"), 1)])
def test_an_error_that_may_not_or_cannot_be_parked_is_raised(place: Place, error: StoreError, due: int) -> None:
    with pytest.raises(type(error), match=str(error)):
        place.put_online(place.run(store="fail"), place.store(error, error))
    assert len(place.due) == due


def test_a_run_first_delivers_what_was_left_over(place: Place) -> None:
    place.put_online(place.run(1), place.store(AWAY, AWAY))
    store, run = place.store(None), place.run(2)
    assert place.settle(run)
    assert run.counts["delivered from the outbox"] == {"run": place.run(1).run_id, "entities": 5, "keys": 7}
    assert store.written[0][1].as_of == place.run(1).as_of
    assert (place.due, run.fallbacks) == ([], [])


@pytest.mark.parametrize("error", [AWAY, RuntimeError("of Spark, quoting a record")])
def test_what_was_left_over_and_cannot_be_delivered_stops_no_run(place: Place, error: Exception) -> None:
    place.put_online(place.run(1), place.store(AWAY, AWAY))
    run = place.run(2)
    assert not place.settle(run)
    assert "quoting" not in run.fallbacks[0].why
    assert place.due == [place.run(1).run_id]
    assert place.put_online(run, place.store(None))
    assert place.due == []


def test_what_another_catalogue_left_over_is_not_put_online(place: Place) -> None:
    place.put_online(replace(place.run(1), fingerprint="another"), place.store(AWAY, AWAY))
    store, run = place.store(None), place.run(2)
    assert not place.settle(run)
    assert "were made by the catalogue another" in run.fallbacks[0].why
    assert store.written == []


def test_with_nothing_left_over_no_store_is_opened(place: Place) -> None:
    place.monkeypatch.setattr(delivery, "open_store", lambda *_: pytest.fail("opened"))
    assert place.settle(place.run())
    assert delivery.replay(place.run().settings, lambda: pytest.fail("started Spark")) is None
