"""Pair features of a chunk of pairs: block against block where that is cheaper, pair by pair elsewhere.

Both ways give the same bits, so where the line is drawn is a matter of speed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.columns import IntArray, Records
from features.declare import FloatArray, GridComparator, PairFeature
from features.views import Beside, Grid, Pairs

__all__ = ["GRID_CELLS", "GRID_DENSITY", "Grid", "Pairs", "compare", "worth_a_grid"]

GRID_CELLS = 96
"""Smallest grid worth a call of its own."""

GRID_DENSITY = 0.2
"""Share of a grid's cells that must be wanted pairs: pair by pair costs about five times as much a pair."""

_ALIGNED = 16
"""Numbers of float32 in the 64 bytes to which Arrow aligns what it writes."""


def worth_a_grid(pairs: Any, cells: Any) -> Any:
    """Whether so many pairs of so many cells are cheaper compared as a grid than one by one; numbers or arrays."""
    return (cells >= GRID_CELLS) & (pairs >= GRID_DENSITY * cells)


def compare(features: Sequence[PairFeature], records: Records, pairs: Pairs) -> list[pa.Array]:
    """One Arrow column a feature, in the features' order; null where the feature is undefined.

    A feature of numbers is not computed where one side has no value at all in what it reads: it is null by contract.
    """
    beside = Beside(records, pairs, dict.fromkeys(c for f in features for c in f.inputs))
    numbers = _Numbers(sum(f.returns.nullable for f in features), len(pairs.row))
    states: dict[str, pa.Array] = {}
    for feature in features:
        if not feature.returns.nullable:
            states[feature.name] = pa.array(_values(feature, beside), type=feature.returns.arrow)
        else:
            numbers.add(np.nan if beside.silent(feature.inputs) else _values(feature, beside))
    columns = iter(numbers.columns())
    return [next(columns) if f.returns.nullable else states[f.name] for f in features]


def _values(feature: PairFeature, beside: Beside) -> npt.NDArray[Any]:
    if feature.comparator is not None:
        return _scored(feature.comparator, feature.inputs[0], beside)
    assert feature.function is not None
    arguments: dict[str, Any] = {}
    for column in feature.inputs:
        arguments[f"{column}_l"], arguments[f"{column}_r"] = beside.views(column)
    return np.asarray(feature.function(**arguments))


def _scored(comparator: GridComparator, name: str, beside: Beside) -> FloatArray:
    """A symmetric comparator over the chunk. Where either side is missing the value is NaN."""
    column: Any = beside.records.column(name)
    values = column.values
    at = values.__getitem__ if isinstance(values, np.ndarray) else lambda rows: [values[row] for row in rows.tolist()]
    scores = beside.pairs.compared(
        np.float32,
        lambda rows, columns: comparator.grid(values[rows], values[columns]),
        lambda row, column: comparator.pairs(at(row), at(column)),
    )
    sides, place = beside.sides(name)
    scores[sides.lacking[place]] = np.nan
    return scores


class _Numbers:
    """Columns of float32 under one another, turned into Arrow together: a column at a time that is most of a lookup."""

    def __init__(self, columns: int, rows: int) -> None:
        self.rows = rows
        self._values = np.empty((columns, -(-rows // _ALIGNED) * _ALIGNED), dtype=np.float32)
        self._filled = 0

    def add(self, values: Any) -> None:
        """One more column; NaN is null."""
        self._values[self._filled, : self.rows] = values
        self._filled += 1

    def columns(self) -> list[pa.Array]:
        """The columns, in the order in which they were added."""
        present = ~np.isnan(self._values)
        nulls = (self.rows - np.count_nonzero(present[:, : self.rows], axis=1)).tolist()
        bits = np.packbits(present, axis=1, bitorder="little")
        values, valid = pa.py_buffer(self._values), pa.py_buffer(bits)
        step, width = self._values.strides[0], bits.shape[1]
        float32 = pa.float32()
        return [
            pa.Array.from_buffers(
                float32,
                self.rows,
                [valid.slice(n * width, width) if missing else None, values.slice(n * step, step)],
                missing,
            )
            for n, missing in enumerate(nulls)
        ]
