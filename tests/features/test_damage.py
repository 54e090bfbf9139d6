"""Faults of machine and files in words: known ones are one sentence without a value, others go on as they are."""

from __future__ import annotations

from pathlib import Path

import deltalake
import pyarrow as pa
import pytest
from pyspark.errors import AnalysisException, SparkRuntimeException

from features.damage import DamageError, cause, in_words, told
from features.errors import PairlakeError
from features.lake import Lake, LakeError
from features.tables import Table

TABLE = Table("things", pa.schema([pa.field("id", pa.int64())]), ("id",), "Things.")
SECRET = "Zyxwvut"

FAULTS = {
    "java.io.IOException: No space left on device": "there is no space left",
    "OSError: [Errno 28] No space left on device": "there is no space left",
    "OSError: [Errno 30] Read-only file system: '/lake/x'": "cannot be written",
    "java.io.IOException: Mkdirs failed to create file:/lake/x": "cannot be written",
    "org.apache.hadoop.fs.ParentNotDirectoryException: /lake": "a file stands where the lake /lake wants a folder",
    "[DELTA_CONCURRENT_APPEND] ConcurrentAppendException": "another program changed a table",
    "java.lang.OutOfMemoryError: Java heap space": "there is not enough memory",
    "SparkException: Python worker exited unexpectedly (crashed)": "a worker process ended",
    "[DELTA_TRUNCATED_TRANSACTION_LOG] file:/lake/t/_delta_log/00.json": "the log of a table in the lake /lake",
    "[FAILED_READ_FILE] file:/lake/t/part-0.snappy.parquet": "is missing or broken (/lake/t/part-0.snappy.parquet)",
    "py4j.protocol.Py4JNetworkError: Answer from Java side is empty": "Spark's process ended before the run did",
    "SparkException: Could not parse Master URL: 'x'": "[spark] master is none that Spark knows",
    "[JAVA_GATEWAY_EXITED] Java gateway process exited": "look at [spark] master",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_known_is_one_sentence_without_a_value(fault: str) -> None:
    with pytest.raises(DamageError) as caught, in_words("/lake"):
        raise RuntimeError(f"Job aborted: {SECRET}\n\tat java.base/x\nCaused by: {fault}")
    said = str(caught.value)
    assert FAULTS[fault] in said
    assert said.endswith("What was published before stays in force")
    assert SECRET not in said
    assert "\n" not in said


def test_the_cause_of_an_error_is_looked_at_too() -> None:
    outer = ValueError("stage failed")
    outer.__cause__ = OSError(28, "No space left on device")
    assert "no space left" in str(told(outer, "/lake"))


CAUSES: dict[str, tuple[Exception, str]] = {
    "a name": (AnalysisException("[TABLE_OR_VIEW_NOT_FOUND] no.such. SQLSTATE: 42P01\n== SQL =="), "[TABLE_OR_VIEW"),
    "a path": (AnalysisException("[PATH_NOT_FOUND] Path does not exist: file:/x"), "Path does not exist: file:/x"),
    "what Arrow says of a footer": (pa.ArrowInvalid("Parquet magic bytes not found in footer"), "magic bytes"),
    "a parser's quotation": (
        RuntimeError(f"An error occurred while calling o12.csv.\n: java.io.IOException: x\nCaused by: a.b.C: {SECRET}"),
        "its reader stopped: C",
    ),
    "a parser's quotation, alone": (
        RuntimeError(f"An error occurred while calling o12.csv.\n: a.b.TextParsingException: {SECRET}\n\tat a.b"),
        "its reader stopped: TextParsingException",
    ),
    "a record": (
        SparkRuntimeException(f"[MALFORMED_CSV_RECORD] Malformed CSV record: {SECRET}"),
        "its reader stopped: SparkRuntimeException",
    ),
}


@pytest.mark.parametrize("kind", CAUSES)
def test_the_cause_of_what_cannot_be_read_quotes_no_value(kind: str) -> None:
    error, wanted = CAUSES[kind]
    said = cause(error)
    assert wanted in said
    assert SECRET not in said
    assert "\n" not in said


def test_another_error_goes_on_as_it_is() -> None:
    assert told(ZeroDivisionError("division by zero"), "/lake") is None
    with pytest.raises(ZeroDivisionError), in_words("/lake"):
        raise ZeroDivisionError
    with pytest.raises(PairlakeError, match=r"^No space left on device, as we know$"), in_words("/lake"):
        raise PairlakeError("No space left on device, as we know")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(str(tmp_path / "lake"))
    for n in range(2):
        lake.write_rows(pa.table({"id": [n]}), TABLE)
    return lake


def test_an_empty_entry_of_a_log_is_no_change_of_nothing(lake: Lake) -> None:
    entry = Path(lake.path(TABLE)) / "_delta_log" / f"{1:020}.json"
    entry.write_text("")
    assert deltalake.DeltaTable(lake.path(TABLE)).version() == 1  # Delta takes it for one: half the rows are gone
    with pytest.raises(DamageError, match="is empty, as a machine leaves a file when it loses power; .*take it away"):
        lake.rows(TABLE)
    entry.unlink()
    assert lake.rows(TABLE).num_rows == 1


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_data_file_that_is_not_whole_is_told_before_it_is_read(lake: Lake, damage: str) -> None:
    file = Path(lake.data_files(TABLE)[0])
    file.unlink() if damage == "gone" else file.write_bytes(file.read_bytes()[:50])
    found = "is not there" if damage == "gone" else r"has 50 bytes, wanted \d+"
    with pytest.raises(DamageError, match=f"of the table things {found}; put it back from a copy, or take"):
        lake.rows(TABLE)


def test_a_log_that_breaks_off_or_is_gone_is_told_with_what_to_do(lake: Lake) -> None:
    log = Path(lake.path(TABLE)) / "_delta_log"
    entry = log / f"{1:020}.json"
    entry.write_text(entry.read_text()[:40])
    with pytest.raises(LakeError, match=r"cannot be opened: .*Put the log .*_delta_log back from a copy, or take"):
        lake.version(TABLE)
    for file in log.iterdir():
        file.unlink()
    with pytest.raises(LakeError, match="no run has published to this lake yet, or its log is gone"):
        lake.version(TABLE)
