"""The program on sets written here: what it reads, what it refuses, and that it repeats itself."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.quality import main
from benchmarks.quality_candidates import candidates, census
from benchmarks.quality_sets import InputError, read_set
from features.catalogue import Catalogue

PLACES = [
    "ashford",
    "barrow",
    "calder",
    "dunmore",
    "elgin",
    "fulham",
    "glenmore",
    "hexham",
    "irvine",
    "jarrow",
    "kelso",
    "linton",
]
TRADES = ["bakery", "brewing", "castings", "dairies", "engineering", "foundry"]
COMPANIES = [f"{place} {trade}" for place in PLACES for trade in TRADES]

Files = dict[str, str]


def write(folder: Path, files: Files) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def linkage() -> Files:
    """72 companies on both sides, on the right with other legal forms; every fifth spelt short."""
    left = "".join(f"a{n},{name.title()} Limited,GB\n" for n, name in enumerate(COMPANIES))
    right = "".join(f"b{n},{(name[:-2] if n % 5 == 0 else name).upper()} LTD,GB\n" for n, name in enumerate(COMPANIES))
    pairs = "".join(f"a{n},b{n}\n" for n in range(len(COMPANIES)))
    return {
        "left.csv": "id,name,country\n" + left,
        "right.csv": "id,company,country_code\n" + right,
        "pairs.csv": "id_left,id_right\n" + pairs,
    }


def test_a_run_prints_its_tables_and_repeats_itself_digit_by_digit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(tmp_path / "companies", linkage())
    outputs = []
    for name in ("one.json", "two.json"):
        assert main([str(folder), "--fast", "--importance", "--json", str(tmp_path / name)]) == 0
        outputs.append((capsys.readouterr().out, (tmp_path / name).read_text(encoding="utf-8")))
    assert outputs[0] == outputs[1]
    printed, data = outputs[0]
    assert "companies: link 72 x 72 records, 72 true pairs in 72 entities" in printed
    measured = json.loads(data)["sets"][0]
    assert measured["columns"]["right"] == {"name": ["company"], "country": ["country_code"]}
    assert measured["blocking"]["pair_completeness"] > 0.9
    assert measured["figures"]["logistic"]["f1"] > 0.8
    assert measured["families"] and measured["importance"]


def test_missed_pairs_are_listed_by_their_ids(tmp_path: Path) -> None:
    files = linkage()
    files["pairs.csv"] += "a0,b71\n"
    folder = write(tmp_path / "companies", files)
    assert main([str(folder), "--fast", "--json", str(tmp_path / "out.json")]) == 0
    measured = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["sets"][0]
    assert ["a0", "b71"] in measured["blocking"]["missed"]
    assert measured["single"] == [False, False]
    assert measured["figures"]["boosted"]["f1_one_to_one"] is None


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"pairs.csv": None}, "no pairs.csv"),
        ({"pairs.csv": "id_left,id_right\na0,b999\na1,b1\n"}, "1 ids that right does not have, first 'b999'"),
        ({"pairs.csv": "one,two\na0,b0\n"}, "lacks the columns"),
        ({"pairs.csv": "id_left,id_right,match\na0,b0,0\n"}, "no true match"),
        ({"left.csv": "id,name\n"}, "holds no record"),
        ({"left.csv": "id,name\na0,x\na0,y\n"}, "an id twice"),
        ({"left.csv": "key,name\na0,x\n"}, "no column 'id'"),
        ({"left.csv": None}, "no left.csv"),
        (
            {"left.csv": "id,foo\na0,x\n", "right.csv": "id,bar\nb0,y\n", "pairs.csv": "id_left,id_right\na0,b0\n"},
            "--columns",
        ),
    ],
)
def test_input_that_cannot_be_used_ends_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str | None], complaint: str
) -> None:
    files = linkage() | change
    folder = write(tmp_path / "set", {name: text for name, text in files.items() if text is not None})
    assert main([str(folder)]) == 2
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert len(shown.err.splitlines()) == 1
    assert not shown.out


def test_a_folder_that_is_not_there_a_broken_file_and_a_column_that_no_set_has_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere")]) == 2
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "records.csv.gz").write_bytes(b"id,name")
    assert main([str(tmp_path / "set")]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / "set" / "records.csv.gz").unlink()
    folder = write(tmp_path / "set", linkage())
    assert main([str(folder), "--columns", "left.zip=postal_code"]) == 2
    assert "no set has this column" in capsys.readouterr().err


def test_deduplication_reads_one_table_and_puts_the_smaller_record_first(tmp_path: Path) -> None:
    files = {"pairs.csv": "id_left,id_right,label\nr2,r0,1\nr1,r2,0\n"}
    folder = write(tmp_path / "set", files)
    with gzip.open(folder / "records.csv.gz", "wt", encoding="utf-8") as file:
        file.write("id,name\nr0,Old Mill\nr1,New Mill\nr2,Old Mill Ltd\n")
    labelled = read_set(folder, {})
    assert not labelled.linking
    assert labelled.truth.tolist() == [[0, 2]]
    assert labelled.comparisons == 3


def test_one_table_is_measured_against_itself(tmp_path: Path) -> None:
    spelt = [*COMPANIES, *(name.upper() + " LTD" for name in COMPANIES)]
    records = "".join(f"r{n},{name}\n" for n, name in enumerate(spelt))
    pairs = "".join(f"r{n + len(COMPANIES)},r{n}\n" for n in range(len(COMPANIES)))
    files = {"records.csv": "id,name\n" + records, "pairs.csv": "id_left,id_right\n" + pairs}
    assert main([str(write(tmp_path / "set", files)), "--fast", "--json", str(tmp_path / "out.json")]) == 0
    measured = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["sets"][0]
    assert measured["blocking"]["pair_completeness"] == 1.0
    assert measured["blocking"]["reduction_ratio"] == 1 - measured["blocking"]["candidates"] / (144 * 143 // 2)
    assert measured["figures"]["logistic"]["f1_one_to_one"] > 0.9


def test_columns_that_the_readme_calls_a_key_and_files_of_keys_are_never_read(tmp_path: Path) -> None:
    files = linkage() | {"README.md": "# A set\n\n**Key.** `country`, and left_key.csv.\n"}
    folder = write(tmp_path / "set", files)
    (folder / "left_key.csv").write_bytes(b"\xff not text")
    left, right = read_set(folder, {}).sides
    assert left.unread == ("country",)
    assert "country" in right.fields, "the column is called otherwise there"
    with pytest.raises(InputError, match="a key"):
        read_set(folder, {("left", "country"): "country"})


def test_records_of_an_unknown_side_without_a_match_are_left_out(tmp_path: Path) -> None:
    files = linkage()
    files["left.csv"] += "a99,Stranger plc,GB\n"
    folder = write(tmp_path / "set", files)
    assert read_set(folder, {}).sides[0].records == 73
    assert read_set(folder, {}, unknown=["left"]).sides[0].records == 72


def test_ids_of_the_file_do_not_reach_the_library(tmp_path: Path) -> None:
    raw = read_set(write(tmp_path / "set", linkage()), {}).raw
    assert raw.column("entity_id")[0].as_py() == "000000000"
    assert len(set(raw.column("entity_id").to_pylist())) == 144


def test_the_census_counts_each_key_by_side() -> None:
    prepared = pa.table(
        {
            "keys": pa.array([[1, 2], [2], [2, 3], [3]], pa.list_(pa.int64())),
            "side": pa.array(["left", "left", "right", "right"]),
        }
    )
    assert census(prepared, linking=True).to_pylist() == [{"key": 2, "left": 2, "right": 1, "pairs": 2}]
    one_table = prepared.set_column(1, "side", pa.array(["left"] * 4))
    assert census(one_table, linking=False).column("pairs").to_pylist() == [3, 1]


def test_candidates_are_distinct_in_order_and_left_before_right(tmp_path: Path, catalogue: Catalogue) -> None:
    labelled = read_set(write(tmp_path / "set", linkage()), {})
    found = candidates(labelled.raw, catalogue, linking=True)
    assert (found.left < 72).all() and (found.right >= 72).all()
    codes = found.left * 1_000 + found.right
    assert (np.diff(codes) > 0).all()
    assert found.hold(labelled.truth).sum() == found.are(labelled.truth).sum() > 0
    assert set(found.values) == {feature.name for feature in catalogue.pair_features}


def test_reading_reports_the_folder_not_the_records(tmp_path: Path) -> None:
    folder = write(tmp_path / "set", linkage() | {"left.csv": "id,name\na0,Secret Holdings\na0,Secret Trust\n"})
    with pytest.raises(InputError) as error:
        read_set(folder, {})
    assert "Secret" not in str(error.value)
