"""A file of corrected rows, as exported by `pairlake quarantine show --reveal` and mended: read and checked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from features.sections import nearest
from features.tables import LIST_FIELDS
from jobs.quarantined import ABOUT, FIELDS, QuarantineError, Rejected

Rows = dict[str, dict[str, Any]]
"""From the id of a row to the row as corrected, fields left out where missing."""

_FIXED = ("source", "side")


def read(path: Path, known: Iterable[Rejected]) -> tuple[Rows, str]:
    """The corrected rows of a file (.csv, .json: a list, or an object a line), and the hash of the file.

    QuarantineError, which quotes no value, names the row by its place in the file.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise QuarantineError(f"there is no file {path}") from error
    except UnicodeDecodeError as error:
        raise QuarantineError(f"{path} is not UTF-8; save it as that") from error
    except OSError as error:
        raise QuarantineError(f"{path} cannot be read: {error.strerror}") from error
    lines = _of_csv(text) if path.suffix.lower() == ".csv" else _of_json(text, path)
    by_id = {row.row_id: row for row in known if row.row_id}
    rows: Rows = {}
    for number, line in enumerate(lines, start=1):
        where = f"row {number} of {path}"
        row_id, row = _checked(line, by_id, where)
        if rows.get(row_id, row) != row:
            raise QuarantineError(f"{where} corrects a row that one before it corrects otherwise; leave one of them")
        rows[row_id] = row
    if not rows:
        raise QuarantineError(f"{path} holds no row")
    return rows, hashlib.sha256(content).hexdigest()[:16]


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what is missing or empty."""
    return {name: row[name] for name in FIELDS if row.get(name) not in (None, "")}


def _of_csv(text: str) -> list[Any]:
    try:
        read_rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise QuarantineError(f"the file is no CSV: {error}") from error
    return [
        {"row_id": row.get("row_id"), "row": {k: v for k, v in row.items() if k not in ABOUT and v}}
        for row in read_rows
    ]


def _of_json(text: str, path: Path) -> list[Any]:
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        try:
            whole = [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise QuarantineError(
                f"{path} is no JSON (line {error.lineno}, character {error.colno}: {error.msg}); wanted a list of "
                "rows, or one a line; CSV ends in .csv"
            ) from error
    return whole if isinstance(whole, list) else [whole]


def _checked(line: Any, known: Mapping[str, Rejected], where: str) -> tuple[str, dict[str, Any]]:
    row_id = line.get("row_id") if isinstance(line, dict) else None
    if not isinstance(row_id, str) or row_id not in known:
        raise QuarantineError(
            f"{where} has {'a' if row_id else 'no'} row_id{' of no row of a source in quarantine' if row_id else ''}; "
            "export rows by `pairlake quarantine show RUN --reveal --json` or --csv, and keep that column"
        )
    row = line.get("row")
    if not isinstance(row, dict):
        raise QuarantineError(f"{where} has no `row`; export it with --reveal")
    for name in row:
        if name not in (*FIELDS, "malformed"):
            raise QuarantineError(f"{where} has the field {name!r}{nearest(str(name), FIELDS)}")
    kept = {name: _value(name, value, where) for name, value in plain(row).items()}
    before = known[row_id].row
    for name in _FIXED:
        if kept.get(name) != before[name]:
            raise QuarantineError(f"{where}: {name} is another one than in the source, which cannot be corrected")
    if not kept.get("entity_id", "").removeprefix(f"{before['source']}:"):
        raise QuarantineError(f"{where} has no entity_id; wanted `{before['source']}:` and the record's id")
    if not kept["entity_id"].startswith(f"{before['source']}:"):
        raise QuarantineError(f"{where}: entity_id does not begin with `{before['source']}:`, the source's name")
    return row_id, kept


def _value(name: str, value: Any, where: str) -> Any:
    if name not in LIST_FIELDS:
        if not isinstance(value, str):
            raise QuarantineError(f"{where}: {name} is no text")
        return value
    try:
        texts = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        texts = None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise QuarantineError(f'{where}: {name} is no list of texts; wanted ["…", "…"]')
    return texts
