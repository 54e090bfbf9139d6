"""Data files that workers write: every row once, whatever fails and is tried again; in no table before a commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.lake import DATA_FILES
from features.spark import data_files
from features.spark.data_files import literal_path, read_files, write_files

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

SCHEMA = pa.schema([pa.field("n", pa.int64()), pa.field("word", pa.string(), nullable=False)])


def doubled(batches: Iterable[pa.RecordBatch], tally: Counter[str]) -> Iterator[pa.RecordBatch]:
    """Every number twice, with a word that is kept as a dictionary code."""
    for batch in batches:
        tally["read"] += batch.num_rows
        numbers = pa.concat_arrays([batch.column("id"), batch.column("id")])
        words = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), len(numbers)), pa.array(["één"]))
        yield pa.RecordBatch.from_arrays([numbers, words], names=["n", "word"])


def nothing(batches: Iterable[pa.RecordBatch], tally: Counter[str]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        tally["dropped"] += batch.num_rows
    yield from ()


def test_every_row_is_in_one_named_file_and_is_read_back_in_its_type(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "fol[1]der é"
    folder.mkdir()
    files, tally = write_files(spark.range(0, 1000, 1, 3), doubled, str(folder))
    assert files.schema == DATA_FILES
    assert tally == {"read": 1000}
    assert files["name"].to_pylist() == sorted(path.name for path in folder.glob("*.parquet"))
    assert files["rows"].to_pylist() == [pq.read_metadata(folder / name).num_rows for name in files["name"].to_pylist()]
    assert files["bytes"].to_pylist() == [(folder / name).stat().st_size for name in files["name"].to_pylist()]
    frame = read_files(spark, str(folder), files, SCHEMA)
    assert [(f.name, f.dataType.simpleString()) for f in frame.schema] == [("n", "bigint"), ("word", "string")]
    rows = sorted(tuple(row) for row in frame.collect())
    assert rows == [(n, "één") for n in range(1000) for _ in range(2)]


def test_a_partition_without_rows_leaves_no_file(spark: SparkSession, tmp_path: Path) -> None:
    files, tally = write_files(spark.range(0, 10, 1, 2), nothing, str(tmp_path))
    assert tally == {"dropped": 10}
    assert files.num_rows == 0
    assert list(tmp_path.iterdir()) == []
    assert read_files(spark, str(tmp_path), files, SCHEMA).collect() == []


def test_files_of_another_attempt_are_not_read(spark: SparkSession, tmp_path: Path) -> None:
    lost, _ = write_files(spark.range(0, 5, 1, 1), doubled, str(tmp_path))
    files, _ = write_files(spark.range(0, 5, 1, 1), doubled, str(tmp_path))
    assert not set(lost["name"].to_pylist()) & set(files["name"].to_pylist())
    assert read_files(spark, str(tmp_path), files, SCHEMA).count() == 10


def test_a_row_group_ends_at_so_many_rows_or_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = [pa.record_batch({"n": [1, 2]})] * 5
    wide = [pa.record_batch({"word": ["x" * 1000]})] * 5
    monkeypatch.setattr(data_files, "ROW_GROUP", 4)
    monkeypatch.setattr(data_files, "ROW_GROUP_BYTES", 2_000)
    for name, batches, groups in (("narrow", narrow, [4, 4, 2]), ("wide", wide, [2, 2, 1])):
        path = tmp_path / f"{name}.parquet"
        data_files._write(batches, str(path))
        found = pq.ParquetFile(path).metadata
        assert [found.row_group(n).num_rows for n in range(found.num_row_groups)] == groups


def test_a_path_is_taken_literally_unless_it_is_an_address() -> None:
    assert literal_path("/a[1]/b*") == "/a\\[1\\]/b\\*"
    assert literal_path("s3://bucket/a*") == "s3://bucket/a*"
