"""`pairlake outbox`: what is due, why, and since when."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from features.lake import Lake
from features.outbox import Outbox
from features.run import Run
from features.settings import load
from features.tables import ONLINE, PAIR_FEATURES
from jobs import outbox as commands
from jobs.outbox import app

SETTINGS = """
mode = "dedupe"
lake = "LAKE"

[[sources]]
name = "a"
format = "csv"
path = "a.csv"
id = "id"
columns = { name = "name" }
"""


@pytest.fixture
def settings(tmp_path: Path) -> str:
    path = tmp_path / "run.toml"
    path.write_text(SETTINGS.replace("LAKE", str(tmp_path / "lake")), encoding="utf-8")
    return str(path)


@pytest.fixture
def left_over(settings: str, put: Any) -> Run:
    """A run that found the store away."""
    loaded = load(settings)
    lake = Lake(loaded.lake)
    for table in ONLINE:
        put(lake, table)
    run = Run(loaded, "print", started_at=datetime(2026, 1, 1, tzinfo=UTC))
    outbox = Outbox(lake)
    outbox.failed(outbox.post(run), "the store [is] away")
    return run


def outbox(*arguments: str) -> Result:
    with patch.object(commands, "console", Console(width=200)):
        result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.exception) == (0, None)
    return result


def test_an_empty_outbox_says_so_without_spark(settings: str) -> None:
    assert "Nothing is due" in outbox("list", "--settings", settings).output
    assert json.loads(outbox("list", "--json", "--settings", settings).output) == []
    assert "Nothing is due" in outbox("replay", "--settings", settings).output


def test_a_run_that_was_stopped_before_it_could_load_is_told(settings: str, put: Any) -> None:
    lake = Lake(load(settings).lake)
    put(lake, PAIR_FEATURES, run_id="20260101T000000.000000Z")
    said = outbox("list", "--settings", settings).output
    assert "What the run 20260101T000000.000000Z published was never put online" in said
    assert "Nothing is due" not in said
    assert json.loads(outbox("list", "--json", "--settings", settings).stdout) == []


def test_what_is_due_is_listed_with_its_reason(settings: str, left_over: Run) -> None:
    [row] = json.loads(outbox("list", "--json", "--settings", settings).output)
    assert (row["load"]["run_id"], row["due"], row["failures"]) == (left_over.run_id, True, 1)
    assert row["why"] == "the store [is] away"
    assert "the store [is] away" in outbox("list", "--settings", settings).output


def test_what_is_done_is_listed_when_asked_for(settings: str, left_over: Run) -> None:
    filled = Outbox(Lake(load(settings).lake))
    filled.delivered(filled.due()[0].load)
    assert json.loads(outbox("list", "--json", "--settings", settings).output) == []
    assert left_over.run_id in outbox("list", "--all", "--settings", settings).output
