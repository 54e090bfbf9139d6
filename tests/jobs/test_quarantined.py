"""The quarantine, read back without Spark: what is there, what is not, and that no value shows unless asked for."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from features.errors import PairlakeError
from features.lake import Lake
from features.tables import QUARANTINE
from jobs import quarantined
from jobs.cli import app
from jobs.quarantined import QuarantineError

SECRET = "Zyxwvut Marked"
RAW = json.dumps({"entity_id": "books:1", "source": "books", "side": "left", "name": SECRET})
ROWS: list[dict[str, Any]] = [
    {
        "run_id": "R1",
        "table": "raw_entities",
        "source": "books",
        "entity_id": "books:1",
        "reasons": ["odd"],
        "row": RAW,
    },
    {
        "run_id": "R2",
        "table": "standardised_entities",
        "source": "books",
        "entity_id": "books:1",
        "reasons": ["bare", "odd"],
        "row": json.dumps({"entity_id": "books:1", "name_core": SECRET.lower()}),
        "source_row": RAW,
    },
    {"run_id": "R2", "table": "pair_features", "reasons": ["far"], "row": json.dumps({"id_l": "a", "id_r": "b"})},
]


@pytest.fixture
def lake(lake_root: str) -> Lake:
    """A lake that holds nothing but rows in quarantine."""
    lake = Lake(lake_root)
    rows = [{name: row.get(name) for name in QUARANTINE.schema.names} for row in ROWS]
    lake.write_rows(pa.Table.from_pylist(rows, schema=QUARANTINE.schema), QUARANTINE)
    return lake


@pytest.fixture
def file(lake: Lake, tmp_path: Path) -> str:
    """Settings of that lake."""
    path = tmp_path / "run.toml"
    path.write_text(
        f'mode = "dedupe"\nlake = "{lake.root}"\n[[sources]]\nname = "books"\nformat = "csv"\npath = "b.csv"\n'
        'id = "i"\ncolumns = { name = "n" }\n',
        encoding="utf-8",
    )
    return str(path)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["quarantine", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_rows_are_counted_by_run_table_and_reason_the_last_run_first(lake: Lake) -> None:
    assert [tuple(row.values()) for row in quarantined.counts(quarantined.rejected(lake))] == [
        ("R2", "pair_features", "far", 1),
        ("R2", "standardised_entities", "bare", 1),
        ("R2", "standardised_entities", "odd", 1),
        ("R1", "raw_entities", "odd", 1),
    ]


def test_a_run_a_table_and_a_reason_choose(lake: Lake) -> None:
    def chosen(*args: Any, **named: Any) -> list[str]:
        return [row.table for row in quarantined.rejected(lake, *args, **named)]

    assert chosen("R2") == ["pair_features", "standardised_entities"]
    assert chosen(reason="odd") == ["raw_entities", "standardised_entities"]
    assert chosen("R2", table="pair_features", reason="far") == ["pair_features"]
    assert quarantined.last_run(lake) == "R2"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"run_id": "R3"}, "nothing in quarantine is of the run 'R3'; did you mean "),
        ({"table": "pairs_features"}, "of the table 'pairs_features'; did you mean 'pair_features'?"),
        ({"run_id": "R1", "reason": "bear"}, "of the reason 'bear'; valid are odd"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(lake: Lake, asked: dict[str, str], words: str) -> None:
    with pytest.raises(QuarantineError) as caught:
        quarantined.rejected(lake, **asked)
    assert words in str(caught.value)


def test_a_row_is_known_by_what_its_source_wrote_whichever_gate_turned_it_away(lake: Lake) -> None:
    pair, standardised, raw = (
        quarantined.rejected(lake, table=t)[0] for t in ("pair_features", "standardised_entities", "raw_entities")
    )
    assert raw.row_id == standardised.row_id == quarantined.id_of(RAW)
    assert standardised.row == json.loads(RAW)
    assert pair.row_id is None


def test_a_lake_in_which_nothing_was_turned_away_says_so(lake_root: str) -> None:
    assert quarantined.rejected(Lake(lake_root)) == []
    with pytest.raises(QuarantineError, match="no run on the lake .* has turned a row away"):
        quarantined.last_run(Lake(lake_root))


# --- the commands ---


def test_the_list_names_reasons_and_counts(file: str) -> None:
    out = said("list", "--settings", file, "--run", "last")
    assert all(word in out for word in ("R2", "standardised_entities", "bare", "far"))
    assert "R1" not in out
    assert json.loads(said("list", "--settings", file, "--json"))[0]["reason"] == "far"


def test_values_show_with_reveal_alone_in_every_form(file: str) -> None:
    for form in ((), ("--json",), ("--csv",)):
        hidden = said("show", "R1", "--settings", file, *form)
        assert SECRET not in hidden
        assert "books:1" in hidden
        assert SECRET in " ".join(said("show", "R1", "--settings", file, "--reveal", *form).split())


def test_an_export_is_whole_json_and_whole_csv(file: str) -> None:
    (row,) = json.loads(said("show", "R1", "--settings", file, "--reveal", "--json"))
    assert (row["row_id"], row["row"]["name"]) == (quarantined.id_of(RAW), SECRET)
    (line,) = csv.DictReader(io.StringIO(said("show", "R1", "--settings", file, "--reveal", "--csv")))
    assert (line["row_id"], line["name"], line["reasons"]) == (quarantined.id_of(RAW), SECRET, "odd")


def test_as_many_rows_are_shown_as_are_asked_for(file: str) -> None:
    assert len(json.loads(said("show", "last", "--settings", file, "--limit", "1", "--json"))) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "R1", "--json", "--csv"), "--json and --csv exclude each other"),
        (("replay",), "wanted either a file of corrected rows or --run RUN"),
        (("replay", "x.json", "--run", "R1"), "wanted either a file of corrected rows or --run RUN"),
        (("show", "R9"), "nothing in quarantine is of the run 'R9'"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(file: str, arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(PairlakeError) as caught:
        CliRunner().invoke(app, ["quarantine", *arguments, "--settings", file], catch_exceptions=False)
    assert words in str(caught.value)
