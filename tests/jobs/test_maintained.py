"""Maintenance removes what nobody needs and nothing else: kept states can be gone back to and gone on from."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import pyarrow as pa
import pytest

from features import tables
from features.damage import DamageError
from features.history import refuse_gone, states
from features.lake import Lake, LakeError
from features.outbox import Load, Outbox
from features.settings import Settings
from features.tables import Table
from jobs.maintained import Maintenance, Upkeep

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

SOURCE = {"name": "h", "format": "csv", "id": "id", "path": "h.csv", "columns": {"name": "name"}}


@pytest.fixture
def lake(lake_root: str, put: Any) -> Lake:
    """What the runs a, b and c published, without Spark; the files of a fourth one that did not end lie beside."""
    lake = Lake(lake_root)
    for number, run_id in enumerate("abc"):
        for table in (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES):
            put(lake, table, number)
        made_from = dict.fromkeys(("raw_entities", "standardised_entities"), number)
        said = {"run_id": run_id, "fingerprint": f"of {run_id}", "made_from": made_from}
        derived = (tables.ENTITY_FEATURES, tables.BLOCK_CENSUS, tables.ONLINE_ENTITIES, tables.BLOCKING_INDEX)
        for table in (*derived, tables.PAIR_FEATURES):
            put(lake, table, number, **said)
        kept = {"fingerprint": [f"of {run_id}"], "part": ["statistics"], "value": [f"counted by {run_id}"]}
        lake.write_rows(pa.table(kept, tables.CATALOGUE_VERSIONS.schema), tables.CATALOGUE_VERSIONS)
        counted = {"version": [f"counted by {run_id}"], "token": [""], "records": [0], "corpus": [7]}
        lake.write_rows(pa.table(counted, tables.TOKEN_STATISTICS.schema), tables.TOKEN_STATISTICS)
    orphan = Path(lake.files_folder(tables.PAIR_FEATURES, "d")) / "part-0.parquet"
    orphan.write_bytes(b"of a run that did not end")
    return lake


def never() -> Any:
    raise AssertionError("nothing here takes Spark")


def maintained(lake: Lake, *, days_on: float = 2, dry_run: bool = False, **retention: Any) -> Upkeep:
    given = {"mode": "dedupe", "lake": lake.root, "sources": [SOURCE], "retention": {"days": 0, **retention}}
    later = datetime.now(UTC) + timedelta(days=days_on)
    return Maintenance(Settings.model_validate(given), never, later).publish(dry_run=dry_run)


def whole(lake: Lake) -> list[str]:
    """Runs whose states can be gone back to."""
    found = []
    for state in states(lake):
        try:
            refuse_gone(lake, state)
        except LakeError:
            continue
        found.append(state.run_id)
    return found


def files(lake: Lake) -> set[str]:
    return {str(path) for path in Path(lake.root).rglob("*") if path.is_file()}


def test_states_that_are_kept_stay_whole_and_the_others_go(lake: Lake) -> None:
    held = files(lake)
    told = maintained(lake, versions=2, dry_run=True)
    assert held <= files(lake)
    done = maintained(lake, versions=2)
    assert done.files == told.files | {"token_statistics": 1}  # which a dry run has not written anew
    assert done.states == [2, 1]
    assert done.files["pair_features"] == 2  # of the run a, and of the one that did not end
    assert not (Path(lake.path(tables.PAIR_FEATURES)) / "d").exists()
    assert whole(lake) == ["c", "b"]
    assert done.statistics == ["counted by a"]
    assert set(lake.rows(tables.TOKEN_STATISTICS)["version"].to_pylist()) == {"counted by b", "counted by c"}
    [row] = lake.rows(tables.RUN_MANIFEST, outcome="maintained").to_pylist()
    details = json.loads(row["details"])
    assert (details["kind"], details["counts"]["statistics"]) == ("maintenance", ["counted by a"])


def test_one_that_breaks_off_says_why_in_words_and_in_the_manifest(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Maintenance, "_compact", full)
    with pytest.raises(DamageError, match="there is no space left"):
        maintained(lake)
    [row] = lake.rows(tables.RUN_MANIFEST).to_pylist()
    assert (row["outcome"], str(row["error"])[:22]) == ("failed", "there is no space left")


def test_states_of_the_days_that_are_kept_stay_however_many(lake: Lake) -> None:
    assert maintained(lake, days=3, versions=1).states == [2, 1, 0]
    assert whole(lake) == ["c", "b", "a"]


def test_files_that_a_reader_may_still_be_at_stay(lake: Lake) -> None:
    assert maintained(lake, days_on=0.5, versions=1).files == {}
    assert whole(lake) == ["c", "b", "a"]


def test_what_a_training_set_or_a_load_that_waits_names_stays_with_its_statistics(lake: Lake) -> None:
    rows = {"name": ["spring"], "table": ["pair_features"], "version": [0], "path": [None]}
    lake.write_rows(pa.table(rows, tables.TRAINING_SETS.schema), tables.TRAINING_SETS)
    waits = Load("b", datetime.now(UTC), "of b", {"online_entities": 1, "blocking_index": 1})
    Outbox(lake).failed(waits, "away")
    done = maintained(lake, versions=1)
    assert done.statistics == []
    assert set(done.files) >= {"entity_features", "block_census"}

    def there(table: Table, version: int) -> bool:
        uris = deltalake.DeltaTable(lake.path(table), version=version).file_uris()
        return all(Path(uri).exists() for uri in uris)

    assert [there(tables.PAIR_FEATURES, version) for version in range(3)] == [True, False, True]
    assert [there(tables.ONLINE_ENTITIES, version) for version in range(3)] == [False, True, True]
    assert [there(tables.BLOCKING_INDEX, version) for version in range(3)] == [False, True, True]


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_training_set_that_is_gone_keeps_nothing(lake: Lake, dry_run: bool) -> None:
    rows = [{"name": "n", "table": "pair_features", "version": n, "path": path} for n, path in enumerate((None, "set"))]
    lake.write_rows(pa.Table.from_pylist(rows, tables.TRAINING_SETS.schema), tables.TRAINING_SETS)
    done = maintained(lake, versions=1, dry_run=dry_run)
    assert done.sets == ["set"]
    assert done.files["pair_features"] == 2  # of the run b, and of the one that did not end
    assert lake.rows(tables.TRAINING_SETS).num_rows == 1 + dry_run


def test_rows_that_are_long_in_quarantine_go(lake: Lake) -> None:
    ids = [f"{day:%Y%m%dT%H%M%S.%fZ}" for day in (datetime.now(UTC) - timedelta(days=99), datetime.now(UTC))]
    rows = [{"run_id": run, "table": "raw_entities", "reasons": ["r"], "row": "{}"} for run in ids]
    lake.write_rows(pa.Table.from_pylist(rows, tables.QUARANTINE.schema), tables.QUARANTINE)
    assert maintained(lake, quarantine_days=90, dry_run=True).quarantine_rows == 1
    assert lake.rows(tables.QUARANTINE).num_rows == 2
    assert maintained(lake, quarantine_days=90).quarantine_rows == 1
    assert lake.rows(tables.QUARANTINE)["run_id"].to_pylist() == ids[1:]


def test_a_compacted_table_is_of_the_run_that_made_it(lake: Lake) -> None:
    said = lake.last_commit(tables.PAIR_FEATURES)["metadata"]
    again = pa.table({"id_l": ["h:1"], "id_r": ["h:2"], "rule": ["r"]}, tables.PAIR_FEATURES.schema)
    lake.write_rows(again, tables.PAIR_FEATURES, metadata=said)
    done = maintained(lake, compact_files=1, versions=3)
    assert done.compacted["pair_features"] == (2, 1)
    assert lake.rows(tables.PAIR_FEATURES).num_rows == 2
    assert lake.last_commit(tables.PAIR_FEATURES)["metadata"] == said
    assert whole(lake)[0] == "c"


def test_a_table_that_names_no_run_is_compacted_too(lake: Lake) -> None:
    row = pa.Table.from_pylist([{"run_id": "a", "table": "t", "reasons": ["r"], "row": "{}"}], tables.QUARANTINE.schema)
    for _ in range(3):
        lake.write_rows(row, tables.QUARANTINE)
    assert maintained(lake, compact_files=2, quarantine_days=10_000).compacted["quarantine"] == (3, 1)
    assert lake.rows(tables.QUARANTINE).num_rows == 3


@pytest.mark.spark
def test_the_change_feed_serves_the_next_refresh_and_a_kept_state_is_gone_back_to(aged: Aged) -> None:
    from jobs.rolled_back import Rollback  # noqa: PLC0415  the others need neither Spark nor Feast

    def upkeep(days_on: float, **retention: Any) -> Upkeep:
        settings = aged.settings(retention={"days": 0, **retention})
        return Maintenance(settings, lambda: aged.spark, datetime.now(UTC) + timedelta(days=days_on)).publish()

    after, raw = aged.content(), aged.lake.path(tables.RAW_ENTITIES)
    assert upkeep(2, versions=2).states == [1, 0]
    assert deltalake.DeltaTable(raw).deletion_vectors().read_all().num_rows
    assert not list(Path(aged.lake.root).glob("staged/*/*.parquet"))
    Rollback(aged.settings()).publish(aged.spark)
    assert aged.content() == aged.before
    done = upkeep(2, versions=1, compact_files=1, quarantine_days=1)
    assert "pair_features" in done.compacted  # going back has made one file of raw_entities
    assert done.quarantine_rows == 1
    upkeep(4, versions=1)  # what compaction put together is gone as well
    with pytest.raises(LakeError, match="cannot be had any more"):
        Rollback(aged.settings(), aged.second.run_id)
    run = aged.refresh()
    assert (run.fallbacks, run.counts["records changed"]) == ([], 2)
    assert aged.content() == after
