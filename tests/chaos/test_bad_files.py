"""Files that are not what they seem: refused in words, or every row of them kept or turned away with a reason."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.raw_entities import suite
from features.errors import PairlakeError
from features.gate import REASONS, split
from features.sections import Source
from features.spark.files import reading
from features.spark.sources import read_source

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

Rows = list[tuple[str | None, str | None, list[str]]]
GOOD = b"id,name\n1,A\n2,B\n"
BOTH: Rows = [("s:1", "A", []), ("s:2", "B", [])]
MALFORMED = ["malformed_row", "missing_id"]


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def zipped(text: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("xl/workbook.xml", text)
    return sink.getvalue()


KEPT: dict[str, tuple[str, bytes, dict[str, Any], Rows]] = {
    "a byte order mark": ("a.csv", b"\xef\xbb\xbf" + GOOD, {}, BOTH),
    "UTF-16, said": ("a.csv", GOOD.decode().encode("utf-16"), {"options": {"encoding": "UTF-16"}}, BOTH),
    "latin-1, not said": (
        "a.csv",
        "id,name\n1,Café\n2,B\n".encode("latin-1"),
        {},
        [("s:1", "Caf\ufffd", ["invalid_utf8"]), BOTH[1]],
    ),
    "half of a multi-byte character": (
        "a.csv",
        b"id,name\n1,Caf\xc3\n2,B\n",
        {},
        [("s:1", "Caf\ufffd", ["invalid_utf8"]), BOTH[1]],
    ),
    "NUL bytes in a value": ("a.csv", b"id,name\n1,A\x00C\n2,B\n", {}, [("s:1", "A\x00C", []), BOTH[1]]),
    "CR LF at the ends of lines": ("a.csv", GOOD.replace(b"\n", b"\r\n"), {}, BOTH),
    "CR at the ends of lines": ("a.csv", GOOD.replace(b"\n", b"\r"), {}, BOTH),
    "LF first, CR LF later": ("a.csv", b"name,id\nA,1\r\nB,2\r\n", {}, BOTH),
    "CR LF first, LF later": ("a.csv", b"name,id\r\nA,1\nB,2\n", {}, [(None, None, MALFORMED)] * 2),
    "LF first, CR later": ("a.csv", b"id,name\n1,A\r2,B\n", {}, [(None, None, MALFORMED)] * 2),
    "rows of fewer and more fields": (
        "a.csv",
        b"id,name\n1,A\n2\n3,C,x\n4,,\n2,B\n",
        {},
        [(None, None, MALFORMED)] * 3 + BOTH,
    ),
    "empty lines": ("a.csv", b"\n\nid,name\n\n1,A\n\n2,B\n\n\n", {}, BOTH),
    "no line end at the end": ("a.csv", GOOD.rstrip(), {}, BOTH),
    "a header and nothing else": ("a.csv", b"id,name\n", {}, []),
    "a quote closed in a later row": (
        "a.csv",
        b'id,name\n1,A\n2,"B\n3,C\n4,"D\n',
        {},
        [(None, None, MALFORMED)] * 3 + [BOTH[0]],
    ),
    "a field of ten megabytes": (
        "a.csv",
        b"id,name\n1," + b"x" * 10_000_000 + b"\n2,B\n",
        {},
        [("s:1", "x" * 10_000_000, ["name_too_long"]), BOTH[1]],
    ),
    "a gzip": ("a.csv.gz", gzip.compress(GOOD), {}, BOTH),
    "a byte order mark in JSON": ("a.json", b'\xef\xbb\xbf{"id":"1","name":"A"}\n{"id":"2","name":"B"}', {}, BOTH),
    "a broken line among JSON lines": (
        "a.json",
        b'{"id":"1","name":"A"}\n{"id":"3","na\n{"id":"2","name":"B"}\n',
        {},
        [(None, None, MALFORMED), *BOTH],
    ),
    "JSON lines that are no object": (
        "a.json",
        b'{"id":"1","name":"A"}\n[1]\n"x"\n{"id":"2","name":"B"}\n',
        {},
        [(None, None, MALFORMED)] * 2 + BOTH,
    ),
    "names that are numbers and booleans in JSON": (
        "a.json",
        b'{"id":1,"name":7}\n{"id":2,"name":true}\n',
        {},
        [("s:1", "7", []), ("s:2", "true", [])],
    ),
    "an object where a text was in JSON": (
        "a.json",
        b'{"id":"1","name":"A"}\n{"id":"2","name":{"x":1}}\n',
        {},
        [("s:1", "A", []), ("s:2", '{"x":1}', [])],
    ),
    "ids and names of other types in Parquet": (
        "a.parquet",
        parquet(id=pa.array([1, 2], pa.int16()), name=[Decimal("7.50"), None]),
        {},
        [("s:1", "7.50", []), ("s:2", None, [])],
    ),
    "no row in Parquet": ("a.parquet", parquet(id=pa.array([], pa.string()), name=pa.array([], pa.string())), {}, []),
}

REFUSED: dict[str, tuple[str, bytes, dict[str, Any], str]] = {
    "UTF-16, not said": ("a.csv", GOOD.decode().encode("utf-16"), {}, "options.encoding"),
    "UTF-32": ("a.csv", GOOD.decode().encode("utf-32"), {}, "options.encoding"),
    "an encoding that is none": ("a.csv", GOOD, {"options": {"encoding": "klingon"}}, "cannot be read as csv"),
    "a quote never closed": ("a.csv", b'id,name\n1,A\n2,"B\n3,C\n', {}, "opens a quote in line 3"),
    "a header of one name twice": ("a.csv", b"id,name,name\n1,A,B\n", {}, "several of that name"),
    "no header": ("a.csv", b"1,A\n2,B\n", {}, 'options.header = "false"'),
    "another separator": ("a.csv", GOOD.replace(b",", b";"), {}, "set options.sep"),
    "blanks around a name of the header": ("a.csv", b"id, name \n1,A\n", {}, "did you mean ' name '?"),
    "an empty file": ("a.csv", b"", {}, "is an empty file"),
    "a byte order mark and nothing else": ("a.csv", b"\xef\xbb\xbf", {}, "has no column"),
    "line ends and nothing else": ("a.csv", b"\n\n\n", {}, "holds no record and no column"),
    "an empty gzip": ("a.csv.gz", b"", {}, "is an empty file"),
    "a truncated gzip": ("a.csv.gz", gzip.compress(os.urandom(4000) + GOOD)[:2000], {}, "cannot be read"),
    "a gzip truncated after its first line": (
        "a.csv.gz",
        gzip.compress(GOOD + b"".join(b"%d,%s\n" % (n, os.urandom(40).hex().encode()) for n in range(9000)))[:-5000],
        {},
        "its reader stopped: EOFException",
    ),
    "a .gz that is none": ("a.csv.gz", GOOD, {}, "Not a gzipped file"),
    "a gzip that is not called one": ("a.csv", gzip.compress(GOOD), {}, "has no column 'id'"),
    "a spreadsheet": ("a.csv", zipped(GOOD), {}, "has no column 'id'"),
    "Parquet that is called CSV": ("a.csv", parquet(id=["1"], name=["A"]), {}, "has no column 'id'"),
    "CSV that is called Parquet": ("a.parquet", GOOD, {}, "is not a whole Parquet file"),
    "a line of a hundred thousand columns": (
        "a.csv",
        GOOD + b",".join([b"x"] * 100_000) + b"\n",
        {},
        "cannot be read",
    ),
    "a header of a hundred thousand columns": ("a.csv", b",".join(b"c%d" % n for n in range(100_000)), {}, "cannot be"),
    "a truncated Parquet file": ("a.parquet", parquet(id=["1"], name=["A"])[:-20], {}, "is not a whole Parquet file"),
    "Parquet with a name that is a list": ("a.parquet", parquet(id=["1"], name=[["A"]]), {}, "is array<string>"),
    "Parquet with a name that is bytes": ("a.parquet", parquet(id=["1"], name=[b"A"]), {}, "is binary, wanted text"),
    "Parquet with an id that is a float": ("a.parquet", parquet(id=[1.0], name=["A"]), {}, "whose text is not stable"),
    "Parquet without a column": ("a.parquet", parquet(), {}, "wanted id, name"),
    "JSON that is nested": ("a.json", b'[{"id":"1","name":{"first":"A"}}]', {}, "is struct<first:string>"),
    "JSON that breaks off": ("a.json", b'[{"id":"1","name":"A"},{"id":"2","na', {}, "holds no JSON record"),
    "JSON that is a number": ("a.json", b"42", {}, "holds no JSON record"),
    "JSON of another encoding": ("a.json", '[{"id":"1","name":"Ä"}]'.encode("latin-1"), {}, "wanted UTF-8 JSON"),
    "several JSON documents": ("a.json", b'{\n"id":"1"}\n{\n"id":"2"}\n', {}, "several JSON documents"),
    "JSON keys that differ in case": ("a.json", b'{"id":"1","name":"A","NAME":"B"}', {}, "upper or lower case aside"),
    "JSON nested a thousand deep": ("a.json", b'[{"id":"1","name":' + b"[" * 1100 + b"]" * 1100 + b"}]", {}, "JSON"),
}


def source_of(path: Path, **options: Any) -> Source:
    kind = {".parquet": "parquet", ".json": "json"}.get(path.suffix, "csv")
    return Source(name="s", format=kind, path=str(path), id="id", columns={"name": ("name",)}, **options)  # type: ignore[arg-type]


def rows_of(spark: SparkSession, source: Source) -> Rows:
    """What becomes of each row: its id, its name, and the rules that it breaks."""
    with reading():
        rows = split(read_source(spark, source).dropDuplicates(["entity_id", "name", "malformed"]), suite([source]))
        found = [(row["entity_id"], row["name"], sorted(row[REASONS])) for row in rows.collect()]
    return sorted(found, key=lambda row: (row[0] or "", row[1] or ""))


@pytest.mark.parametrize("kind", KEPT)
def test_every_row_of_an_odd_file_is_kept_or_turned_away(
    spark: SparkSession, tmp_path: Path, tried: Callable[..., None], kind: str
) -> None:
    tried("bad input: files", kind)
    name, content, options, wanted = KEPT[kind]
    (tmp_path / name).write_bytes(content)
    found = rows_of(spark, source_of(tmp_path / name, **options))
    assert found == wanted
    turned_away = sorted({reason for _, _, reasons in wanted for reason in reasons})
    tried(happened=f"turned away: {', '.join(turned_away)}" if turned_away else "read as meant", lost="nothing")


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_cannot_be_read_whole_is_refused_in_words(
    spark: SparkSession, tmp_path: Path, tried: Callable[..., None], kind: str
) -> None:
    tried("bad input: files", kind)
    name, content, options, wanted = REFUSED[kind]
    (tmp_path / name).write_bytes(content)
    said = refused(spark, source_of(tmp_path / name, **options))
    assert wanted in said
    assert str(tmp_path / name) in said
    tried(happened=f"refused: {said.replace(str(tmp_path) + '/', '')}", lost="nothing")


def refused(spark: SparkSession, source: Source) -> str:
    with pytest.raises(PairlakeError) as caught:
        rows_of(spark, source)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 800
    return said


MARK = "Quorvexal"
QUOTED: dict[str, tuple[str, str, str]] = {
    "a header of names": ("csv", "a.csv", ",".join(f"{MARK}{n}" for n in range(30_000))),
    "a Delta log with the values of a record": (
        "delta",
        "_delta_log/00000000000000000000.json",
        f'{{"add":{{"path":"a.parquet","stats":"{{\\"minValues\\":{{\\"name\\":\\"{MARK}\\"}}}}", broken\n',
    ),
}


@pytest.mark.parametrize("kind", QUOTED)
def test_what_a_parser_quotes_of_a_file_is_not_told(
    spark: SparkSession, tmp_path: Path, tried: Callable[..., None], kind: str
) -> None:
    tried("bad input: files", f"{kind}, which the parser's error quotes")
    form, name, content = QUOTED[kind]
    (tmp_path / "in" / name).parent.mkdir(parents=True)
    (tmp_path / "in" / name).write_text(content, encoding="utf-8")
    columns = {"name": ("name",)}
    source = Source(name="s", format=form, path=str(tmp_path / "in"), id="id", columns=columns)  # type: ignore[arg-type]
    said = refused(spark, source)
    assert "cannot be read as" in said
    assert MARK not in said
    tried(happened=f"refused: {said.replace(str(tmp_path) + '/', '')}", lost="nothing")


def test_what_is_no_file_is_refused_at_once(spark: SparkSession, tmp_path: Path, tried: Callable[..., None]) -> None:
    tried("bad input: files", "a pipe that nobody writes to")
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is a pipe or a device; wanted a file" in refused(spark, source_of(tmp_path / "pipe.csv"))
    tried(happened="refused: a pipe or a device")


def test_a_link_that_leads_nowhere_is_refused(spark: SparkSession, tmp_path: Path, tried: Callable[..., None]) -> None:
    tried("bad input: files", "a link that leads nowhere")
    (tmp_path / "a.csv").symlink_to(tmp_path / "gone.csv")
    assert "Path does not exist" in refused(spark, source_of(tmp_path / "a.csv"))
    (tmp_path / "b.csv").symlink_to(tmp_path / "b.csv")
    assert "b.csv" in refused(spark, source_of(tmp_path / "b.csv"))
    tried(happened="refused: Path does not exist")


def test_a_folder_of_two_formats_is_refused(spark: SparkSession, tmp_path: Path, tried: Callable[..., None]) -> None:
    tried("bad input: files", "a folder of CSV with one Parquet file")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(GOOD)
    (tmp_path / "in" / "b.csv").write_bytes(parquet(id=["1"], name=["A"]))
    assert "b.csv) has no column 'id'" in refused(spark, source_of(tmp_path / "in"))
    tried(happened="refused: the file is named")


def test_a_lone_surrogate_in_json_is_no_name_in_silence(
    spark: SparkSession, tmp_path: Path, tried: Callable[..., None]
) -> None:
    tried("bad input: files", "a lone surrogate in JSON")
    (tmp_path / "a.json").write_text(json.dumps({"id": "1", "name": "A\ud800"}) + "\n" + '{"id":"2","name":"B"}\n')
    assert "holds half of a character (a lone surrogate) in line 1" in refused(spark, source_of(tmp_path / "a.json"))
    (tmp_path / "a.json").write_text('{"id":"1","name":"\\ud83c\\udfe6 C:\\\\ud800"}\n')
    assert rows_of(spark, source_of(tmp_path / "a.json")) == [("s:1", "🏦 C:\\ud800", [])]
    tried(happened="refused, with its line; a whole character in two halves is read")
