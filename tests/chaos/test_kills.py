"""Kill -9 of the driver, the JVM and its workers: readers see the last good version, and a rerun ends as the oracle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import tables
from features.lake import Lake
from features.outbox import Outbox

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.chaos]

VICTIM = Path(__file__).with_name("victim.py")
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.log.level": "OFF",
}
SPARK = {"master": "local[2]", "driver_memory": "1g", "shuffle_partitions": 2, "config": QUICK}

RUN_BEFORE = [
    "stage:raw entities",
    "file:staged/raw_entities/*.parquet",
    "stage:gate: raw_entities",
    "file:raw_entities/*.parquet",
    "stage:standardised entities",
    "stage:gate: standardised_entities",
    "stage:corpus statistics",
    "commit:token_statistics",
    "stage:entity features",
    "file:entity_features/*/*.parquet",
    "stage:block census",
    "stage:plan",
    "stage:block and compare",
    "file:pair_features/*/*.parquet",
    "stage:gate: pair_features",
    "commit:pair_features",
]
"""Where a run is killed before its pairs are in force, in its order."""
RUN_AFTER = [
    "after:pair_features",
    "stage:online tables",
    "stage:online store",
    "commit:outbox",
    "after:outbox",
    "file:reports/*.json",
    "commit:run_manifest",
]
REFRESH_BEFORE = [
    "stage:changes of sources",
    "stage:gate: raw_entities",
    "stage:standardised entities",
    "stage:merge",
    "file:standardised_entities/*.parquet",
    "file:standardised_entities/_delta_log/*.json",
    "file:raw_entities/*.parquet",
    "stage:changed records",
    "stage:entity features",
    "stage:blocks of changed records",
    "stage:block and compare",
    "stage:put pairs in force",
    "file:pair_features/*/kept*.parquet",
    "commit:pair_features",
]
REFRESH_AFTER = [
    "after:pair_features",
    "commit:block_census",
    "stage:online tables",
    "commit:blocking_index",
    "stage:online store",
    "file:feast/online.db-journal",
    "stage:entity features in force",
    "commit:entity_features",
    "after:entity_features",
]
ALONE = [("run", "file:feast/online.db.new"), *(("refresh", point) for point in REFRESH_AFTER)]
"""Where the next one begins otherwise: with the load that is due, or asking for a run."""
WALKS = {
    "run, before its pairs are in force": ("run", RUN_BEFORE),
    "run, after that": ("run", RUN_AFTER),
    "refresh, before its pairs are in force": ("refresh", REFRESH_BEFORE),
}
"""Kills one after the other on one lake: each run is a rerun of the one before it, and gets a step further."""
ONLINE = {"online": {"enabled": True}}


@pytest.fixture(scope="module")
def online(standing: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The lake with its records online; to be copied."""
    drill = standing.copy(tmp_path_factory.mktemp("online") / "drill")
    drill.run(**ONLINE)
    return drill


@pytest.fixture(scope="module")
def walked(online: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A lake for each of the WALKS, whose sources have moved on to state 1."""
    lakes = {walk: online.copy(tmp_path_factory.mktemp("walked") / "drill") for walk in WALKS}
    for drill in lakes.values():
        drill.write(1)
    return lakes


@pytest.mark.parametrize(("walk", "point"), [(walk, point) for walk, (_, points) in WALKS.items() for point in points])
def test_a_run_that_is_killed_leaves_a_good_version(
    walked: dict[str, Any], tmp_path: Path, tried: Callable[..., None], walk: str, point: str
) -> None:
    command, points = WALKS[walk]
    tried("kill -9", f"{command}: {point}")
    drill = walked[walk]
    before = drill.published()
    killed(drill, tmp_path, command, point)
    if points is RUN_AFTER:
        assert drill.published()[0] == before[0] + 1
        assert drill.pairs() == drill.oracle(1, online=True)["pair_features"]
        tried(happened="the new version in force; the next run went past it", lost="nothing")
    else:
        assert drill.published() == before
        tried(happened="the last version in force; the next one went past it", lost="nothing")


@pytest.mark.parametrize("walk", WALKS)
def test_after_all_these_kills_a_rerun_completes(walked: dict[str, Any], tried: Callable[..., None], walk: str) -> None:
    tried("kill -9", f"{walk}: all of these, and a rerun that is not killed")
    command, drill = WALKS[walk][0], walked[walk]
    completes(drill, command)
    tried(happened="ended as the oracle", lost="nothing")


@pytest.mark.parametrize(("command", "point"), ALONE)
def test_one_that_is_killed_once_its_pairs_are_in_force_leaves_them_whole_and_a_rerun_completes(
    online: Any, tmp_path: Path, tried: Callable[..., None], command: str, point: str
) -> None:
    tried("kill -9", f"{command}: {point}")
    drill = online.copy(tmp_path / "drill")
    drill.write(1)
    before = drill.published()
    killed(drill, tmp_path, command, point)
    assert drill.published()[0] == before[0] + 1
    weighed_by = 0 if command == "refresh" else 1  # a refresh keeps the weights that stand
    assert drill.pairs() == drill.oracle(1, statistics_of=weighed_by, online=True)["pair_features"]
    completes(drill, command)
    tried(happened="the new version in force; the rerun ended as the oracle", lost="nothing")


def completes(drill: Any, command: str) -> None:
    """A run or refresh that is not killed ends as the oracle, whatever was left behind."""
    again = drill.refresh_or_run(**ONLINE) if command == "refresh" else drill.run(**ONLINE)
    counted = 0 if drill.lake.version(tables.TOKEN_STATISTICS) == 0 else 1
    content = drill.content(online=True)
    assert content == drill.oracle(1, statistics_of=counted, online=True)
    assert (again.outcome, again.checksum) == ("published", content["pair_features"])
    assert Outbox(drill.lake).due() == []


def test_a_first_run_that_is_killed_publishes_nothing_and_a_rerun_completes(
    standing: Any, tmp_path: Path, spark: SparkSession, tried: Callable[..., None]
) -> None:
    tried("kill -9", "the first run of a lake, before its commit")
    drill = type(standing)(spark, tmp_path / "drill")
    drill.write(1)
    killed(drill, tmp_path, "run", "commit:pair_features")
    assert not drill.lake.exists(tables.PAIR_FEATURES)
    drill.run()
    assert drill.content() == drill.oracle(1)
    tried(happened="no version in force; the rerun ended as the oracle", lost="nothing")


STOPPED = "stopped before it ended. What was published before stays in force"
STOPS: dict[str, tuple[Callable[[subprocess.Popen[str]], object], str, str]] = {
    "SIGTERM": (lambda process: process.send_signal(signal.SIGTERM), STOPPED, "KeyboardInterrupt"),
    "Ctrl-C": (lambda process: os.killpg(process.pid, signal.SIGINT), STOPPED, "KeyboardInterrupt"),
    "kill -9 of the JVM alone": (
        lambda process: os.kill(jvm_of(process), signal.SIGKILL),
        "Spark's process ended before the run did",
        "Spark's process ended before the run did",
    ),
}
"""What is done to a run from outside → how, what it says, and what its manifest says."""


@pytest.mark.parametrize("stop", STOPS)
def test_a_run_that_is_stopped_says_so_in_one_message_and_in_its_manifest(
    drill: Any, tmp_path: Path, tried: Callable[..., None], stop: str
) -> None:
    tried("signal", f"{stop} in the middle of a run")
    act, words, noted = STOPS[stop]
    before, settings = drill.published(), tmp_path / "run.json"
    settings.write_text(drill.settings(spark=SPARK).model_dump_json(), encoding="utf-8")
    staged = Path(drill.lake.path(tables.STANDARDISED_ENTITIES, staged=True)) / "_delta_log"
    shutil.rmtree(staged.parent)
    program = (
        "from pathlib import Path; from features.settings import Settings; from jobs import cli, options; "
        "options.load = lambda path: Settings.model_validate_json(Path(path).read_text()); cli.main()"
    )
    process = started(drill, "-c", program, "run", "--settings", str(settings))
    assert await_files(process, staged)
    act(process)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert f"pairlake: {words}" in said
    # A thread of PySpark's that counts for the JVM prints its own end when that is killed.
    assert "Traceback" not in (said.partition("pairlake:")[2] if "JVM" in stop else said)
    assert drill.published() == before
    last = Lake(drill.lake.root).rows(tables.RUN_MANIFEST).sort_by("run_id").to_pylist()[-1]
    assert last["outcome"] == "failed"
    assert last["error"].startswith(noted)
    drill.run()
    assert drill.content() == drill.oracle(1)
    tried(happened="one message, exit code 2, a manifest; the rerun ended as the oracle", lost="nothing")


def jvm_of(process: subprocess.Popen[str]) -> int:
    """The Java process in the session of a program."""
    for one in Path("/proc").glob("[0-9]*"):
        if os.getsid(int(one.name)) == process.pid and (one / "comm").read_text().strip() == "java":
            return int(one.name)
    pytest.fail("no Java process")


def killed(drill: Any, folder: Path, command: str, point: str) -> None:
    """A run of state 1 in a process of its own, which kills itself at that point; it must get there."""
    settings = folder / "victim.json"
    settings.write_text(drill.settings(**ONLINE, spark=SPARK).model_dump_json(), encoding="utf-8")
    process = started(drill, str(VICTIM), str(settings), command, point)
    _, said = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, said


def started(drill: Any, *arguments: str) -> subprocess.Popen[str]:
    """A Python program in a session of its own."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=drill.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path)},
    )


def await_files(process: subprocess.Popen[str], folder: Path) -> bool:
    """Whether a folder came to hold a log entry while the process lives."""
    import time  # noqa: PLC0415

    while process.poll() is None:
        if list(folder.glob("*.json")):
            return True
        time.sleep(0.01)
    return False
