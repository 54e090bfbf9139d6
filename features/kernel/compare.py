"""Pair features of a chunk of pairs: block against block where that is cheaper, pair by pair elsewhere.

Both ways give the same bits, so where the line is drawn is a matter of speed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from features.columns import IntArray, Records, Text, TextColumn
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

    @cached_property
    def cells(self) -> IntArray:
        """Where each pair stands in the matrix of its grid, read row by row; of no meaning outside the grids."""
        cells = np.zeros(len(self.row), dtype=np.int64)
        for grid in self.grids:
            here, width = slice(grid.start, grid.stop), grid.columns.stop - grid.columns.start
            np.multiply(self.row[here], width, out=cells[here])
            cells[here] += self.column[here]
            cells[here] -= grid.rows.start * width + grid.columns.start
        return cells

    @cached_property
    def outside(self) -> IntArray:
        """Positions of the pairs that no grid covers."""
        covered = np.zeros(len(self.row), dtype=bool)
        for grid in self.grids:
            covered[grid.start : grid.stop] = True
        return np.flatnonzero(~covered)


def compare(features: Sequence[PairFeature], records: Records, pairs: Pairs) -> list[pa.Array]:
    """One Arrow column a feature, in the features' order; null where the feature is undefined."""
    left, right = pairs.left, pairs.right
    views: dict[str, Any] = {}
    for column in dict.fromkeys(c for f in features if f.function for c in f.inputs):
        views[f"{column}_l"] = records.gather(column, left)
        views[f"{column}_r"] = records.gather(column, right)
    listed: dict[str, tuple[Any, Any]] = {}
    for name in dict.fromkeys(f.inputs[0] for f in features if f.comparator):
        listed[name] = _listed(records.column(name), pairs)
    return [_to_arrow(feature, _values(feature, records, pairs, listed, views)) for feature in features]


def _values(
    feature: PairFeature, records: Records, pairs: Pairs, listed: dict[str, tuple[Any, Any]], views: dict[str, Any]
) -> np.ndarray:
    if feature.comparator is not None:
        name = feature.inputs[0]
        return _scored(feature.comparator, records.column(name), pairs, listed[name])
    assert feature.function is not None
    arguments = {f"{c}_{side}": views[f"{c}_{side}"] for c in feature.inputs for side in "lr"}
    return np.asarray(feature.function(**arguments))


def _scored(comparator: GridComparator, column: Any, pairs: Pairs, listed: tuple[Any, Any]) -> FloatArray:
    """A symmetric comparator over the chunk. Where either side is missing the value is NaN."""
    scores = np.empty(len(pairs.row), dtype=np.float32)
    values, cells = column.values, pairs.cells
    for grid in pairs.grids:
        matrix = comparator.grid(values[grid.rows], values[grid.columns])
        # "clip" because "raise" would copy; no cell lies outside.
        matrix.ravel().take(cells[grid.start : grid.stop], out=scores[grid.start : grid.stop], mode="clip")
    if len(pairs.outside):
        scores[pairs.outside] = comparator.pairs(*listed)
    if column.missing.any():
        scores[column.missing[pairs.row] | column.missing[pairs.column]] = np.nan
    return scores


def _listed(column: Any, pairs: Pairs) -> tuple[Any, Any]:
    """The values of both sides of the pairs outside the grids, for all comparators of the column."""
    sides = (pairs.row[pairs.outside], pairs.column[pairs.outside])
    if isinstance(column, TextColumn):
        return Text(column, sides[0]).values, Text(column, sides[1]).values
    return column.values[sides[0]], column.values[sides[1]]


def _to_arrow(feature: PairFeature, values: np.ndarray) -> pa.Array:
    """The column in its declared type; NaN is null."""
    if not feature.returns.nullable:
        return pa.array(values, type=feature.returns.arrow)
    scores = np.asarray(values, dtype=np.float32)
    return pa.array(scores, from_pandas=bool(np.isnan(scores).any()))
