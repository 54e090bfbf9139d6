"""Rows of erased records leave the training sets that a lake keeps, and nothing of them stays beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features.lake import Lake
from features.tables import QUARANTINE, TRAINING_SETS, Table
from features.traces import files_with
from jobs.erased_rows import out_of_training_sets, quarantined
from jobs.quarantined import id_of

SET = Table(
    "training/spring",
    pa.schema([pa.field(name, pa.string()) for name in ("id_l", "id_r", "given_l")] + [pa.field("label", pa.int64())]),
    ("id_l", "id_r"),
    "A training set.",
)


def test_pairs_of_an_erased_record_leave_a_kept_training_set_and_its_history(lake_root: str) -> None:
    lake = Lake(lake_root)
    rows = {
        "id_l": ["h:1", "h:p", "h:2", None, None, None],
        "id_r": ["h:2", "h:q", "h:p", None, None, "m:p"],
        "given_l": ["p", "p", "2", "h:p", "p", "3"],  # the p of another source, of h, and where no record was found
        "label": [1, 1, 0, 1, 1, 1],
    }
    lake.write_rows(pa.table(rows, SET.schema), SET, metadata={"fingerprint": "f"})
    listed = {"name": ["spring", "gone", "handed out"], "table": ["pair_features"] * 3, "version": [0, 1, 2]}
    listed["path"] = ["training/spring", "training/gone", None]
    lake.write_rows(pa.table(listed, TRAINING_SETS.schema), TRAINING_SETS)

    stopped = Path(lake_root, "training/gone")  # a set that was stopped before its commit
    stopped.mkdir(parents=True)
    (stopped / "part-00000.parquet").write_bytes(b"h:p")

    manifest = Path(lake_root, "training/spring/_manifest.json")
    manifest.write_text("{}", encoding="utf-8")

    assert out_of_training_sets(lake, ["h:p"]) == {"training/spring": 4}
    assert [(row["id_l"], row["given_l"]) for row in lake.rows(SET).to_pylist()] == [("h:1", "p"), (None, "3")]
    assert manifest.is_file()
    assert not stopped.exists()
    assert files_with(lake_root, ["h:p"]) == []
    assert lake.last_commit(SET)["metadata"] == {"fingerprint": "f"}
    assert out_of_training_sets(lake, ["h:p"]) == {"training/spring": 0}
    assert lake.rows(SET).num_rows == 2


def test_without_training_sets_there_is_nothing_to_take_out(lake_root: str) -> None:
    assert out_of_training_sets(Lake(lake_root), ["h:p"]) == {}


NAME = 'Anna "Öre" Holm'
CORRECTED = '{"name": "Mistyped"}'


@pytest.mark.parametrize(
    ("entity_id", "row", "theirs"),
    [
        ("h:1", {"name": "Alpha"}, True),
        ("h:12", {"name": NAME, "parent": "h:1"}, False),
        (None, {"id_l": "h:1", "id_r": "h:2"}, True),
        (None, {"id_l": "a:1", "id_r": "h:1"}, True),
        (None, {"id_l": "h:12", "id_r": "h:1-2"}, False),
        (None, {"name": f"Estate of {NAME}"}, True),
        (None, {"aliases": ["Beta", NAME]}, True),
        (None, {"malformed": json.dumps({"name": NAME})}, True),
        (None, {"malformed": f"h:1,{NAME[:4]}"}, True),
        (None, {"name": "Bankoria", "parent": "h:12"}, False),
        (None, {"name": "The\nBank"}, True),
    ],
)
def test_rows_in_quarantine_are_of_a_record_that_they_name_and_not_of_a_longer_name(
    entity_id: str | None, row: dict[str, Any], theirs: bool
) -> None:
    held = {"entity_id": entity_id, "row": json.dumps(row, ensure_ascii=False), "source_row": None}
    rows = pa.Table.from_pylist([held, {**held, "row": "{}"}, {**held, "row": "{}"}], QUARANTINE.schema)
    own = entity_id == "h:1"
    assert quarantined(rows, ["h:1"], [NAME, "Bank"], {id_of(CORRECTED)}).to_pylist() == [theirs, own, own]


def test_a_row_that_a_correction_made_theirs_is_theirs_in_quarantine_too() -> None:
    held = {"entity_id": "h:2", "row": "{}", "source_row": CORRECTED}
    rows = pa.Table.from_pylist([held, {**held, "source_row": None}], QUARANTINE.schema)
    assert quarantined(rows, ["h:1"], [], {id_of(CORRECTED)}).to_pylist() == [True, False]
