"""Prepared records as columns, decoded once, and views of them gathered for a list of pairs.

A `Records` holds every record of a batch of blocks (or one query and its candidates); the two sides of
a pair are row numbers into it. What several comparators need of a column (Python strings, integer
codes, sets of codes) is derived once and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
_FEW = 64
"""Values that a dictionary of Python's own encodes sooner than Arrow's."""
_MANY = 20_000
"""Numbers that are searched sooner in order."""

C = TypeVar("C", bound="TextColumn | TokensColumn | WeightsColumn | VectorColumn")


class View(Generic[C]):
    """A column seen through row numbers: one side of a list of pairs."""

    def __init__(self, column: C, rows: IntArray) -> None:
        self.column = column
        self.rows = rows

    @cached_property
    def missing(self) -> BoolArray:
        """True where the record has no value."""
        return np.asarray(self.column.missing[self.rows])


class Text(View["TextColumn"]):
    """A column of strings; a missing string is the empty one and marked."""

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Equal codes for equal strings, whichever side they stand on."""
        return np.asarray(self.column.codes[self.rows])

    @cached_property
    def values(self) -> list[str]:
        """The strings themselves."""
        values = self.column.values
        return [values[row] for row in self.rows.tolist()]

    def each(self, function: Callable[[list[str]], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """What `function` makes of each value, computed once a record where that is less than once a pair."""
        if len(self.column.missing) > len(self.rows):
            return function(self.values)
        return function(self.column.values)[self.rows]


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


class Tokens(View["TokensColumn"]):
    """A column of token sets; an empty set is missing."""

    def __init__(self, column: TokensColumn, rows: IntArray) -> None:
        super().__init__(column, rows)
        self._matched: tuple[Tokens, Matched] | None = None

    @cached_property
    def count(self) -> IntArray:
        """Distinct tokens of each record."""
        return self.column.count[self.rows]

    @cached_property
    def entries(self) -> Entries:
        """All tokens of every pair's record."""
        pair, place = beside(np.arange(len(self.rows)), self.column.bounds[self.rows], self.count)
        return Entries(pair, self.column.codes[place])

    def matched(self, other: Tokens) -> Matched:
        """The tokens of both sides sorted out, once for all features that ask."""
        if self._matched is None or self._matched[0] is not other:
            self._matched = other, _match(self.entries, other.entries, len(self.column.tokens))
        return self._matched[1]


def _match(left: Entries, right: Entries, tokens: int) -> Matched:
    """Both sides ascend, so one search of the left entries among the right ones finds what they share."""
    keys, others = left.pair * tokens + left.code, right.pair * tokens + right.code
    in_right, at = member(keys, others)
    in_left = np.zeros(len(others), dtype=bool)
    in_left[at[in_right]] = True
    return Matched(
        Entries(left.pair[in_right], left.code[in_right]),
        Entries(left.pair[~in_right], left.code[~in_right]),
        Entries(right.pair[~in_left], right.code[~in_left]),
    )


class Weights(View["WeightsColumn"]):
    """Whole numbers beside a column of tokens, one for each token of the record."""


class Vector(View["VectorColumn"]):
    """A column of integer vectors; a missing vector is all zero and marked."""

    @cached_property
    def values(self) -> npt.NDArray[np.float32]:
        """The vectors, one a row. Whole numbers of at most 127, so a float32 dot product is exact."""
        return np.asarray(self.column.values[self.rows])


class TextColumn:
    """A whole string column."""

    view: ClassVar[type[Text]] = Text

    def __init__(self, array: pa.Array) -> None:
        self._array = array
        self.missing: BoolArray = _missing(array)

    @cached_property
    def values(self) -> list[str]:
        """Python strings, made once a record rather than once a pair."""
        return [value or "" for value in self._array.to_pylist()]

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Dictionary codes; -1 when missing."""
        if len(self._array) <= _FEW:
            known: dict[str | None, int] = {None: -1}
            return np.array([known.setdefault(v, len(known)) for v in self._array.to_pylist()], dtype=np.int32)
        indices = self._array.dictionary_encode().indices
        codes = np.frombuffer(indices.buffers()[1], dtype=np.int32)[indices.offset : indices.offset + len(indices)]
        return np.where(self.missing, np.int32(-1), codes)


class TokensColumn:
    """A whole column of token lists: the set of row n is `codes[bounds[n] : bounds[n + 1]]`, ascending.

    `tokens` names the codes; `flat` holds the code of every token as the lists give them.
    """

    view: ClassVar[type[Tokens]] = Tokens

    def __init__(self, array: pa.ListArray) -> None:
        encoded = pc.list_flatten(array).dictionary_encode()
        self.tokens: list[str] = encoded.dictionary.to_pylist()
        self.flat: IntArray = encoded.indices.to_numpy().astype(np.int64)
        rows = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        # Ascending by row and code; a token said twice counts once.
        keys = np.sort(rows * max(len(self.tokens), 1) + self.flat)
        keys = keys[np.diff(keys, prepend=-1) > 0]
        rows, self.codes = np.divmod(keys, max(len(self.tokens), 1))
        self.count: IntArray = np.bincount(rows, minlength=len(array))
        self.bounds: IntArray = np.append(0, np.cumsum(self.count))
        self.missing: BoolArray = self.count == 0
        self._by_token: dict[Callable[[str], str], IntArray] = {}

    def by_token(self, function: Callable[[str], str]) -> IntArray:
        """For each token a code of what the function makes of it, -1 where that is empty; made once."""
        if function not in self._by_token:
            known: dict[str, int] = {"": -1}
            self._by_token[function] = np.array([known.setdefault(function(t), len(known)) for t in self.tokens])
        return self._by_token[function]


class WeightsColumn:
    """A whole column of lists of whole numbers, in the order of the token column they stand beside."""

    view: ClassVar[type[Weights]] = Weights

    def __init__(self, array: pa.ListArray) -> None:
        self.missing: BoolArray = _missing(array)
        self.values: IntArray = np.asarray(pc.list_flatten(array).to_numpy(zero_copy_only=False), dtype=np.int64)


class VectorColumn:
    """A whole column of int8 vectors kept as bytes, all of one dimension."""

    view: ClassVar[type[Vector]] = Vector

    def __init__(self, array: pa.Array) -> None:
        self.missing: BoolArray = _missing(array)
        self._array = array

    @cached_property
    def values(self) -> npt.NDArray[np.float32]:
        """One row a record, zeros where missing."""
        present = self._array.drop_null().to_pylist()
        dimension = len(present[0]) if present else 1
        values = np.zeros((len(self._array), dimension), dtype=np.float32)
        if present:
            stored = np.frombuffer(b"".join(present), dtype=np.int8)
            if stored.size != len(present) * dimension:
                raise ValueError(
                    f"vectors of different dimensions meet in one column; the first has {dimension}: "
                    "they come from different encoders and must not be compared"
                )
            values[~self.missing] = stored.reshape(-1, dimension)
        return values


Column = TextColumn | TokensColumn | WeightsColumn | VectorColumn


class Records:
    """Prepared records, one a row. Columns are decoded when first asked for."""

    def __init__(self, table: pa.Table | pa.RecordBatch) -> None:
        self.table = table
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def array(self, name: str) -> pa.Array:
        """The Arrow column in one piece."""
        column = self.table.column(name)
        return _in_one_piece(column) if isinstance(column, pa.ChunkedArray) else column

    def column(self, name: str) -> Column:
        """The decoded column of this name."""
        if name not in self._columns:
            self._columns[name] = _decode(self.array(name))
        return self._columns[name]

    def gather(self, name: str, rows: IntArray) -> Text | Tokens | Weights | Vector:
        """The column seen through row numbers, as pair features take it."""
        column = self.column(name)
        return column.view(column, rows)  # type: ignore[arg-type]


def _missing(array: pa.Array) -> BoolArray:
    nulls = array.null_count
    if nulls in (0, len(array)):
        return np.full(len(array), nulls > 0)
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False))


def _in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _decode(array: pa.Array) -> Column:
    if pa.types.is_list(array.type) or pa.types.is_large_list(array.type):
        return WeightsColumn(array) if pa.types.is_integer(array.type.value_type) else TokensColumn(array)
    if pa.types.is_binary(array.type):
        return VectorColumn(array)
    return TextColumn(array if pa.types.is_string(array.type) else array.cast(pa.string()))


def beside(opening: IntArray, first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Each opening member beside each of its `count` partners from `first` on, as two lists of equal length."""
    base = np.cumsum(count) - count
    return np.repeat(opening, count), np.arange(int(count.sum())) - np.repeat(base - first, count)


def member(keys: npt.NDArray[Any], among: npt.NDArray[Any]) -> tuple[BoolArray, IntArray]:
    """Which keys are in the ascending array `among`, and where."""
    if not len(among):
        return np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=np.int64)
    if len(among) <= _MANY:
        at = np.searchsorted(among, keys)
    else:  # in order, or every search would begin in memory that no cache holds
        order = np.argsort(keys)
        at = np.empty(len(keys), dtype=np.int64)
        at[order] = np.searchsorted(among, keys[order])
    np.minimum(at, len(among) - 1, out=at)
    return among[at] == keys, at
