"""A published state is the versions of all tables that one run put in force; it is refused once a file is gone."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from features import tables
from features.history import refuse_gone, state_of, states
from features.lake import Lake, LakeError


@pytest.fixture
def publish(lake_root: str, put: Any) -> Any:
    def of_run(run_id: str, number: int, **said: Any) -> None:
        lake = Lake(lake_root)
        put(lake, tables.RAW_ENTITIES, number)
        made_from = {"raw_entities": lake.version(tables.RAW_ENTITIES)}
        put(lake, tables.ENTITY_FEATURES, number, run_id=run_id, made_from=made_from)
        put(lake, tables.PAIR_FEATURES, number, run_id=run_id, made_from=made_from, **said)

    return of_run


@pytest.fixture
def lake(lake_root: str, put: Any, publish: Any) -> Lake:
    """Runs a, b and c, of which b wrote record features anew and published nothing."""
    lake = Lake(lake_root)
    publish("a", 0)
    put(lake, tables.RAW_ENTITIES, 1)
    put(lake, tables.ENTITY_FEATURES, 1, run_id="b")
    publish("c", 2)
    return lake


def test_each_table_is_at_the_version_that_the_run_made_or_read(lake: Lake) -> None:
    found = {state.run_id: state.versions for state in states(lake)}
    assert list(found) == ["c", "a"]
    assert found["c"] == {"pair_features": 1, "raw_entities": 2, "entity_features": 2}
    assert found["a"] == {"pair_features": 0, "raw_entities": 0, "entity_features": 0}


def test_a_compaction_is_of_the_state_that_it_compacts(lake: Lake, put: Any) -> None:
    put(lake, tables.PAIR_FEATURES, 2, run_id="c", made_from={"raw_entities": 2})
    assert [state.version for state in states(lake)] == [2, 0]
    assert state_of(lake, "1") == state_of(lake, "2") == state_of(lake, "c")


def test_records_that_were_made_anew_since_are_not_those_of_the_state(lake: Lake, put: Any) -> None:
    shutil.rmtree(lake.path(tables.RAW_ENTITIES))
    time.sleep(0.01)
    for number in range(3):
        put(lake, tables.RAW_ENTITIES, 7 + number)
    for run in ("a", "c"):
        with pytest.raises(LakeError, match="of raw_entities version . another is there: the table was made anew"):
            refuse_gone(lake, state_of(lake, run))


def test_going_back_goes_further_back_each_time(lake: Lake, publish: Any) -> None:
    assert state_of(lake, None).run_id == "a"
    publish("rollback", 0, rolled_back_to=0)
    with pytest.raises(LakeError, match="no published version before the one in force"):
        state_of(lake, None)
    assert state_of(lake, "c").version == 1
    with pytest.raises(LakeError, match=r"no published version or run 'x'; the last ones are 2 \(run rollback\), 1"):
        state_of(lake, "x")


def test_a_state_of_which_a_file_is_gone_is_refused(lake: Lake) -> None:
    state = state_of(lake, "a")
    refuse_gone(lake, state)
    oldest = min(Path(lake.path(tables.RAW_ENTITIES)).glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    oldest.unlink()
    with pytest.raises(LakeError, match="of raw_entities version 0 1 of 1 files are gone"):
        refuse_gone(lake, state)


def test_a_lake_to_which_nothing_was_published_says_so(lake_root: str) -> None:
    with pytest.raises(LakeError, match="no run has published to this lake"):
        states(Lake(lake_root))
