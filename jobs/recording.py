"""What a run or refresh leaves for others to see, however it ends: manifest, report, metrics, lineage.

What could not be written is noted in the manifest as a step down. A run without a manifest is told as a failure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.catalogue import Catalogue
from features.damage import DamageError, in_words, told
from features.errors import PairlakeError
from features.lake import Lake
from features.profiles import keep_profile
from features.run import Run
from features.storage import write_text
from features.tables import ALL, PAIR_FEATURES, RUN_MANIFEST
from jobs.cloud_metrics import put_metrics
from jobs.lineage import Event, end_event, send, start_event
from jobs.metrics import write_metrics
from jobs.reported import report_data
from jobs.run_report import page


@contextmanager
def recorded(run: Run, lake: Lake, catalogue: Callable[[], Catalogue]) -> Iterator[None]:
    """Around the stages of a run, which holds the lake: what it leaves is written, and a fault is told in words.

    `catalogue` gives the run's catalogue as it is at its end. A manifest that cannot be written hides no other error;
    where it is all that fails, that is a DamageError.
    """
    recording = Recording(lake, run)
    with _written(run, lake, lambda: recording.end(catalogue())):
        yield


@contextmanager
def noted(run: Run, lake: Lake) -> Iterator[None]:
    """Around upkeep, which publishes nothing: it has its row in the manifest however it ends, and nobody is told."""
    with _written(run, lake, run.row):
        yield


@contextmanager
def _written(run: Run, lake: Lake, row: Callable[[], dict[str, Any]]) -> Iterator[None]:
    """Around what a run does: its row is written into the manifest, without Spark, which may be what failed."""

    def write() -> None:
        lake.write_rows(pa.Table.from_pylist([row()], RUN_MANIFEST.schema), RUN_MANIFEST)

    try:
        with in_words(lake.root):
            yield
    except BaseException as error:
        run.error = _in_short(error)
        try:
            write()
        except Exception as another:
            error.add_note(f"the manifest of run {run.run_id} could not be written: {type(another).__name__}")
        raise
    try:
        write()
    except Exception as error:
        why = told(error, lake.root) or _in_short(error)
        raise DamageError(f"run {run.run_id} ended as {run.outcome!r}, but its manifest is missing: {why}") from error


def _in_short(error: BaseException) -> str:
    """The text of an error that is ours; the kind of any other, whose text may quote a record."""
    return str(error) if isinstance(error, PairlakeError) else type(error).__name__


class Recording:
    """From the beginning of a run, which holds the lake, to its end."""

    def __init__(self, lake: Lake, run: Run) -> None:
        self._lake = lake
        self._run = run
        self._before = lake.versions(ALL)
        self._tell(lambda: start_event(run))

    def end(self, catalogue: Catalogue) -> dict[str, Any]:
        """Writes the report and what else the settings ask for; the run's row for run_manifest."""
        run, settings = self._run, self._run.settings
        run.statistics, run.encoder = catalogue.statistics.version, catalogue.encoder.name
        if settings.report.distributions and run.published_version is not None:
            with run.stage("distributions"), self._spared("report"):
                pairs = run.counts[PAIR_FEATURES.name]
                keep_profile(self._lake, run.run_id, run.published_version, pairs, catalogue.pair_features)
        run.versions = {"read": dict(self._lake.read_versions), "written": self._written()}
        run.ended_at = datetime.now(UTC)
        self._tell(lambda: end_event(run, report_data(self._lake, run.row()), self._lake, catalogue))
        if settings.metrics.file:
            with self._spared("metrics"):
                write_metrics(report_data(self._lake, run.row()), settings.metrics.file)
        if settings.metrics.cloudwatch:
            with self._spared("metrics"):
                put_metrics(report_data(self._lake, run.row()), settings.metrics.cloudwatch)
        if settings.report.enabled:
            with self._spared("report"):
                self._write_report(reports_folder(self._lake, settings.report.folder))
        return run.row()

    def _tell(self, event: Callable[[], Event]) -> None:
        to = self._run.settings.lineage
        if to.file or to.url:
            with self._spared("lineage"):
                send(event(), to)

    def _written(self) -> dict[str, int]:
        """Tables whose version is another one than at the beginning."""
        now = self._lake.versions(ALL)
        return {name: version for name, version in now.items() if version != self._before.get(name)}

    def _write_report(self, folder: str) -> None:
        run = self._run
        run.report = f"{folder}/{run.run_id}.html"
        try:
            data = report_data(self._lake, run.row(), folder)
            write_text(f"{folder}/{run.run_id}.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
            write_text(run.report, page(data))
        except Exception:
            run.report = None
            raise

    @contextmanager
    def _spared(self, what: str) -> Iterator[None]:
        """The run goes on when this fails; the text of an error that is not ours may quote a record."""
        try:
            yield
        except Exception as error:
            why = str(error) if isinstance(error, PairlakeError) else getattr(error, "strerror", None)
            self._run.fall_back(what, f"left out, as {why or type(error).__name__}")


def reports_folder(lake: Lake, folder: str | None) -> str:
    """Where reports lie: where the settings say, or in the lake."""
    if not folder:
        return f"{lake.root}/reports"
    return folder.rstrip("/") if "://" in folder else str(Path(folder).expanduser().resolve())
