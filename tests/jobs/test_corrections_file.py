"""A file of corrected rows: what is read of it, and how everything that is wrong with one is told, without a value."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jobs import corrections_file
from jobs.quarantined import FIELDS, QuarantineError, Rejected, as_csv, told

SECRET = "Zyxwvut Marked"
ROW = {"entity_id": "books:1", "source": "books", "side": "left", "name": SECRET, "aliases": ["A, B", 'C "D"']}
KNOWN = [
    Rejected("R1", "raw_entities", "books", "books:1", ("invalid_utf8",), "a1", ROW),
    Rejected("R1", "raw_entities", "books", None, ("missing_id",), "a2", {"source": "books", "side": "left"}),
    Rejected("R1", "pair_features", None, None, ("odd",), None, {"id_l": "books:1"}),
]


def given_file(folder: Path, content: Any, name: str = "rows.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def refused(folder: Path, content: Any, name: str = "rows.json") -> str:
    with pytest.raises(QuarantineError) as caught:
        corrections_file.read(given_file(folder, content, name), KNOWN)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def fixed(**changed: Any) -> dict[str, Any]:
    return {"row_id": "a1", "row": {**ROW, **changed}}


# --- what is exported is what is read ---


def test_rows_exported_as_json_and_as_csv_are_read_as_they_were(tmp_path: Path) -> None:
    exported = json.dumps([told(KNOWN[0], reveal=True)])
    rows, _ = corrections_file.read(given_file(tmp_path, exported), KNOWN)
    assert rows == {"a1": ROW}
    table = given_file(tmp_path, as_csv(KNOWN[:1], reveal=True), "rows.csv")
    assert corrections_file.read(table, KNOWN)[0] == {"a1": ROW}


values = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=values, aliases=st.lists(values, max_size=3), form=st.sampled_from(["csv", "json"]))
@example(name="\r", aliases=[], form="csv")
def test_any_text_comes_through_an_export_unchanged(tmp_path: Path, name: str, aliases: list[str], form: str) -> None:
    row = {**ROW, "name": name, "aliases": aliases}
    known = [Rejected("R1", "raw_entities", "books", "books:1", ("odd",), "a1", row)]
    text = as_csv(known, reveal=True) if form == "csv" else json.dumps([told(known[0], reveal=True)])
    path = tmp_path / f"rows.{form}"
    path.write_bytes(text.encode())
    assert corrections_file.read(path, known)[0] == {"a1": row}


def test_lines_of_json_are_read_too_and_what_is_empty_is_missing(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(line) for line in (fixed(name="Bank", city="", country=None), fixed(name="Bank")))
    assert corrections_file.read(given_file(tmp_path, lines), KNOWN)[0] == {"a1": {**ROW, "name": "Bank"}}


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    files = [given_file(tmp_path, [fixed(name=name)], f"{n}.json") for n, name in enumerate(("A", "A", "B"))]
    hashes = [corrections_file.read(file, KNOWN)[1] for file in files]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_row_without_an_id_may_be_given_one(tmp_path: Path) -> None:
    row = {"entity_id": "books:9", "source": "books", "side": "left", "name": "Bank", "malformed": "9;Bank"}
    rows, _ = corrections_file.read(given_file(tmp_path, [{"row_id": "a2", "row": row}]), KNOWN)
    assert rows == {"a2": {name: row[name] for name in FIELDS if name in row}}


# --- what is wrong with a file ---

BAD: dict[str, tuple[Any, str]] = {
    "no JSON": ('[{"row_id": }', "is no JSON (line 1, character "),
    "nothing in it": ("[]", "holds no row"),
    "a number": ("3", "row 1 of "),
    "no row_id": ([{"row": ROW}], "has no row_id; export rows by `pairlake quarantine show RUN --reveal --json`"),
    "a row_id of nothing": ([{**fixed(), "row_id": "b"}], "has a row_id of no row of a source in quarantine"),
    "a row_id that is a number": ([{**fixed(), "row_id": 3}], "has a row_id of no row"),
    "no row": ([{"row_id": "a1"}], "has no `row`; export it with --reveal"),
    "a row that is a list": ([{"row_id": "a1", "row": [1]}], "has no `row`"),
    "an unknown field": ([fixed(nmae="x")], "has the field 'nmae'; did you mean 'name'?"),
    "a field of another type": ([fixed(name=3)], "row 1 of "),
    "aliases that are a text": ([fixed(aliases="A")], 'aliases is no list of texts; wanted ["…", "…"]'),
    "aliases that are numbers": ([fixed(aliases=[1])], "aliases is no list of texts"),
    "another source": ([fixed(source="register")], "source is another one than in the source"),
    "another side": ([fixed(side="right")], "side is another one than in the source"),
    "no id": ([fixed(entity_id=None)], "has no entity_id; wanted `books:` and the record's id"),
    "an id without its source": ([fixed(entity_id="1")], "entity_id does not begin with `books:`"),
    "an id that is the source alone": ([fixed(entity_id="books:")], "has no entity_id"),
    "two rows for one": ([fixed(name="A"), fixed(name="B")], "row 2 of "),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_file_is_refused_in_words_and_quotes_no_value(tmp_path: Path, name: str) -> None:
    content, said = BAD[name]
    assert said in refused(tmp_path, content)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(QuarantineError, match="there is no file"):
        corrections_file.read(tmp_path / "none.json", KNOWN)
    with pytest.raises(QuarantineError, match="cannot be read: Is a directory"):
        corrections_file.read(tmp_path, KNOWN)
    latin = tmp_path / "latin.json"
    latin.write_bytes('[{"row_id": "ä"}]'.encode("latin-1"))
    with pytest.raises(QuarantineError, match="is not UTF-8"):
        corrections_file.read(latin, KNOWN)


def test_a_csv_that_lost_its_columns_is_told(tmp_path: Path) -> None:
    assert "has no row_id" in refused(tmp_path, "name,city\nBank,Berlin\n", "rows.csv")
    wider = as_csv(KNOWN[:1], reveal=True).rstrip("\n") + ",more\n"
    assert "has the field" in refused(tmp_path, wider, "rows.csv")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["row_id", "row", *FIELDS]) | st.text(max_size=3), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=anything | st.lists(st.builds(fixed, name=anything, aliases=anything, entity_id=anything)))
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(tmp_path: Path, content: Any) -> None:
    path = given_file(tmp_path, json.dumps(content), "any.json")
    try:
        corrections_file.read(path, KNOWN)
    except QuarantineError as error:
        assert str(path) in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_whatever_a_csv_holds_it_is_read_or_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content.encode())
    with pytest.raises(QuarantineError):
        corrections_file.read(path, KNOWN)
    assert csv.field_size_limit() > len(content)
