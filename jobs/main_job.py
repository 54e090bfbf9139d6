"""The commands on a whole lake: run, refresh, plan, runs, diagnose, score."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from features import tables
from features.damage import in_words
from features.kernel.diagnostics import Diagnosis
from features.lake import Lake
from features.run import PUBLISHED
from features.settings import Settings
from features.spark.session import session
from jobs import diagnosed, planned, scored, shown
from jobs.pipeline import Pipeline
from jobs.refresh import Refresh
from jobs.scored import Scored
from jobs.stopping import stoppable


def run(settings: Settings, console: Console) -> str:
    """Every stage, the summary, and one online lookup when the settings give an example; the run's outcome."""
    with _pipeline(settings, console) as pipeline:
        try:
            pipeline.publish()
        finally:
            if pipeline.run.seconds:  # a run that was refused at the door did nothing
                shown.run_summary(console, pipeline.run.row())
    if pipeline.run.outcome == PUBLISHED and settings.online.enabled and settings.online.example:
        from jobs import online  # noqa: PLC0415  Feast takes seconds to import and not every run needs it

        example = settings.online.example
        shown.candidates(console, example, *online.lookup(settings, example), limit=3)
    return pipeline.run.outcome


def refresh(settings: Settings, console: Console) -> str:
    """What changed in the sources, its pairs alone, and the summary; the outcome."""
    with _pipeline(settings, console, Refresh) as pipeline:
        try:
            pipeline.publish()
        finally:
            if pipeline.run.seconds:
                shown.run_summary(console, pipeline.run.row())
    return pipeline.run.outcome


def plan(settings: Settings, console: Console, *, as_json: bool = False) -> None:
    """The plan of a run, from records read now; no feature is computed and nothing is published."""
    with _pipeline(settings, console) as pipeline:
        outlook = pipeline.plan_only()
    if as_json:
        console.print_json(json.dumps(planned.as_data(outlook)))
    else:
        planned.summary(console, outlook)


def runs(settings: Settings, console: Console, *, limit: int) -> None:
    """The manifests of a lake, the last ones first."""
    rows = Lake(settings.lake).rows(tables.RUN_MANIFEST).sort_by([("run_id", "descending")])
    shown.runs_table(console, rows.slice(0, limit).to_pylist())


def diagnose(settings: Settings, console: Console, *, truth: str | None) -> tuple[Diagnosis, dict[str, Any]]:
    """The diagnosis of what is published, and the run that published it."""
    with stoppable(), in_words(settings.lake), console.status("diagnosing …"):
        return diagnosed.of_lake(settings, session(settings.spark), truth)


def score(settings: Settings, console: Console, *, pairs: str, out: str) -> Scored:
    """The features of a list's pairs, written to `out`."""
    with stoppable(), in_words(settings.lake), console.status("scoring …"):
        return scored.of_list(settings, session(settings.spark), pairs, out)


@contextmanager
def _pipeline(settings: Settings, console: Console, kind: type[Pipeline] = Pipeline) -> Iterator[Pipeline]:
    """A pipeline whose stages show while they run."""
    with stoppable(), in_words(settings.lake), console.status("starting Spark …") as status:
        spark = session(settings.spark)
        yield kind(settings, spark, lambda stage: status.update(f"{stage} …"))
