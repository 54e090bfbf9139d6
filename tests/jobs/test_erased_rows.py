"""Rows of erased records leave the training sets that a lake keeps, and nothing of them stays beside."""

from __future__ import annotations

import pyarrow as pa

from features.lake import Lake
from features.tables import TRAINING_SETS, Table
from features.traces import files_with
from jobs.erased_rows import out_of_training_sets

SET = Table(
    "training/spring",
    pa.schema([pa.field("id_l", pa.string()), pa.field("id_r", pa.string()), pa.field("label", pa.int64())]),
    ("id_l", "id_r"),
    "A training set.",
)


def test_pairs_of_an_erased_record_leave_a_kept_training_set_and_its_history(lake_root: str) -> None:
    lake = Lake(lake_root)
    rows = {"id_l": ["h:1", "h:p", "h:2"], "id_r": ["h:2", "h:q", "h:p"], "label": [1, 1, 0]}
    lake.write_rows(pa.table(rows, SET.schema), SET, metadata={"fingerprint": "f"})
    listed = {"name": ["spring", "gone", "handed out"], "table": ["pair_features"] * 3, "version": [0, 1, 2]}
    listed["path"] = ["training/spring", "training/gone", None]
    lake.write_rows(pa.table(listed, TRAINING_SETS.schema), TRAINING_SETS)

    assert out_of_training_sets(lake, ["h:p"]) == {"training/spring": 2}
    assert lake.rows(SET).to_pylist() == [{"id_l": "h:1", "id_r": "h:2", "label": 1}]
    assert files_with(lake_root, ["h:p"]) == []
    assert lake.last_commit(SET)["metadata"] == {"fingerprint": "f"}
    assert out_of_training_sets(lake, ["h:p"]) == {"training/spring": 0}
    assert lake.rows(SET).num_rows == 1


def test_without_training_sets_there_is_nothing_to_take_out(lake_root: str) -> None:
    assert out_of_training_sets(Lake(lake_root), ["h:p"]) == {}
