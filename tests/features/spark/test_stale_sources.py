"""A source is as old as the newest file that is read of it, and one whose age cannot be told is one that gave way."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.sections import Source
from features.spark.files import SourceError
from features.spark.stand_ins import refuse_stale_source


def source(path: Path | str) -> Source:
    given = {"name": "clients", "path": str(path), "format": "csv", "id": "id", "columns": {"name": "name"}}
    return Source.model_validate({**given, "max_age": "2d"})


@pytest.fixture
def partitioned(tmp_path: Path) -> Path:
    """A folder of partitions whose one file was written long ago; the folders themselves are of now."""
    file = tmp_path / "day=1" / "_hour=2" / "part.csv"
    file.parent.mkdir(parents=True)
    file.write_text("id,name\n", encoding="utf-8")
    os.utime(file, (0, 0))
    return tmp_path


@pytest.mark.parametrize("beside", ["_SUCCESS", ".part.csv.crc", "day=2/_SUCCESS", "_temporary/0/part.csv", "day=3/"])
def test_nothing_but_files_that_are_read_makes_a_source_new(partitioned: Path, beside: str) -> None:
    (partitioned / "day=0").mkdir()
    (partitioned / beside).parent.mkdir(parents=True, exist_ok=True)
    (partitioned / beside).mkdir() if beside.endswith("/") else (partitioned / beside).touch()
    for path in (partitioned, f"file://{partitioned}"):
        with pytest.raises(SourceError, match="last changed at 1970-01-01 00:00 UTC"):
            refuse_stale_source(source(path), datetime.now(UTC))
    (partitioned / "day=0" / "part.csv").touch()
    for path in (partitioned, f"file://{partitioned}"):
        refuse_stale_source(source(path), datetime.now(UTC))


def test_a_source_whose_files_go_while_we_look_cannot_be_read(
    partitioned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path, *_: object, **__: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    old, stat = partitioned / "day=1" / "_hour=2" / "part.csv", Path.stat
    monkeypatch.setattr(Path, "is_file", lambda path: path == old)
    monkeypatch.setattr(Path, "stat", lambda path, **how: gone(path) if path == old else stat(path, **how))
    with pytest.raises(SourceError, match="'clients': when .* cannot be told.*run again once it is delivered"):
        refuse_stale_source(source(partitioned), datetime.now(UTC))


def test_a_folder_without_files_has_no_age(tmp_path: Path) -> None:
    (tmp_path / "day=1").mkdir()
    for path in (tmp_path, f"file://{tmp_path}", f"file://{tmp_path}/*"):
        with pytest.raises(SourceError, match="no file is found there; name a file or a folder of files"):
            refuse_stale_source(source(path), datetime.now(UTC))
