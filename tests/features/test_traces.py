"""A value is found wherever it stands by itself: in columns and lists of Parquet files, in logs, in the online file."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.traces import files_with

NAME = "Müller & Söhne (Berlin)"


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["x", NAME]),
        pa.array([None, f'{{"name": "{NAME}"}}']),
        pa.array([["x"], ["y", NAME]]),
        pa.array([[{"name": NAME}]] * 2),
        pa.array(["x", NAME]).dictionary_encode(),
        pa.array([b"\x00" + NAME.encode() + b"\x01", None]),
    ],
    ids=["text", "json", "list", "list of structs", "dictionary", "packed"],
)
def test_a_value_is_found_in_columns_of_every_kind(tmp_path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"c": column}), tmp_path / "part.parquet", compression="zstd")
    assert files_with(str(tmp_path), [NAME]) == ["part.parquet"]
    assert files_with(str(tmp_path), [NAME[:4]]) == []


def test_a_part_of_a_longer_id_is_another_id(tmp_path: Path) -> None:
    pq.write_table(pa.table({"c": [["h:12", "ah:1"]]}), tmp_path / "part.parquet")
    (tmp_path / "log.json").write_text('{"min": "h:12"}')
    assert files_with(str(tmp_path), ["h:1"]) == []
    assert files_with(str(tmp_path), ["h:12"]) == ["log.json", "part.parquet"]


def test_a_row_that_sqlite_has_deleted_is_found_until_its_file_is_written_anew(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "online.db")) as file:
        file.execute("PRAGMA secure_delete = OFF")
        file.execute("CREATE TABLE t (k BLOB)")
        file.execute("INSERT INTO t VALUES (?)", [b"key" + struct.pack("<I", 3) + b"h:1rest"])
        file.commit()
        file.execute("DELETE FROM t")
        file.commit()
        assert files_with(str(tmp_path), ["h:1"]) == ["online.db"]
        file.execute("VACUUM")
    assert files_with(str(tmp_path), ["h:1"]) == []


def test_a_value_across_two_blocks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.traces._BLOCK", 16)
    (tmp_path / "log").write_bytes(b"." * 10 + NAME.encode() + b"." * 10)
    assert files_with(str(tmp_path), [NAME]) == ["log"]
    assert files_with(str(tmp_path), []) == []
