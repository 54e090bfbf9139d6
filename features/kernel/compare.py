"""Pair features of a chunk of pairs: block against block where that is cheaper, pair by pair elsewhere.

Both ways give the same bits, so where the line is drawn is a matter of speed alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.columns import IntArray, Records, TextStack
from features.comparators.values import blank
from features.declare import FloatArray, GridComparator, PairFeature
from features.views import Beside, Grid, Pairs

__all__ = ["GRID_CELLS", "GRID_DENSITY", "Grid", "Pairs", "compare", "worth_a_grid"]

GRID_CELLS = 96
"""Smallest grid worth a call of its own."""

GRID_DENSITY = 0.2
"""Share of a grid's cells that must be wanted pairs: pair by pair costs about five times as much a pair."""

_FEW = 8
"""Pairs up to which the texts of several columns are scored in one call, as one list."""

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
    numbers = _Numbers(len(features), len(pairs.row))
    states: dict[int, pa.Array] = {}
    for group in _groups(features, beside):
        alike = [features[n] for n in group]
        values = _values(alike, beside)
        if alike[0].returns.nullable:
            numbers.put(group, values)
        else:
            states |= {n: pa.array(of, type=alike[0].returns.arrow) for n, of in zip(group, values, strict=True)}
    return numbers.columns(states)


def _groups(features: Sequence[PairFeature], beside: Beside) -> Iterable[list[int]]:
    """The features that are to be computed, by place: those together that one call of their comparator gives."""
    groups: dict[Any, list[int]] = {}
    for n, feature in enumerate(features):
        if not (feature.returns.nullable and beside.silent(feature.inputs)):
            groups.setdefault(_call(feature, beside) or n, []).append(n)
    return groups.values()


def _call(feature: PairFeature, beside: Beside) -> Any:
    """Equal for features that one call may compute; None where none other may be."""
    if feature.comparator is None:
        return None
    stacks = tuple([beside.places[column][0] for column in feature.inputs])
    few_texts = len(beside.pairs.row) <= _FEW and isinstance(stacks[0].stack, TextStack)
    return (id(feature.comparator), stacks) if few_texts or inspect.isfunction(feature.comparator) else None


def _values(features: Sequence[PairFeature], beside: Beside) -> npt.NDArray[Any]:
    """The values of features that are computed together, one row a feature."""
    comparator, function, inputs = features[0].comparator, features[0].function, [f.inputs for f in features]
    if function is not None:
        arguments: dict[str, Any] = {}
        for column in inputs[0]:
            arguments[f"{column}_l"], arguments[f"{column}_r"] = beside.views(column)
        values = function(**arguments)
    elif inspect.isfunction(comparator):
        values = comparator(*chain.from_iterable(beside.views(*columns) for columns in zip(*inputs, strict=True)))
    else:
        values = _scored(cast(GridComparator, comparator), [columns[0] for columns in inputs], beside)
    return np.asarray(values).reshape(len(features), len(beside.pairs.row))


def _scored(comparator: GridComparator, names: list[str], beside: Beside) -> FloatArray:
    """A symmetric comparator over the chunk. Where either side is missing the value is NaN."""
    values = [cast(Any, beside.records.column(name)).values for name in names]
    sides = beside.places[names[0]][0]
    if names[1:]:
        left, right = ([value for of in values for value in _at(of, rows)] for rows in sides.rows)
        scores = comparator.pairs(left, right).reshape(len(names), -1)
    else:
        (of,) = values
        scores = beside.pairs.compared(
            np.float32,
            lambda rows, columns: comparator.grid(of[rows], of[columns]),
            lambda row, column: comparator.pairs(_at(of, row), _at(of, column)),
        )[np.newaxis]
    return blank(scores, sides.lacking[[beside.places[name][1] for name in names]])


def _at(values: Any, rows: IntArray) -> Any:
    return [values[row] for row in rows.tolist()] if isinstance(values, list) else values[rows]


class _Numbers:
    """Columns of float32 under one another, made Arrow arrays together: one at a time that is most of a lookup."""

    def __init__(self, columns: int, rows: int) -> None:
        self._count = rows
        self._values = np.full((columns, -(-rows // _ALIGNED) * _ALIGNED), np.nan, dtype=np.float32)

    def put(self, places: list[int], values: npt.NDArray[Any]) -> None:
        """The values of the columns of these places; NaN is null, and so is what is not put."""
        self._values[places, : self._count] = values

    def columns(self, others: Mapping[int, pa.Array]) -> list[pa.Array]:
        """The columns in order, with others in their places. They lie in one buffer, each from its own offset on."""
        present = self._values == self._values
        nulls = (self._count - np.count_nonzero(present[:, : self._count], axis=1)).tolist()
        valid, values = pa.py_buffer(np.packbits(present, bitorder="little")), pa.py_buffer(self._values)
        float32, width = pa.float32(), self._values.shape[1]
        return [
            others[n]
            if n in others
            else pa.Array.from_buffers(float32, self._count, [valid if missing else None, values], missing, n * width)
            for n, missing in enumerate(nulls)
        ]
