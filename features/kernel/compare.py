"""Pair features of a chunk of pairs: block against block where that is cheaper, pair by pair elsewhere.

Both ways give the same bits, so where the line is drawn is a matter of speed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from features.columns import IntArray, Records, Text, TextColumn, VectorColumn
from features.declare import FloatArray, GridComparator, PairFeature

GRID_CELLS = 96
"""Smallest grid worth a call of its own."""

GRID_DENSITY = 0.2
"""Share of a grid's cells that must be wanted pairs: pair by pair costs about five times as much a pair."""


@dataclass(frozen=True)
class Grid:
    """Pairs `start:stop` of a chunk all lie in records `rows` × `columns`, both contiguous."""

    start: int
    stop: int
    rows: slice
    columns: slice


def worth_a_grid(pairs: Any, cells: Any) -> Any:
    """Whether so many pairs of so many cells are cheaper compared as a grid than one by one; numbers or arrays."""
    return (cells >= GRID_CELLS) & (pairs >= GRID_DENSITY * cells)


@dataclass(frozen=True)
class Pairs:
    """A chunk of pairs: row numbers of both sides into one `Records`, and the grids they fill.

    In a grid the row numbers are those before `swapped` exchanged left and right.
    """

    row: IntArray
    column: IntArray
    swapped: np.ndarray | None
    grids: tuple[Grid, ...]

    @property
    def left(self) -> IntArray:
        """Row numbers of the left records."""
        return self.row if self.swapped is None else np.where(self.swapped, self.column, self.row)

    @property
    def right(self) -> IntArray:
        """Row numbers of the right records."""
        return self.column if self.swapped is None else np.where(self.swapped, self.row, self.column)


def compare(features: Sequence[PairFeature], records: Records, pairs: Pairs) -> list[pa.Array]:
    """One Arrow column a feature, in the features' order; null where the feature is undefined."""
    left, right = pairs.left, pairs.right
    rest = _outside(pairs)
    views: dict[str, Any] = {}
    for column in dict.fromkeys(c for f in features if f.function for c in f.inputs):
        views[f"{column}_l"] = records.gather(column, left)
        views[f"{column}_r"] = records.gather(column, right)
    return [_to_arrow(feature, _values(feature, records, pairs, rest, views)) for feature in features]


def _values(feature: PairFeature, records: Records, pairs: Pairs, rest: IntArray, views: dict[str, Any]) -> np.ndarray:
    if feature.comparator is not None:
        return _scored(feature.comparator, records.column(feature.inputs[0]), pairs, rest)
    assert feature.function is not None
    arguments = {f"{c}_{side}": views[f"{c}_{side}"] for c in feature.inputs for side in "lr"}
    return np.asarray(feature.function(**arguments))


def _scored(comparator: GridComparator, column: Any, pairs: Pairs, rest: IntArray) -> FloatArray:
    """A symmetric comparator over the chunk. Where either side is missing the value is NaN."""
    scores = np.empty(len(pairs.row), dtype=np.float32)
    values = column.values
    for grid in pairs.grids:
        matrix = comparator.grid(values[grid.rows], values[grid.columns])
        row, at = pairs.row[grid.start : grid.stop], pairs.column[grid.start : grid.stop]
        scores[grid.start : grid.stop] = matrix[row - grid.rows.start, at - grid.columns.start]
    if len(rest):
        scores[rest] = comparator.pairs(_at(column, pairs.row[rest]), _at(column, pairs.column[rest]))
    scores[column.missing[pairs.row] | column.missing[pairs.column]] = np.nan
    return scores


def _at(column: TextColumn | VectorColumn, rows: IntArray) -> Any:
    return Text(column, rows).values if isinstance(column, TextColumn) else column.values[rows]


def _outside(pairs: Pairs) -> IntArray:
    """Positions of the pairs that no grid covers."""
    covered = np.zeros(len(pairs.row), dtype=bool)
    for grid in pairs.grids:
        covered[grid.start : grid.stop] = True
    return np.flatnonzero(~covered)


def _to_arrow(feature: PairFeature, values: np.ndarray) -> pa.Array:
    """The column in its declared type; NaN is null."""
    if feature.returns.nullable:
        return pa.array(np.asarray(values, dtype=np.float32), from_pandas=True)
    return pa.array(values, type=feature.returns.arrow)
