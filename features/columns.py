"""Prepared records as columns, decoded once, and views of them gathered for a list of pairs.

A `Records` holds every record of a batch of blocks (or one query and its candidates); the two sides of
a pair are row numbers into it. What several comparators need of a column (Python strings, integer
codes, a sparse incidence matrix) is derived once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
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


@dataclass(frozen=True)
class Matched:
    """Two token columns beside each other, one row a pair: what both have, and what only one of them has."""

    shared: sparse.csr_matrix
    only_left: sparse.csr_matrix
    only_right: sparse.csr_matrix


class Tokens(View["TokensColumn"]):
    """A column of token sets; an empty set is missing."""

    def __init__(self, column: TokensColumn, rows: IntArray) -> None:
        super().__init__(column, rows)
        self._matched: tuple[Tokens, Matched] | None = None

    def matched(self, other: Tokens) -> Matched:
        """The tokens of both sides sorted out, once for all features that ask."""
        if self._matched is None or self._matched[0] is not other:
            shared = self.incidence.multiply(other.incidence).tocsr()
            matched = Matched(shared, (self.incidence - shared).tocsr(), (other.incidence - shared).tocsr())
            self._matched = other, matched
        return self._matched[1]

    @cached_property
    def count(self) -> IntArray:
        """Distinct tokens of each record."""
        return np.asarray(self.column.count[self.rows])

    @cached_property
    def incidence(self) -> sparse.csr_matrix:
        """One row a pair, one column a token: 1 where the record has it."""
        return self.column.incidence[self.rows]


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
        self.missing: BoolArray = array.is_null().to_numpy(zero_copy_only=False)

    @cached_property
    def values(self) -> list[str]:
        """Python strings, made once a record rather than once a pair."""
        return list(pc.fill_null(self._array, "").to_pylist())

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Dictionary codes; -1 when missing."""
        encoded = self._array.dictionary_encode()
        return np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int32)


class TokensColumn:
    """A whole column of token lists."""

    view: ClassVar[type[Tokens]] = Tokens

    def __init__(self, array: pa.ListArray) -> None:
        tokens = pc.list_flatten(array).dictionary_encode()
        self.tokens: list[str] = tokens.dictionary.to_pylist()
        self.codes = np.asarray(tokens.indices.to_numpy(), dtype=np.int64)
        rows = np.asarray(pc.list_parent_indices(array).to_numpy(), dtype=np.int64)
        ones = np.ones(len(rows), dtype=np.int32)
        shape = (len(array), max(len(tokens.dictionary), 1))
        self.incidence = sparse.csr_matrix((ones, (rows, self.codes)), shape=shape)
        self.incidence.data[:] = 1  # a token said twice counts once
        self.count: IntArray = np.diff(self.incidence.indptr).astype(np.int64)
        self.missing: BoolArray = self.count == 0


class WeightsColumn:
    """A whole column of lists of whole numbers, in the order of the token column they stand beside."""

    view: ClassVar[type[Weights]] = Weights

    def __init__(self, array: pa.ListArray) -> None:
        self.missing: BoolArray = array.is_null().to_numpy(zero_copy_only=False)
        self.values: IntArray = np.asarray(pc.list_flatten(array).to_numpy(zero_copy_only=False), dtype=np.int64)


class VectorColumn:
    """A whole column of int8 vectors kept as bytes, all of one dimension."""

    view: ClassVar[type[Vector]] = Vector

    def __init__(self, array: pa.Array) -> None:
        self.missing: BoolArray = array.is_null().to_numpy(zero_copy_only=False)
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
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

    def column(self, name: str) -> Column:
        """The decoded column of this name."""
        if name not in self._columns:
            self._columns[name] = _decode(self.array(name))
        return self._columns[name]

    def gather(self, name: str, rows: IntArray) -> Text | Tokens | Weights | Vector:
        """The column seen through row numbers, as pair features take it."""
        column = self.column(name)
        return column.view(column, rows)  # type: ignore[arg-type]


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
