"""Rows in one order make files of the same bytes, however they come."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.spark import ordered_files
from features.spark.ordered_files import write_in_order

SCHEMA = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("number", pa.float32())])
ROWS = pa.table({"id": [f"r:{n:04d}" for n in range(95)], "number": [None if n % 7 else n / 3 for n in range(95)]})


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered_files, "ROW_GROUP", 10)
    monkeypatch.setattr(ordered_files, "GROUPS_OF_FILE", 3)


@pytest.mark.parametrize("batch", [1, 10, 33, 95])
def test_files_are_the_same_whatever_the_batches(tmp_path: Path, batch: int) -> None:
    whole = write_in_order(ROWS.to_batches(), SCHEMA, str(tmp_path / "whole"))
    parts = write_in_order(ROWS.to_batches(max_chunksize=batch), SCHEMA, str(tmp_path / "parts"))
    assert parts.equals(whole)
    assert whole["rows"].to_pylist() == [30, 30, 30, 5]
    files = [
        [(file.name, file.read_bytes()) for file in sorted((tmp_path / of).iterdir())] for of in ("whole", "parts")
    ]
    assert files[0] == files[1]
    assert [name for name, _ in files[0]] == whole["name"].to_pylist()
    assert whole["bytes"].to_pylist() == [len(content) for _, content in files[0]]
    assert pq.read_table(tmp_path / "whole").equals(ROWS.cast(SCHEMA))


def test_no_rows_make_no_file(tmp_path: Path) -> None:
    assert write_in_order([], SCHEMA, str(tmp_path / "none")).num_rows == 0
