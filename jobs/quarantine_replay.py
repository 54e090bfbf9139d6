"""Corrected rows through the gates again, and into the lake once they pass: every later reading has them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from expectations import raw_entities as raw_suite
from expectations import standardised_entities as standardised_suite
from features import catalogue as catalogues
from features.gate import REASONS, split
from features.kernel.records import standardise
from features.lake import Lake
from features.settings import Settings
from features.spark.corrections import frame_of
from features.spark.frames import map_batches, to_arrow
from features.tables import CORRECTIONS, RAW_ENTITIES
from jobs import corrections_file, gated
from jobs.corrected import in_force
from jobs.corrections_file import Rows, plain
from jobs.quarantined import QuarantineError, rejected

_NAMED = 10
"""Rows that a message names."""


@dataclass(frozen=True)
class Replayed:
    """How many rows of a file were taken, and how many were in force already or as they had been."""

    taken: int
    as_before: int
    file_hash: str


def of_file(settings: Settings, spark: SparkSession, path: Path) -> Replayed:
    """Corrected rows of a file, put in force together; QuarantineError, with nothing put in force, if one fails."""
    lake = Lake(settings.lake)
    known = rejected(lake)
    read, file_hash = corrections_file.read(path, known)
    with lake.writing(f"quarantine replay {file_hash}"):
        held = {row_id: json.loads(row["row"]) for row_id, row in in_force(lake).items()}
        given = {row.row_id: plain(row.row) for row in known if row.row_id}
        rows = _by_source(read, given, held)
        new = {row_id: row for row_id, row in rows.items() if row != held.get(row_id, given.get(row_id))}
        if new:
            _refuse_taken_ids(lake, spark, read, given)
            _refuse_broken(new, reasons_of(settings, spark, list(new.values())))
            lake.write_rows(_table(new, file_hash), CORRECTIONS)
    return Replayed(len(new), len(read) - len(new), file_hash)


def of_run(settings: Settings, spark: SparkSession, run_id: str) -> tuple[int, Counter[str]]:
    """How many rows that a run turned away pass the gates as these are now, and why others do not. Writes nothing."""
    rows = [dict(row.row) for row in rejected(Lake(settings.lake), run_id) if row.row_id]
    broken = reasons_of(settings, spark, rows)
    return sum(not names for names in broken), Counter(name for names in broken for name in names)


def reasons_of(settings: Settings, spark: SparkSession, rows: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """The row rules that each row of a source breaks, there or once it is standardised; equal rows count as one."""
    catalogue = catalogues.chosen(settings)
    texts = [json.dumps(row, sort_keys=True) for row in rows]
    numbers = {text: str(number) for number, text in enumerate(dict.fromkeys(texts))}
    # `side`, which no rule and no standardiser looks into, carries the row's number through both gates.
    given = [{**json.loads(text), "side": number} for text, number in numbers.items()]
    raw = split(frame_of(spark, given), raw_suite.suite((), settings.gates))
    made = map_batches(gated.good(raw), lambda b: standardise(b, catalogue), catalogue.standardised_schema)
    later = split(made, standardised_suite.suite(catalogue, settings.gates))
    found: dict[str, list[str]] = {}
    for frame in (raw, later):
        broken = to_arrow(frame.where(F.size(REASONS) > 0).select("side", REASONS)).to_pylist()
        found |= {row["side"]: row[REASONS] for row in broken}
    return [found.get(numbers[text], []) for text in texts]


def _by_source(read: Rows, given: Mapping[str, Any], held: Mapping[str, Any]) -> Rows:
    """By the rows as sources give them: a row that was turned away may itself be a correction of such a row."""
    roots = {json.dumps(row, sort_keys=True): row_id for row_id, row in held.items()}
    rows: Rows = {}
    for row_id, row in read.items():
        root = roots.get(json.dumps(given[row_id], sort_keys=True), row_id)
        if rows.get(root, row) != row:
            raise QuarantineError(
                f"row_id {row_id} and another in the file are of one row of a source, and not the same; leave one"
            )
        rows[root] = row
    return rows


def _refuse_taken_ids(lake: Lake, spark: SparkSession, read: Rows, given: Mapping[str, Any]) -> None:
    """QuarantineError for a row whose id was changed into one that another record has: both would be turned away."""
    changed = {row["entity_id"]: i for i, row in read.items() if row["entity_id"] != given[i].get("entity_id")}
    if not changed or not lake.exists(RAW_ENTITIES):
        return
    ids = lake.read(spark, RAW_ENTITIES).select("entity_id").where(F.col("entity_id").isin(list(changed)))
    taken = sorted(changed[row["entity_id"]] for row in ids.collect())
    if taken:
        raise QuarantineError(
            f"{len(taken)} rows have the entity_id of another record that is there: row_id {_some(taken)}; nothing was "
            "taken"
        )


def _refuse_broken(rows: Rows, reasons: Sequence[Sequence[str]]) -> None:
    broken = [f"{i} ({', '.join(names)})" for i, names in zip(rows, reasons, strict=True) if names]
    if broken:
        raise QuarantineError(
            f"{len(broken)} of {len(rows)} rows still break a rule: row_id {_some(broken)}; nothing was taken. Mend "
            "them, or leave them out of the file"
        )


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more


def _table(rows: Rows, file_hash: str) -> pa.Table:
    made_at = datetime.now(UTC)
    held = [
        {
            "row_id": row_id,
            "source": row["source"],
            "entity_id": row["entity_id"],
            "row": json.dumps(row, ensure_ascii=False, sort_keys=True),
            "file_hash": file_hash,
            "replayed_at": made_at,
        }
        for row_id, row in rows.items()
    ]
    return pa.Table.from_pylist(held, schema=CORRECTIONS.schema)
