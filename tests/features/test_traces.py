"""A value is found wherever it stands by itself: in columns and lists of Parquet files, in logs, in the online file."""

from __future__ import annotations

import re
import sqlite3
import struct
import tempfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.traces import carried, files_with

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


def test_a_part_of_a_longer_id_is_another_id_across_two_blocks_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.traces._BLOCK", 16)
    for ahead in range(40):
        (tmp_path / "log").write_bytes(b"." * ahead + b"ah:1 h:12." + b"." * 20)
        assert files_with(str(tmp_path), ["h:1", "h:9"]) == []
        assert files_with(str(tmp_path), ["h:12", "h:9"]) == ["log"]


def test_ten_thousand_values_are_looked_for_at_once(tmp_path: Path) -> None:
    texts = [f'{{"id": "clients:{i}", "name": "Müller & Söhne {i} GmbH"}}' for i in range(20_000)]
    pq.write_table(pa.table({"c": texts}), tmp_path / "part.parquet")
    (tmp_path / "log.json").write_text("\n".join(texts))
    gone = [value for i in range(20_000, 25_000) for value in (f"clients:{i}", f"Müller & Söhne {i} GmbH")]
    assert files_with(str(tmp_path), gone) == []
    assert files_with(str(tmp_path), [*gone, "clients:19999"]) == ["log.json", "part.parquet"]
    assert files_with(str(tmp_path), [*gone, "Söhne 7"]) == ["log.json", "part.parquet"]


TEXTS = st.text("ab1_:é \n\x01\x03", max_size=12)


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=3), st.lists(TEXTS | st.none(), max_size=3))
def test_many_values_are_found_where_each_is_by_a_pattern_of_its_own(
    values: list[str], texts: list[str | None]
) -> None:
    there = [text.encode() for text in texts if text is not None]
    joined = b"".join(there)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr("features.traces._BLOCK", 5)
        pq.write_table(pa.table({"c": pa.array(texts, pa.string())}), f"{folder}/text.parquet")
        pq.write_table(pa.table({"c": pa.array(there, pa.binary())}), f"{folder}/packed.parquet")
        Path(folder, "log").write_bytes(joined)
        found = set(files_with(folder, values))
    held = {"text.parquet": any(stands(value, text) for value in values for text in there)}
    held["packed.parquet"] = any(stands(v, text) or is_packed(v, text) for v in values for text in there)
    held["log"] = any(stands(value, joined) or is_packed(value, joined) for value in values)
    assert found == {name for name, holds in held.items() if holds}


def stands(value: str, text: bytes) -> bool:
    return bool(re.search(rb"(?<!\w)" + re.escape(value.encode()) + rb"(?!\w)", text))


def is_packed(value: str, text: bytes) -> bool:
    raw = value.encode()
    return struct.pack("<I", len(raw)) + raw in text or bytes([len(raw)]) + raw in text


def test_a_name_is_carried_by_whom_a_longer_one_holds_it_and_not_across_two_records() -> None:
    batches = [pa.record_batch({"name": texts}) for texts in (["Bankoria", None, "Öre"], ["Alpha", "Beta Ltd"], [])]
    held = carried(["Bank", "Öre", "Alpha Beta", "Gone", "AlphaBeta"], batches)
    assert [sorted(batch.column("name").to_pylist()) for batch in held] == [["Bank", "Öre"], [], []]
