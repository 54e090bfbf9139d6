"""What gates turned away, read back: by run, table and reason, and row by row. Needs no Spark."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.errors import PairlakeError
from features.lake import Lake
from features.sections import nearest
from features.tables import LIST_FIELDS, PARTY_FIELDS, QUARANTINE

FIELDS = ("entity_id", "source", "side", *PARTY_FIELDS)
"""The columns of a row as its source gave it."""
ABOUT = ("row_id", "run_id", "table", "reasons")
"""What is told of a row beside its own columns."""


class QuarantineError(PairlakeError):
    """The quarantine does not hold what was asked for, or a file of corrected rows cannot be taken."""


@dataclass(frozen=True)
class Rejected:
    """A row that a gate turned away: where, why, and, as its source gave it, from column to value.

    `row_id` is what a correction of it names; None, as is `row`, for what is no row of a source: a pair.
    """

    run_id: str
    table: str
    source: str | None
    entity_id: str | None
    reasons: tuple[str, ...]
    row_id: str | None
    row: Mapping[str, Any]


def rejected(
    lake: Lake, run_id: str | None = None, *, table: str | None = None, reason: str | None = None
) -> list[Rejected]:
    """The rows that were turned away, in one order. QuarantineError for a run, table or reason that has none."""
    if not lake.exists(QUARANTINE):
        return []
    held = lake.rows(QUARANTINE, **({"run_id": run_id} if run_id else {})).to_pylist()
    rows = [_rejected(row) for row in held]
    for what, asked, there in (
        ("run", run_id, {row["run_id"] for row in (held or _names(lake))}),
        ("table", table, {row.table for row in rows}),
        ("reason", reason, {name for row in rows for name in row.reasons}),
    ):
        if asked and asked not in there:
            raise QuarantineError(f"nothing in quarantine is of the {what} {asked!r}{nearest(asked, there)}")
    kept = (row for row in rows if table in (None, row.table) and (not reason or reason in row.reasons))
    return sorted(kept, key=lambda row: (row.run_id, row.table, row.entity_id or "", row.row_id or ""))


def _names(lake: Lake) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = lake.rows(QUARANTINE).select(["run_id"]).to_pylist()
    return rows


def last_run(lake: Lake) -> str:
    """The last run that turned a row away."""
    runs = {row["run_id"] for row in _names(lake)} if lake.exists(QUARANTINE) else set()
    if not runs:
        raise QuarantineError(f"no run on the lake {lake.root} has turned a row away")
    return str(max(runs))


def counts(rows: Iterable[Rejected]) -> list[dict[str, Any]]:
    """Rows by run, table and reason, the last run first; a row counts once for each of its reasons."""
    found = Counter((row.run_id, row.table, reason) for row in rows for reason in row.reasons)
    ordered = sorted(found.items(), key=lambda item: (_backwards(item[0][0]), item[0][1:]))
    return [{"run_id": run, "table": t, "reason": reason, "rows": n} for (run, t, reason), n in ordered]


def _backwards(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)


def told(row: Rejected, *, reveal: bool) -> dict[str, Any]:
    """A row for people: ids and reasons, and its values only where they are asked for."""
    about = {"row_id": row.row_id, "run_id": row.run_id, "table": row.table, "reasons": list(row.reasons)}
    if not reveal:
        return {**about, "source": row.source, "entity_id": row.entity_id}
    return {**about, "row": dict(row.row)}


def as_csv(rows: Sequence[Rejected], *, reveal: bool) -> str:
    """Rows as CSV, a column a field; a list is JSON in its cell."""
    out = io.StringIO()
    fields = (*FIELDS, "malformed") if reveal else ("source", "entity_id")
    # A lone carriage return in a value would end its row, were it not in quotes.
    writer = csv.DictWriter(out, [*ABOUT, *fields], extrasaction="ignore", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for row in rows:
        flat = {**told(row, reveal=False), **(row.row if reveal else {})}
        writer.writerow(dict(_cells(flat)))
    return out.getvalue()


def _cells(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if name == "reasons":
            yield name, " ".join(value)
        else:
            yield name, json.dumps(value, ensure_ascii=False) if name in LIST_FIELDS and value is not None else value


def _rejected(held: Mapping[str, Any]) -> Rejected:
    text = held.get("source_row") or (held["row"] if held["table"] == "raw_entities" else None)
    about = (held["run_id"], held["table"], held["source"], held["entity_id"], tuple(held["reasons"]))
    return Rejected(*about, text and id_of(text), json.loads(text or held["row"]))


def id_of(text: str) -> str:
    """What a row is known by: 128 bits of a hash of its JSON, as in `features.spark.corrections`."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
