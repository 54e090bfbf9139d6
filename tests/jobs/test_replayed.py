"""A replay makes a published run's tables again from the records it read, or says what differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from features import tables
from features.damage import DamageError
from jobs.replayed import ReplayError, replay

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

pytestmark = pytest.mark.spark


def test_a_run_and_a_refresh_are_reproduced_and_leave_the_lake_alone(aged_lake: Aged) -> None:
    version = aged_lake.lake.version(tables.RUN_MANIFEST)
    for run in (aged_lake.first, aged_lake.second):
        compared = {one.table: one for one in replay(aged_lake.settings(), run.run_id, lambda: aged_lake.spark)}
        assert compared["pair_features"].replayed == run.checksum
        assert all(one.same for one in compared.values())
    assert aged_lake.lake.version(tables.RUN_MANIFEST) == version


def test_what_cannot_be_done_again_says_why(aged: Aged) -> None:
    with pytest.raises(ReplayError, match="was made with settings of the hash"):
        replay(aged.settings(prune={"name_token_sort": 0.9}), aged.first.run_id, lambda: aged.spark)
    for file in Path(aged.lake.path(tables.CATALOGUE_VERSIONS)).glob("rows-*.parquet"):
        file.unlink()
    with pytest.raises(DamageError, match="of the table catalogue_versions is not there"):
        replay(aged.settings(), aged.first.run_id, lambda: aged.spark)
