"""The outbox: what is due is known after a kill, a clock that jumps back and a store that comes and goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.lake import Lake
from features.outbox import Load, Outbox
from features.run import Run
from features.sections import Source
from features.settings import Settings
from features.tables import BLOCKING_INDEX, ONLINE, ONLINE_ENTITIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SETTINGS = Settings(
    mode="dedupe", lake="x", sources=(Source(name="a", format="csv", path="x", id="i", columns={"name": "n"}),)
)


@pytest.fixture
def lake(lake_root: str, put: Any) -> Lake:
    lake = Lake(lake_root)
    for table in ONLINE:
        put(lake, table)
    return lake


def run_at(hour: int) -> Run:
    return Run(SETTINGS, "print", started_at=NOON + timedelta(hours=hour))


def due(outbox: Outbox) -> list[str]:
    return [standing.load.run_id for standing in outbox.due()]


def test_a_lake_of_before_has_nothing_due(tmp_path: Path) -> None:
    assert Outbox(Lake(str(tmp_path / "lake"))).due() == []


def test_a_load_is_due_from_before_it_is_tried_until_it_is_delivered(lake: Lake) -> None:
    outbox = Outbox(lake)
    load = outbox.post(run_at(0))
    assert load == Load(run_at(0).run_id, NOON, "print", {"online_entities": 0, "blocking_index": 0})
    assert [standing.load for standing in Outbox(lake).due()] == [load]
    outbox.failed(load, "away")
    outbox.failed(load, "still away")
    [standing] = outbox.due()
    assert (standing.event, standing.why, standing.failures) == ("failed", "still away", 2)
    outbox.delivered(load)
    assert due(outbox) == []


def test_a_load_names_the_versions_that_it_is_made_of_and_not_what_comes_later(lake: Lake, put: Any) -> None:
    outbox = Outbox(lake)
    first = outbox.post(run_at(0))
    for table in ONLINE:
        put(lake, table, 1)
    second = outbox.post(run_at(1))
    assert outbox.paths(first)["online_entities"] == f"{lake.path(ONLINE_ENTITIES)}@v0"
    assert outbox.paths(second)["blocking_index"] == f"{lake.path(BLOCKING_INDEX)}@v1"


def test_a_load_of_a_state_that_its_run_did_not_make_is_as_of_that_state(lake: Lake) -> None:
    load = Outbox(lake).post(run_at(2), as_of=NOON)
    assert (load.run_id, load.as_of) == (run_at(2).run_id, NOON)
    assert Outbox(lake).due()[0].load == load


def test_loads_are_due_in_the_order_of_their_runs_and_the_last_closes_those_before_it(lake: Lake) -> None:
    outbox = Outbox(lake)
    loads = [outbox.post(run_at(hour)) for hour in (2, 0, 1)]
    assert due(outbox) == [run_at(hour).run_id for hour in (0, 1, 2)]
    outbox.delivered(loads[2])
    assert due(outbox) == [loads[0].run_id]
    assert [s.event for s in outbox.standings()] == ["superseded", "delivered", "posted"]


def test_a_load_that_was_overtaken_is_not_due_and_says_why(lake: Lake) -> None:
    outbox = Outbox(lake)
    outbox.overtaken(outbox.post(run_at(0)), "newer is online")
    assert outbox.due() == []
    assert outbox.standings()[0].why == "newer is online"


def test_a_clock_that_jumps_back_opens_no_closed_load(lake: Lake) -> None:
    times = iter([NOON, NOON - timedelta(hours=1), NOON - timedelta(hours=2)])
    outbox = Outbox(lake, lambda: next(times))
    load = outbox.post(run_at(0))
    outbox.failed(load, "away")
    outbox.delivered(load)
    assert outbox.due() == []
