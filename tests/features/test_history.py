"""A published state is the versions of all tables that one run put in force; it is refused once a file is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features import tables
from features.history import refuse_gone, state_of, states
from features.lake import Lake, LakeError
from features.tables import Table


def put(lake: Lake, table: Table, number: int, run_id: str | None, **said: Any) -> None:
    kinds = {"string": f"h:{number}", "int64": number}
    values = {f.name: [kinds.get(str(f.type), [] if pa.types.is_list(f.type) else number)] for f in table.schema}
    columns = {name: pa.array(column).cast(table.schema.field(name).type) for name, column in values.items()}
    metadata = {"run_id": run_id, **said} if run_id else {}
    lake.write_rows(pa.table(columns, table.schema), table, mode="overwrite", metadata=metadata)


def publish(lake: Lake, run_id: str, number: int, **said: Any) -> None:
    put(lake, tables.RAW_ENTITIES, number, None)
    made_from = {"raw_entities": lake.version(tables.RAW_ENTITIES)}
    put(lake, tables.ENTITY_FEATURES, number, run_id, made_from=made_from)
    put(lake, tables.PAIR_FEATURES, number, run_id, made_from=made_from, **said)


@pytest.fixture
def lake(lake_root: str) -> Lake:
    """Runs a, b and c, of which b wrote record features anew and published nothing."""
    lake = Lake(lake_root)
    publish(lake, "a", 0)
    put(lake, tables.RAW_ENTITIES, 1, None)
    put(lake, tables.ENTITY_FEATURES, 1, "b")
    publish(lake, "c", 2)
    return lake


def test_each_table_is_at_the_version_that_the_run_made_or_read(lake: Lake) -> None:
    found = {state.run_id: state.versions for state in states(lake)}
    assert list(found) == ["c", "a"]
    assert found["c"] == {"pair_features": 1, "raw_entities": 2, "entity_features": 2}
    assert found["a"] == {"pair_features": 0, "raw_entities": 0, "entity_features": 0}


def test_a_compaction_is_of_the_state_that_it_compacts(lake: Lake) -> None:
    put(lake, tables.PAIR_FEATURES, 2, "c", made_from={"raw_entities": 2})
    assert [state.version for state in states(lake)] == [2, 0]
    assert state_of(lake, "1") == state_of(lake, "2") == state_of(lake, "c")


def test_going_back_goes_further_back_each_time(lake: Lake) -> None:
    assert state_of(lake, None).run_id == "a"
    publish(lake, "rollback", 0, rolled_back_to=0)
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
