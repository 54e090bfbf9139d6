"""A run or a refresh that is stopped as any of its stages begins: readers keep the last good version whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from features import tables

pytestmark = pytest.mark.spark

RUN = [
    "raw entities",
    "gate: raw_entities",
    "standardised entities",
    "gate: standardised_entities",
    "corpus statistics",
    "entity features",
    "block census",
    "plan",
    "block and compare",
    "gate: pair_features",
]
"""Stages of a run up to the one that puts its pairs in force."""
REFRESH = [
    "changes of sources",
    "raw entities",
    "gate: raw_entities",
    "standardised entities",
    "gate: standardised_entities",
    "merge",
    "changed records",
    "entity features",
    "blocks of changed records",
    "block and compare",
    "gate: pair_features",
    "put pairs in force",
]
AFTERWARDS = ["entity features in force"]
"""Stages of a refresh after that."""


def quick(names: Iterable[str], always: Iterable[str]) -> list[Any]:
    """Parameters of which `make test` takes these alone, `make chaos` all."""
    return [pytest.param(name, marks=() if name in always else pytest.mark.chaos) for name in names]


def stopping(at: str) -> Callable[[str], None]:
    """What to tell a pipeline's progress to, so that it ends as Ctrl-C ends it when that stage begins."""

    def stop(stage: str) -> None:
        if stage == at:
            raise KeyboardInterrupt

    return stop


def stopped(drill: Any, command: str, stage: str) -> None:
    from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast
    from jobs.refresh import Refresh  # noqa: PLC0415

    kind = {"run": Pipeline, "refresh": Refresh}[command]
    with drill.here(), pytest.raises(KeyboardInterrupt):
        kind(drill.settings(), drill.spark, stopping(stage)).publish()


@pytest.fixture(scope="module")
def walked(standing: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One lake whose runs are stopped one after the other, each where the one before it came a stage less far."""
    drill = standing.copy(tmp_path_factory.mktemp("walked") / "drill")
    drill.write(1)
    return drill


@pytest.mark.parametrize("stage", quick(RUN, ("entity features", "gate: pair_features")))
def test_a_run_that_is_stopped_leaves_what_was_published(
    walked: Any, standing: Any, tried: Callable[..., None], stage: str
) -> None:
    tried("stop in a stage", f"run: {stage}")
    stopped(walked, "run", stage)
    version, files = walked.published()
    assert (version, [Path(file).name for file in files]) == (0, [Path(file).name for file in standing.published()[1]])
    last = walked.lake.rows(tables.RUN_MANIFEST).sort_by("run_id").to_pylist()[-1]
    assert (last["outcome"], last["error"], last["published_version"]) == ("failed", "KeyboardInterrupt", None)
    tried(happened="the last version in force, a manifest of the run that failed", lost="nothing")


def test_after_all_these_stops_a_run_ends_as_on_a_fresh_lake(walked: Any, tried: Callable[..., None]) -> None:
    tried("stop in a stage", "a run after all of these")
    run = walked.run()
    assert walked.content() == walked.oracle(1)
    assert list(run.seconds) == [*RUN, "distributions"]
    tried(happened="ended as the oracle", lost="nothing")


@pytest.mark.parametrize("stage", quick(REFRESH, ("put pairs in force",)))
def test_a_refresh_that_is_stopped_leaves_what_was_published(
    drill: Any, standing: Any, tried: Callable[..., None], stage: str
) -> None:
    tried("stop in a stage", f"refresh: {stage}")
    stopped(drill, "refresh", stage)
    assert drill.published()[0] == standing.published()[0]
    if stage in ("merge", "put pairs in force"):  # the others: `make chaos` kills them and looks
        drill.refresh()
        assert drill.content() == drill.oracle(1, statistics_of=0)
    tried(happened="the last version in force", lost="nothing")


@pytest.mark.chaos
@pytest.mark.parametrize("stage", AFTERWARDS)
def test_a_refresh_that_is_stopped_after_its_pairs_are_in_force_leaves_them_whole(
    drill: Any, tried: Callable[..., None], stage: str
) -> None:
    tried("stop in a stage", f"refresh: {stage}")
    stopped(drill, "refresh", stage)
    assert drill.published()[0] == 1
    assert drill.content()["pair_features"] == drill.oracle(1, statistics_of=0)["pair_features"]
    drill.refresh_or_run()
    assert drill.content() == drill.oracle(1)
    tried(happened="the new version in force; asks for a run, which ended as the oracle", lost="nothing")


@pytest.mark.chaos
def test_the_settings_changed_between_a_stop_and_the_next_run(drill: Any, tried: Callable[..., None]) -> None:
    tried("stop in a stage", "other settings after a stop")
    from jobs.refresh import RefreshError  # noqa: PLC0415

    stopped(drill, "run", "block census")
    fewer = {"blocking": {"rules": ("bic_equal",)}}
    with pytest.raises(RefreshError, match="`pairlake run` makes all anew"):
        drill.refresh(**fewer)
    drill.run(**fewer)
    few = drill.content()
    drill.run()
    assert drill.content() == drill.oracle(1)
    assert few["pair_features"] != drill.content()["pair_features"]
    tried(happened="a refresh asked for a run; back to the first settings it ended as the oracle", lost="nothing")
