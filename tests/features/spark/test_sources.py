"""Sources: every row of every format comes in under the canonical fields, or is marked, or stops the run in words."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chispa import assert_df_equality

from expectations.raw_entities import suite
from features.gate import REASONS, split
from features.sections import Source
from features.spark.files import SourceError, reading
from features.spark.frames import from_rows
from features.spark.sources import MALFORMED, read_source
from features.tables import RAW_ENTITIES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

Rows = list[tuple[Any, ...]]
Read = Callable[..., Rows]

SCHEMA = pa.schema([*RAW_ENTITIES.schema, pa.field(MALFORMED, pa.string())])
NAMES = {
    "emoji": "🏦 Bank of 👨\u200d👩\u200d👧",
    "right to left": "بنك الراجحي \u200fשלום",
    "decomposed": "Socie\u0301te\u0301 Ge\u0301ne\u0301rale",
    "full width": "株式会社ＡＢＣ",
    "a quote": 'The "Big" Co, Ltd\\',
}


@pytest.fixture
def read(spark: SparkSession) -> Read:
    """Reads a source and gives the id, the wanted columns and the mark of each row, in id order."""

    def rows(path: Path | str, format: str = "csv", select: tuple[str, ...] = ("name",), **options: Any) -> Rows:
        frame = read_source(spark, source_of(path, format, **options))
        found = [tuple(row) for row in frame.select("entity_id", *select, MALFORMED).collect()]
        return sorted(found, key=lambda row: (row[0] or "", str(row[-1])))

    return rows


@pytest.fixture
def refused(spark: SparkSession) -> Callable[..., str]:
    """The words in which a source is refused, before any row of it is asked for."""

    def message(path: Path | str | None, format: str = "csv", **options: Any) -> str:
        with pytest.raises(SourceError) as caught:
            read_source(spark, source_of(path, format, **options))
        assert "\n" not in str(caught.value)
        assert "s" in re.findall(r"source '(\w+)'", str(caught.value))
        return str(caught.value)

    return message


# --- every format, every way to map ---


@pytest.mark.parametrize("format", ["csv", "json", "lines", "parquet", "delta"])
def test_every_format_gives_the_same_rows(spark: SparkSession, tmp_path: Path, format: str) -> None:
    records = [{"id": f"00{n}", "name": name, "land": None} for n, name in enumerate(NAMES.values())]
    path = write(spark, tmp_path, format, records)
    source = source_of(path, "json" if format == "lines" else format, columns={"name": "name", "country": "land"})
    blank = dict.fromkeys(SCHEMA.names)
    wanted = [{**blank, "entity_id": f"s:{r['id']}", "source": "s", "side": "left", "name": r["name"]} for r in records]
    assert_df_equality(
        read_source(spark, source), from_rows(spark, wanted, SCHEMA), ignore_row_order=True, ignore_nullable=True
    )


def test_columns_are_named_with_dots_reached_inside_joined_and_collected(read: Read, tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([7, 8], pa.int64()),
            "Entity.LegalName": ["Acme", "Beta"],
            "where": [{"city": "Paris", "lines": {"first": "1 Rue"}}, {"city": None, "lines": None}],
            "odd `name`": ["x", None],
            "former": [["Acme Old", None, "Acme Older"], None],
            "short": [None, "B"],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    columns = {
        "name": "Entity.LegalName",
        "city": "where.city",
        "address": ["where.lines.first", "odd `name`", "where.city"],
        "aliases": ["former", "short"],
    }
    found = read(tmp_path / "a.parquet", "parquet", ("name", "city", "address", "aliases"), columns=columns)
    assert found == [
        ("s:7", "Acme", "Paris", "1 Rue x Paris", ["Acme Old", "Acme Older"], None),
        ("s:8", "Beta", None, None, ["B"], None),
    ]


def test_one_column_may_serve_two_fields(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,Acme\n")
    columns = {"registration_number": "id", "tax_id": "id", "name": "name", "aliases": "name"}
    found = read(tmp_path / "a.csv", select=("registration_number", "tax_id", "aliases"), columns=columns)
    assert found == [("s:1", "1", "1", ["Acme"], None)]


def test_records_inside_a_document_are_rows(read: Read, tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps({"made": 1, "entries": [{"id": "1", "name": "A"}, None]}))
    (tmp_path / "two.json").write_text(json.dumps({"entries": [{"id": "2", "name": "B", "more": {"x": 1}}]}))
    (tmp_path / "none.json").write_text(json.dumps({"made": 2, "entries": []}))
    found = read(tmp_path / "*.json", "json", records="entries")
    assert found == [("s:1", "A", None), ("s:2", "B", None)]


def test_files_inside_an_installed_package_are_read(
    read: Read, refused: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lakeside" / "data").mkdir(parents=True)
    (tmp_path / "lakeside" / "__init__.py").write_text("")
    (tmp_path / "lakeside" / "data" / "a_1.csv").write_text("id,name\n1,A\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert read("package:lakeside/data/a_*.csv") == [("s:1", "A", None)]
    assert "there is nothing at" in refused("package:lakeside/data/b_*.csv")
    said = refused("package:lakeshore/data/a.csv")
    assert "package 'lakeshore', which is not installed; pip install lakeshore" in said


def test_a_folder_is_all_its_files_and_a_name_is_no_pattern(
    read: Read, refused: Callable[..., str], tmp_path: Path
) -> None:
    folder = tmp_path / "new é%20#, 'x'"
    folder.mkdir()
    (folder / "a.csv").write_text("id,name\n1,A\n")
    (folder / "b.csv").write_text("id,name\n2,B\n")
    (folder / "_SUCCESS").write_text("")
    assert read(folder) == [("s:1", "A", None), ("s:2", "B", None)]
    (tmp_path / "a[1].csv").write_text("id,name\n1,A\n")
    assert "takes [ ] { } in a path for a pattern" in refused(tmp_path / "a[1].csv")
    pq.write_table(pa.table({"id": ["3"], "name": ["C"]}), tmp_path / "{c}[1].parquet")
    assert read(tmp_path / "{c}[1].parquet", "parquet") == [("s:3", "C", None)]


def test_a_condition_keeps_the_rows_that_have_the_value(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,active,year\n1,A,TRUE,2020\n2,B,false,2020\n3,C,,2020\n4,D,true,n/a\n5\n")
    found = read(tmp_path / "a.csv", where={"active": True, "year": 2020})
    assert found == [(None, None, "5"), ("s:1", "A", None)]
    table = pa.table({"id": [1, 2], "name": ["A", "B"], "active": [True, None], "year": [2020.0, 2021.0]})
    pq.write_table(table, tmp_path / "a.parquet")
    for where in ({"active": True}, {"year": 2020}, {"active": "true", "year": 2020.0}):
        assert read(tmp_path / "a.parquet", "parquet", where=where) == [("s:1", "A", None)]


# --- ids ---


def test_ids_keep_their_zeros_and_lose_their_blanks(read: Read, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["0012", " 12 ", "  ", None], "name": list("ABCD")}), tmp_path / "text.parquet")
    ids = [row[:2] for row in read(tmp_path / "text.parquet", "parquet")]
    assert sorted(ids, key=str) == [("s:0012", "A"), ("s:12", "B"), (None, "C"), (None, "D")]
    big = pa.array([2**53 + 1, -1], pa.int64())
    exact = pa.array([Decimal("12345678901234567890"), Decimal(7)], pa.decimal128(20, 0))
    pq.write_table(pa.table({"id": big, "name": exact}), tmp_path / "numbers.parquet")
    found = read(tmp_path / "numbers.parquet", "parquet")
    assert found == [("s:-1", "7", None), ("s:9007199254740993", "12345678901234567890", None)]


def test_a_hashed_id_is_stable_and_tells_apart_what_a_join_would_not(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,city\n1,a,b\n2,ab,\n3,,ab\n4,,\n")
    found = read(tmp_path / "a.csv", id=None, id_hash=["name", "city"], columns={"name": "id"})
    ids = {name: entity_id for entity_id, name, _ in found}
    assert ids["1"] == "s:" + hashlib.sha256(b'["a","b"]').hexdigest()[:20]
    assert ids["4"] is None
    assert len({ids[n] for n in "123"}) == 3
    (tmp_path / "b.csv").write_text("city,id,name\nb,1,a\n")
    again = read(tmp_path / "b.csv", id=None, id_hash=["name", "city"], columns={"name": "id"})
    assert again[0][0] == ids["1"]


def test_floating_point_is_no_text(refused: Callable[..., str], tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1.0, 2.0], "name": ["A", "B"], "number": [1.2e7, None]}), tmp_path / "a.parquet")
    said = refused(tmp_path / "a.parquet", "parquet")
    assert "the column 'id' is double, whose text is not stable" in said
    said = refused(tmp_path / "a.parquet", "parquet", id="name", columns={"registration_number": "number"})
    assert "the column 'number' is double" in said
    (tmp_path / "a.json").write_text('[{"id": 1, "name": "A"}, {"id": 2.5, "name": "B"}]')
    assert "store numbers that identify as text or whole numbers" in refused(tmp_path / "a.json", "json")


def test_rows_of_one_id_are_all_turned_away_and_exact_copies_are_one(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,A\n1,B\n2,C\n2,C\n3,D\n1\n")
    source = source_of(tmp_path / "a.csv")
    rows = split(read_source(spark, source).dropDuplicates(), suite([source])).collect()
    found = sorted((row["name"] or "", row[MALFORMED] or "", sorted(row[REASONS])) for row in rows)
    assert found == [
        ("", "1", ["malformed_row", "missing_id"]),
        ("A", "", ["duplicate_id"]),
        ("B", "", ["duplicate_id"]),
        ("C", "", []),
        ("D", "", []),
    ]


# --- what is not there ---


def test_a_source_that_does_not_exist_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    for format in ("csv", "json", "parquet", "delta"):
        assert f"there is nothing at {tmp_path}/none; correct its `path`" in refused(tmp_path / "none", format)
    assert "(table no.such) cannot be read: [TABLE_OR_VIEW_NOT_FOUND]" in refused(None, "delta", table="no.such")
    (tmp_path / "empty").mkdir()
    assert f"the folder {tmp_path}/empty is empty" in refused(tmp_path / "empty")


def test_a_missing_column_is_refused_with_the_nearest(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,company_name,City\n1,A,B\n")
    pq.write_table(pa.table({"id": ["1"], "where": [{"city": "x"}]}), tmp_path / "a.parquet")
    said = refused(tmp_path / "a.csv", columns={"name": "companyname"})
    assert f"source 's' ({tmp_path}/a.csv) has no column 'companyname'; did you mean 'company_name'?" in said
    assert "has no column 'city'; did you mean 'City'?" in refused(tmp_path / "a.csv", columns={"city": "city"})
    assert "has no column 'ID'; did you mean 'id'?" in refused(
        tmp_path / "a.csv", id="ID", columns={"name": "company_name"}
    )
    assert "has no column 'actve'; valid are City" in refused(
        tmp_path / "a.csv", columns={"name": "company_name"}, where={"actve": 1}
    )
    said = refused(tmp_path / "a.parquet", "parquet", columns={"name": "where.town"})
    assert "'where' is struct<city:string>, which has no 'town'" in said


def test_types_that_are_no_text_are_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    table = pa.table({"id": ["1"], "names": [["A"]], "raw": [b"x"], "inner": [{"a": "b"}], "objects": [[{"a": "b"}]]})
    pq.write_table(table, tmp_path / "a.parquet")
    for column, kind in {"names": "array<string>", "raw": "binary", "inner": "struct<a:string>"}.items():
        said = refused(tmp_path / "a.parquet", "parquet", columns={"name": column})
        assert f"the column {column!r} is {kind}, wanted text; name a field inside it" in said
    said = refused(tmp_path / "a.parquet", "parquet", columns={"aliases": "objects"})
    assert "the column 'objects' is array<struct<a:string>>, wanted text" in said
    said = refused(tmp_path / "a.parquet", "parquet", records="names")
    assert "`records` names 'names', which is array<string>; wanted an array of objects" in said
    assert "has no column 'entries'" in refused(tmp_path / "a.parquet", "parquet", records="entries")


# --- CSV ---


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_csv_is_read_as_rfc_4180_says(read: Read, tmp_path: Path, end: str) -> None:
    lines = [
        "\ufeffid,name,city",
        '1,"Acme, ""Big"" Co",Paris',
        "",
        f'2,"two{end}lines",',
        '3,a "b" c,"d\\"',
        "4,  x ,",
    ]
    (tmp_path / "a.csv").write_bytes(end.join(lines).encode())
    columns = {"name": "name", "city": "city"}
    assert read(tmp_path / "a.csv", select=("name", "city"), columns=columns) == [
        ("s:1", 'Acme, "Big" Co', "Paris", None),
        ("s:2", "two\nlines", None, None),  # Spark's parser has one line end for all
        ("s:3", 'a "b" c', "d\\", None),
        ("s:4", "  x ", None, None),
    ]


def test_a_csv_row_with_too_many_or_too_few_fields_is_marked_and_poisons_no_other(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,city\n1,A\n1,A,Paris\n2,B,Rome,extra\n3,,\n")
    assert read(tmp_path / "a.csv") == [
        (None, None, "1,A"),
        (None, None, "2,B,Rome,extra"),
        ("s:1", "A", None),
        ("s:3", None, None),
    ]


@pytest.mark.parametrize("column", ["middle", "last"])
def test_a_quote_that_is_never_closed_is_refused_with_its_line(
    refused: Callable[..., str], tmp_path: Path, column: str
) -> None:
    row = '2,"B,C' if column == "middle" else '2,B,"C'
    (tmp_path / "a.csv").write_text(f'id,name,city\n1,"A\nA",5" pipe"\n{row}\n3,D,E\n')
    said = refused(tmp_path / "a.csv")
    assert f"{tmp_path}/a.csv opens a quote in line 4 and never closes it" in said
    assert "close it, or set options.quote" in said


def test_a_quote_that_is_closed_in_a_later_row_marks_every_line_it_swallowed(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,name,city\n1,A,B\n2,"C,D\n3,E,F\n4,"G",H\n5,"I\nJ",K\n')
    assert read(tmp_path / "a.csv") == [
        (None, None, '2,"C,D'),
        (None, None, "3,E,F"),
        (None, None, '4,"G",H'),
        ("s:1", "A", None),
        ("s:5", "I\nJ", None),
    ]


def test_inches_and_other_stray_quotes_are_no_open_quotes(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,name\n1,5" pipe\n2,"Acme" Ltd\n3,"""Big"""\n')
    assert [row[1] for row in read(tmp_path / "a.csv")] == ['5" pipe', '"Acme" Ltd', '"Big"']


def test_other_separators_encodings_and_headers_are_options(read: Read, tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("id;name\n1;Café\n".encode("latin-1"))
    found = read(tmp_path / "latin.csv", options={"sep": ";", "encoding": "ISO-8859-1"})
    assert found == [("s:1", "Café", None)]
    (tmp_path / "bare.csv").write_text("1,A\n2,B\n")
    found = read(tmp_path / "bare.csv", id="_c0", columns={"name": "_c1"}, options={"header": "false"})
    assert found == [("s:1", "A", None), ("s:2", "B", None)]
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write("id,name\n1,A\n")
    assert read(tmp_path / "a.csv.gz") == [("s:1", "A", None)]


def test_bytes_that_are_not_utf_8_are_turned_away_by_the_gate(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,name\n1,Caf\xe9\n2,B\n")
    source = source_of(tmp_path / "a.csv")
    rows = split(read_source(spark, source), suite([source])).orderBy("entity_id").collect()
    assert [row[REASONS] for row in rows] == [["invalid_utf8"], []]


def test_a_name_of_a_megabyte_is_turned_away_whole(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"id,name\n1,{'x' * 1_000_000}\n2,B\n")
    source = source_of(tmp_path / "a.csv")
    rows = split(read_source(spark, source), suite([source])).orderBy("entity_id").collect()
    assert [(len(row["name"]), row[REASONS]) for row in rows] == [(1_000_000, ["name_too_long"]), (1, [])]


def test_files_with_other_headers_are_read_each_by_its_own(
    read: Read, refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,name,city\n1,A,Paris\n")
    (tmp_path / "b.csv").write_text("id,city,name\n2,Rome,B\n")
    found = read(tmp_path / "*.csv", select=("name", "city"), columns={"name": "name", "city": "city"})
    assert found == [("s:1", "A", "Paris", None), ("s:2", "B", "Rome", None)]
    (tmp_path / "c.csv").write_text("id,city\n3,Oslo\n")
    assert f"source 's' ({tmp_path}/c.csv) has no column 'name'" in refused(tmp_path / "*.csv")


def test_a_header_with_one_name_twice_is_told(read: Read, refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name,NAME,city,\n1,A,B,C,\n")
    said = refused(tmp_path / "a.csv")
    assert "has no column 'name' but several of that name; say which by its place: name1, NAME2" in said
    assert read(tmp_path / "a.csv", columns={"name": "NAME2"}) == [("s:1", "B", None)]


def test_a_first_line_that_is_no_header_is_not_quoted(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("17,Secret Client\n18,Other\n")
    said = refused(tmp_path / "a.csv", id="id", columns={"name": "secret client"})
    assert "secret" not in said.replace("'secret client'", "").lower()
    assert "its first line, taken for the header, splits into 2" in said
    assert all(option in said for option in ("options.header", "options.sep", "options.encoding"))


def test_a_csv_with_a_header_and_no_row_is_an_empty_table(
    read: Read, refused: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("id,name\n")
    assert read(tmp_path / "a.csv") == []
    (tmp_path / "a.csv").write_text("")
    assert f"{tmp_path}/a.csv is an empty file; put it back whole or take it away" in refused(tmp_path / "a.csv")


def test_a_column_called_malformed_is_a_column(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,malformed\n1,A\n")
    assert read(tmp_path / "a.csv", columns={"name": "malformed"}) == [("s:1", "A", None)]


# --- JSON ---


def test_a_json_array_and_one_record_a_line_may_lie_side_by_side(read: Read, tmp_path: Path) -> None:
    (tmp_path / "array.json").write_text('[\n {"id": "1", "name": "A"},\n {"id": "2", "name": "B"}\n]\n')
    (tmp_path / "lines.json").write_text('\ufeff{"id": "3", "name": "C"}\n\n{"id": "4", "name": "D"}\n')
    with gzip.open(tmp_path / "more.json.gz", "wt") as file:
        file.write('{"id": "5", "name": "E"}\n{"id": "6", "name": "F"}\n')
    assert [row[1] for row in read(tmp_path / "*.json*", "json")] == list("ABCDEF")


def test_a_line_that_is_no_json_is_marked(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"id": "1", "name": "A"}\n{"id": "2", "na\n{"id": "3", "name": "C"}\n')
    found = [(None, None, '{"id": "2", "na'), ("s:1", "A", None), ("s:3", "C", None)]
    assert read(tmp_path / "a.json", "json", where={}) == found
    (tmp_path / "b.json").write_text('{"e": [{"id": "1", "name": "A"}]}\nhello\n')
    assert read(tmp_path / "b.json", "json", records="e") == [(None, None, "hello"), ("s:1", "A", None)]


@pytest.mark.parametrize(
    "text", ["hello world", '[{"id": "1", "name": "A"}, {"id": "2", "na', "[1, 2]", '[{"id": "1", "name": "Caf\xe9"}]']
)
def test_a_document_that_is_no_json_is_refused(refused: Callable[..., str], tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="latin-1")
    said = refused(tmp_path / "a.json", "json")
    assert "a.json) holds no JSON record; wanted UTF-8 JSON, records in one array or one a line" in said
    (tmp_path / "b.json").write_text('[{"id": "7", "name": "A"}]')
    said = refused(tmp_path / "*.json", "json")
    assert re.search(r"a\.json is not JSON throughout; wanted UTF-8 JSON", said)
    assert "hello" not in said


def test_documents_after_the_first_are_not_dropped_in_silence(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{\n "id": "1",\n "name": "A } {"\n}\n{\n "id": "2"\n}\n')
    assert "holds several JSON documents, one after the other" in refused(tmp_path / "a.json", "json")
    (tmp_path / "a.json").write_text('{"id": "1"}\n{"id": "2"}\n')
    assert "one record a line (jq -c .)" in refused(tmp_path / "a.json", "json", options={"multiLine": "true"})


def test_keys_that_differ_in_case_alone_are_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"id": "1", "name": "A", "NAME": "B"}]')
    assert "two of its columns are called 'name', upper or lower case aside" in refused(tmp_path / "a.json", "json")


def test_an_array_without_records_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[]")
    assert "holds no record and no column; wanted id, name" in refused(tmp_path / "a.json", "json")


# --- Parquet and Delta ---


def test_a_truncated_parquet_file_is_refused_among_whole_ones(refused: Callable[..., str], tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1"], "name": ["A"]}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    said = refused(tmp_path / "*.parquet", "parquet")
    assert f"{tmp_path}/b.parquet is not a whole Parquet file" in said
    (tmp_path / "b.parquet").write_text("id,name\n1,A\n")
    assert "put it back whole, or correct `format`" in refused(tmp_path / "b.parquet", "parquet")


def test_a_parquet_file_that_breaks_off_while_it_is_read_is_told_without_its_values(
    spark: SparkSession, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"id": ["1"] * 50, "name": ["Secret"] * 50}), tmp_path / "a.parquet")
    broken = bytearray((tmp_path / "a.parquet").read_bytes())
    broken[4:60] = bytes(56)
    (tmp_path / "a.parquet").write_bytes(broken)
    frame = read_source(spark, source_of(tmp_path / "a.parquet", "parquet"))
    with pytest.raises(SourceError, match=r"a\.parquet cannot be read to its end") as caught, reading():
        frame.collect()
    assert "Secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(Exception, match="while reading file") as of_the_lake, reading(str(tmp_path)):
        frame.collect()
    assert not isinstance(of_the_lake.value, SourceError)


def test_parquet_files_of_different_types_and_columns_are_read_each_by_its_own(
    read: Read, refused: Callable[..., str], tmp_path: Path
) -> None:
    pq.write_table(pa.table({"id": [1], "name": ["A"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"name": ["B"], "id": ["0012"], "more": [1.5]}), tmp_path / "b.parquet")
    assert read(tmp_path / "*.parquet", "parquet") == [("s:0012", "B", None), ("s:1", "A", None)]
    pq.write_table(pa.table({"id": [3], "title": ["C"]}), tmp_path / "c.parquet")
    assert f"({tmp_path}/c.parquet) has no column 'name'" in refused(tmp_path / "*.parquet", "parquet")


def test_a_delta_table_is_read_as_one_and_as_nothing_else(
    spark: SparkSession, read: Read, refused: Callable[..., str], tmp_path: Path
) -> None:
    for name in ("one", "two"):
        write(spark, tmp_path / name, "delta", [{"id": "1", "name": "A"}])
    assert 'is a Delta table; set format = "delta"' in refused(tmp_path / "one" / "table", "parquet")
    assert "names 2 tables; name one delta table" in refused(tmp_path / "*" / "table", "delta")
    (tmp_path / "plain").mkdir()
    assert "cannot be read as delta" in refused(tmp_path / "plain", "delta")
    first = read(tmp_path / "one" / "table", "delta", options={"versionAsOf": "0"})
    assert first == [("s:1", "A", None)]


def test_a_table_of_the_catalogue_is_read_by_name(spark: SparkSession) -> None:
    spark.createDataFrame([("1", "A")], "id string, name string").createOrReplaceTempView("parties_of_test")
    frame = read_source(spark, source_of(None, "delta", table="parties_of_test"))
    assert [tuple(row) for row in frame.select("entity_id", "name").collect()] == [("s:1", "A")]


def test_a_table_in_which_every_name_is_null_comes_in(read: Read, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1", "2"], "name": pa.nulls(2)}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "parquet") == [("s:1", None, None), ("s:2", None, None)]


def source_of(path: Path | str | None, format: str = "csv", **options: Any) -> Source:
    settings = {"id": "id", "columns": {"name": "name"}, **options}
    return Source(name="s", format=format, path=None if path is None else str(path), **settings)  # type: ignore[arg-type]


def write(spark: SparkSession, folder: Path, format: str, records: list[dict[str, Any]]) -> Path:
    """Records as a file, or a Delta table, of one of the formats."""
    folder.mkdir(exist_ok=True)
    path = folder / "table"
    if format == "csv":
        quoted = [
            [f'"{value.replace(chr(34), chr(34) * 2)}"' if value else "" for value in r.values()] for r in records
        ]
        path.write_text("\n".join([",".join(records[0]), *(",".join(row) for row in quoted)]) + "\n")
    elif format in ("json", "lines"):
        separate = "\n" if format == "lines" else ",\n"
        text = separate.join(json.dumps(record, ensure_ascii=False) for record in records)
        path.write_text(text if format == "lines" else f"[{text}]")
    else:
        table = pa.Table.from_pylist(records, schema=pa.schema([(name, pa.string()) for name in records[0]]))
        frame = frame_of(spark, table)
        if format == "delta":
            frame.write.format("delta").save(str(path))
        else:
            pq.write_table(table, path)
    return path


def frame_of(spark: SparkSession, table: pa.Table) -> DataFrame:
    rows = [tuple(row.values()) for row in table.to_pylist()]
    return spark.createDataFrame(rows, ", ".join(f"`{name}` string" for name in table.column_names))
