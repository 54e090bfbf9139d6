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

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Derived = Callable[[list[str]], npt.NDArray[Any]]

_UNMADE = -2
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


class TokensStack:
    """Columns of token lists, as sets of ascending codes.

    Those of record n of column c are `codes[ends[i] : ends[i + 1]]` with i = c · records + n.
    """

    def __init__(self, array: pa.ListArray, columns: int) -> None:
        self.records = len(array) // columns
        encoded = pc.list_flatten(array).dictionary_encode()
        self._dictionary = encoded.dictionary
        self.distinct = max(len(self._dictionary), 1)
        self.said: IntArray = encoded.indices.to_numpy().astype(np.int64)
        self.said_by: IntArray = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        # Ascending by record and code; a token said twice counts once.
        keys = np.sort(self.said_by * self.distinct + self.said)
        first = np.ones(len(keys), dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        self.keys = keys[first]
        by = self.keys // self.distinct
        self.codes = self.keys - by * self.distinct
        count = np.bincount(by, minlength=len(array))
        self.ends: IntArray = _ends(count)
        self.count: IntArray = count.reshape(columns, self.records)
        self.missing: BoolArray = self.count == 0

    @cached_property
    def tokens(self) -> list[str]:
        """The tokens by code."""
        tokens: list[str] = self._dictionary.to_pylist()
        return tokens

    def column(self, place: int) -> TokensColumn:
        """The column of this place."""
        return TokensColumn(self, place)

    def shared_in_grid(self, rows: slice, columns: slice) -> IntArray:
        """How many tokens each record of `rows` has in common with each of `columns`; one matrix a column of tokens."""
        places = np.arange(len(self.count))
        if rows.stop - rows.start == 1:
            return self._shared_in_grid(places, rows, columns)
        return np.concatenate([self._shared_in_grid(places[n : n + 1], rows, columns) for n in places])

    def _shared_in_grid(self, places: IntArray, rows: slice, columns: slice) -> IntArray:
        """Marks what each of `rows` says, and counts the marks that each of `columns` finds."""
        said = np.zeros((rows.stop - rows.start, len(places) * self.distinct), dtype=bool)
        codes, ends = self._entries(places, rows)
        sizes = (ends[:, 1:] - ends[:, :-1]).ravel()  # of one column or of one row
        said[np.repeat(np.arange(len(sizes)) % len(said), sizes), codes] = True
        codes, ends = self._entries(places, columns)
        found = np.zeros((len(said), len(codes) + 1), dtype=np.int32)
        said[:, codes].cumsum(axis=1, dtype=np.int32, out=found[:, 1:])
        counts = found[:, ends[:, 1:]] - found[:, ends[:, :-1]]
        return counts.swapaxes(0, 1)

    def _entries(self, places: IntArray, records: slice) -> tuple[IntArray, IntArray]:
        """The tokens of these records in these columns, each column's codes above the one's before; where each ends."""
        ends = self.ends[(places * self.records)[:, np.newaxis] + np.arange(records.start, records.stop + 1)]
        first = ends[:, 0]
        count = ends[:, -1] - first
        above, at = beside(np.arange(len(places)) * self.distinct, first, count)
        return above + self.codes[at], ends - (first - count.cumsum() + count)[:, np.newaxis]

    def shared_in_list(self, rows: IntArray, others: IntArray) -> IntArray:
        """How many tokens the records of `rows` have in common with those of `others` of the same position.

        One row a column of tokens.
        """
        first = (np.arange(len(self.count)) * self.records)[:, np.newaxis]
        mine, theirs = (first + rows).ravel(), (first + others).ravel()
        pair, place = beside(np.arange(len(mine)), self.ends[mine], self.count.ravel()[mine])
        found = member(theirs[pair] * self.distinct + self.codes[place], self.keys)[0]
        return np.bincount(pair[found], minlength=len(mine)).reshape(len(first), len(rows))


class TokensColumn:
    """A whole column of token sets: that of row n is `codes[bounds[n] : bounds[n + 1]]`, ascending."""

    def __init__(self, stack: TokensStack, place: int) -> None:
        self.stack = stack
        self._first = place * stack.records
        self.bounds = stack.ends[self._first : self._first + stack.records + 1]
        self.codes = stack.codes
        self._by_token: dict[Callable[[str], str], tuple[IntArray, dict[str, int]]] = {}

    @property
    def tokens(self) -> list[str]:
        """The tokens by code."""
        return self.stack.tokens

    @property
    def said(self) -> IntArray:
        """The code of every token as the lists give them, one after the other."""
        start, stop = self.stack.said_by.searchsorted([self._first, self._first + self.stack.records])
        return self.stack.said[start:stop]

    def totals(self, weight: IntArray) -> IntArray:
        """Sum of the weights, given by code, of each record's tokens."""
        ends = _ends(weight[self.codes[self.bounds[0] : self.bounds[-1]]])[self.bounds - self.bounds[0]]
        return ends[1:] - ends[:-1]

    def by_token(self, function: Callable[[str], str], codes: IntArray) -> IntArray:
        """For each token a code of what the function makes of it, -1 where that is empty; made once a token."""
        if function not in self._by_token:
            self._by_token[function] = np.full(self.stack.distinct, _UNMADE), {"": -1}
        made, known = self._by_token[function]
        for code in set(codes[made[codes] == _UNMADE].tolist()):
            made[code] = known.setdefault(function(self.tokens[code]), len(known))
        return made[codes]


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
        return _in_one_piece([piece for part in self._parts for piece in _pieces(part.column(name))])

    def decode(self, names: Iterable[str], *, together: bool) -> None:
        """Decode columns that have not been: those of texts, and those of tokens, together, or each by itself."""
        new = [name for name in names if name not in self._places]
        parts = [[part.column(name) for name in new] for part in self._parts]
        stacked: dict[Any, tuple[list[str], list[pa.Array]]] = {}
        for name, *columns in zip(new, *parts, strict=True):
            kind = _kind(columns[0].type)
            of, arrays = stacked.setdefault(kind if together and kind in STACKED else name, ([], []))
            of.append(name)
            for column in columns:
                arrays += _pieces(column)
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


STACKED = TextStack, TokensStack
"""What of few records holds all columns of its type, and not one."""


def _kind(of: pa.DataType) -> type[Stack]:
    if of.id == _STRING:
        return TextStack
    if pa.types.is_list(of) or pa.types.is_large_list(of):
        return WeightsStack if pa.types.is_integer(of.value_type) else TokensStack
    return VectorStack if pa.types.is_binary(of) else OtherStack


def _pieces(column: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    if not isinstance(column, pa.ChunkedArray):
        return [column]
    return column.chunks or [pa.array([], column.type)]


def _in_one_piece(pieces: Sequence[pa.Array]) -> pa.Array:
    return pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)


def _missing(array: pa.Array) -> BoolArray:
    nulls = array.null_count
    if nulls in (0, len(array)):
        return np.full(len(array), nulls > 0)
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False))


def _ends(sizes: IntArray) -> IntArray:
    """Where each of several runs ends, and before them where the first begins."""
    ends = np.zeros(len(sizes) + 1, dtype=np.int64)
    sizes.cumsum(out=ends[1:])
    return ends


def beside(opening: IntArray, first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Each opening member beside each of its `count` partners from `first` on, as two lists of equal length."""
    ends = count.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(opening, count), np.arange(total) - np.repeat(ends - count - first, count)


def member(keys: npt.NDArray[Any], among: npt.NDArray[Any]) -> tuple[BoolArray, IntArray]:
    """Which keys are in the ascending array `among`, and where."""
    if not len(among):
        return np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=np.int64)
    at = np.minimum(among.searchsorted(keys), len(among) - 1)
    return among[at] == keys, at
