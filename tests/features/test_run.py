"""The manifest of a run: what it did in names and numbers, whatever way it ended."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from features.run import Run
from features.sections import Source
from features.settings import Settings
from features.tables import RUN_MANIFEST

SETTINGS = Settings(
    mode="dedupe",
    lake="x",
    sources=(Source(name="a", format="csv", path="x", id="i", columns={"name": "n"}),),
)


def test_the_row_of_a_run_has_the_columns_of_the_manifest() -> None:
    row = Run(SETTINGS, "print").row()
    assert list(row) == RUN_MANIFEST.schema.names
    assert all(row[field.name] is not None for field in RUN_MANIFEST.schema if not field.nullable)
    assert row["settings_hash"] == SETTINGS.hash
    assert (row["fingerprint"], row["mode"]) == ("print", "dedupe")


def test_a_run_has_failed_until_it_says_otherwise() -> None:
    assert Run(SETTINGS, "print").row()["outcome"] == "failed"


def test_run_ids_sort_by_time_across_time_zones() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    runs = [Run(SETTINGS, "print", started_at=noon + timedelta(microseconds=n)) for n in (0, 1, 10**6)]
    assert [run.run_id for run in runs] == sorted(run.run_id for run in runs)
    assert runs[0].run_id == "20260101T120000.000000Z"
    assert runs[0].as_of == noon


def test_a_stage_is_timed_even_when_it_fails() -> None:
    run = Run(SETTINGS, "print")
    with pytest.raises(ValueError, match="broken"), run.stage("reading"):
        time.sleep(0.002)
        raise ValueError("broken")
    assert json.loads(run.row()["details"])["seconds"]["reading"] > 0
