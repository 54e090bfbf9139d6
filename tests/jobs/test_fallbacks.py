"""Parts of a run are broken on purpose: it goes on with less, says so in every place, and takes no harm."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import tables
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError
from features.gate import GateFailedError
from features.lake import Lake
from features.outbox import Outbox
from features.run import Run
from features.settings import Settings
from features.spark.files import SourceError
from features.store import StoreError, StoreUnavailableError
from features.store.feast_store import FeastStore
from features.store.lookup import LookupResult
from features.versions import parts_of
from jobs import delivery
from jobs.online import open_lookup, open_training_store
from jobs.pipeline import Pipeline
from jobs.planning import Planner
from jobs.refresh import Refresh, RefreshError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

AT_ONCE = {"store_attempts": 2, "store_first_wait": 0}
ONLINE = {"online": {"enabled": True}, "fallback": AT_ONCE}


class Place:
    """A copy of the harbour's lake, with the harbour's source, which is put back in the end."""

    def __init__(self, harbour: Any, root: Path) -> None:
        self.harbour = harbour
        self.spark: SparkSession = harbour.spark
        self.lake = Lake(str(root / "lake"))
        self.source = Path(harbour.root / "h.csv")
        self.lines = self.source.read_text(encoding="utf-8").splitlines()
        shutil.copytree(harbour.lake.root, self.lake.root)

    def settings(self, **changed: Any) -> Settings:
        settings: Settings = self.harbour.settings(lake=self.lake.root, **changed)
        return settings

    def write(self, *more: str) -> None:
        self.source.write_text("\n".join([*self.lines, *more]) + "\n", encoding="utf-8")

    def run(self, **changed: Any) -> Run:
        return Pipeline(self.settings(**changed), self.spark).publish()

    def refresh(self, **changed: Any) -> Run:
        return Refresh(self.settings(**changed), self.spark).publish()

    def said(self, table: tables.Table) -> dict[str, Any]:
        """What the last commit of a table carries."""
        metadata: dict[str, Any] = self.lake.last_commit(table)["metadata"]
        return metadata

    def kept_from(self) -> set[str | None]:
        rows = self.lake.read(self.spark, tables.RAW_ENTITIES).select("kept_from").distinct().collect()
        return {row["kept_from"] for row in rows}

    def manifest(self) -> dict[str, Any]:
        rows = self.lake.rows(tables.RUN_MANIFEST).sort_by("run_id").to_pylist()
        return {**rows[-1], **json.loads(rows[-1]["details"])}

    def look_up(self, name: str) -> LookupResult:
        return open_lookup(self.settings(**ONLINE))[0].lookup({"name": name, "country": "DE"})


@pytest.fixture
def place(harbour: Any, tmp_path: Path) -> Iterator[Place]:
    place = Place(harbour, tmp_path)
    yield place
    place.source.unlink(missing_ok=True)
    harbour.write()


# --- a source ---


def test_a_run_without_its_source_publishes_the_last_good_rows_again_and_says_so(place: Place) -> None:
    first = place.harbour.run
    place.source.unlink()
    with pytest.raises(SourceError, match="there is nothing at"):
        Pipeline(place.settings(fallback={"source": "fail"}), place.spark).publish()
    run = place.run()
    assert (run.outcome, run.checksum) == ("published", first.checksum)
    [step] = place.manifest()["fallbacks"]
    assert step["rung"] == "source"
    assert f"as the run {first.run_id} read them" in step["why"]
    assert place.kept_from() == {first.run_id}
    said = place.said(tables.PAIR_FEATURES)["sources"]["h"]
    assert (said["run_id"], said["as_of"]) == (first.run_id, first.as_of.isoformat())
    again = place.refresh()
    assert (again.outcome, again.counts["records changed"], len(again.fallbacks)) == ("published", 0, 1)
    place.write("new,Zanzibar Trust,US,")
    assert place.refresh().fallbacks == []
    assert place.said(tables.PAIR_FEATURES)["sources"]["h"]["run_id"] > run.run_id


# --- the encoder ---


EMBEDDED: dict[str, Any] = {"catalogue": {"features": ["name_token_sort", "name_embedding_cosine"]}}
"""Settings under which names are encoded: what no feature reads is not made."""


@pytest.fixture
def breaking(of_the_driver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run finds this encoder in order, and it breaks when the workers use it."""
    monkeypatch.setattr("jobs.pipeline.working", lambda _: (of_the_driver, None))


@pytest.mark.usefixtures("breaking")
def test_an_encoder_that_breaks_in_the_middle_of_a_run_is_replaced_for_all_records_or_fails(place: Place) -> None:
    with pytest.raises(EncoderError, match="^the weights are gone$"):
        Pipeline(place.settings(**EMBEDDED, fallback={"encoder": "fail"}), place.spark).prepare_records()
    assert place.said(tables.ENTITY_FEATURES)["run_id"] == place.harbour.run.run_id
    pipeline = Pipeline(place.settings(**EMBEDDED), place.spark)
    pipeline.prepare_records()
    [step] = pipeline.run.fallbacks
    assert (step.rung, step.why) == ("encoder", f"{HashedNgrams.name} instead, as the weights are gone")
    said = place.said(tables.ENTITY_FEATURES)
    assert (said["encoder"], said["fingerprint"]) == (HashedNgrams.name, pipeline.run.fingerprint)
    assert parts_of(place.lake, said["fingerprint"])["encoder"] == HashedNgrams.name


# --- the store, and what is read from it after a failed gate ---


def away(*_: Any, **__: Any) -> Any:
    raise StoreUnavailableError("the store is throttling")


def test_a_refresh_puts_nothing_online_beside_what_never_was(place: Place) -> None:
    with pytest.raises(RefreshError, match="holds nothing to put online of the state in force"):
        place.refresh(**ONLINE)


def test_a_load_that_the_store_does_not_take_is_parked_and_delivered_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write("new,Zanzibar Trust,DE,", "newer,Zanzibar Trust,DE,")
    with monkeypatch.context() as broken:
        broken.setattr(FeastStore, "materialise", away)
        run = place.run(**ONLINE)
        assert (run.outcome, run.error) == ("published, not online", None)
        assert place.manifest()["fallbacks"] == [
            {
                "rung": "store",
                "why": "the store is throttling: tried 2 times; the load waits in the outbox, see `pairlake outbox`",
            }
        ]
        with pytest.raises(StoreError, match="nothing is online"):
            place.look_up("Zanzibar Trust")
        assert place.refresh(**ONLINE).outcome == "published, not online"
    [due] = Outbox(place.lake).due()
    assert (due.load.run_id, due.failures) == (run.run_id, 2)
    done = delivery.replay(place.settings(**ONLINE), lambda: place.spark)
    assert done is not None
    assert done[0] == due.load
    assert {c.entity_id for c in place.look_up("Zanzibar Trust").candidates} >= {"h:new", "h:newer"}
    Outbox(place.lake).post(place.harbour.run)  # as a run that was killed before it was tried leaves it
    overtaken = place.refresh(**ONLINE)
    assert overtaken.outcome == "published"
    assert "which is older" in overtaken.fallbacks[0].why
    _a_failed_gate_leaves_readers_one_state(place, monkeypatch)


def _a_failed_gate_leaves_readers_one_state(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records are replaced, pairs are not: a lookup and a training frame still see what was published."""
    looked_up, published = place.look_up("Zanzibar Trust"), place.said(tables.PAIR_FEATURES)
    place.write("new,Quite Another Name,DE,")
    plan_of = Planner.plan
    with monkeypatch.context() as broken:
        broken.setattr(Planner, "plan", lambda self, blocks: plan_of(self, blocks.slice(0, 0)))
        with pytest.raises(GateFailedError):
            place.run(**ONLINE)
    assert place.said(tables.ENTITY_FEATURES)["run_id"] > published["run_id"]
    assert place.said(tables.PAIR_FEATURES) == published
    assert place.look_up("Zanzibar Trust").candidates == looked_up.candidates
    assert place.look_up("Quite Another Name").found == 0
    pairs = place.lake.read(place.spark, tables.PAIR_FEATURES).where("id_l = 'h:new' OR id_r = 'h:new'")
    store, labels = open_training_store(place.settings(**ONLINE)), pairs.select("id_l", "id_r", "event_timestamp")
    frame = store.training_frame(labels)
    assert [row["name_token_sort"] for row in frame.collect()] == [row["name_token_sort"] for row in pairs.collect()]
