"""Workers are spared what PySpark makes them do before every task, and can import as before."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zipimport import zipimporter

import pyarrow as pa
import pytest

from features.spark.frames import map_streams, to_arrow

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

FOUND = pa.schema([("archives", pa.int64()), ("imported", pa.bool_())])


def looked(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for _ in batches:
        pass
    archives = sum(isinstance(finder, zipimporter) for finder in sys.path_importer_cache.values())
    sys.modules.pop("pyspark.resultiterable", None)
    module = importlib.import_module("pyspark.resultiterable")  # a worker's PySpark is an archive
    yield pa.RecordBatch.from_pylist([{"archives": archives, "imported": bool(module.__file__)}], FOUND)


def test_a_task_finds_no_archive_to_read_anew_and_imports_from_one_all_the_same(spark: SparkSession) -> None:
    found = to_arrow(map_streams(spark.range(0, 10, 1, 2), looked, FOUND)).to_pylist()
    assert found == [{"archives": 0, "imported": True}] * 2
