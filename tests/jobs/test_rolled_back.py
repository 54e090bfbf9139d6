"""A rollback puts an earlier published state in force again: every table, the online store, and what follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import catalogue as catalogues
from features import tables
from features.erasures import ErasureError, IdHash, remember
from features.lake import LakeError
from features.outbox import Outbox
from features.run import Run
from features.store import StoreUnavailableError
from features.store.feast_store import FeastStore
from jobs.online import open_store
from jobs.refresh import Refresh, RefreshError
from jobs.rolled_back import Rollback

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

pytestmark = pytest.mark.spark


def test_every_table_and_the_online_store_are_as_they_were_and_a_refresh_goes_on_from_there(aged: Aged) -> None:
    after = aged.content()
    assert after != aged.before
    Outbox(aged.lake).post(Run(aged.settings(), aged.second.fingerprint))  # what it would load is not to be any more
    back = Rollback(aged.settings()).publish(aged.spark)
    assert aged.content() == aged.before
    assert (back.outcome, back.checksum) == ("published", aged.first.checksum)
    assert Outbox(aged.lake).due() == []
    loaded = open_store(aged.settings(), catalogues.chosen(aged.settings())).loaded()
    assert loaded and loaded.as_of == aged.first.as_of  # of the state: not a load that nobody else made
    [kept] = aged.lake.rows(tables.RUN_MANIFEST, run_id=back.run_id).to_pylist()
    details = json.loads(kept["details"])
    assert (details["kind"], details["counts"]["rolled back to"]["run"]) == ("rollback", aged.first.run_id)
    run = aged.refresh()
    assert (run.outcome, run.fallbacks, run.checksum) == ("published", [], aged.second.checksum)
    assert run.counts["online"]["entities"] == run.counts["records changed"] - 1  # which put what changed online alone
    assert aged.content() == after


@pytest.mark.chaos
def test_one_that_was_stopped_is_done_again_and_a_rollback_can_be_rolled_back(
    aged: Aged, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = aged.content()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Rollback, "_load", killed)
        with pytest.raises(KeyboardInterrupt):
            Rollback(aged.settings()).publish(aged.spark)
    Rollback(aged.settings()).publish(aged.spark)
    assert aged.content() == aged.before
    with pytest.raises(LakeError, match="no published version before the one in force"):
        Rollback(aged.settings())
    Rollback(aged.settings(), aged.second.run_id).publish(aged.spark)
    assert aged.content() == after


def test_with_the_online_store_away_nothing_is_touched(aged: Aged, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> Any:
        raise StoreUnavailableError("away")

    before = aged.lake.versions(tables.ALL)
    monkeypatch.setattr(FeastStore, "loaded", away)
    with pytest.raises(StoreUnavailableError, match="away"):
        Rollback(aged.settings()).publish(aged.spark)
    assert aged.lake.versions(tables.ALL) == before


def test_what_cannot_be_had_any_more_is_refused_before_anything_is_touched(aged: Aged) -> None:
    version = aged.lake.version(tables.RAW_ENTITIES)
    with pytest.raises(LakeError, match=r"no published version or run '7'; the last ones are 1 \(run "):
        Rollback(aged.settings(), "7")
    for file in Path(aged.lake.path(tables.ENTITY_FEATURES), aged.first.run_id).glob("*.parquet"):
        file.unlink()  # as a vacuum of the version before does
    with pytest.raises(LakeError, match=r"entity_features version 0 \d of \d files are gone; .* Nothing was changed"):
        Rollback(aged.settings(), "0")
    assert aged.lake.version(tables.RAW_ENTITIES) == version


def test_nothing_that_an_unfinished_erasure_is_to_take_out_comes_back(aged: Aged) -> None:
    before = aged.lake.versions(tables.ALL)
    remember(aged.lake, ["h:q"], IdHash(), "an erasure that was killed")
    with pytest.raises(ErasureError, match=r"still holds 1 erased records, .* End it first: `pairlake erase`"):
        Rollback(aged.settings()).publish(aged.spark)
    assert aged.lake.versions([table for table in tables.ALL if table.name in before]) == before


def test_another_run_that_publishes_meanwhile_is_not_rolled_back_in_the_place_of_the_one_that_was_seen(
    aged: Aged,
) -> None:
    wanted = Rollback(aged.settings())
    said = aged.lake.last_commit(tables.PAIR_FEATURES)["metadata"]
    aged.lake.say(tables.PAIR_FEATURES, {**said, "run_id": "another"})
    with pytest.raises(LakeError, match="another run published to the lake .* just now"):
        wanted.publish(aged.spark)


def test_a_refresh_does_not_go_on_from_records_that_a_stopped_rollback_left(aged: Aged) -> None:
    seen = Refresh(aged.settings(), aged.spark)
    aged.spark.sql(f"RESTORE TABLE delta.`{aged.lake.path(tables.RAW_ENTITIES)}` TO VERSION AS OF 0")
    for refresh in (seen.publish, lambda: Refresh(aged.settings(), aged.spark)):
        with pytest.raises(RefreshError, match="the last rollback .* did not end: .* `pairlake rollback` again"):
            refresh()
