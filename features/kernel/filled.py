"""How far records are filled: rows of each source, and how many of them have a value in each field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Filled:
    """Rows by source, and values (not null) by source and field. Those of different records add up."""

    rows: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __add__(self, other: Filled) -> Filled:
        values = {
            source: dict(Counter(self.values.get(source, {})) + Counter(other.values.get(source, {})))
            for source in sorted(self.values.keys() | other.values.keys())
        }
        return Filled(dict(sorted((Counter(self.rows) + Counter(other.rows)).items())), values)

    def missing_share(self, source: str, name: str) -> float:
        """Share of the rows of a source, of which there is one, that have no value in a field."""
        return 1 - self.values[source].get(name, 0) / self.rows[source]

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Filled:
        """What `to_dict` gave, before or after JSON."""
        return cls(data["rows"], data["values"])


def filled(batch: pa.RecordBatch | pa.Table, fields: Sequence[str]) -> Filled:
    """Rows and values of records, which have the column `source` and each of these fields."""
    if not batch.num_rows:
        return Filled()
    there = {name: pc.cast(pc.is_valid(batch.column(name)), pa.int64()) for name in fields}
    sums = pa.table({"source": batch.column("source"), **there}).group_by("source")
    counted = sums.aggregate([([], "count_all"), *((name, "sum") for name in fields)]).to_pylist()
    return Filled(
        {row["source"]: row["count_all"] for row in counted},
        {row["source"]: {name: row[f"{name}_sum"] for name in fields if row[f"{name}_sum"]} for row in counted},
    )
