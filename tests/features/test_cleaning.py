"""Files that no kept version names are found and removed; those that one names, the log, and young files stay."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from features.cleaning import staged, unneeded
from features.lake import Lake
from features.tables import Table

TABLE = Table("things", pa.schema([pa.field("id", pa.int64(), nullable=False)]), ("id",), "Things.")


@pytest.fixture
def lake(lake_root: str) -> Lake:
    """A table of three versions, each in the place of the one before."""
    lake = Lake(lake_root)
    for number in range(3):
        lake.write_rows(pa.table({"id": [number]}), TABLE, mode="overwrite")
    return lake


def later() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def data_files(lake: Lake) -> set[str]:
    return {path.name for path in Path(lake.path(TABLE)).glob("*.parquet")}


def test_versions_that_are_kept_can_be_read_and_the_others_are_gone(lake: Lake) -> None:
    before = data_files(lake)
    found = unneeded(lake, TABLE, [0, 2], before=later())
    assert (len(before), len(found.paths)) == (3, 1)
    found.remove(lake.path(TABLE))
    assert data_files(lake) == before - {Path(found.paths[0]).name}
    assert lake.rows(TABLE)["id"].to_pylist() == [2]
    assert unneeded(lake, TABLE, [0, 2], before=later()).paths == ()


def test_folders_of_runs_that_did_not_end_go_with_the_checksums_beside_their_files(lake: Lake) -> None:
    folder = Path(lake.files_folder(TABLE, "20260101T000000.000000Z"))
    for name in ("part-0.parquet", ".part-0.parquet.crc"):
        (folder / name).write_bytes(b"0")
    [kept] = lake.data_files(TABLE)
    beside = Path(kept).with_name(f".{Path(kept).name}.crc")
    beside.write_bytes(b"0")
    unneeded(lake, TABLE, [0, 1, 2], before=later()).remove(lake.path(TABLE))
    assert not folder.exists()
    assert beside.exists()


def test_another_table_inside_the_folder_is_left_alone(lake: Lake) -> None:
    inside = Table("things/inside", TABLE.schema, (), "Things inside.")
    for number in range(2):
        lake.write_rows(pa.table({"id": [number]}), inside, mode="overwrite")
    unneeded(lake, TABLE, [0, 1, 2], before=later()).remove(lake.path(TABLE))
    assert len(list(Path(lake.path(inside)).glob("*.parquet"))) == 2


def test_young_files_stay(lake: Lake) -> None:
    assert unneeded(lake, TABLE, [2], before=datetime.now(UTC) - timedelta(hours=1)).paths == ()


def test_a_staged_table_of_which_a_file_is_young_stays(lake: Lake) -> None:
    log = Path(lake.path(TABLE, staged=True)) / "_delta_log"
    log.mkdir(parents=True)
    for name in ("00000000000000000000.json", "00000000000000000001.json"):
        (log / name).write_text("{}")
    os.utime(log / "00000000000000000000.json", (1, 1))
    assert staged(lake, before=datetime.now(UTC) - timedelta(hours=1)).paths == ()


def test_staged_tables_go_whole(lake: Lake) -> None:
    log = Path(lake.path(TABLE, staged=True)) / "_delta_log"
    log.mkdir(parents=True)
    (log / "00000000000000000000.json").write_text("{}")
    (log / "_last_checkpoint").write_text("{}")
    staged(lake, before=later()).remove(f"{lake.root}/staged")
    assert not log.parent.exists()
    assert staged(Lake(f"{lake.root}/none"), before=later()).paths == ()
