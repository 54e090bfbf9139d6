"""Loads reach the online store in order, whatever becomes of runs and of the store meanwhile."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from features.lake import Lake
from features.outbox import Load, Outbox
from features.run import Run
from features.sections import Fallback, Source
from features.settings import Settings
from features.store import (
    Loaded,
    Materialised,
    SchemaChangeError,
    StaleWriteError,
    StoreError,
    StoreUnavailableError,
    refuse_stale,
)
from features.store.delivery import deliver, replay
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SETTINGS = Settings(
    mode="dedupe", lake="x", sources=(Source(name="a", format="csv", path="x", id="i", columns={"name": "n"}),)
)
PATIENT = Fallback(store_attempts=3)


class Store:
    """An online store that may be away: it holds the load that it was given last."""

    def __init__(self) -> None:
        self.online: Loaded | None = None
        self.away = 0
        """Writes to come that it turns away."""

    def write(self, load: Load) -> Materialised:
        if self.away:
            self.away -= 1
            raise StoreUnavailableError("throttled")
        refuse_stale(self.online, load.as_of)
        self.online = Loaded(load.as_of, load.fingerprint)
        return Materialised(1, 1)


def lake_in(folder: Path) -> Lake:
    lake = Lake(str(folder))
    for table in (ONLINE_ENTITIES, BLOCKING_INDEX):
        lake.write_rows(table.schema.empty_table(), table, mode="overwrite")
    return lake


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(lake_in(tmp_path / "lake"))


def run_at(hour: int) -> Run:
    return Run(SETTINGS, f"print {hour}", started_at=NOON + timedelta(hours=hour))


def test_a_store_that_throttles_gets_the_load_at_a_later_attempt(outbox: Outbox) -> None:
    store, waits = Store(), list[float]()
    store.away = 2
    deliver(outbox, outbox.post(run_at(0)), store.write, PATIENT, waits.append)
    assert (store.online, len(waits), outbox.due()) == (Loaded(NOON, "print 0"), 2, [])


def test_a_load_for_a_store_that_stays_away_waits_and_is_replayed(outbox: Outbox) -> None:
    store = Store()
    store.away = 3
    with pytest.raises(StoreUnavailableError, match="throttled"):
        deliver(outbox, outbox.post(run_at(0)), store.write, PATIENT, lambda _: None)
    assert [(s.event, s.why) for s in outbox.due()] == [("failed", "throttled")]
    done = replay(outbox, store.write, PATIENT)
    assert done is not None
    assert (done[0].run_id, store.online) == (run_at(0).run_id, Loaded(NOON, "print 0"))
    assert replay(outbox, store.write, PATIENT) is None


def test_what_is_newer_online_is_not_overtaken_by_what_was_left_over(outbox: Outbox) -> None:
    store = Store()
    outbox.post(run_at(0))
    store.online = Loaded(NOON + timedelta(hours=5), "newer")
    with pytest.raises(StaleWriteError):
        replay(outbox, store.write, PATIENT)
    assert store.online.fingerprint == "newer"
    assert outbox.due() == []


def test_a_load_that_a_person_must_see_to_stays_due(outbox: Outbox) -> None:
    def refused(_: Load) -> Materialised:
        raise SchemaChangeError("another type")

    with pytest.raises(SchemaChangeError):
        deliver(outbox, outbox.post(run_at(0)), refused, PATIENT, lambda _: pytest.fail("waited"))
    assert [s.why for s in outbox.due()] == ["another type"]


class RunsAndOutages(RuleBasedStateMachine):
    """Runs, kills, outages and replays in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.outbox = Outbox(lake_in(Path(self.folder.name)))
        self.store = Store()
        self.hour = 0
        self.seen: list[datetime] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(away=st.integers(0, 5))
    def a_run_ends(self, away: int) -> None:
        self.store.away = away
        self.hour += 1
        load = self.outbox.post(run_at(self.hour))
        try:
            deliver(self.outbox, load, self.store.write, PATIENT, lambda _: None)
        except StoreUnavailableError:
            assert load in [standing.load for standing in self.outbox.due()]

    @rule(loaded=st.booleans())
    def a_run_is_killed_while_it_delivers(self, loaded: bool) -> None:
        self.hour += 1
        load = self.outbox.post(run_at(self.hour))
        if loaded:
            self.store.away = 0
            self.store.write(load)

    @rule(away=st.integers(0, 5))
    def the_outbox_is_replayed(self, away: int) -> None:
        self.store.away = away
        try:
            replay(self.outbox, self.store.write, PATIENT, lambda _: None)
        except StoreError:
            assert self.outbox.due()
        else:
            assert self.outbox.due() == []
            assert self.hour == 0 or self.store.online == Loaded(
                NOON + timedelta(hours=self.hour), f"print {self.hour}"
            )

    @invariant()
    def what_is_online_never_goes_back(self) -> None:
        if self.store.online:
            self.seen.append(self.store.online.as_of)
        assert self.seen == sorted(self.seen)

    @invariant()
    def what_is_not_online_is_due(self) -> None:
        online = self.store.online
        if self.hour and (online is None or online.as_of < NOON + timedelta(hours=self.hour)):
            assert self.outbox.due()[-1].load.run_id == run_at(self.hour).run_id


RunsAndOutages.TestCase.settings = example_settings(max_examples=8, stateful_step_count=8, deadline=None)
test_in_any_order_nothing_is_lost_and_nothing_overtaken = RunsAndOutages.TestCase
