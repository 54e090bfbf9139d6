"""Labelled pairs: read from what people have, by the ids they have, and nothing dropped in silence."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.settings import Settings
from features.truth import Matches, TruthError, known_matches, possible_ids, read_matches

ROWS = {"id_l": ["1", "2", "2", "3"], "id_r": ["a", "b", "b", "c"]}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet", "folder", "delta"])
def test_a_table_of_any_form_gives_its_distinct_matches(tmp_path: Path, form: str) -> None:
    assert read_matches(written(tmp_path, ROWS, form)).pairs == (("1", "a"), ("2", "b"), ("3", "c"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("label", ["label", "match"])
def test_a_row_labelled_0_or_false_is_no_match_and_one_without_a_label_is_left_out(
    tmp_path: Path, form: str, label: str
) -> None:
    rows = {"id_left": [1, 2, 3], "id_right": [7, 8, 9], label: [1, 0, None], "further": ["x", "y", "z"]}
    assert read_matches(written(tmp_path, rows, form)) == Matches(
        str(tmp_path / f"truth.{form}"), (("1", "7"),), no_matches=1, unlabelled=1
    )


def test_leading_zeros_of_an_id_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path, {"id_l": ["007"], "id_r": ["1e3"]}, "csv")
    assert read_matches(path).pairs == (("007", "1e3"),)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("left,right\n1,2\n", "has no column id_l or id_left among its 2. Wanted id_l and id_r"),
        ("id_l,right\n1,2\n", "has no column id_r or id_right among its 2"),
        ("", "cannot be read: Empty CSV file"),
        ("id_l,id_r\n", "holds no pair"),
        ("id_l,id_r\nSecret,2,3\n", "Wanted a CSV with commas and a header line"),
    ],
)
def test_a_table_that_is_none_is_refused_in_words(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TruthError) as caught:
        read_matches(str(path))
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert "Secret" not in str(caught.value)


def test_a_table_that_is_not_there_or_broken_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match="there is no table of labelled pairs at"):
        read_matches(str(tmp_path / "none.csv"))
    (tmp_path / "broken.parquet").write_text("no")
    with pytest.raises(TruthError, match=r"broken\.parquet cannot be read"):
        read_matches(str(tmp_path / "broken.parquet"))
    with pytest.raises(TruthError, match="the column id_l is double; wanted ids as text or whole numbers"):
        read_matches(written(tmp_path, {"id_l": [1.5], "id_r": [2.5]}, "parquet"))


def test_ids_are_those_of_entities_or_of_the_only_source_that_has_them() -> None:
    matches = Matches("truth.csv", (("clients:1", "a"), ("2", "register:b"), ("3", "c"), ("4", "x"), ("5", "a")))
    there = {"clients:1", "clients:2", "clients:4", "prospects:4", "clients:5"}
    there |= {"register:a", "register:b", "register:c", "clients:3x"}
    assert there - {"clients:3x"} <= set(possible_ids(matches, LINK))
    known = known_matches(matches, LINK, there)
    assert known.pairs == (("clients:1", "register:a"), ("clients:2", "register:b"), ("clients:5", "register:a"))
    assert (known.unknown, known.ambiguous) == (("3", "x"), ("4",))
    assert str(known) == (
        "3 labelled pairs of which both records are there; 2 ids that no record has (3, x); "
        "1 ids that several sources have (4)"
    )


def test_deduplicating_a_pair_is_one_whichever_side_comes_first() -> None:
    matches = Matches("truth.csv", (("2", "1"), ("1", "2"), ("clients:1", "2"), ("1", "1")))
    assert known_matches(matches, DEDUPE, {"clients:1", "clients:2"}).pairs == (("clients:1", "clients:2"),)


def test_ids_of_which_none_is_known_are_refused() -> None:
    with pytest.raises(TruthError, match=r"no labelled match of which both records are there.*no record has \(9, a\)"):
        known_matches(Matches("truth.csv", (("9", "a"),)), LINK, set())


def written(folder: Path, rows: dict[str, list[Any]], form: str) -> str:
    path = folder / f"truth.{form}"
    table = pa.table(rows)
    if form in ("csv", "csv.gz"):
        lines = [
            ",".join(rows),
            *(",".join("" if v is None else str(v) for v in row) for row in zip(*rows.values(), strict=True)),
        ]
        text = "\n".join(lines).encode()
        path.write_bytes(gzip.compress(text) if form == "csv.gz" else text)
    elif form == "delta":
        deltalake.write_deltalake(path, table)
    else:
        file = path
        if form == "folder":
            path.mkdir()
            file = path / "part.parquet"
        pq.write_table(table, file)
    return str(path)


def _settings(mode: str, **sides: str) -> Settings:
    sources = [
        {"name": n, "side": side, "format": "csv", "path": "x.csv", "id": "id", "columns": {"name": "name"}}
        for n, side in sides.items()
    ]
    return Settings.model_validate({"mode": mode, "lake": "lake", "sources": sources})


LINK = _settings("link", clients="left", prospects="left", register="right")
DEDUPE = _settings("dedupe", clients="left")
