"""A feed that does not reach back is told from all else that may happen while it is read."""

from __future__ import annotations

import pytest

from features.spark.changes import FeedError, _reaching

TRACE = "\n\tat org.apache.spark.sql.delta.commands.cdc.CDCReaderImpl.changesToDF(CDCReader.scala:500)"
FILE = "file:/my lake/records/_change_data/cdc-00000.c000.snappy.parquet"


@pytest.mark.parametrize(
    "text",
    [
        "[DELTA_MISSING_CHANGE_DATA] Error getting change data for range [1 , 3] as change data was not\nrecorded",
        "o1.load.\n: DeltaIllegalStateException: [DELTA_VERSIONS_NOT_CONTIGUOUS] Versions (0, 2) are not contiguous.",
        "DeltaFileNotFoundException: [DELTA_TRUNCATED_TRANSACTION_LOG] file:/my lake/records/_delta_log/0.json: Unable",
        "[DELTA_CDC_START_VERSION_AFTER_LATEST] Start version 8 for change data feed exceeds the latest table version",
        "Provided Start version(8) for reading change data is invalid. Start version cannot be greater than the latest",
        "o1.load.\n: org.apache.spark.sql.delta.VersionNotFoundException: Cannot time travel Delta table to version 1.",
        f"[FAILED_READ_FILE.FILE_NOT_EXIST] …\nCaused by: java.io.FileNotFoundException: File {FILE} does not exist",
        f"org.apache.spark.SparkFileNotFoundException: \nFile {FILE} does not exist\nIt is possible",
        "java.io.FileNotFoundException: No such file or directory: s3a://bucket/lake/records/part-0.parquet",
    ],
)
def test_changes_that_are_gone_are_a_feed_that_does_not_reach_back(text: str) -> None:
    with pytest.raises(FeedError, match="of /my lake/records does not reach back to version 3"):
        fail(text + TRACE)


@pytest.mark.parametrize(
    "text",
    [
        "java.io.IOException: No space left on device",
        "java.lang.OutOfMemoryError: Java heap space",
        "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)",
        "java.io.FileNotFoundException: /tmp/blockmgr-1/0c/temp_shuffle_1 (No such file or directory)",
        f"java.io.FileNotFoundException: {FILE} (Too many open files)",
        f"[FAILED_READ_FILE.NO_HINT] … {FILE}.\nCaused by: org.apache.hadoop.fs.ChecksumException: Checksum error",
        "[DELTA_CONCURRENT_APPEND] ConcurrentAppendException: Files were added",
    ],
)
def test_any_other_fault_goes_on_as_it_is(text: str) -> None:
    with pytest.raises(RuntimeError, match=r"delta\.commands"):
        fail(text + TRACE)


def fail(text: str) -> None:
    with _reaching("/my lake/records", 3):
        raise RuntimeError(text)
