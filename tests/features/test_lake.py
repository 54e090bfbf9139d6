"""The lake: one commit a write, earlier versions stay readable, one writer at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake.transaction import CommitProperties

from features.lake import DATA_FILES, Lake, LakeError
from features.tables import TIMESTAMP, Table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TABLE = Table("things", pa.schema([pa.field("id", pa.int64())]), ("id",), "Things.")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose folder has a name that shells, globs and SQL would stumble over."""
    return Lake(str(tmp_path / "la`ke 'of' é[1] 100%"))


@pytest.mark.spark
def test_a_table_is_replaced_in_one_commit_that_carries_its_metadata(spark: SparkSession, lake: Lake) -> None:
    assert not lake.exists(TABLE)
    lake.overwrite(numbers(spark, 3), TABLE, metadata={"run_id": "r1"})
    lake.overwrite(numbers(spark, 2).withColumnRenamed("id", "name"), TABLE, metadata={"run_id": "r2"})
    assert lake.exists(TABLE)
    assert lake.read(spark, TABLE).columns == ["name"]
    assert (lake.read(spark, TABLE).count(), lake.read(spark, TABLE, version=0).count()) == (2, 3)
    assert lake.last_commit(TABLE) == {"version": 1, "metadata": {"run_id": "r2"}}
    assert lake.version(TABLE) == 1


@pytest.mark.spark
def test_rows_are_appended_and_the_staged_table_is_another_one(spark: SparkSession, lake: Lake) -> None:
    lake.append(numbers(spark, 2), TABLE)
    lake.append(numbers(spark, 1).selectExpr("id + 10 AS id", "'x' AS note"), TABLE)
    lake.overwrite(numbers(spark, 5), TABLE, staged=True)
    rows = [tuple(row) for row in lake.read(spark, TABLE).orderBy("id").collect()]
    assert rows == [(0, None), (1, None), (10, "x")]
    assert "minValues" not in "".join(path.read_text() for path in Path(lake.path(TABLE), "_delta_log").glob("*.json"))
    assert lake.read(spark, TABLE, staged=True).count() == 5


@pytest.mark.spark
def test_a_staged_table_is_made_anew_whatever_was_left_of_it(spark: SparkSession, lake: Lake) -> None:
    for rows in (5, 4):
        lake.overwrite(numbers(spark, rows), TABLE, staged=True)
    assert deltalake.DeltaTable(lake.path(TABLE, staged=True)).version() == 0
    log = Path(lake.path(TABLE, staged=True)) / "_delta_log"
    (log / f"{0:020}.json").write_text("{broken")
    (log / "_last_checkpoint").write_text('{"version":10,"size":3}')
    lake.overwrite(numbers(spark, 3), TABLE, staged=True)
    assert [pq.read_metadata(file).num_rows for file in lake.data_files(TABLE, staged=True)] in ([3], [1, 2], [2, 1])


@pytest.mark.spark
def test_data_files_are_in_the_table_from_their_commit_on(spark: SparkSession, lake: Lake) -> None:
    first, wider = TABLE.schema, TABLE.schema.append(pa.field("name", pa.string(), nullable=False))
    written(lake, "r1", pa.table({"id": [1, 2]}, first))
    lake.commit(written(lake, "r2", pa.table({"id": [3]}, first)), TABLE, "r2", first, metadata={"run_id": "r2"})
    assert [row["id"] for row in lake.read(spark, TABLE).collect()] == [3]
    assert lake.last_commit(TABLE) == {"version": 0, "metadata": {"run_id": "r2"}}
    rows = pa.table({"id": [4], "name": ["x"]}, wider)
    lake.commit(written(lake, "r3", rows), TABLE, "r3", wider, metadata={})
    assert [tuple(row) for row in lake.read(spark, TABLE).collect()] == [(4, "x")]
    assert [tuple(row) for row in lake.read(spark, TABLE, version=0).collect()] == [(3,)]
    lake.overwrite(numbers(spark, 2), TABLE)
    lake.commit(DATA_FILES.empty_table(), TABLE, "r4", wider, metadata={})
    assert lake.read(spark, TABLE).columns == ["id", "name"]
    assert (lake.read(spark, TABLE).count(), lake.version(TABLE)) == (0, 3)


@pytest.mark.spark
def test_a_commit_that_cannot_be_made_leaves_the_version_before_it(spark: SparkSession, lake: Lake) -> None:
    lake.overwrite(numbers(spark, 2), TABLE)
    log = Path(lake.path(TABLE)) / "_delta_log" / f"{0:020}.json"
    kept = log.read_text()
    log.write_text("{broken")
    files = written(lake, "r1", pa.table({"id": [1]}, TABLE.schema))
    with pytest.raises(LakeError, match="things under .* could not be put in force.*The version before it stays"):
        lake.commit(files, TABLE, "r1", TABLE.schema, metadata={})
    log.write_text(kept)
    assert lake.read(spark, TABLE).count() == 2


def test_a_table_that_was_compacted_and_vacuumed_says_what_it_said_before(lake: Lake) -> None:
    for number in range(3):
        lake.write_rows(pa.table({"id": [number]}), TABLE, metadata={"run_id": f"r{number}"})
    table = deltalake.DeltaTable(lake.path(TABLE))
    table.optimize.compact(commit_properties=CommitProperties(custom_metadata={"userMetadata": "tended"}))
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    table.alter.set_table_properties({"delta.checkpointInterval": "20"})
    assert lake.last_commit(TABLE) == {"version": lake.version(TABLE), "metadata": {"run_id": "r2"}}
    assert lake.version(TABLE) == 6
    assert lake.operations_since(TABLE, 0) == ["WRITE", "WRITE"]
    assert lake.operations_since(TABLE, 2) == []
    assert lake.operations_since(TABLE, 7) == ["WRITE"]  # the table that had such a version was taken away


def test_a_table_that_something_else_changed_is_told(lake_root: str) -> None:
    lake = Lake(lake_root)
    lake.write_rows(pa.table({"id": [1, 2]}), TABLE, metadata={"run_id": "r1"})
    table = deltalake.DeltaTable(lake.path(TABLE))
    table.delete("id = 1")
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    with pytest.raises(LakeError, match=r"the last change of things under .* \(DELETE\) .* not made by Pairlake"):
        lake.last_commit(TABLE)
    assert lake.operations_since(TABLE, 0) == ["DELETE"]
    lake.write_rows(pa.table({"id": [3]}), TABLE, metadata={"run_id": "r2"})
    table = deltalake.DeltaTable(lake.path(TABLE))
    table.delete("id = 3", commit_properties=CommitProperties(custom_metadata={"userMetadata": "by hand"}))
    with pytest.raises(LakeError, match="says nothing of a run"):
        lake.last_commit(TABLE)
    assert lake.carried(TABLE) == {}
    assert [commit["metadata"] for commit in lake.commits(TABLE, 2)] == [{}, {"run_id": "r2"}]


@pytest.mark.spark
def test_a_table_or_a_version_that_is_not_there_is_told(spark: SparkSession, lake: Lake) -> None:
    with pytest.raises(LakeError, match="there is no table things under .*`pairlake run` makes it"):
        lake.read(spark, TABLE)
    lake.overwrite(numbers(spark, 1), TABLE)
    with pytest.raises(LakeError, match="things under .* has versions 0 to 0, not 7"):
        lake.read(spark, TABLE, version=7)


def test_a_second_writer_is_refused_and_told_who_the_first_is(lake: Lake) -> None:
    told = pytest.raises(LakeError, match="another run is writing to .*run first, since .* UTC.*wait for it")
    with other_process_writing(lake, "first"), told, lake.writing("second"):
        pytest.fail("two writers")
    with lake.writing("second"):
        pass


def test_a_writer_that_is_killed_leaves_the_lake_free(lake: Lake) -> None:
    with other_process_writing(lake, "first") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with lake.writing("second"):
            assert "run second" in (Path(lake.root) / ".writer").read_text()


def test_a_writer_that_fails_leaves_the_lake_free(lake: Lake) -> None:
    with pytest.raises(ZeroDivisionError), lake.writing("first"):
        raise ZeroDivisionError
    with lake.writing("second"):
        pass


def test_a_root_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for root in (tmp_path / "file", tmp_path / "file" / "lake"):
        told = pytest.raises(LakeError, match="is a file, or lies under one; wanted a folder")
        with told, Lake(str(root)).writing("run"):
            pytest.fail("no lake can be there")


def test_a_root_without_the_right_to_write_is_refused_in_words(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        told = pytest.raises(LakeError, match="cannot be written: Permission denied")
        with as_nobody(), told, Lake(str(tmp_path / "lake")).writing("run"):
            pytest.fail("no right to write there")
    finally:
        tmp_path.chmod(0o700)


def test_a_root_is_a_local_folder_or_an_object_stores_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert Lake("~/lake").root == "/home/someone/lake"
    assert Lake("s3://bucket/lake/").path(TABLE) == "s3://bucket/lake/things"
    with Lake("s3://bucket/lake").writing("run"):
        pass


def test_a_root_that_delta_would_misread_is_refused() -> None:
    with pytest.raises(LakeError, match="'a%20b' holds a percent code"):
        Lake("a%20b")


def test_small_tables_are_written_and_read_without_spark(lake: Lake) -> None:
    lake.write_rows(pa.table({"id": [1, 2]}), TABLE)
    lake.write_rows(pa.table({"id": [3]}), TABLE)
    assert sorted(lake.rows(TABLE)["id"].to_pylist()) == [1, 2, 3]
    assert lake.rows(TABLE, id=3)["id"].to_pylist() == [3]
    assert lake.version(TABLE) == 1


def test_a_commit_may_say_something_else_of_the_same_rows(lake: Lake) -> None:
    lake.write_rows(pa.table({"id": [1]}, TABLE.schema), TABLE, metadata={"run_id": "a", "made_from": {"raw": 1}})
    lake.say(TABLE, {"run_id": "a", "made_from": {"raw": 2}})
    assert lake.last_commit(TABLE) == {"version": 1, "metadata": {"run_id": "a", "made_from": {"raw": 2}}}
    assert lake.rows(TABLE)["id"].to_pylist() == [1]


def test_times_that_spark_wrote_and_ours_are_read_together(lake: Lake) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    table = Table("times", pa.schema([pa.field("id", pa.int64()), pa.field("at", TIMESTAMP)]), ("id",), "Times.")
    lake.write_rows(pa.table({"id": [1], "at": [at]}, table.schema), table)
    path = Path(lake.files_folder(table, "spark")) / "part.parquet"
    pq.write_table(pa.table({"id": [2], "at": [at]}, table.schema), path, use_deprecated_int96_timestamps=True)
    files = pa.table({"name": [path.name], "rows": [1], "bytes": [path.stat().st_size]}, DATA_FILES)
    lake.commit(files, table, "spark", table.schema, mode="append")
    assert lake.rows(table)["at"].to_pylist() == [at, at]


def numbers(spark: SparkSession, count: int) -> DataFrame:
    return spark.range(count).coalesce(1)


def written(lake: Lake, run_id: str, rows: pa.Table) -> pa.Table:
    """A data file of the table, as DATA_FILES names it."""
    path = Path(lake.files_folder(TABLE, run_id)) / "part.parquet"
    pq.write_table(rows, path)
    return pa.table({"name": [path.name], "rows": [rows.num_rows], "bytes": [path.stat().st_size]}, DATA_FILES)


@contextmanager
def other_process_writing(lake: Lake, run_id: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lake until it is told to stop."""
    program = (
        "import sys\n"
        "from features.lake import Lake\n"
        "with Lake(sys.argv[1]).writing(sys.argv[2]):\n"
        "    print('writing', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, lake.root, run_id], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, whom no mode of a folder binds."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
