"""What a Delta table of the lake is."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Table:
    """A Delta table: where it lies under the lake's root, what it holds, what identifies a row.

    A refresh merges changed rows into a `merged` table, which keeps a feed of its changes.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    doc: str
    merged: bool = False


def quoted(name: str) -> str:
    """A column's name as Spark's SQL takes it literally."""
    return "`" + name.replace("`", "``") + "`"
