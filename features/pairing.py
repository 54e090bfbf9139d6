"""Lists of pairs of records, by row number, and the grids that they fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from features.arrays import IntArray

Compared = TypeVar("Compared", bound=np.generic)


@dataclass(frozen=True)
class Grid:
    """Pairs `start:stop` of a chunk all lie in records `rows` × `columns`, both contiguous."""

    start: int
    stop: int
    rows: slice
    columns: slice


@dataclass(frozen=True)
class Pairs:
    """A chunk of pairs: row numbers of both sides into one `Records`, and the grids they fill.

    In a grid the row numbers are those before `swapped` exchanged left and right.
    """

    row: IntArray
    column: IntArray
    swapped: np.ndarray | None
    grids: tuple[Grid, ...]

    @cached_property
    def left(self) -> IntArray:
        """Row numbers of the left records."""
        return self.row if self.swapped is None else np.where(self.swapped, self.column, self.row)

    @cached_property
    def right(self) -> IntArray:
        """Row numbers of the right records."""
        return self.column if self.swapped is None else np.where(self.swapped, self.row, self.column)

    def beside(self, values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """What the left, and what the right records have in values of a row a column and a column a record."""
        grid = self.cells
        if grid is not None and grid.rows.stop - grid.rows.start == 1:
            return values.take(self.left, axis=1), values[:, grid.columns]  # a lookup: one side as it is
        return values.take(self.left, axis=1), values.take(self.right, axis=1)

    @cached_property
    def _cells(self) -> list[tuple[Grid, Any]]:
        """Where the pairs of each grid stand in it, counted row by row."""
        return [(grid, self._of_grid(grid)) for grid in self.grids]

    @cached_property
    def cells(self) -> Grid | None:
        """The only grid, if the pairs are its cells, in order, and none the wrong way round."""
        if len(self.grids) != 1 or self.swapped is not None:
            return None
        ((grid, cells),) = self._cells
        return grid if isinstance(cells, slice) and (grid.start, grid.stop) == (0, len(self.row)) else None

    def _of_grid(self, grid: Grid) -> IntArray | slice:
        pairs = slice(grid.start, grid.stop)
        width = grid.columns.stop - grid.columns.start
        cells = (self.row[pairs] - grid.rows.start) * width + (self.column[pairs] - grid.columns.start)
        size = width * (grid.rows.stop - grid.rows.start)
        return slice(None) if len(cells) == size and (size == 1 or (cells[1:] > cells[:-1]).all()) else cells

    @cached_property
    def _rest(self) -> IntArray | slice:
        """Positions of the pairs that no grid covers."""
        covered = np.zeros(len(self.row), dtype=bool)
        for grid in self.grids:
            covered[grid.start : grid.stop] = True
        return np.flatnonzero(~covered) if self.grids else slice(None)

    def compared(
        self,
        dtype: type[Compared],
        in_grid: Callable[[slice, slice], npt.NDArray[Any]],
        in_list: Callable[[IntArray, IntArray], npt.NDArray[Any]],
        *of: int,
    ) -> npt.NDArray[Compared]:
        """What a symmetric comparison gives: every row of a grid against every column, what is in none pair by pair.

        It may give the results `of` several columns, one below the other.
        """
        if self.cells is not None:  # a lookup: nothing to put together
            found = in_grid(self.cells.rows, self.cells.columns)
            return np.asarray(found, dtype=dtype).reshape(*of, -1)
        values = np.empty((*of, len(self.row)), dtype=dtype)
        for grid, cells in self._cells:
            values[..., grid.start : grid.stop] = in_grid(grid.rows, grid.columns).reshape(*of, -1)[..., cells]
        row = self.row[self._rest]
        if len(row):
            values[..., self._rest] = in_list(row, self.column[self._rest])
        return values
