"""A run over the raw records that a lake keeps, in the place of its sources."""

from __future__ import annotations

from collections.abc import Mapping

from great_expectations import ExpectationSuite
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from expectations import raw_entities as raw_suite
from features.fallback import LastGood, SourceState
from features.lake import Lake
from features.run import Run
from features.spark.sources import MALFORMED
from features.spark.stand_ins import Sources
from features.tables import PAIR_FEATURES, RAW_ENTITIES
from jobs.pipeline import Pipeline

_NOT_TOLD = ""
"""Stands for the settings under which rows were read where nothing says it: no source's hash is empty."""


class KeptSources(Sources):
    """The rows of `raw_entities` in one version, each of which passed its gate before, in the place of all sources.

    What is published of them says who read each source, and when, as `read` does.
    """

    def __init__(
        self, spark: SparkSession, lake: Lake, run: Run, version: int, read: Mapping[str, SourceState]
    ) -> None:
        super().__init__(spark, lake, run, run.settings.sources)
        self._version = version
        self.kept = {name: LastGood(version, state) for name, state in read.items()}

    def rows(self) -> DataFrame:
        """The columns of raw_entities, and `malformed`."""
        held = self._lake.read(self._spark, RAW_ENTITIES, version=self._version)
        return held.withColumn(MALFORMED, F.lit(None).cast("string"))

    def refuse_empty(self, read: Mapping[str, int]) -> None:
        """Nothing: a source may have no record left."""


class FromRaw(Pipeline):
    """One run whose rows are those of `raw_entities` as they are now."""

    def _open_sources(self) -> Sources:
        version = self.lake.version(RAW_ENTITIES)
        return KeptSources(self.spark, self.lake, self.run, version, self._read_before())

    def _raw_suite(self) -> ExpectationSuite:
        return raw_suite.suite((), self.settings.gates)  # the rules about each source were kept when it was read

    def _read_before(self) -> dict[str, SourceState]:
        """Who read the rows of each source; by settings unknown where a run that did not end put others in place."""
        said = self.lake.last_commit(PAIR_FEATURES)["metadata"] if self.lake.exists(PAIR_FEATURES) else {}
        since = said.get("made_from", {}).get(RAW_ENTITIES.name)
        unknown = SourceState(_NOT_TOLD, self.run.run_id, self.run.as_of.isoformat())
        read = {source.name: unknown for source in self.settings.sources}
        if since is not None and set(self.lake.operations_since(RAW_ENTITIES, since)) <= {"MERGE"}:
            read |= {name: SourceState(**of) for name, of in said["sources"].items()}
        return read
