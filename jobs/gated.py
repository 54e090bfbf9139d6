"""Rows through their gate: staged with their verdicts, audited, and what is turned away kept with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from great_expectations import ExpectationSuite
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F

from features.gate import REASONS, GateFailedError, Verdict, audit, split
from features.lake import Lake
from features.run import Run
from features.spark.sources import MALFORMED
from features.tables import QUARANTINE, Table

Stage = Callable[[str], AbstractContextManager[None]]


def good(split_rows: DataFrame) -> DataFrame:
    """The rows that break no row rule, without the columns that only a gate reads."""
    return split_rows.where(F.size(REASONS) == 0).drop(REASONS, MALFORMED)


class Gate:
    """The gates of one run over one lake; verdicts and counts are noted in the run."""

    def __init__(self, lake: Lake, run: Run, stage: Stage) -> None:
        self._lake = lake
        self._run = run
        self._stage = stage

    def through(
        self,
        stage: str,
        table: Table,
        rows: DataFrame,
        suite: ExpectationSuite,
        *,
        stamp: Mapping[str, Any],
        seen: Observation | None = None,
        beside: int = 0,
    ) -> DataFrame:
        """Rows staged with their row rules' verdicts and audited, beside others of the table: those that passed.

        Rows turned away are kept whichever way the audit goes. GateFailedError leaves the table in force as it is.
        """
        with self._stage(stage):
            self._lake.overwrite(split(rows, suite), table, staged=True, metadata=stamp)
            if seen:
                self._run.counts["records read"] = dict(seen.get)
        with self._stage(f"gate: {table.name}"):
            staged = self._lake.read(rows.sparkSession, table, staged=True)
            passing = staged.where(F.size(REASONS) == 0)
            turned_away = staged.where(F.size(REASONS) > 0)
            verdict = audit(passing.drop(REASONS), suite, table=table.name, turned_away=turned_away, beside=beside)
            if seen:
                kept = verdict.rows + verdict.quarantined
                self._run.counts["copies merged"] = sum(self._run.counts["records read"].values()) - kept
            if verdict.quarantined:
                self._quarantine(table, turned_away)
            self.judge(verdict)
        return good(staged)

    def judge(self, verdict: Verdict) -> None:
        """Note a verdict. GateFailedError unless the table passed."""
        self._run.verdicts.append(verdict.to_dict())
        self._run.counts[verdict.table] = verdict.rows
        if not verdict.passed:
            raise GateFailedError(verdict)

    def _quarantine(self, table: Table, rows: DataFrame) -> None:
        """Append rows that a gate turned away, each as JSON with its reasons."""
        kept = rows.select(
            F.lit(self._run.run_id).alias("run_id"),
            F.lit(table.name).alias("table"),
            *(F.col(c) if c in rows.columns else F.lit(None).cast("string").alias(c) for c in ("source", "entity_id")),
            F.col(REASONS).alias("reasons"),
            F.to_json(F.struct(*(c for c in rows.columns if c != REASONS))).alias("row"),
        )
        self._lake.append(kept, QUARANTINE)
