"""Columns seen through pairs of records: what a pair feature takes, and what both sides of a column make together.

What several features need of the two sides (which lack a value, which are equal, which tokens they share) is derived
once and kept as long as the pairs are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

import numpy as np
import numpy.typing as npt

from features.arrays import BoolArray, IntArray, beside, member
from features.columns import (
    Derived,
    OtherStack,
    Records,
    Stack,
    TextColumn,
    TextStack,
    VectorColumn,
    VectorStack,
    WeightsColumn,
    WeightsStack,
)
from features.pairing import Pairs
from features.token_sets import TokensColumn, TokensStack

FEW = 1000
"""Records, and pairs, up to which the columns of a type are decoded and looked at together."""

C = TypeVar("C", bound=TextColumn | TokensColumn | WeightsColumn | VectorColumn)
Made = TypeVar("Made")


class Sides:
    """The columns of a stack, seen from both sides of pairs; of every result one row a column."""

    def __init__(self, stack: Stack, pairs: Pairs) -> None:
        self.stack, self.pairs = stack, pairs
        self.rows = pairs.left, pairs.right
        self.missing: tuple[BoolArray, BoolArray] = pairs.beside(stack.missing)
        """Where the left, and where the right record has no value."""
        self.lacking: BoolArray = self.missing[0] | self.missing[1]
        """Where either side has no value."""

    @cached_property
    def silent(self) -> tuple[list[bool], list[bool]]:
        """Of each column, whether it has no value in any left, and in any right record."""
        left, right = (cast(list[bool], np.logical_and.reduce(missing, axis=1).tolist()) for missing in self.missing)
        return left, right

    @cached_property
    def same(self) -> BoolArray:
        """Where both sides have the same text; or neither has any."""
        left, right = self.pairs.beside(cast(TextStack, self.stack).codes)
        return np.asarray(left == right)

    @cached_property
    def count(self) -> tuple[IntArray, IntArray]:
        """Distinct tokens of the left, and of the right record."""
        return self.pairs.beside(cast(TokensStack, self.stack).count)

    @cached_property
    def shared(self) -> IntArray:
        """Number of distinct tokens that both sides have."""
        stack = cast(TokensStack, self.stack)
        return self.pairs.compared(np.int64, stack.shared_in_grid, stack.shared_in_list, len(stack.count))


class View(Generic[C]):
    """A column as one side of the pairs has it.

    It may also be several columns of a stack, for an elementwise comparator: of what is known of all columns of a stack
    (`missing`, `lacking`, `same`, `count`, `shared`) it has one row a column, and of the rest nothing.
    """

    def __init__(self, column: C | None, sides: Sides, place: int | IntArray, side: int) -> None:
        self._column = column
        self._sides, self._place, self._side = sides, place, side

    @property
    def rows(self) -> IntArray:
        """The number of each pair's record on this side."""
        return self._sides.rows[self._side]

    @cached_property
    def _made(self) -> dict[tuple[Any, ...], Any]:
        return {}

    @property
    def column(self) -> C:
        """The whole column."""
        if self._column is None:
            raise TypeError(
                "a comparator declared with scored() asks for more than missing, lacking, same, count and "
                "shared; declare a function of its own for each column with @pair_feature()"
            )
        return self._column

    @property
    def missing(self) -> BoolArray:
        """True where the record has no value."""
        return self._sides.missing[self._side][self._place]

    def lacking(self, other: View[C]) -> BoolArray:
        """True where this side or the other has no value."""
        return self._both(other).lacking[self._place]

    def once(self, make: Callable[..., Made], *others: Any) -> Made:
        """What `make` makes of this side and the others, made once for all features that ask."""
        key = make, *others
        if key not in self._made:
            self._made[key] = make(self, *others)
        return cast(Made, self._made[key])

    def _both(self, other: View[C]) -> Sides:
        if self._sides is not other._sides or self._place is not other._place:
            raise ValueError("two columns were compared as if they were the two sides of one; name one as x_l and x_r")
        return self._sides


class Text(View[TextColumn]):
    """A column of strings; a missing string is the empty one and marked."""

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Equal codes for equal strings of the column, whichever side they stand on; -1 where missing."""
        return np.asarray(self.column.stack.codes[self.column.place][self.rows])

    @cached_property
    def values(self) -> list[str]:
        """The strings themselves."""
        values = self.column.values
        return [values[row] for row in self.rows.tolist()]

    def same(self, other: Text) -> BoolArray:
        """True where both sides have the same string, or neither has any."""
        return self._both(other).same[self._place]

    def each(self, function: Derived) -> npt.NDArray[Any]:
        """What `function` makes of each value, computed once a record."""
        return self.column.each(function)[self.rows]


@dataclass(frozen=True)
class Entries:
    """Tokens of pairs by code: entry n is the token `code[n]` of the pair `pair[n]`; ascending by both."""

    pair: IntArray
    code: IntArray


@dataclass(frozen=True)
class Matched:
    """Two token columns beside each other: what both sides of a pair have, and what only one of them has."""

    shared: Entries
    only_left: Entries
    only_right: Entries


class Tokens(View[TokensColumn]):
    """A column of token sets; an empty set is missing."""

    @property
    def count(self) -> IntArray:
        """Distinct tokens of each record."""
        return self._sides.count[self._side][self._place]

    @cached_property
    def entries(self) -> Entries:
        """All tokens of every pair's record."""
        pair, place = beside(np.arange(len(self.rows)), self.column.bounds[self.rows], self.count)
        return Entries(pair, self.column.codes[place])

    def shared(self, other: Tokens) -> IntArray:
        """Number of distinct tokens that both sides of a pair have."""
        return self._both(other).shared[self._place]

    def matched(self, other: Tokens) -> Matched:
        """The tokens of both sides sorted out."""
        return self.once(_matched, other)


def _matched(left: Tokens, right: Tokens) -> Matched:
    """Both sides ascend, so one search of the left entries among the right ones finds what they share."""
    one, other, distinct = left.entries, right.entries, left.column.stack.coded.distinct
    in_right, at = member(one.pair * distinct + one.code, other.pair * distinct + other.code)
    in_left = np.zeros(len(other.pair), dtype=bool)
    in_left[at[in_right]] = True
    return Matched(_kept(one, in_right), _kept(one, ~in_right), _kept(other, ~in_left))


def _kept(entries: Entries, which: BoolArray) -> Entries:
    return Entries(entries.pair[which], entries.code[which])


class Weights(View[WeightsColumn]):
    """Whole numbers beside a column of tokens, one for each token of the record."""


class Vector(View[VectorColumn]):
    """A column of integer vectors; a missing vector is all zero and marked."""

    @cached_property
    def values(self) -> npt.NDArray[np.float32]:
        """The vectors, one a row. Whole numbers of at most 127, so a float32 dot product is exact."""
        return np.asarray(self.column.values[self.rows])


_VIEWS: dict[type, type[View[Any]]] = {
    TextStack: Text,
    TokensStack: Tokens,
    WeightsStack: Weights,
    VectorStack: Vector,
    OtherStack: Text,
}


class Beside:
    """The records of each pair beside each other, in the named columns."""

    def __init__(self, records: Records, pairs: Pairs, names: Iterable[str]) -> None:
        self.records, self.pairs = records, pairs
        self.few = len(records) <= FEW and len(pairs.row) <= FEW
        records.decode(names, together=self.few)
        self.places = records.places(names)
        self._sides: dict[Stack, Sides] = {}
        self._views: dict[Any, tuple[View[Any], View[Any]]] = {}

    def sides(self, name: str) -> Sides:
        """Both sides of the stack that a column lies in."""
        return self._sides_of(self.places[name][0])

    def together(self, parameters: Iterable[tuple[str, ...]]) -> bool:
        """Whether columns may be looked at together: the pairs are few, and each tuple of columns is of one stack.

        Columns of different types are not, nor are those that were decoded at different times.
        """
        places = self.places
        return self.few and all(len({places[name][0] for name in names}) == 1 for names in parameters)

    def lacking(self, *names: str) -> BoolArray:
        """Where either side has no value in a column; of several columns of one stack, one row a column."""
        of = [self.places[name][1] for name in names]
        return self.sides(names[0]).lacking[of if names[1:] else of[0]]

    def views(self, *names: str) -> tuple[View[Any], View[Any]]:
        """A column as the left and as the right side has it; or several columns of one stack."""
        if names not in self._views:
            sides, place = self.sides(names[0]), self.places[names[0]][1]
            of = np.array([self.places[name][1] for name in names]) if names[1:] else place
            column = None if names[1:] else self.records.column(names[0])
            view = _VIEWS[type(sides.stack)]
            self._views[names] = view(column, sides, of, 0), view(column, sides, of, 1)
        return self._views[names]

    @cached_property
    def silent(self) -> tuple[frozenset[str], frozenset[str]]:
        """The columns that have no value in any left record, and those that have none in any right one."""
        stacks = dict.fromkeys([stack for stack, _ in self.places.values()])
        of = {stack: self._sides_of(stack).silent for stack in stacks}
        left, right = (
            frozenset([name for name, (stack, place) in self.places.items() if of[stack][side][place]])
            if any(any(silent[side]) for silent in of.values())
            else frozenset[str]()
            for side in (0, 1)
        )
        return left, right

    def _sides_of(self, stack: Stack) -> Sides:
        if stack not in self._sides:
            self._sides[stack] = Sides(stack, self.pairs)
        return self._sides[stack]
