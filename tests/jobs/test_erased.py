"""An erased record is in no file of the lake, the tables are those of a run without it, and it stays away."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pytest

import feature_repo
from features import tables
from features.erasures import ErasureError
from features.history import refuse_gone, states
from features.keying import SecretError
from features.lake import LakeError
from features.run import Run
from features.spark.erasures import LEFT_OUT
from features.spark.frames import checksum
from features.store import StoreError, StoreUnavailableError
from features.traces import files_with
from features.versions import FingerprintError
from jobs import erased
from jobs.erased import Erasure, Receipt
from jobs.pipeline import Pipeline
from jobs.refresh import RefreshError
from jobs.rolled_back import Rollback

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

pytestmark = pytest.mark.spark


def test_nothing_of_an_erased_record_is_left_and_later_runs_leave_it_out(
    aged: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = ["h:p", aged.NAME, aged.NAME.lower()]
    in_service(aged)
    assert files_with(aged.lake.root, marks)
    with monkeypatch.context() as patched:
        patched.setattr(Erasure, "_load_online", killed)
        with pytest.raises(KeyboardInterrupt):
            Erasure(aged.settings(), ["h:p"]).publish(aged.spark)
    [begun] = receipts(aged)
    assert "stopped or broke off; erase again" in begun["left"][0]
    assert {begun["removed"][name] for name in ("raw_entities", "entity_features")} == {1}
    with pytest.raises(ErasureError, match="as their erasure did not end"):
        Rollback(aged.settings(), aged.first.run_id).publish(aged.spark)

    with reader(aged.root / "s.db"):  # as a service has it open
        receipt = Erasure(aged.settings(), ["h:p"]).publish(aged.spark)
    assert files_with(str(aged.root), marks) == receipt.left == []
    assert receipt.removed["quarantine"] == 1
    assert receipt.searched_for == {"ids": 1, "names": 2}  # those of a record that was gone from the tables already
    assert made_by(aged, receipt)["records changed"] == 0
    assert [one["ids"] for one in receipts(aged)] == [receipt.ids] * 2
    assert not aged.content()["lookup"]
    refuse_gone(aged.lake, states(aged.lake)[0])  # the state in force is whole, and stands in for a source that breaks
    with pytest.raises(LakeError, match="an erasure or a hand has removed it"):
        Rollback(aged.settings(), aged.first.run_id)

    refreshed = aged.refresh([*aged.STANDING, "s,Fjord Bank AS,NO", "t,Fjord Bank SA,NO"])
    assert refreshed.counts[LEFT_OUT] == 1
    after = aged.content()
    version = aged.lake.rows(tables.TOKEN_STATISTICS)["version"][0].as_py()
    run = Pipeline(aged.settings(statistics={"version": version}), aged.spark).publish()
    assert (run.counts[LEFT_OUT], run.counts["records read"]) == (1, {"h": 5})
    assert aged.content() == after


def killed(*_: Any) -> None:
    raise KeyboardInterrupt


def in_service(aged: Aged) -> None:
    """Has the lake online in a file outside it, which another feature_store.yaml names."""
    repo = Path(shutil.copytree(feature_repo.__path__[0], aged.root / "repo"))
    file = repo / "feature_store.yaml"
    file.write_text(file.read_text().replace("${PAIRLAKE_LAKE}/feast/online.db", str(aged.root / "s.db")))
    Path(aged.lake.root, "feast", "online.db").rename(aged.root / "s.db")
    aged.always["online"] = {"feature_store": str(repo)}


@contextmanager
def reader(path: Path) -> Iterator[None]:
    """A transaction that goes on reading."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT as_of FROM loaded").fetchone()
        yield


@pytest.mark.parametrize("refused", [RefreshError, FingerprintError, SecretError, LakeError])
def test_what_cannot_be_refreshed_is_run_over_the_records_that_stay(
    refused: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*_: Any) -> Any:
        raise refused("made otherwise")

    whole = SimpleNamespace(run=SimpleNamespace(kind="run"), publish=lambda: SimpleNamespace(outcome="published"))
    monkeypatch.setattr(erased, "_RefreshOverWhatStays", refusing)
    monkeypatch.setattr(erased, "_OverWhatStays", lambda *_: whole)
    assert Erasure._without_them(cast("Any", SimpleNamespace(settings=None, spark=None))) is cast("Any", whole)
    assert whole.run.kind == "erasure"


def receipts(aged: Aged) -> list[dict[str, Any]]:
    """Those of a lake, the first one first; none names a record."""
    texts = [path.read_text() for path in sorted((Path(aged.lake.root) / "receipts").iterdir())]
    assert not any("h:p" in text for text in texts)
    return [json.loads(text) for text in texts]


def made_by(aged: Aged, receipt: Receipt) -> dict[str, Any]:
    """What the manifest of an erasure counts."""
    [row] = aged.lake.rows(tables.RUN_MANIFEST, run_id=receipt.made_by).to_pylist()
    details = json.loads(row["details"])
    assert (details["kind"], row["outcome"]) == ("erasure", "published")
    counts: dict[str, Any] = details["counts"]
    return counts


@pytest.mark.parametrize("error", [StoreUnavailableError("Redis is away"), StoreError("redis_type is redis_cluster")])
def test_an_online_store_that_could_not_be_loaded_is_left_in_the_receipt_and_ends_nothing(
    aged: Aged, monkeypatch: pytest.MonkeyPatch, error: StoreError
) -> None:
    def away(*_: Any) -> None:
        raise error

    monkeypatch.setattr("jobs.delivery.open_store", away)
    erasure = Erasure(aged.settings(fallback={"store": "outbox", "store_attempts": 1}), ["h:p"])
    erasure.spark = aged.spark
    made: Any = SimpleNamespace(run=Run(erasure.settings, aged.second.fingerprint), catalogue=None)
    [left] = erasure._load_online(made)
    assert re.match(f"the online store, which holds what it held: {error}.* Once that is mended, erase again", left)


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
