"""Rows through their gate: staged with their verdicts, audited, and what is turned away kept with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from great_expectations import ExpectationSuite
from great_expectations.core import ExpectationSuiteValidationResult
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from features import data_docs
from features.catalogue import Catalogue
from features.gate import REASONS, Document, GateFailedError, Verdict, audit, split, suite_of
from features.lake import Lake
from features.run import Run
from features.spark.corrections import row_text
from features.spark.data_files import read_paths
from features.spark.frames import arrow_schema
from features.spark.sources import MALFORMED
from features.spark.stand_ins import Sources
from features.tables import PAIR_FEATURES, QUARANTINE, Table
from jobs.amended import Amended
from jobs.profiled import Profiles

Stage = Callable[[str], AbstractContextManager[None]]


def good(split_rows: DataFrame) -> DataFrame:
    """The rows that break no row rule, without the columns that only a gate reads."""
    return split_rows.where(F.size(REASONS) == 0).drop(REASONS, MALFORMED)


class Gate:
    """The gates of one run over one lake; verdicts and counts are noted in the run."""

    def __init__(self, lake: Lake, run: Run, stage: Stage, amended: Amended, sources: Sources) -> None:
        self._lake = lake
        self._run = run
        self._stage = stage
        self._amended = amended
        self._sources = sources
        self._profiles = Profiles(lake, run.settings, run.run_id)

    def through(
        self,
        stage: str,
        table: Table,
        rows: DataFrame,
        suite: ExpectationSuite,
        *,
        stamp: Mapping[str, Any],
        seen: Observation | None = None,
        given: DataFrame | None = None,
        beside: int | None = None,
    ) -> DataFrame:
        """Rows staged with their row rules' verdicts and audited: those that passed.

        They are compared with those of the last published run, unless they are a part of the table, with `beside` rows
        besides. Rows turned away are kept whichever way the audit goes, with the rows of sources that they were made
        of, where these are `given`. GateFailedError leaves the table in force as it is.
        """
        with self._stage(stage):
            judged = split(rows, suite)
            self._lake.overwrite(judged, table, staged=True, metadata=stamp)
            if seen:
                self._run.counts["records read"] = self._amended.noted(seen, self._run)
                self._sources.refuse_empty(self._run.counts["records read"])
        with self._stage(f"gate: {table.name}"):
            # As files: their list, which Delta's log makes anew for every question, is asked for once.
            paths = self._lake.data_files(table, staged=True)
            staged = read_paths(rows.sparkSession, paths, judged.schema)
            verdict = self._of_staged(staged, paths, table, suite, beside)
            if seen:
                kept = verdict.rows + verdict.quarantined
                self._run.counts["copies merged"] = sum(self._run.counts["records read"].values()) - kept
            if verdict.quarantined:
                self._quarantine(table, staged.where(F.size(REASONS) > 0), given)
            self.judge(verdict)
        return good(staged)

    def _of_staged(
        self, staged: DataFrame, paths: Sequence[str], table: Table, suite: ExpectationSuite, beside: int | None
    ) -> Verdict:
        if beside is not None:
            return self._audit(staged, suite, table, beside=beside)
        schema = arrow_schema(staged.drop(REASONS, MALFORMED))
        suite = self._with(suite, self._profiles.of_records(staged.sparkSession, paths, table, schema))
        return replace(self._audit(staged, suite, table), compared_with=self._profiles.compared_with)

    def of_files(
        self, paths: Sequence[str], rows: DataFrame, suite: ExpectationSuite, catalogue: Catalogue, *, whole: bool
    ) -> Verdict:
        """The verdict on pairs in data files, compared with the last published run where they are all of the table."""
        if not whole:
            return self._audit(rows, suite, PAIR_FEATURES)
        rules, breaches = self._profiles.of_pairs(rows.sparkSession, paths, catalogue.pair_features)
        self._profiles.keep()
        verdict = self._audit(rows, self._with(suite, rules), PAIR_FEATURES, breaches=breaches)
        return replace(verdict, compared_with=self._profiles.compared_with)

    def _with(self, suite: ExpectationSuite, rules: Sequence[Any]) -> ExpectationSuite:
        return suite_of(suite.name, [*suite.expectations, *rules], self._run.settings.gates.severity)

    def _audit(self, rows: DataFrame, suite: ExpectationSuite, table: Table, **how: Any) -> Verdict:
        return audit(rows, suite, table=table.name, document=self._document(table), **how)

    def _document(self, table: Table) -> Document | None:
        """What writes a table's page of Data Docs into the lake."""
        if not self._run.settings.gates.data_docs:
            return None
        run = self._run

        def written(judged: ExpectationSuiteValidationResult) -> str | None:
            try:
                page = data_docs.page(judged, run.run_id, run.started_at)
                return self._lake.write_text(f"data_docs/{run.run_id}/{table.name}.html", page)
            except Exception as error:  # whatever a page lacks, the verdict stands
                run.fall_back("data docs", f"{type(error).__name__}: {table.name} has its verdict and no page of it")
                return None

        return written

    def emptied(self, before: Table, after: Table, fields: Sequence[str]) -> dict[str, int]:
        """By field: values that were there in a table of this run and are missing in the one made of it."""
        was, now = (self._profiles.values(table) for table in (before, after))
        return {name: was[name] - now[name] for name in fields if was[name] > now[name]}

    def judge(self, verdict: Verdict) -> None:
        """Note a verdict. GateFailedError unless the table passed."""
        self._run.verdicts.append(verdict.to_dict())
        self._run.counts[verdict.table] = verdict.rows
        if not verdict.passed:
            raise GateFailedError(verdict)

    def _quarantine(self, table: Table, rows: DataFrame, given: DataFrame | None) -> None:
        """Append rows that a gate turned away, each as JSON with its reasons, and as it was `given` by its source."""
        columns = [name for name in rows.columns if name != REASONS]
        if given is not None:
            texts = given.select("entity_id", row_text(given.columns).alias("source_row"))
            rows = rows.join(texts, "entity_id", "left")
        kept = rows.select(
            F.lit(self._run.run_id).alias("run_id"),
            F.lit(table.name).alias("table"),
            *(F.col(c) if c in rows.columns else F.lit(None).cast("string").alias(c) for c in ("source", "entity_id")),
            F.col(REASONS).alias("reasons"),
            row_text(columns).alias("row"),
            (F.col("source_row") if given is not None else F.lit(None).cast("string")).alias("source_row"),
        )
        self._lake.append(kept, QUARANTINE)
