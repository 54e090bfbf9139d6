"""Publications as labels meet them: in order, at the time their pairs came in force, and only while they are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import deltalake
import pytest

from features import tables
from features.history import State
from features.lake import Lake, LakeError
from features.spark import point_in_time
from features.spark.point_in_time import publications

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def publish(lake_root: str, put: Any) -> Any:
    """Commits as those of a run."""

    def of_run(run_id: str, *, records: bool = True) -> None:
        lake, made_by = Lake(lake_root), {"run_id": run_id, "fingerprint": "f00d", "made_from": {}}
        if records:
            put(lake, tables.ENTITY_FEATURES, **made_by)
        put(lake, tables.PAIR_FEATURES, **made_by)

    return of_run


def test_each_version_in_force_is_a_publication_of_its_own_records(lake_root: str, publish: Any) -> None:
    lake, before = Lake(lake_root), datetime.now(UTC) - timedelta(milliseconds=1)
    for run_id in ("first", "second"):
        publish(run_id)
    known = publications(lake)
    assert [(of.state.run_id, of.version) for of in known] == [("first", 0), ("second", 1)]
    assert [dict(of.versions) for of in known] == [{"pair_features": n, "entity_features": n} for n in (0, 1)]
    assert before <= known[0].at <= known[1].at <= datetime.now(UTC)
    assert all(of.kept(lake) for of in known)


def test_a_lake_without_publications_is_refused(lake_root: str) -> None:
    with pytest.raises(LakeError, match="no run has published"):
        publications(Lake(lake_root))


def test_a_publication_is_kept_as_long_as_its_pairs_and_records_are(lake_root: str, publish: Any) -> None:
    lake = Lake(lake_root)
    for run_id, records in (("first", True), ("second", True), ("broken off", False)):
        publish(run_id, records=records)
    for file in deltalake.DeltaTable(lake.path(tables.ENTITY_FEATURES), version=0).file_uris():
        Path(file.removeprefix("file://")).unlink()
    assert [of.kept(lake) for of in publications(lake)] == [False, True, False]


def states(monkeypatch: pytest.MonkeyPatch, times: dict[int, datetime], *found: State) -> None:
    monkeypatch.setattr(point_in_time, "states", lambda _: list(reversed(found)))
    monkeypatch.setattr(point_in_time, "commit_times", lambda *_: times)


def test_a_compacted_publication_counts_from_when_its_rows_came_in_force(
    lake_root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {0: NOON, 1: NOON + timedelta(hours=1), 2: NOON + timedelta(hours=9)}
    first = State(0, times[0], {"run_id": "first"}, {})
    second = State(2, times[2], {"run_id": "second"}, {}, same=(1,))
    states(monkeypatch, times, first, second)
    assert [(of.version, of.at) for of in publications(Lake(lake_root))] == [(0, times[0]), (2, times[1])]


def test_a_clock_that_was_set_back_makes_no_publication_earlier_than_the_one_before_it(
    lake_root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {0: NOON, 1: NOON - timedelta(hours=1), 2: NOON + timedelta(hours=1)}
    made = [State(n, at, {"run_id": str(n)}, {}) for n, at in times.items()]
    states(monkeypatch, times, *made)
    assert [of.at for of in publications(Lake(lake_root))] == [NOON, NOON, times[2]]
