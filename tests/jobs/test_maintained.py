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
from features.lake import LakeError
from features.outbox import Load, Outbox
from features.spark.frames import checksum
from features.tables import Table
from jobs.maintained import Maintenance, Upkeep
from jobs.rolled_back import Rollback

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

pytestmark = pytest.mark.spark


def maintained(aged: Aged, *, days_on: float = 2, dry_run: bool = False, **retention: Any) -> Upkeep:
    settings = aged.settings(retention={"days": 0, "versions": 1, **retention})
    later = datetime.now(UTC) + timedelta(days=days_on)
    return Maintenance(settings, lambda: aged.spark, later).publish(dry_run=dry_run)


def files(aged: Aged) -> set[str]:
    return {str(path) for path in Path(aged.lake.root).rglob("*") if path.is_file()}


def test_what_a_kept_state_or_the_next_refresh_needs_stays_and_the_rest_goes(aged: Aged) -> None:
    after, held = aged.content(), files(aged)
    orphan = Path(aged.lake.files_folder(tables.PAIR_FEATURES, "20260101T000000.000000Z")) / "part-0.parquet"
    orphan.write_bytes(b"of a run that did not end")
    told = maintained(aged, versions=2, dry_run=True)
    assert files(aged) == held | {str(orphan)}

    kept = maintained(aged, versions=2)
    assert (kept.files, kept.states) == (told.files, [1, 0])
    assert not orphan.parent.exists()
    assert not list(Path(aged.lake.root).glob("staged/*/*.parquet"))
    assert aged.content() == after
    Rollback(aged.settings()).publish(aged.spark)
    assert aged.content() == aged.before
    assert aged.refresh().fallbacks == []
    assert aged.content() == after


def test_states_that_are_not_kept_are_gone_and_the_change_feed_serves_the_next_refresh(aged: Aged) -> None:
    after = aged.content()
    assert maintained(aged, days_on=0).states == [1]
    Rollback(aged.settings(), "0")  # a reader may still be at it: nothing is gone yet
    removed = maintained(aged, quarantine_days=1, compact_files=1)
    assert removed.quarantine_rows == 1
    assert {"raw_entities", "pair_features"} <= removed.compacted.keys()
    assert {"entity_features", "block_census", "blocking_index"} <= removed.files.keys()
    maintained(aged, days_on=4)  # what compaction put together is gone as well
    assert aged.content() == after
    with pytest.raises(LakeError, match="cannot be had any more"):
        Rollback(aged.settings(), "0")
    run = aged.refresh([*aged.STANDING, f"u,{aged.NAME} Ltd,FR"])
    assert (run.fallbacks, run.counts["records changed"]) == ([], 2)
    assert aged.content()["lookup"] == "h:p h:u"


def test_versions_that_a_training_set_or_a_load_that_waits_names_are_kept(aged: Aged) -> None:
    rows = {"name": ["spring"], "table": ["pair_features"], "version": [0], "path": [None]}
    aged.lake.write_rows(pa.table(rows, tables.TRAINING_SETS.schema), tables.TRAINING_SETS)
    waits = Load("x", datetime.now(UTC), aged.first.fingerprint, {"online_entities": 0, "blocking_index": 0})
    Outbox(aged.lake).failed(waits, "away")
    maintained(aged)
    assert aged.lake.read(aged.spark, tables.ONLINE_ENTITIES, version=0).count() == 5
    taken = checksum(aged.lake.read(aged.spark, tables.PAIR_FEATURES, version=0))
    assert taken == aged.first.checksum


def test_statistics_that_nothing_names_are_forgotten_and_the_run_is_noted(aged: Aged) -> None:
    rows = {"version": ["old"], "token": [""], "records": [0], "corpus": [7]}
    aged.lake.write_rows(pa.table(rows, tables.TOKEN_STATISTICS.schema), tables.TOKEN_STATISTICS)
    assert maintained(aged).statistics == ["old"]
    assert set(aged.lake.rows(tables.TOKEN_STATISTICS)["version"].to_pylist()) != {"old"}
    [row] = aged.lake.rows(tables.RUN_MANIFEST, outcome="maintained").to_pylist()
    assert json.loads(row["details"])["counts"]["statistics"] == ["old"]


def test_deletion_vectors_and_change_data_are_named_by_the_versions_that_need_them(aged: Aged) -> None:
    def held(table: Table) -> set[str]:
        return {path.name for path in Path(aged.lake.path(table)).rglob("*") if path.suffix == ".bin"}

    assert held(tables.RAW_ENTITIES)
    maintained(aged)
    assert deltalake.DeltaTable(aged.lake.path(tables.RAW_ENTITIES)).deletion_vectors().read_all().num_rows
    assert held(tables.RAW_ENTITIES)
