"""Pair features of a chunk of pairs: block against block where that is cheaper, pair by pair elsewhere.

Both ways give the same bits, so where the line is drawn is a matter of speed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, starmap
from math import isnan
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import IntArray
from features.columns import Records
from features.comparators.values import blank
from features.declare import FloatArray, GridComparator, PairFeature
from features.kernel.one_by_one import OneByOne
from features.pairing import Pairs
from features.views import Beside

GRID_CELLS = 96
"""Smallest grid worth a call of its own."""

GRID_DENSITY = 0.2
"""Share of a grid's cells that must be wanted pairs: pair by pair costs about five times as much a pair."""

_ALIGNED = 64
"""Values to a multiple of which a row is filled up: Arrow has every column begin at a multiple of 64 bytes."""


def worth_a_grid(pairs: Any, cells: Any) -> Any:
    """Whether so many pairs of so many cells are cheaper compared as a grid than one by one; numbers or arrays."""
    return (cells >= GRID_CELLS) & (pairs >= GRID_DENSITY * cells)


@dataclass(frozen=True, eq=False)
class _Call:
    """Features that one call computes, and the rows of their values among numbers or states."""

    features: tuple[PairFeature, ...]
    rows: tuple[int, ...]

    @cached_property
    def nullable(self) -> bool:
        """Whether the values are numbers."""
        return self.features[0].returns.nullable

    @cached_property
    def where(self) -> int | slice | list[int]:
        """The rows, as numpy has them soonest: one, adjoining ones, or some."""
        first, last = self.rows[0], self.rows[-1] + 1
        if last - first == 1:
            return first
        return slice(first, last) if self.rows == tuple(range(first, last)) else list(self.rows)

    @cached_property
    def columns(self) -> frozenset[str]:
        """All that it reads."""
        return frozenset(column for feature in self.features for column in feature.inputs)

    @cached_property
    def parameters(self) -> tuple[tuple[str, ...], ...]:
        """The columns of the features by place: all first ones, all second ones …"""
        return tuple(zip(*(feature.inputs for feature in self.features), strict=True))

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Of the first feature, what a function calls both sides of each column."""
        return tuple(f"{column}_{side}" for column in self.features[0].inputs for side in "lr")

    @cached_property
    def singly(self) -> tuple[_Call, ...]:
        """The features in calls of their own."""
        if not self.features[1:]:
            return (self,)
        return tuple(_Call((feature,), (row,)) for feature, row in zip(self.features, self.rows, strict=True))


@lru_cache(maxsize=4096)
def _heard(call: _Call, left: frozenset[str], right: frozenset[str]) -> _Call | None:
    """The call without features that read only columns of which that side has no value; None where none is left."""
    heard = [one for one in call.singly if not (left >= one.columns or right >= one.columns)]
    return _Call(tuple(one.features[0] for one in heard), tuple(one.rows[0] for one in heard)) if heard else None


@dataclass(frozen=True)
class _Plan:
    """What it takes to compute some features: the calls made, the rows of numbers and of states."""

    calls: tuple[_Call, ...]
    numbers: int
    states: int
    order: tuple[int, ...]
    """Of each feature, its row in the numbers with the states below them."""

    @cached_property
    def one_by_one(self) -> OneByOne:
        """The features that are computed of plain values, where the records come as such."""
        return OneByOne(
            (feature, row) for call in self.calls for feature, row in zip(call.features, call.rows, strict=True)
        )

    @cached_property
    def others(self) -> tuple[_Call, ...]:
        """The calls of all other features."""
        return tuple(one for call in self.calls for one in call.singly if one.features[0].plain is None)


@lru_cache(maxsize=256)
def _plan(features: tuple[PairFeature, ...]) -> _Plan:
    """Features of the same elementwise comparator go together, and all of one kind of grid comparator."""
    together: dict[Any, list[int]] = {}
    for n, feature in enumerate(features):
        of = feature.elementwise or (type(feature.comparator) if feature.comparator else feature)
        together.setdefault(of, []).append(n)
    calls: list[_Call] = []
    rows = {True: 0, False: 0}
    row_of: dict[int, int] = {}
    for members in together.values():  # the values of a call stand in adjoining rows
        nullable = features[members[0]].returns.nullable
        first, rows[nullable] = rows[nullable], rows[nullable] + len(members)
        calls.append(_Call(tuple(features[n] for n in members), tuple(range(first, rows[nullable]))))
        row_of |= {n: first + place for place, n in enumerate(members)}
    return _Plan(
        tuple(calls),
        rows[True],
        rows[False],
        tuple(row_of[n] + (0 if feature.returns.nullable else rows[True]) for n, feature in enumerate(features)),
    )


@lru_cache(maxsize=256)
def _read_by(calls: tuple[_Call, ...]) -> tuple[str, ...]:
    """The columns that some calls read."""
    return tuple(dict.fromkeys(column for call in calls for feature in call.features for column in feature.inputs))


@dataclass(frozen=True, eq=False)
class Compared:
    """The features of some pairs: numbers with NaN for null in one block, states in another, a row a feature."""

    features: tuple[PairFeature, ...]
    size: int
    numbers: npt.NDArray[np.float32]
    states: npt.NDArray[np.int8]
    order: tuple[int, ...]

    def columns(self) -> list[pa.Array]:
        """One Arrow column a feature, in the features' order; null where the feature is undefined."""
        columns = _arrow(self.numbers, self.size) + _arrow(self.states, self.size)
        return [columns[row] for row in self.order]

    def row(self, pair: int) -> dict[str, float | int | None]:
        """The features of one pair by name; None where undefined."""
        numbers = [None if isnan(number) else number for number in self.numbers[:, pair].tolist()]
        values = numbers + self.states[:, pair].tolist()
        return {feature.name: values[row] for feature, row in zip(self.features, self.order, strict=True)}


def compare(features: Sequence[PairFeature], records: Records, pairs: Pairs) -> list[pa.Array]:
    """One Arrow column a feature, in the features' order; null where the feature is undefined."""
    return compared(features, records, pairs).columns()


def compared(features: Sequence[PairFeature], records: Records, pairs: Pairs) -> Compared:
    """The features of the pairs.

    A feature of numbers is not computed where one side has no value at all in what it reads: it is null by contract.
    """
    plan = _plan(tuple(features))
    size = len(pairs.row)
    numbers, states = _block(plan.numbers, size, np.float32(np.nan)), _block(plan.states, size, np.int8(0))
    if records.plain:
        plan.one_by_one.put(records.plain, pairs, numbers, states)
    calls = plan.others if records.plain else plan.calls
    if calls:
        _put_all(calls, Beside(records, pairs, _read_by(calls)), numbers, states)
    return Compared(tuple(features), size, numbers, states, plan.order)


def _put_all(
    calls: Sequence[_Call], beside: Beside, numbers: npt.NDArray[np.float32], states: npt.NDArray[np.int8]
) -> None:
    """The features of some calls, computed of arrays."""
    size = len(beside.pairs.row)
    left, right = beside.silent
    silent = left | right
    for joint in calls:
        for call in (joint,) if not joint.features[1:] or beside.together(joint.parameters) else joint.singly:
            heard: _Call | None = call
            if call.nullable and not silent.isdisjoint(call.columns):
                heard = _heard(call, left & call.columns, right & call.columns)
            if heard is not None:
                _put(numbers if call.nullable else states, heard, _values(heard, beside), size)


def _values(call: _Call, beside: Beside) -> Any:
    """The values of the features of a call: one row a feature, or that of the only one."""
    feature = call.features[0]
    if feature.function is not None:
        sides = chain.from_iterable([beside.views(column) for column in feature.inputs])
        return feature.function(**dict(zip(call.arguments, sides, strict=True)))
    if feature.elementwise is not None:
        return feature.elementwise(*chain.from_iterable(starmap(beside.views, call.parameters)))
    return blank(_scores(call, beside), beside.lacking(*call.parameters[0]))


def _scores(call: _Call, beside: Beside) -> FloatArray:
    """What grid comparators of one kind give over the chunk, whether or not a side is missing: one row a feature."""
    comparators = [cast(GridComparator, feature.comparator) for feature in call.features]
    columns = [beside.records.values(name) for name in call.parameters[0]]
    scores = [_scored(comparator, of, beside.pairs) for comparator, of in zip(comparators, columns, strict=True)]
    return np.array(scores) if scores[1:] else scores[0]


def _scored(comparator: GridComparator, of: Any, pairs: Pairs) -> FloatArray:
    """A symmetric comparator over the values of one column."""
    return pairs.compared(
        np.float32,
        lambda rows, columns: comparator.grid(of[rows], of[columns]),
        lambda row, column: comparator.pairs(_at(of, row), _at(of, column)),
    )


def _at(values: Any, rows: IntArray) -> Any:
    return [values[row] for row in rows.tolist()] if isinstance(values, list) else values[rows]


def _block(rows: int, size: int, null: np.generic) -> npt.NDArray[Any]:
    """A row a feature, all null. Rows are filled up, so that Arrow may have each for a column."""
    return np.full((rows, -(-size // _ALIGNED) * _ALIGNED), null)


def _put(block: npt.NDArray[Any], call: _Call, values: npt.NDArray[Any], size: int) -> None:
    """The values of some features; NaN is null, and so is what is not put.

    Raises ValueError for values that are not one a pair: numpy would repeat them.
    """
    found, wanted = np.shape(values), (len(call.rows), size) if call.rows[1:] else (size,)
    if found != wanted:
        raise ValueError(f"a comparator gave values of the shape {found}; wanted {wanted}, one a pair")
    block[call.where, :size] = values


def _arrow(block: npt.NDArray[Any], size: int) -> list[pa.Array]:
    """The rows of a block as Arrow arrays. They lie in one buffer, each from its own offset on."""
    present = np.equal(block, block)
    nulls = (size - np.count_nonzero(present[:, :size], axis=1)).tolist()
    valid, values = pa.py_buffer(np.packbits(present, bitorder="little")), pa.py_buffer(block)
    kind, width = pa.from_numpy_dtype(block.dtype), block.shape[1]
    return [
        pa.Array.from_buffers(kind, size, [valid if missing else None, values], missing, n * width)
        for n, missing in enumerate(nulls)
    ]
