"""The rows of sources as a run takes them: as people corrected them, and without records that were erased."""

from __future__ import annotations

from functools import cached_property

from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from features.erasures import Erasures, IdHash, erasures_of
from features.lake import Lake
from features.run import Run
from features.settings import Settings
from features.spark.erasures import LEFT_OUT, is_erased
from jobs.corrected import Corrections


class Amended:
    """What is laid over every reading of the sources of one lake, as it is when a run begins to read."""

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._lake = lake
        self._settings = settings
        self._corrections = Corrections(lake)

    def rows(self, given: DataFrame, seen: Observation | None = None) -> DataFrame:
        """Rows as a run takes them; `seen` counts those of each source, those as corrected, and those left out."""
        rows, erased = self._corrections.over(given), is_erased(self._erasures)
        if seen:
            counts = self._corrections.counting(rows.sparkSession, self._settings, ~erased)
            rows = rows.observe(seen, *counts, F.count_if(erased).alias(LEFT_OUT))
        return rows.where(~erased) if self._erasures else rows

    def noted(self, seen: Observation, run: Run) -> dict[str, int]:
        """The rows of each source that were taken; those as corrected and those left out are noted in the run."""
        observed = dict(seen.get)
        left_out = observed.pop(LEFT_OUT)
        if self._erasures:
            run.counts[LEFT_OUT] = left_out
        return self._corrections.noted(observed, run)

    @cached_property
    def _erasures(self) -> Erasures:
        return erasures_of(self._lake, IdHash.of(self._settings.retention.erasure_key_env))
