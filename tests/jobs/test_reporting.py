"""`pairlake report`: on the console, as data, as a page; of the last run where none is named."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from features.errors import PairlakeError
from jobs.cli import app
from jobs.reported import report_of_lake
from jobs.shown import run_summary


@pytest.fixture
def settings(ended: Any, tmp_path: Path) -> str:
    file = tmp_path / "run.toml"
    source = '[[sources]]\nname = "h"\nformat = "csv"\npath = "h.csv"\nid = "id"\ncolumns = { name = "name" }\n'
    file.write_text(f'mode = "dedupe"\nlake = "{ended.lake.root}"\n{source}', encoding="utf-8")
    return str(file)


def report(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["report", *arguments], env={"COLUMNS": "200"})


def test_the_console_shows_the_last_run_or_the_one_that_is_named(ended: Any, settings: str) -> None:
    first = ended.run({"name_token_sort": [0.1]})
    last = ended.run(outcome="failed", error="the [source] is gone")
    assert "Stopped by: the [source] is gone" in report("--settings", settings).stdout
    assert last.run_id in report("--settings", settings).stdout
    assert f"{first.run_id}" in report(first.run_id, "--settings", settings).stdout
    assert "<svg" not in report(first.run_id, "--settings", settings).stdout


def test_data_and_page_are_what_the_run_wrote(ended: Any, settings: str, tmp_path: Path) -> None:
    run = ended.run({"name_token_sort": [0.1]})
    page = tmp_path / "new" / "page.html"
    answer = report("--json", "--html", str(page), "--settings", settings)
    assert json.loads(answer.stdout) == report_of_lake(ended.lake, run.run_id)
    assert page.read_text(encoding="utf-8") == Path(run.report).read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_and_a_run_that_is_not_there_are_told(
    ended: Any, settings: str, tmp_path: Path
) -> None:
    ended.run()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for arguments, said in (
        (["--html", str(tmp_path / "file" / "page.html")], "page.html cannot be written: "),
        (["20200101"], "holds no run '20200101'"),
    ):
        answer = report(*arguments, "--settings", settings)
        assert isinstance(answer.exception, PairlakeError)
        assert said in str(answer.exception)


def test_the_summary_of_a_run_names_its_report(ended: Any) -> None:
    for run, there in ((ended.run(), True), (ended.run(report={"enabled": False}), False)):
        console = Console(record=True, width=300, file=StringIO())
        run_summary(console, run.row())
        assert (f"Report: {ended.lake.root}/reports/{run.run_id}.html" in console.export_text()) == there
        assert Path(f"{ended.lake.root}/reports/{run.run_id}.html").exists() == there


def test_a_lake_without_a_run_says_what_to_do(settings: str) -> None:
    assert "`pairlake run` makes it" in str(report("--settings", settings).exception)
