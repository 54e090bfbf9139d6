"""Prepared records as columns, decoded once.

A `Records` holds every record of a batch of blocks (or one query and its candidates). What several comparators need
of a column (Python strings, integer codes, sets of codes) is derived once and kept.

Columns of one type are decoded as a stack: one long array, and of every result one row a column. Of many records each
column is a stack of its own. Of few, as in a lookup, a call of numpy or Arrow takes longer than the work it does, and
all columns of texts, and all of tokens, are one stack each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray
from features.plain import Plain
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
    "stack_of",
]

Derived = Callable[[list[str]], Sequence[Any] | npt.NDArray[Any]]

_STRING = pa.string().id


class TextStack:
    """Columns of strings."""

    def __init__(self, array: pa.Array, columns: int) -> None:
        self.records = len(array) // columns
        self.missing = _missing(array).reshape(columns, self.records)
        texts = array if array.type.id == _STRING else array.cast(pa.string())
        self.array = texts.fill_null("") if texts.null_count else texts

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Equal codes for equal strings of the stack; -1 when missing."""
        codes = np.array(self.array.dictionary_encode().indices.to_numpy()).reshape(self.missing.shape)
        codes[self.missing] = -1
        return codes

    @cached_property
    def values(self) -> list[str]:
        """Python strings, column after column, made once a record rather than once a pair; a missing one is empty."""
        values: list[str] = self.array.to_pylist()
        return values

    def values_of(self, place: int) -> list[str]:
        """Those of one column."""
        return self.values[place * self.records : (place + 1) * self.records]

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

    @cached_property
    def values(self) -> list[str]:
        """Python strings; a missing one is empty."""
        return self.stack.values_of(self.place)

    def each(self, function: Derived) -> npt.NDArray[Any]:
        """What `function` makes of each value, computed once a record."""
        if function not in self._derived:
            self._derived[function] = np.asarray(function(self.values))
        return self._derived[function]


class WeightsStack:
    """Columns of lists of whole numbers."""

    def __init__(self, array: pa.ListArray, columns: int) -> None:
        self.array = array
        self.records = len(array) // columns
        self.missing = _missing(array).reshape(columns, self.records)

    def column(self, place: int) -> WeightsColumn:
        """The column of this place."""
        return WeightsColumn(self, place)

    def flat(self, place: int) -> IntArray:
        """The numbers of one column, one list after the other."""
        lists = self.array.slice(place * self.records, self.records)
        return np.asarray(pc.list_flatten(lists).to_numpy(zero_copy_only=False), dtype=np.int64)


class WeightsColumn:
    """A whole column of lists of whole numbers, in the order of the token column they stand beside."""

    def __init__(self, stack: WeightsStack, place: int) -> None:
        self.stack, self.place = stack, place

    @cached_property
    def values(self) -> IntArray:
        """The numbers, one list after the other."""
        return self.stack.flat(self.place)


class VectorStack:
    """Columns of int8 vectors kept as bytes, those of a column all of one dimension."""

    def __init__(self, array: pa.Array, columns: int) -> None:
        self.array = array
        self.records = len(array) // columns
        self.missing = _missing(array).reshape(columns, self.records)

    def column(self, place: int) -> VectorColumn:
        """The column of this place."""
        return VectorColumn(self, place)

    def vectors(self, place: int) -> npt.NDArray[np.float32]:
        """One row a record, zeros where missing."""
        missing = self.missing[place]
        present = self.array.slice(place * self.records, self.records)
        present = present.drop_null() if missing.any() else present
        if not len(present):
            return as_vectors(b"", np.zeros(0, dtype=np.int32), missing)
        ends = np.frombuffer(present.buffers()[1], dtype=np.int32)[present.offset : present.offset + len(present) + 1]
        return as_vectors(memoryview(present.buffers()[2] or b"")[ends[0] : ends[-1]], ends[1:] - ends[:-1], missing)


def as_vectors(stored: bytes | memoryview, dimensions: IntArray, missing: BoolArray) -> npt.NDArray[np.float32]:
    """The vectors of the records that are not missing, given by their bytes, as a row a record, zeros where missing."""
    if not len(dimensions):
        return np.zeros((len(missing), 1), dtype=np.float32)
    dimension = int(dimensions[0])
    if (dimensions != dimension).any():
        raise other_dimensions(dimension)
    present = np.frombuffer(stored, dtype=np.int8).reshape(-1, dimension)
    if len(present) == len(missing):
        return present.astype(np.float32)
    values = np.zeros((len(missing), dimension), dtype=np.float32)
    values[~missing] = present
    return values


def other_dimensions(first: int) -> ValueError:
    """What to raise where vectors that are beside each other cannot be compared."""
    return ValueError(
        f"vectors of different dimensions meet in one column; the first has {first}: "
        "they come from different encoders and must not be compared"
    )


class VectorColumn:
    """A whole column of int8 vectors."""

    def __init__(self, stack: VectorStack, place: int) -> None:
        self.stack, self.place = stack, place

    @cached_property
    def values(self) -> npt.NDArray[np.float32]:
        """One row a record, zeros where missing."""
        return self.stack.vectors(self.place)


Stack = TextStack | TokensStack | WeightsStack | VectorStack
Column = TextColumn | TokensColumn | WeightsColumn | VectorColumn


class Records:
    """Prepared records, one a row, of one table or of several below each other. Decoded when first asked for."""

    def __init__(self, *parts: pa.Table | pa.RecordBatch) -> None:
        self.table = parts[0]
        self._parts = parts
        self._rows: int = sum(part.num_rows for part in parts)
        self.plain: Sequence[Mapping[str, Plain]] = ()
        """Few records as plain Python values by column, a record each; else nothing."""
        self._schema: pa.Schema | None = None
        self._places: dict[str, tuple[Stack, int]] = {}
        self._columns: dict[str, Column] = {}

    @classmethod
    def stacked(cls, stacks: Iterable[tuple[Sequence[str], Stack]], rows: int) -> Records:
        """Records that come decoded: the names of columns of one type, and the stack that they are."""
        records = cls(_NOTHING)
        records._rows = rows
        for names, stack in stacks:
            records._lay(names, stack)
        return records

    @classmethod
    def of_plain(cls, plain: Sequence[Mapping[str, Plain]], schema: pa.Schema) -> Records:
        """Few records that come as plain values; columns of the schema are made of them where they are asked for."""
        records = cls(_NOTHING)
        records._rows, records.plain, records._schema = len(plain), plain, schema
        return records

    def __len__(self) -> int:
        return self._rows

    def __contains__(self, name: str) -> bool:
        return name in self._places or (bool(self.plain) and name in self.plain[0])

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
            self._lay(of, stack_of(_in_one_piece(arrays), len(of)))

    def _lay(self, names: Sequence[str], stack: Stack) -> None:
        self._places |= {name: (stack, place) for place, name in enumerate(names)}

    def places(self, names: Iterable[str]) -> dict[str, tuple[Stack, int]]:
        """By name the stack that each of these decoded columns lies in, and which of it it is."""
        places = self._places
        return {name: places[name] for name in names}

    def column(self, name: str) -> Column:
        """The decoded column of this name."""
        if name not in self._columns:
            if name not in self._places:
                self.decode([name], together=False)
            stack, place = self._places[name]
            self._columns[name] = stack.column(place)
        return self._columns[name]

    def values(self, name: str) -> Any:
        """The decoded values of a column, as its type has them: a list of strings, or a matrix of vectors."""
        stack, place = self._places[name]
        return stack.values_of(place) if isinstance(stack, TextStack) else cast(Any, self.column(name)).values

    def _pieces(self, name: str) -> list[pa.Array]:
        if self._schema is not None:
            return [pa.array([record[name].value for record in self.plain], self._schema.field(name).type)]
        pieces: list[pa.Array] = []
        for part in self._parts:
            column = part.column(name)
            pieces += column.chunks if isinstance(column, pa.ChunkedArray) else (column,)
        return pieces or [pa.array([], self.table.schema.field(name).type)]


_NOTHING = pa.table({})

STACKED = TextStack, TokensStack
"""What of few records holds all columns of its type, and not one."""


def stack_of(array: pa.Array, columns: int) -> Stack:
    """So many columns of one type, whose values stand below each other."""
    return _kind(array.type)(array, columns)


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
