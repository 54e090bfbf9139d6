"""Pair features of few pairs, one pair after the other, from plain values: the bits of arrays without their fixed cost.

A call of numpy takes a microsecond or more, and a pair has hundreds of them; Python's own numbers take a tenth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from features.declare import PairFeature
from features.pairing import Pairs
from features.plain import Plain

Record = Mapping[str, Plain]
"""The values of a record by column."""

Single = Callable[[Record, Record], Any]
"""What computes a feature of one pair."""


class OneByOne:
    """The features, of those given with their rows among numbers or states, that plain values are enough for."""

    def __init__(self, features: Iterable[tuple[PairFeature, int]]) -> None:
        found = [(feature, row, feature.plain) for feature, row in features]
        able = [(feature, row, call) for feature, row, call in found if call is not None]
        alone = [(f.inputs[0], row, call) for f, row, call in able if _is_alone(f)]
        others = [(_number(f, call), row) for f, row, call in able if f.returns.nullable and not _is_alone(f)]
        states = [(_value(f, call), row) for f, row, call in able if not f.returns.nullable]
        self._alone = [(name, call) for name, _, call in alone]
        self._others = [call for call, _ in others]
        self._number_rows = np.array([row for _, row, _ in alone] + [row for _, row in others], dtype=np.intp)
        self._states = [call for call, _ in states]
        self._state_rows = np.array([row for _, row in states], dtype=np.intp)

    def put(
        self,
        records: Sequence[Record],
        pairs: Pairs,
        numbers: npt.NDArray[np.float32],
        states: npt.NDArray[np.int8],
    ) -> None:
        """Their values, in their rows of the blocks."""
        beside = [
            (records[one], records[other]) for one, other in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
        ]
        if beside:
            numbers[self._number_rows, : len(beside)] = np.array([self._numbers_of(*sides) for sides in beside]).T
            states[self._state_rows, : len(beside)] = np.array([self._states_of(*sides) for sides in beside]).T

    def _numbers_of(self, left: Record, right: Record) -> list[Any]:
        """Null, without a call, where a side has no value in what is read."""
        numbers = [
            nan if (one := left[name]).missing or (other := right[name]).missing else call(one, other)
            for name, call in self._alone
        ]
        numbers += [call(left, right) for call in self._others]
        return numbers

    def _states_of(self, left: Record, right: Record) -> list[Any]:
        return [call(left, right) for call in self._states]


def _is_alone(feature: PairFeature) -> bool:
    """Whether it is a number that a comparator makes of one column, as most are."""
    return feature.function is None and len(feature.inputs) == 1 and feature.returns.nullable


def _value(feature: PairFeature, call: Callable[..., Any]) -> Single:
    """A feature of any columns: a function has both sides of each by name, a comparator one after the other."""
    columns = feature.inputs
    if feature.function is None:
        return lambda left, right: call(*[side[name] for name in columns for side in (left, right)])
    names = [(f"{column}_l", f"{column}_r", column) for column in columns]

    def value(left: Record, right: Record) -> Any:
        of = {}
        for one, other, column in names:
            of[one], of[other] = left[column], right[column]
        return call(**of)

    return value


def _number(feature: PairFeature, call: Callable[..., Any]) -> Single:
    """The same, null where a side has no value in any of the columns."""
    columns, first, value = feature.inputs, feature.inputs[0], _value(feature, call)

    def number(left: Record, right: Record) -> Any:
        for side in (left, right):
            if side[first].missing and all(side[name].missing for name in columns):
                return nan
        return value(left, right)

    return number
