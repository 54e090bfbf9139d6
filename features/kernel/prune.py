"""Hopeless pairs, found by cheap features before the costly ones are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray
from features.catalogue import Catalogue
from features.declare import DeclarationError, PairFeature
from features.kernel.compare import worth_a_grid
from features.pairing import Grid, Pairs
from features.sections import nearest


@dataclass(frozen=True)
class Prune:
    """A pair is kept when at least one feature reaches its floor, or none of them is defined.

    The floor of a number is its least value, that of a state the state itself.
    """

    features: tuple[PairFeature, ...]
    floors: tuple[float, ...]

    @classmethod
    def of(cls, floors: Mapping[str, float | str], catalogue: Catalogue, section: str = "prune") -> Prune | None:
        """From a section of the settings, by feature name; None where there are none.

        DeclarationError for a floor that is none.
        """
        if not floors:
            return None
        features = tuple(catalogue.pair_feature(name) for name in floors)
        return cls(features, tuple(_floor(feature, floors[feature.name], section) for feature in features))

    def keeps(self, values: Sequence[pa.Array]) -> BoolArray:
        """Which pairs are kept, from the values of `features` in their order."""
        kept = np.zeros(len(values[0]), dtype=bool)
        unknown = np.ones(len(values[0]), dtype=bool)
        for feature, floor, column in zip(self.features, self.floors, values, strict=True):
            kept |= _reaches(feature, floor, column)
            silent = pc.less_equal(column, 1) if feature.returns.states else column.is_null()
            unknown &= silent.to_numpy(zero_copy_only=False)
        return kept | unknown

    def reaches_all(self, values: Sequence[pa.Array]) -> BoolArray:
        """Which pairs reach every floor, from the values of `features` in their order; one of null reaches none."""
        reached = [_reaches(*one) for one in zip(self.features, self.floors, values, strict=True)]
        return np.asarray(np.logical_and.reduce(reached))


def kept_pairs(pairs: Pairs, kept: BoolArray) -> Pairs:
    """The pairs that are kept, with the grids they still fill."""
    before = np.concatenate([[0], np.cumsum(kept)])
    moved = (replace(grid, start=int(before[grid.start]), stop=int(before[grid.stop])) for grid in pairs.grids)
    swapped = None if pairs.swapped is None else pairs.swapped[kept]
    return Pairs(pairs.row[kept], pairs.column[kept], swapped, tuple(grid for grid in moved if _filled(grid)))


def _filled(grid: Grid) -> bool:
    cells = (grid.rows.stop - grid.rows.start) * (grid.columns.stop - grid.columns.start)
    return bool(worth_a_grid(grid.stop - grid.start, cells))


def _reaches(feature: PairFeature, floor: float, column: pa.Array) -> BoolArray:
    reaches = pc.equal(column, floor) if feature.returns.states else pc.greater_equal(column, floor)
    return np.asarray(pc.fill_null(reaches, False).to_numpy(zero_copy_only=False))


def _floor(feature: PairFeature, floor: float | str, section: str) -> float:
    states = feature.returns.states
    if states:
        if floor not in states:
            said = f"[{section}] {feature.name}: there is no state {floor!r}"
            raise DeclarationError(said + nearest(str(floor), states))
        return states.index(str(floor))
    if isinstance(floor, str) or not feature.returns.low <= floor <= feature.returns.high:
        raise DeclarationError(f"[{section}] {feature.name}: found {floor!r}, wanted a number {feature.returns.range}")
    return floor
