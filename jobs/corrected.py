"""What people corrected of the rows of sources, laid over every reading of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from features.lake import Lake
from features.run import Run
from features.settings import Settings
from features.spark.corrections import ROW, corrected, row_id, row_ids
from features.tables import CORRECTIONS

_TAKEN = "rows as corrected"
"""No source can be called so."""


def in_force(lake: Lake) -> dict[str, dict[str, Any]]:
    """The last correction of each row, by the id of the row as its source gives it."""
    if not lake.exists(CORRECTIONS):
        return {}
    rows = lake.rows(CORRECTIONS).sort_by([("replayed_at", "ascending"), ("row_id", "ascending")]).to_pylist()
    return {row["row_id"]: row for row in rows}


class Corrections:
    """The corrections of one lake, as they are when a run begins to read."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def over(self, rows: DataFrame) -> DataFrame:
        """Rows of sources; one that was corrected, and that its source has not changed since, is as corrected."""
        return corrected(rows, self._rows) if self._rows else rows

    def counting(self, spark: SparkSession, settings: Settings, taken: Column) -> list[Column]:
        """What is to be observed of the rows that are `taken`: those of each source, and those as corrected."""
        counts = [F.count_if((F.col("source") == s.name) & taken).alias(s.name) for s in settings.sources]
        if self._rows:
            ids = row_ids(spark, list(self._rows.values()))
            counts.append(F.count_if(row_id(ROW).isin(ids) & taken).alias(_TAKEN))
        return counts

    def noted(self, observed: dict[str, int], run: Run) -> dict[str, int]:
        """What was observed, less the rows as corrected, which are noted in the run with the files they came in."""
        if self._rows:
            files = Counter(row["file_hash"] for row in self._in_force.values())
            run.counts["corrections"] = {"taken": observed.pop(_TAKEN), "files": dict(sorted(files.items()))}
        return observed

    @cached_property
    def _in_force(self) -> dict[str, dict[str, Any]]:
        return in_force(self._lake)

    @cached_property
    def _rows(self) -> Mapping[str, Mapping[str, Any]]:
        return {row_id: json.loads(row["row"]) for row_id, row in self._in_force.items()}
