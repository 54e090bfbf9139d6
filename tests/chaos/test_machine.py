"""What a machine, a clock, another program or a source does to a run: one message, the last good version, no damage."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from features import tables
from features.damage import DamageError
from features.errors import PairlakeError
from features.kernel.records import prepare
from features.lake import LakeError

pytestmark = pytest.mark.spark


def pipeline(drill: Any, progress: Callable[[str], None] = lambda _: None, **changed: Any) -> Any:
    from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast

    return Pipeline(drill.settings(**changed), drill.spark, progress)


def at(stage: str, act: Callable[[], object]) -> Callable[[str], None]:
    """What to tell progress to, so that something happens once, as a stage begins."""
    done: list[object] = []

    def progress(begun: str) -> None:
        if begun == stage and not done:
            done.append(act() or True)

    return progress


def refused(publish: Callable[[], object], kind: type[PairlakeError] = PairlakeError) -> str:
    with pytest.raises(kind) as caught:
        publish()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- the machine ---


def test_a_worker_that_is_killed_is_told_and_the_rerun_completes(
    drill: Any, tried: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tried("machine", "kill -9 of a worker while it computes")
    flag, killer, whole = str(tmp_path / "killed"), os.kill, prepare

    def once(batch: pa.RecordBatch, *given: Any) -> pa.RecordBatch:
        if not os.path.exists(flag):  # noqa: PTH110  sent to the workers: as little as can be
            with open(flag, "w"):  # noqa: PTH123
                killer(os.getpid(), 9)
        return whole(batch, *given)

    before = drill.published()
    with monkeypatch.context() as patched:
        patched.setattr("features.spark.prepared.prepare", once)
        said = refused(drill.run, DamageError)
    assert "a worker process ended before its work did" in said
    assert drill.published() == before
    drill.run()
    assert drill.content() == drill.oracle(1)
    tried(happened=f"refused: {said}; the rerun ended as the oracle", lost="nothing")


def fill(place: Path, *, leave: int = 0) -> Path:
    """Leave so many bytes of a file system."""
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
    (place / "filler").write_bytes(b"x" * max(free - leave, 0))
    return place / "filler"


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param("raw entities", marks=pytest.mark.chaos),
        "block and compare",
        pytest.param("gate: pair_features", marks=pytest.mark.chaos),
    ],
)
def test_a_disk_that_is_full_is_told_and_the_rerun_completes(
    standing: Any,
    tried: Callable[..., None],
    mounted: Callable[[str], Path],
    completes: Callable[..., None],
    stage: str,
) -> None:
    tried("machine", f"disk full as of: {stage}")
    place = mounted("64m")
    drill = standing.copy(place / "drill")
    drill.write(1)
    before = drill.published()
    with drill.here():
        said = refused(pipeline(drill, at(stage, lambda: fill(place))).publish)
    assert "no space left" in said.lower()
    assert drill.published() == before
    (place / "filler").unlink()
    completes(drill, stage == "gate: pair_features")
    tried(happened=f"refused: {said.split(';', maxsplit=1)[0].partition(' (')[0]}; then the oracle", lost="nothing")


def test_a_lake_that_may_not_be_written_is_told(
    standing: Any, tried: Callable[..., None], mounted: Callable[[str], Path]
) -> None:
    tried("machine", "a lake on a file system that is read-only")
    drill = standing.copy(mounted("64m") / "drill")
    before = drill.published()
    subprocess.run(["mount", "-o", "remount,ro", str(drill.root.parent)], check=True)
    said = refused(drill.run)
    assert "cannot be written: Read-only file system. Give this account the right" in said
    assert drill.published() == before
    assert drill.content() == standing.content()
    tried(happened="refused: cannot be written: Read-only file system …; readers go on", lost="nothing")


def test_a_clock_that_went_back_is_told_before_anything_is_written(drill: Any, tried: Callable[..., None]) -> None:
    tried("machine", "the clock jumps back a day between runs")
    before, run = drill.published(), pipeline(drill)
    run.run.started_at -= timedelta(days=1)
    said = refused(run.publish, LakeError)
    assert "which is earlier: the clock went back. Set it right" in said
    assert drill.published() == before
    assert drill.lake.version(tables.RAW_ENTITIES) == 0
    tried(happened="refused: … the clock went back", lost="nothing")


@pytest.mark.chaos
def test_a_clock_that_went_back_during_a_run_changes_nothing(
    drill: Any, tried: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried("machine", "the clock jumps back an hour during a run")
    import time  # noqa: PLC0415

    now = time.time
    with monkeypatch.context() as patched:
        pipeline(drill, at("plan", lambda: patched.setattr(time, "time", lambda: now() - 3600))).publish()
    assert drill.content() == drill.oracle(1)
    tried(happened="ended as the oracle", lost="nothing")


# --- two programs at once ---


def test_of_two_runs_at_once_one_wins_and_the_other_says_so(drill: Any, tried: Callable[..., None]) -> None:
    tried("two writers", "a second run begins while the first is at work")
    second: list[str] = []
    pipeline(drill, at("block census", lambda: second.append(refused(drill.run, LakeError)))).publish()
    assert "another run is writing to" in second[0]
    assert drill.content() == drill.oracle(1)
    assert drill.published()[0] == 1
    tried(happened=f"first: ended as the oracle; second: {second[0].partition(' (')[0]}", lost="nothing")


@pytest.mark.chaos
def test_a_refresh_during_a_run_is_refused(drill: Any, tried: Callable[..., None]) -> None:
    tried("two writers", "a refresh begins while a run is at work")
    second: list[str] = []
    pipeline(drill, at("plan", lambda: second.append(refused(drill.refresh)))).publish()
    assert second
    assert drill.content() == drill.oracle(1)
    tried(happened="first: ended as the oracle; the refresh was refused", lost="nothing")


@pytest.mark.chaos
def test_a_reader_during_a_run_sees_the_version_before_it(drill: Any, tried: Callable[..., None]) -> None:
    tried("two writers", "readers at every stage of a run")
    seen: list[dict[str, str]] = []
    pairs = tables.PAIR_FEATURES.name
    pipeline(drill, lambda _: seen.append({pairs: drill.published()[0]})).publish()
    assert {row[pairs] for row in seen} == {0}
    assert drill.published()[0] == 1
    tried(happened=f"the version before it, {len(seen)} times", lost="nothing")


@pytest.mark.chaos
def test_another_program_that_commits_during_a_run_loses_nothing(drill: Any, tried: Callable[..., None]) -> None:
    tried("two writers", "another program writes the table of pairs during a run")

    def meddle() -> None:
        frame = drill.lake.read(drill.spark, tables.PAIR_FEATURES)
        drill.lake.append(frame.limit(1), tables.PAIR_FEATURES)

    pipeline(drill, at("gate: pair_features", meddle)).publish()
    assert drill.content() == drill.oracle(1)
    assert drill.lake.read(drill.spark, tables.PAIR_FEATURES, version=1).count() > 0
    tried(happened="the run's version in force, the other's readable as the version before", lost="nothing")


# --- sources that change while they are read ---


@pytest.mark.chaos
def test_a_source_that_changes_between_two_readings_of_a_refresh_is_caught_up_with(
    drill: Any, tried: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried("source", "a file changes between two readings of a refresh")
    from jobs import refresh  # noqa: PLC0415

    differing = refresh.differing

    def then_changes(*given: Any) -> pa.Array:
        found = differing(*given)
        drill.write(2)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(refresh, "differing", then_changes)
        drill.refresh()
    drill.refresh()
    assert drill.content() == drill.oracle(2, statistics_of=0)
    tried(happened="the next refresh ended as the oracle of the later state", lost="nothing")
