"""A lake keeps versions for the training sets that are there, not for those that are gone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest

from features.lake import Lake
from features.tables import TRAINING_SETS, Table
from jobs import maintained, operations
from jobs.training_sets import forget_gone_sets, gone_sets

SET = Table("training/spring", pa.schema([pa.field("id_l", pa.string())]), ("id_l",), "A training set.")
PATHS = ["training/spring", "training/stopped", "training/deleted", "/elsewhere/set", "s3://bucket/set", None]


@pytest.fixture
def lake(lake_root: str) -> Lake:
    """A lake that keeps versions for sets of which one is there, one was stopped and one deleted."""
    lake = Lake(lake_root)
    lake.write_rows(SET.schema.empty_table(), SET)
    rows = [{"name": "n", "table": "pair_features", "version": at, "path": path} for at, path in enumerate(PATHS)]
    lake.write_rows(pa.Table.from_pylist(rows, TRAINING_SETS.schema), TRAINING_SETS)
    Path(lake_root, "training/stopped").mkdir()
    Path(lake_root, "training/stopped/part-00000.parquet").touch()
    return lake


def kept(lake: Lake) -> list[int]:
    return sorted(lake.rows(TRAINING_SETS)["version"].to_pylist())


def test_rows_of_sets_that_are_gone_from_the_lake_go(lake: Lake) -> None:
    assert forget_gone_sets(lake) == ["training/deleted", "training/stopped"]
    assert kept(lake) == [0, 3, 4, 5]
    assert forget_gone_sets(lake) == gone_sets(lake) == []


def test_a_lake_without_training_sets_is_left_as_it_is(lake_root: str) -> None:
    assert forget_gone_sets(Lake(lake_root)) == []
    assert not Path(lake_root).exists()


@pytest.mark.parametrize("dry_run", [True, False])
def test_maintain_lets_versions_of_sets_that_are_gone_go_before_it_looks_what_is_needed(
    lake: Lake, dry_run: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def publish(*, dry_run: bool) -> maintained.Upkeep:
        seen.append(kept(lake))
        return maintained.Upkeep()

    monkeypatch.setattr(operations, "load", lambda _: SimpleNamespace(lake=lake.root))
    monkeypatch.setattr(maintained, "Maintenance", lambda *_: SimpleNamespace(publish=publish))
    operations.maintain("settings.toml", dry_run=dry_run)
    assert seen == [[0, 1, 2, 3, 4, 5] if dry_run else [0, 3, 4, 5]]
    told = "training/deleted, training/stopped; their versions " + ("would" if dry_run else "are")
    assert told in " ".join(capsys.readouterr().out.split())
