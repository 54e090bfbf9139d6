"""An erased record is in no file of the lake, the tables are those of a run without it, and it stays away."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features import tables
from features.history import refuse_gone, states
from features.lake import LakeError
from features.spark.erasures import LEFT_OUT
from features.spark.frames import checksum
from features.traces import files_with
from jobs.erased import Erasure, Receipt
from jobs.pipeline import Pipeline
from jobs.rolled_back import Rollback

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

pytestmark = pytest.mark.spark


def test_nothing_of_an_erased_record_is_left_and_later_runs_leave_it_out(aged: Aged) -> None:
    marks = ["h:p", aged.NAME, aged.NAME.lower()]
    assert files_with(aged.lake.root, marks)
    receipt = Erasure(aged.settings(), ["h:p"]).publish(aged.spark)
    assert files_with(aged.lake.root, marks) == receipt.left == []
    assert made_by(aged, receipt)["records changed"] == 1
    assert {receipt.removed[name] for name in ("raw_entities", "entity_features", "quarantine")} == {1}
    [written] = (Path(aged.lake.root) / "receipts").iterdir()
    assert json.loads(written.read_text())["ids"] == receipt.ids
    assert "h:p" not in written.read_text()
    assert not aged.content()["lookup"]
    refuse_gone(aged.lake, states(aged.lake)[0])  # the state in force is whole, and stands in for a source that breaks
    with pytest.raises(LakeError, match="an erasure has removed it"):
        Rollback(aged.settings(), aged.first.run_id)

    refreshed = aged.refresh([*aged.STANDING, "s,Fjord Bank AS,NO", "t,Fjord Bank SA,NO"])
    assert refreshed.counts[LEFT_OUT] == 1
    after = aged.content()
    version = aged.lake.rows(tables.TOKEN_STATISTICS)["version"][0].as_py()
    run = Pipeline(aged.settings(statistics={"version": version}), aged.spark).publish()
    assert (run.counts[LEFT_OUT], run.counts["records read"]) == (1, {"h": 5})
    assert aged.content() == after


def made_by(aged: Aged, receipt: Receipt) -> dict[str, Any]:
    """What the manifest of an erasure counts."""
    [row] = aged.lake.rows(tables.RUN_MANIFEST, run_id=receipt.run_id).to_pylist()
    details = json.loads(row["details"])
    assert (details["kind"], row["outcome"]) == ("erasure", "published")
    counts: dict[str, Any] = details["counts"]
    return counts


@pytest.mark.chaos
def test_where_a_refresh_cannot_go_on_everything_is_made_anew_without_the_record(
    aged: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERASURE_SECRET", "s" * 32)
    retention = {"erasure_key_env": "ERASURE_SECRET"}
    corrected = {"entity_id": "h:p", "source": "h", "side": "left", "name": aged.NAME}
    row = {"row_id": "0" * 32, "row": json.dumps(corrected), "file_hash": "f", "replayed_at": datetime.now(UTC)}
    given = pa.Table.from_pylist([{**corrected, **row}], tables.CORRECTIONS.schema)
    aged.lake.write_rows(given, tables.CORRECTIONS)
    receipt = Erasure(aged.settings(prune={"name_token_sort": 0.5}, retention=retention), ["h:p"]).publish(aged.spark)
    assert receipt.left == ["1 rows of sources, which a correction gave another id: mend the source"]
    assert receipt.removed["corrections"] == 1
    assert "records changed" not in made_by(aged, receipt)
    frame = aged.lake.read(aged.spark, tables.ENTITY_FEATURES)
    assert checksum(frame).startswith("4-")
    rows = aged.lake.rows(tables.ERASURES).to_pylist()
    assert [len(row["secret"]) for row in rows] == [16]
