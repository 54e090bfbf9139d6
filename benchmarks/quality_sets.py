"""Labelled sets: two tables (or one) and their true pairs, under the canonical party fields."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.quality_columns import field_value, mapped
from features.arrays import IntArray
from features.errors import PairlakeError
from features.tables import RAW_ENTITIES

_NOT_A_MATCH = ("0", "false", "no", "n", "f")
_LABELS = ("label", "match", "is_match", "gold")

Rows = list[dict[str, str]]


class InputError(PairlakeError):
    """A labelled set cannot be used; the message says which file and why."""


@dataclass(frozen=True)
class Side:
    """One file of a set: its size, which column became which field, and what was not read."""

    name: str
    records: int
    columns: tuple[str, ...]
    fields: Mapping[str, Sequence[str]]

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns that became no field."""
        used = {column for columns in self.fields.values() for column in columns} | {"id"}
        return tuple(column for column in self.columns if column not in used)


@dataclass(frozen=True)
class LabelledSet:
    """Records of all sides as raw_entities, numbered from 0 (left first), and the numbers of each true pair.

    A record's entity_id is its number, so no id of the file, which may tell the truth, reaches the library.
    """

    name: str
    sides: tuple[Side, ...]
    raw: pa.Table
    ids: tuple[str, ...]
    truth: IntArray

    @property
    def linking(self) -> bool:
        """Two tables against each other; otherwise one against itself."""
        return len(self.sides) == 2

    @property
    def left(self) -> IntArray:
        """Numbers of the left records; of all when deduplicating."""
        return np.arange(self.sides[0].records)

    @property
    def right(self) -> IntArray:
        """Numbers of the right records; of all when deduplicating."""
        return np.arange(self.sides[0].records, len(self.ids)) if self.linking else self.left

    @property
    def comparisons(self) -> int:
        """Pairs there would be without blocking."""
        sizes = [side.records for side in self.sides]
        return sizes[0] * sizes[1] if self.linking else sizes[0] * (sizes[0] - 1) // 2

    @property
    def single(self) -> tuple[bool, bool]:
        """Whether no left record, and no right one, has two true matches. Deduplicating, both sides are the same."""
        sides = [self.truth[:, 0], self.truth[:, 1]] if self.linking else [self.truth.ravel()] * 2
        left, right = (len(np.unique(side)) == len(side) for side in sides)
        return left, right


def read_set(folder: Path, chosen: Mapping[tuple[str, str], str], *, unknown: Sequence[str] = ()) -> LabelledSet:
    """The set in a folder. `unknown` names sides whose records without a match are left out, not negatives.

    Files of keys beside the tables are never opened.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder")
    names = ("records",) if _found(folder, "records") else ("left", "right")
    tables = {name: _table(folder, name) for name in names}
    matches = _matches(folder)
    if unknown:
        tables = _known(tables, matches, unknown)
    keys = _declared_keys(folder)
    sides, parts = [], []
    ids: list[str] = []
    for name, rows in tables.items():
        by_name = {column: field for (side, column), field in chosen.items() if side == name}
        _refuse_keys(folder, keys, by_name)
        columns = [column for column in rows[0] if column not in keys]
        fields = mapped(columns, {column: field for column, field in by_name.items() if column in columns})
        sides.append(Side(name, len(rows), tuple(rows[0]), fields))
        parts.append(_raw(rows, fields, "right" if name == "right" else "left", first=len(ids)))
        ids += [row["id"] for row in rows]
    if not any(set(side.fields) for side in sides):
        raise InputError(f"{folder}: no column is known; name one, for example --columns {names[0]}.title=name")
    truth = _truth(folder, tables, matches)
    return LabelledSet(folder.name, tuple(sides), pa.concat_tables(parts), tuple(ids), truth)


def _found(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / f"{name}.csv", folder / f"{name}.csv.gz") if path.is_file()), None)


def _rows(folder: Path, name: str) -> Rows:
    path = _found(folder, name)
    if path is None:
        raise InputError(f"{folder} has no {name}.csv; wanted left.csv and right.csv, or records.csv, and pairs.csv")
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            rows = [{column or "": value or "" for column, value in row.items()} for row in csv.DictReader(file)]
    except (OSError, EOFError, UnicodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV in UTF-8 ({type(error).__name__})") from error
    if not rows:
        raise InputError(f"{path} holds no record")
    return rows


def _table(folder: Path, name: str) -> Rows:
    rows = _rows(folder, name)
    if "id" not in rows[0]:
        raise InputError(f"{folder / name}.csv has no column 'id'")
    if len({row["id"] for row in rows}) != len(rows):
        raise InputError(f"{folder / name}.csv has an id twice")
    return rows


def _matches(folder: Path) -> list[tuple[str, str]]:
    """Ids of the true pairs; rows that a label column calls a non-match are left out."""
    rows = _rows(folder, "pairs")
    if not {"id_left", "id_right"} <= rows[0].keys():
        raise InputError(f"{folder / 'pairs.csv'} lacks the columns id_left, id_right")
    label = next((column for column in rows[0] if column.casefold() in _LABELS), None)
    kept = [row for row in rows if label is None or row[label].strip().casefold() not in _NOT_A_MATCH]
    if not kept:
        raise InputError(f"{folder / 'pairs.csv'} holds no true match")
    return [(row["id_left"], row["id_right"]) for row in kept]


def _known(tables: dict[str, Rows], matches: Sequence[tuple[str, str]], unknown: Sequence[str]) -> dict[str, Rows]:
    """The tables without the records that nothing is known of."""
    place = {"left": (0,), "right": (1,), "records": (0, 1)}
    for name in unknown:
        if name in tables:
            matched = {pair[n] for pair in matches for n in place[name]}
            tables = {**tables, name: [row for row in tables[name] if row["id"] in matched] or tables[name]}
    return tables


def _declared_keys(folder: Path) -> set[str]:
    """Columns that a `**Key.**` line of the set's README says hold the truth."""
    readme = folder / "README.md"
    lines = readme.read_text(encoding="utf-8").splitlines() if readme.is_file() else []
    keys = [line for line in lines if line.casefold().startswith("**key")]
    return {word.strip("`*.,;:()") for line in keys for word in line.split()} - {"id"}


def _refuse_keys(folder: Path, keys: set[str], by_name: Mapping[str, str]) -> None:
    for column, field in by_name.items():
        if field and column in keys:
            raise InputError(f"{folder}: its README calls {column!r} a key, which is never read")


def _raw(rows: Rows, fields: Mapping[str, Sequence[str]], side: str, *, first: int) -> pa.Table:
    columns: dict[str, list[object]] = {
        "entity_id": [f"{number:09d}" for number in range(first, first + len(rows))],
        "source": [side] * len(rows),
        "side": [side] * len(rows),
    }
    for field, names in fields.items():
        columns[field] = [field_value(field, [row[name] for name in names]) for row in rows]
    missing = [None] * len(rows)
    return pa.table({f.name: pa.array(columns.get(f.name, missing), f.type) for f in RAW_ENTITIES.schema})


def _truth(folder: Path, tables: Mapping[str, Rows], matches: Sequence[tuple[str, str]]) -> IntArray:
    """Record numbers of the true pairs, each pair once; deduplicating, the smaller number first."""
    numbers, count = [], 0
    for rows in tables.values():
        numbers.append({row["id"]: count + n for n, row in enumerate(rows)})
        count += len(rows)
    left, right = numbers[0], numbers[-1]
    for place, (known, name) in enumerate(((left, next(iter(tables))), (right, list(tables)[-1]))):
        strange = [pair[place] for pair in matches if pair[place] not in known]
        if strange:
            raise InputError(
                f"{folder / 'pairs.csv'} names {len(strange):,} ids that {name} does not have, first {strange[0]!r}"
            )
    pairs = np.array([(left[one], right[other]) for one, other in matches], dtype=np.int64)
    if len(tables) == 1:
        pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    return np.unique(pairs, axis=0)
