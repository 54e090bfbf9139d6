"""Pair features of a chunk of pairs: block against block where that is cheaper, pair by pair elsewhere.

Both ways give the same bits, so where the line is drawn is a matter of speed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, starmap
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import IntArray
from features.columns import Records
from features.comparators.values import blank
from features.declare import FloatArray, GridComparator, PairFeature
from features.pairing import Pairs
from features.views import Beside

GRID_CELLS = 96
"""Smallest grid worth a call of its own."""

GRID_DENSITY = 0.2
"""Share of a grid's cells that must be wanted pairs: pair by pair costs about five times as much a pair."""

FEW_TEXTS = 8
"""Pairs up to which the texts of several columns are scored in one call, as one list."""

_ALIGNED = 64
"""Values to a multiple of which a row is filled up: Arrow has every column begin at a multiple of 64 bytes."""


def worth_a_grid(pairs: Any, cells: Any) -> Any:
    """Whether so many pairs of so many cells are cheaper compared as a grid than one by one; numbers or arrays."""
    return (cells >= GRID_CELLS) & (pairs >= GRID_DENSITY * cells)


@dataclass(frozen=True, eq=False)
class _Call:
    """Features that one call of their comparator computes, and the rows of their values among numbers or states."""

    features: tuple[PairFeature, ...]
    rows: tuple[int, ...]

    @cached_property
    def nullable(self) -> bool:
        """Whether the values are numbers."""
        return self.features[0].returns.nullable

    @cached_property
    def columns(self) -> frozenset[str]:
        """All that it reads."""
        return frozenset(column for feature in self.features for column in feature.inputs)

    @cached_property
    def parameters(self) -> tuple[tuple[str, ...], ...]:
        """The columns of the features by place: all first ones, all second ones …"""
        return tuple(zip(*(feature.inputs for feature in self.features), strict=True))

    @cached_property
    def singly(self) -> tuple[_Call, ...]:
        """The features in calls of their own."""
        if not self.features[1:]:
            return (self,)
        return tuple(_Call((feature,), (row,)) for feature, row in zip(self.features, self.rows, strict=True))

    def heard(self, silent: tuple[set[str], set[str]]) -> _Call | None:
        """The call without the features of numbers that have no value at all on one side; None where none is left."""
        left, right = silent
        heard = [one for one in self.singly if not (left >= one.columns or right >= one.columns)]
        return (
            None
            if not heard
            else _Call(tuple([one.features[0] for one in heard]), tuple([one.rows[0] for one in heard]))
        )


@dataclass(frozen=True)
class _Plan:
    """What it takes to compute some features: the columns read, the calls made, the rows of numbers and of states."""

    columns: tuple[str, ...]
    calls: tuple[_Call, ...]
    numbers: int
    states: int
    order: tuple[int, ...]
    """Of each feature, its row in the numbers with the states below them."""


@lru_cache(maxsize=256)
def _plan(features: tuple[PairFeature, ...], texts_together: bool) -> _Plan:
    """Features of the same comparator go together; of one that scores texts only if so told."""
    nullable = [feature.returns.nullable for feature in features]
    rows = [nullable[:n].count(kind) for n, kind in enumerate(nullable)]
    calls: dict[int, list[tuple[PairFeature, int]]] = {}
    for feature, row in zip(features, rows, strict=True):
        one_call = feature.elementwise or (feature.comparator if texts_together else None)
        calls.setdefault(id(one_call or feature), []).append((feature, row))
    numbers = sum(nullable)
    return _Plan(
        tuple(dict.fromkeys(column for feature in features for column in feature.inputs)),
        tuple(_Call(*map(tuple, zip(*call, strict=True))) for call in calls.values()),
        numbers,
        len(features) - numbers,
        tuple(row if number else numbers + row for row, number in zip(rows, nullable, strict=True)),
    )


def compare(features: Sequence[PairFeature], records: Records, pairs: Pairs) -> list[pa.Array]:
    """One Arrow column a feature, in the features' order; null where the feature is undefined.

    A feature of numbers is not computed where one side has no value at all in what it reads: it is null by contract.
    """
    plan = _plan(tuple(features), len(pairs.row) <= FEW_TEXTS)
    beside = Beside(records, pairs, plan.columns)
    numbers = _Rows(plan.numbers, len(pairs.row), np.float32)
    states = _Rows(plan.states, len(pairs.row), np.int8)
    silent = beside.silent[0] | beside.silent[1]
    for together in plan.calls:
        for call in (together,) if beside.alone.isdisjoint(together.columns) else together.singly:
            heard = call if not call.nullable or silent.isdisjoint(call.columns) else call.heard(beside.silent)
            if heard is not None:
                (numbers if call.nullable else states).put(heard.rows, _values(heard, beside))
    columns = numbers.columns() + states.columns()
    return [columns[row] for row in plan.order]


def _values(call: _Call, beside: Beside) -> Any:
    """The values of the features of a call: one row a feature, or that of the only one."""
    feature = call.features[0]
    if feature.function is not None:
        arguments: dict[str, Any] = {}
        for (column,) in call.parameters:
            arguments[f"{column}_l"], arguments[f"{column}_r"] = beside.views(column)
        return feature.function(**arguments)
    if feature.elementwise is not None:
        return feature.elementwise(*chain.from_iterable(starmap(beside.views, call.parameters)))
    assert feature.comparator is not None
    return _scored(feature.comparator, call.parameters[0], beside)


def _scored(comparator: GridComparator, names: tuple[str, ...], beside: Beside) -> FloatArray:
    """A symmetric comparator over the chunk. Where either side is missing the value is NaN."""
    values = [cast(Any, beside.records.column(name)).values for name in names]
    one, other = beside.views(*names)
    if names[1:]:
        left, right = ([value for of in values for value in _at(of, side.rows)] for side in (one, other))
        scores = comparator.pairs(left, right).reshape(len(names), -1)
    else:
        (of,) = values
        scores = beside.pairs.compared(
            np.float32,
            lambda rows, columns: comparator.grid(of[rows], of[columns]),
            lambda row, column: comparator.pairs(_at(of, row), _at(of, column)),
        )
    return blank(scores, one.lacking(other))


def _at(values: Any, rows: IntArray) -> Any:
    return [values[row] for row in rows.tolist()] if isinstance(values, list) else values[rows]


class _Rows:
    """Columns of one type under one another, made Arrow arrays together: one by one that is most of a lookup."""

    def __init__(self, columns: int, size: int, dtype: type[np.float32 | np.int8]) -> None:
        self._size = size
        self._values = np.full((columns, -(-size // _ALIGNED) * _ALIGNED), np.nan if dtype is np.float32 else 0, dtype)
        self._arrow = pa.from_numpy_dtype(dtype)

    def put(self, rows: tuple[int, ...], values: npt.NDArray[Any]) -> None:
        """The values of some columns; NaN is null, and so is what is not put.

        Raises ValueError for values that are not one a pair: numpy would repeat them.
        """
        found, wanted = np.shape(values), (len(rows), self._size) if rows[1:] else (self._size,)
        if found != wanted:
            raise ValueError(f"a comparator gave values of the shape {found}; wanted {wanted}, one a pair")
        self._values[rows if rows[1:] else rows[0], : self._size] = values

    def columns(self) -> list[pa.Array]:
        """The columns in order. They lie in one buffer, each from its own offset on."""
        present = self._values == self._values
        nulls = (self._size - np.count_nonzero(present[:, : self._size], axis=1)).tolist()
        valid, values = pa.py_buffer(np.packbits(present, bitorder="little")), pa.py_buffer(self._values)
        width = self._values.shape[1]
        return [
            pa.Array.from_buffers(self._arrow, self._size, [valid if missing else None, values], missing, n * width)
            for n, missing in enumerate(nulls)
        ]
