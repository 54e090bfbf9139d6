"""Rows of sources as a person corrected them, in the place of the source's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from features.spark.frames import from_rows
from features.spark.sources import MALFORMED
from features.tables import RAW_ENTITIES

_FIELDS = RAW_ENTITIES.schema.names
ROW = (*_FIELDS, MALFORMED)
"""The columns of a row as it is read from a source, in their order."""


def row_text(columns: Iterable[str]) -> Column:
    """A row as JSON, without what is missing: the same text wherever it is made."""
    return F.to_json(F.struct(*columns), {"ignoreNullFields": "true"})


def row_id(columns: Iterable[str]) -> Column:
    """What a row is known by: 128 bits of a hash of its JSON."""
    return F.substring(F.sha2(row_text(columns), 256), 1, 32)


def frame_of(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Rows, from party field to value and fields left out where missing, as a source would give them."""
    schema = pa.schema(
        [field.with_nullable(True) for field in RAW_ENTITIES.schema] + [pa.field(MALFORMED, pa.string())]
    )
    return from_rows(spark, [{name: row.get(name) for name in ROW} for row in rows], schema)


def corrected(rows: DataFrame, corrections: Mapping[str, Mapping[str, Any]]) -> DataFrame:
    """Rows of sources; one whose id a correction names is as it was corrected."""
    spark = rows.sparkSession
    fields = [pa.field("corrects", pa.string()), *(field.with_nullable(True) for field in RAW_ENTITIES.schema)]
    known = [{"corrects": row_id, **{n: row.get(n) for n in _FIELDS}} for row_id, row in corrections.items()]
    instead = from_rows(spark, known, pa.schema(fields)).select("corrects", F.struct(*_FIELDS).alias("instead"))
    both = rows.join(F.broadcast(instead), row_id(ROW) == F.col("corrects"), "left")
    there = F.col("corrects").isNotNull()
    return both.select(
        *(F.when(there, F.col(f"instead.{name}")).otherwise(F.col(name)).alias(name) for name in _FIELDS),
        F.when(~there, F.col(MALFORMED)).alias(MALFORMED),
    )


def row_ids(spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of rows."""
    return [row["id"] for row in frame_of(spark, rows).select(row_id(ROW).alias("id")).collect()]
