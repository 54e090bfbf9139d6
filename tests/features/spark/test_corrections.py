"""Corrections laid over the rows of sources: each in the place of the one row it names, and of nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from features.spark.corrections import ROW, corrected, frame_of, row_id, row_ids, row_text
from features.tables import RAW_ENTITIES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def row(key: str | None, **fields: Any) -> dict[str, Any]:
    return {"entity_id": key and f"books:{key}", "source": "books", "side": "left", **fields}


ROWS = [
    row("1", name='Bank "A"\n\u0007/é😀', aliases=["x, y", "z"]),
    row("2", name="Twin"),
    row("2", name="Other"),
    row(None, malformed="7;Short"),
    row("5", aliases=[]),
]


def test_a_correction_takes_the_place_of_the_row_it_names_alone(spark: SparkSession) -> None:
    rows = frame_of(spark, ROWS)
    keyed = rows.select(row_text(ROW).alias("text"), row_id(ROW).alias("id")).collect()
    assert [hashlib.sha256(k["text"].encode()).hexdigest()[:32] for k in keyed] == [k["id"] for k in keyed]
    ids = [k["id"] for k in keyed]
    assert len(set(ids)) == len(ROWS)
    assert ids == row_ids(spark, ROWS)
    instead = {ids[2]: row("3", name="Third"), ids[3]: row("7", name="Seventh"), "0" * 32: row("9", name="Gone")}
    found = [r.asDict() for r in corrected(rows, instead).collect()]
    names = [{name: value for name, value in r.items() if value is not None} for r in found]
    assert sorted(names, key=str) == sorted(
        [ROWS[0], ROWS[1], row("3", name="Third"), row("7", name="Seventh"), ROWS[4]], key=str
    )
    assert corrected(rows, instead).columns == [*RAW_ENTITIES.schema.names, "malformed"]
