"""The commands that look after a lake refuse bad input in words, before Spark starts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from features import tables
from features.erasures import ErasureError
from features.lake import LakeError
from features.outbox import Outbox
from features.run import Run
from features.settings import load
from jobs import operations, outbox, quarantine_commands
from jobs.stopping import StoppedError

if TYPE_CHECKING:
    from tests.jobs.conftest import Aged

SETTINGS = """
mode = "dedupe"
lake = "{lake}"

[spark]
provided = true

[[sources]]
name = "h"
format = "csv"
path = "h.csv"
id = "id"
columns = {{ name = "name" }}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "run.toml"
    file.write_text(SETTINGS.format(lake=tmp_path / "lake"))
    return file


def test_without_a_lake_every_command_says_so(settings: Path) -> None:
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.rollback(settings)
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.erase(settings, ["h:1"])
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.maintain(settings)
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.replay("0", settings)


def killed(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def test_a_command_that_is_stopped_says_so_in_one_message(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jobs import main_job, quarantine_replay  # noqa: PLC0415  need Spark's and Great Expectations' modules

    monkeypatch.setattr("jobs.delivery.replay", killed)
    monkeypatch.setattr("features.spark.session.session", lambda _: None)
    monkeypatch.setattr(main_job, "session", killed)
    monkeypatch.setattr(quarantine_replay, "of_file", killed)
    loaded, console = load(settings), Console()
    commands: dict[str, Callable[[], Any]] = {
        "outbox replay": lambda: outbox.replay(settings),
        "diagnose": lambda: main_job.diagnose(loaded, console, truth=None),
        "score": lambda: main_job.score(loaded, console, pairs="p.csv", out="out"),
        "quarantine replay": lambda: quarantine_commands.replay(Path("rows.csv"), None, settings),
    }
    for command in commands.values():
        with pytest.raises(StoppedError, match="stopped before it ended"):
            command()


@pytest.mark.spark
def test_whatever_writes_to_a_lake_refuses_while_another_writes(aged: Aged) -> None:
    from jobs import delivery, training  # noqa: PLC0415  the others need neither Spark nor Feast
    from jobs.erased import Erasure  # noqa: PLC0415
    from jobs.maintained import Maintenance  # noqa: PLC0415
    from jobs.pipeline import Pipeline  # noqa: PLC0415
    from jobs.refresh import Refresh  # noqa: PLC0415
    from jobs.rolled_back import Rollback  # noqa: PLC0415

    chosen, spark = aged.settings(), aged.spark
    asked = training.Asked("labels.csv", "spring", None, (0.8, 0.1, 0.1), 0)
    Outbox(aged.lake).post(Run(chosen, aged.second.fingerprint))
    writers: dict[str, Callable[[], Any]] = {
        "run": lambda: Pipeline(chosen, spark).publish(),
        "refresh": lambda: Refresh(chosen, spark).publish(),
        "rollback": lambda: Rollback(chosen).publish(spark),
        "erase": lambda: Erasure(chosen, ["h:p"]).publish(spark),
        "maintain": lambda: Maintenance(chosen, lambda: spark).publish(),
        "outbox replay": lambda: delivery.replay(chosen, lambda: spark),
        "training-set": lambda: training.make(chosen, spark, asked),
    }
    before = aged.lake.versions(tables.ALL)
    with aged.lake.writing("another"):
        for write in writers.values():
            with pytest.raises(LakeError, match=r"another run is writing to .* \(run another, since"):
                write()
    assert aged.lake.versions(tables.ALL) == before


def test_an_erasure_of_nobody_is_refused(settings: Path, tmp_path: Path) -> None:
    with pytest.raises(ErasureError, match="no record is named; wanted --entity source:id"):
        operations.erase(settings)
    (tmp_path / "empty").write_text("\n \n")
    with pytest.raises(ErasureError, match="no record is named"):
        operations.erase(settings, ids=tmp_path / "empty")
    (tmp_path / "other").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere", "other"):
        with pytest.raises(ErasureError, match=f"{name} cannot be read as a file with one entity id a line"):
            operations.erase(settings, ids=tmp_path / name)
