"""Prepared records as columns, decoded once.

A `Records` holds every record of a batch of blocks (or one query and its candidates). What several comparators need
of a column (Python strings, integer codes, sets of codes) is derived once and kept.

Columns of one type are decoded as a stack: one long array, and of every result one row a column. Of many records each
column is a stack of its own. Of few, as in a lookup, a call of numpy or Arrow takes longer than the work it does, and
all columns of texts, and all of tokens, are one stack each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray
from features.token_sets import TokensColumn, TokensStack

__all__ = [
    "STACKED",
    "Column",
    "OtherStack",
    "Records",
    "Stack",
    "TextColumn",
    "TextStack",
    "VectorColumn",
    "VectorStack",
    "WeightsColumn",
    "WeightsStack",
]

Derived = Callable[[list[str]], npt.NDArray[Any]]

_STRING = pa.string().id


class TextStack:
    """Columns of strings."""

    def __init__(self, array: pa.Array, columns: int) -> None:
        self.array = array if array.type.id == _STRING else array.cast(pa.string())
        self.records = len(array) // columns
        self.missing = _missing(array).reshape(columns, self.records)

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Equal codes for equal strings of the stack; -1 when missing."""
        indices = self.array.dictionary_encode().indices
        codes = indices.fill_null(-1) if indices.null_count else indices
        return np.asarray(codes.to_numpy()).reshape(self.missing.shape)

    def column(self, place: int) -> TextColumn:
        """The column of this place."""
        return TextColumn(self, place)


class OtherStack(TextStack):
    """Columns of another type, of which the texts are taken; one column a stack."""


class TextColumn:
    """A whole string column."""

    def __init__(self, stack: TextStack, place: int) -> None:
        self.stack, self.place = stack, place
        self._derived: dict[Derived, npt.NDArray[Any]] = {}
        self._codes_beside: dict[TextColumn, npt.NDArray[np.int32]] = {}

    @cached_property
    def array(self) -> pa.Array:
        """The strings as Arrow has them."""
        return self.stack.array.slice(self.place * self.stack.records, self.stack.records)

    @cached_property
    def values(self) -> list[str]:
        """Python strings, made once a record rather than once a pair; a missing one is empty."""
        values: list[Any] = self.array.to_pylist()
        return [value or "" for value in values] if self.array.null_count else values

    def each(self, function: Derived) -> npt.NDArray[Any]:
        """What `function` makes of each value, computed once a record."""
        if function not in self._derived:
            self._derived[function] = function(self.values)
        return self._derived[function]

    def codes_beside(self, other: TextColumn) -> npt.NDArray[np.int32]:
        """A row of codes of this column and one of the other's, equal for equal strings in whichever of the two."""
        if self.stack is other.stack:
            return self.stack.codes[[self.place, other.place]]
        if other not in self._codes_beside:
            self._codes_beside[other] = TextStack(pa.concat_arrays([self.array, other.array]), 2).codes
        return self._codes_beside[other]


class WeightsStack:
    """Columns of lists of whole numbers."""

    def __init__(self, array: pa.ListArray, columns: int) -> None:
        self.array = array
        self.records = len(array) // columns
        self.missing = _missing(array).reshape(columns, self.records)

    def column(self, place: int) -> WeightsColumn:
        """The column of this place."""
        return WeightsColumn(self.array.slice(place * self.records, self.records))


class WeightsColumn:
    """A whole column of lists of whole numbers, in the order of the token column they stand beside."""

    def __init__(self, array: pa.ListArray) -> None:
        self.values: IntArray = np.asarray(pc.list_flatten(array).to_numpy(zero_copy_only=False), dtype=np.int64)


class VectorStack:
    """Columns of int8 vectors kept as bytes, those of a column all of one dimension."""

    def __init__(self, array: pa.Array, columns: int) -> None:
        self.array = array
        self.records = len(array) // columns
        self.missing = _missing(array).reshape(columns, self.records)

    def column(self, place: int) -> VectorColumn:
        """The column of this place."""
        return VectorColumn(self, place)


class VectorColumn:
    """A whole column of int8 vectors."""

    def __init__(self, stack: VectorStack, place: int) -> None:
        self.stack, self.place = stack, place

    @cached_property
    def values(self) -> npt.NDArray[np.float32]:
        """One row a record, zeros where missing."""
        present = ~self.stack.missing[self.place]
        vectors = self.stack.array.slice(self.place * self.stack.records, self.stack.records).drop_null().to_pylist()
        dimension = len(vectors[0]) if vectors else 1
        values = np.zeros((self.stack.records, dimension), dtype=np.float32)
        if vectors:
            stored = np.frombuffer(b"".join(vectors), dtype=np.int8)
            if stored.size != len(vectors) * dimension:
                raise ValueError(
                    f"vectors of different dimensions meet in one column; the first has {dimension}: "
                    "they come from different encoders and must not be compared"
                )
            values[present] = stored.reshape(-1, dimension)
        return values


Stack = TextStack | TokensStack | WeightsStack | VectorStack
Column = TextColumn | TokensColumn | WeightsColumn | VectorColumn


class Records:
    """Prepared records, one a row, of one table or of several below each other. Decoded when first asked for."""

    def __init__(self, *parts: pa.Table | pa.RecordBatch) -> None:
        self.table = parts[0]
        self._parts = parts
        self._places: dict[str, tuple[Stack, int]] = {}
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return sum(part.num_rows for part in self._parts)

    def array(self, name: str) -> pa.Array:
        """The Arrow column in one piece."""
        return _in_one_piece(self._pieces(name))

    def decode(self, names: Iterable[str], *, together: bool) -> None:
        """Decode columns that have not been: those of texts, and those of tokens, together, or each by itself."""
        new = [name for name in names if name not in self._places]
        stacked: dict[Any, tuple[list[str], list[pa.Array]]] = {}
        for name in new:
            pieces = self._pieces(name)
            kind = _kind(pieces[0].type)
            of, arrays = stacked.setdefault(kind if together and kind in STACKED else name, ([], []))
            of.append(name)
            arrays += pieces
        for of, arrays in stacked.values():
            array = _in_one_piece(arrays)
            stack = _kind(array.type)(array, len(of))
            self._places |= {name: (stack, place) for place, name in enumerate(of)}

    def place(self, name: str) -> tuple[Stack, int]:
        """The stack that a decoded column lies in, and which of it it is."""
        return self._places[name]

    def column(self, name: str) -> Column:
        """The decoded column of this name."""
        if name not in self._columns:
            if name not in self._places:
                self.decode([name], together=False)
            stack, place = self._places[name]
            self._columns[name] = stack.column(place)
        return self._columns[name]

    def _pieces(self, name: str) -> list[pa.Array]:
        pieces: list[pa.Array] = []
        for part in self._parts:
            column = part.column(name)
            pieces += column.chunks if isinstance(column, pa.ChunkedArray) else (column,)
        return pieces or [pa.array([], self.table.schema.field(name).type)]


STACKED = TextStack, TokensStack
"""What of few records holds all columns of its type, and not one."""


def _kind(of: pa.DataType) -> type[Stack]:
    if of.id == _STRING:
        return TextStack
    if pa.types.is_list(of) or pa.types.is_large_list(of):
        return WeightsStack if pa.types.is_integer(of.value_type) else TokensStack
    return VectorStack if pa.types.is_binary(of) else OtherStack


def _in_one_piece(pieces: Sequence[pa.Array]) -> pa.Array:
    return pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)


def _missing(array: pa.Array) -> BoolArray:
    nulls = array.null_count
    if nulls in (0, len(array)):
        return np.full(len(array), nulls > 0)
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False))
