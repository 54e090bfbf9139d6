"""A lake keeps versions for the training sets that are there, not for those that are gone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from features.lake import Lake
from features.tables import TRAINING_SETS, Table
from jobs.training_sets import forget_sets, gone_sets

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


def test_rows_of_sets_that_are_gone_from_the_lake_can_go(lake: Lake) -> None:
    assert gone_sets(lake) == ["training/deleted", "training/stopped"]
    forget_sets(lake, gone_sets(lake))
    assert kept(lake) == [0, 3, 4, 5]
    assert gone_sets(lake) == []


def test_a_lake_without_training_sets_is_left_as_it_is(lake_root: str) -> None:
    assert gone_sets(Lake(lake_root)) == []
    assert not Path(lake_root).exists()
