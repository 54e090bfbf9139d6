"""What versions of a table name: data files, the deletion vectors put on them, and the change data since a version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import deltalake
import pytest
from deltalake.exceptions import DeltaError

from features.table_log import named_files

VECTOR = "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"
ENCODED = "ab^-aqEH.-t@S}K{vb[*k^"
"""The example of the Delta protocol, "Deletion Vector Descriptor Schema"."""

SCHEMA = {"type": "struct", "fields": [{"name": "id", "type": "string", "nullable": True, "metadata": {}}]}
PROTOCOL = {
    "minReaderVersion": 3,
    "minWriterVersion": 7,
    "readerFeatures": ["deletionVectors"],
    "writerFeatures": ["deletionVectors", "changeDataFeed"],
}
METADATA = {
    "id": "t",
    "format": {"provider": "parquet", "options": {}},
    "schemaString": json.dumps(SCHEMA),
    "partitionColumns": [],
    "configuration": {"delta.enableDeletionVectors": "true", "delta.enableChangeDataFeed": "true"},
    "createdTime": 0,
}


def put(path: str, vector: str | None = None) -> dict[str, Any]:
    given: dict[str, Any] = {"path": path, "partitionValues": {}, "size": 1, "modificationTime": 0, "dataChange": True}
    return {"add": given | marked(vector)}


def removed(path: str, vector: str | None = None) -> dict[str, Any]:
    return {"remove": {"path": path, "dataChange": True, "deletionTimestamp": 0} | marked(vector)}


def marked(vector: str | None) -> dict[str, Any]:
    place = {"storageType": "u", "pathOrInlineDv": vector, "offset": 1, "sizeInBytes": 36, "cardinality": 2}
    return {"deletionVector": place} if vector else {}


def changed(path: str) -> dict[str, Any]:
    return {"cdc": {"path": path, "partitionValues": {}, "size": 1, "dataChange": False}}


@pytest.fixture
def table(tmp_path: Path) -> str:
    """Version 1 marks rows of `a` and adds `b c`, version 2 puts `d` in the place of both."""
    versions = [
        [{"protocol": PROTOCOL}, {"metaData": METADATA}, put("a")],
        [removed("a"), put("a", ENCODED), put("b%20c"), changed("_change_data/1")],
        [removed("a", ENCODED), removed("b%20c"), put("d"), changed("_change_data/2")],
    ]
    (tmp_path / "_delta_log").mkdir()
    for number, actions in enumerate(versions):
        lines = [{"commitInfo": {"timestamp": number, "operation": "MERGE"}}, *actions]
        text = "\n".join(json.dumps(line) for line in lines)
        (tmp_path / "_delta_log" / f"{number:020}.json").write_text(text + "\n")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("versions", "since", "named"),
    [
        ([2], None, {"d"}),
        ([1], None, {"a", VECTOR, "b c"}),
        ([2], 1, {"a", VECTOR, "b c", "d", "_change_data/2"}),
        ([2], 0, {"a", VECTOR, "b c", "d", "_change_data/1", "_change_data/2"}),
        ([2], 2, {"d"}),
    ],
)
def test_files_are_named_by_versions_and_by_the_feed(
    table: str, versions: list[int], since: int | None, named: set[str]
) -> None:
    assert named_files(table, versions, since) == named


def test_a_deletion_vector_is_named_by_a_checkpoint_as_well(table: str) -> None:
    (Path(table) / "_delta_log" / f"{2:020}.json").unlink()
    deltalake.DeltaTable(table).create_checkpoint()
    for number in (0, 1):
        (Path(table) / "_delta_log" / f"{number:020}.json").unlink()
    assert named_files(table, [1]) == {"a", VECTOR, "b c"}
    with pytest.raises((DeltaError, OSError)):
        named_files(table, [0])
