"""Rows of a table as records of a feature group: every value as the text that the service keeps, and back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.store import StoreError
from features.store.feature_groups import EVENT_TIME, FeatureGroup
from features.store.sagemaker_records import Record
from features.store.table_rows import EPOCH

ISO = "%Y-%m-%dT%H:%M:%SZ"
"""Arrow writes the seconds with as many digits as the unit of a time has."""


def records(group: FeatureGroup, batch: pa.RecordBatch) -> Iterator[Record]:
    """A batch's rows, of `table_rows`, as records without an identifier; nulls and empty texts are left out."""
    epoch = batch.column(EPOCH).cast(pa.timestamp("us", "UTC"))
    names = [name for name, _ in group.definitions if name in batch.schema.names]
    columns = [texts(column) for column in (*(batch.column(name) for name in names), epoch)]
    for row in zip(*columns, strict=True):
        yield {name: value for name, value in zip((*names, EVENT_TIME), row, strict=True) if value}


def under(layer: str, group: FeatureGroup, key: str, rows: Iterable[Record]) -> Iterator[Record]:
    """Records of a layer."""
    for row in rows:
        yield {group.identifier: f"{layer}/{row[key]}", **row}


def texts(column: pa.Array) -> Sequence[str | None]:
    """Values as text: bytes in base64, lists in JSON, truths as 0 and 1, times in ISO-8601 to the millisecond below."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        told: list[str | None] = pc.strftime(column.cast(pa.timestamp("ms", "UTC"), safe=False), ISO).to_pylist()
        return told
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    made = _MADE_BY.get("list" if pa.types.is_list(kind) else str(kind))
    if made is None:
        plain: list[str | None] = column.cast(pa.string()).to_pylist()
        return plain
    return [None if value is None else made(value) for value in column.to_pylist()]


def listed(text: str) -> tuple[str, ...]:
    """A list of texts that was made into JSON."""
    return tuple(json.loads(text))


def unpacked(text: str) -> bytes:
    """Bytes that were made into base64."""
    return base64.b64decode(text)


def once(rows: Iterable[Record], table: str, key: str) -> Iterator[Record]:
    """The rows, which come in the order of their key. StoreError where two have the same one."""
    before: str | None = None
    for row in rows:
        if row[key] == before:
            raise StoreError(f"{table} has two rows of one {key}; wanted one. Nothing was written")
        before = row[key]
        yield row


def noting(keys: list[str], key: str, rows: Iterable[Record]) -> Iterator[Record]:
    """The same rows, while their keys are noted."""
    for row in rows:
        keys.append(row[key])
        yield row


class Ages:
    """The oldest and the newest event time of the rows that pass, empty where there is none."""

    def __init__(self, oldest: str = "", newest: str = "") -> None:
        self.oldest, self.newest = oldest, newest

    def over(self, rows: Iterable[Record]) -> Iterator[Record]:
        """The same rows."""
        for row in rows:
            time = row[EVENT_TIME]
            self.oldest = min(self.oldest or time, time)
            self.newest = max(self.newest, time)
            yield row


def _in_json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


_MADE_BY: dict[str, Callable[..., str]] = {
    "binary": lambda value: base64.b64encode(value).decode(),
    "list": _in_json,
}
