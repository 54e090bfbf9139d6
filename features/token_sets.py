"""Columns of token lists as sets of integer codes, and how many of them two records share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray, beside, member, run_ends

_UNMADE = -2
"""The code of what has not been made of a token yet."""


class Coded:
    """Token lists as sets of ascending codes: those of list n are `codes[ends[n] : ends[n + 1]]`."""

    def __init__(self, array: pa.ListArray) -> None:
        encoded = pc.list_flatten(array).dictionary_encode()
        self._dictionary = encoded.dictionary
        self.distinct = max(len(self._dictionary), 1)
        self.said: IntArray = encoded.indices.to_numpy().astype(np.int64)
        self.said_by: IntArray = pc.list_parent_indices(array).to_numpy().astype(np.int64)
        # Ascending by record and code; a token said twice counts once.
        by = self.said_by * self.distinct
        keys = by + self.said
        keys.sort()
        first = np.ones(len(keys), dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        self.keys = keys[first]
        self.codes: IntArray = self.keys - by[first]
        self.count: IntArray = np.bincount(self.said_by[first], minlength=len(array))
        self.ends = run_ends(self.count)

    @cached_property
    def tokens(self) -> list[str]:
        """The tokens by code."""
        tokens: list[str] = self._dictionary.to_pylist()
        return tokens


class TokensStack:
    """Columns of token lists, as sets: record n of column c has list c · records + n."""

    def __init__(self, array: pa.ListArray, columns: int) -> None:
        self.array = array
        self.records = len(array) // columns
        self.count: IntArray = self.coded.count.reshape(columns, self.records)
        self.missing: BoolArray = self.count == 0

    @cached_property
    def coded(self) -> Coded:
        """The tokens as codes."""
        return Coded(self.array)

    def column(self, place: int) -> TokensColumn:
        """The column of this place."""
        return TokensColumn(self, place)

    def shared_in_grid(self, rows: slice, columns: slice) -> IntArray:
        """How many tokens each record of `rows` has in common with each of `columns`; one matrix a column of tokens."""
        if rows.stop - rows.start == 1 and len(self.count) > 1:
            return self._shared_with(rows.start)[:, np.newaxis, columns]
        return np.stack([self._shared_in_column(place, rows, columns) for place in range(len(self.count))])

    def _shared_in_column(self, place: int, rows: slice, columns: slice) -> IntArray:
        """Marks what each of `rows` says, and counts the marks that each of `columns` finds."""
        coded = self.coded
        left, right = (coded.ends[place * self.records :][side.start : side.stop + 1] for side in (rows, columns))
        said = np.zeros((len(left) - 1, coded.distinct), dtype=bool)
        said[np.repeat(np.arange(len(said)), left[1:] - left[:-1]), coded.codes[left[0] : left[-1]]] = True
        codes, ends = coded.codes[right[0] : right[-1]], right - right[0]
        found = np.zeros((len(said), len(codes) + 1), dtype=np.int32)
        said[:, codes].cumsum(axis=1, dtype=np.int32, out=found[:, 1:])
        return np.asarray(found[:, ends[1:]] - found[:, ends[:-1]])

    def _shared_with(self, record: int) -> IntArray:
        """As `_shared_in_column`, of one record with all, in all columns at once: of few, as in a lookup."""
        coded = self.coded
        above = np.arange(0, len(self.count) * coded.distinct, coded.distinct)
        codes = coded.codes + above.repeat(self.count.sum(axis=1))
        said = np.zeros(len(above) * coded.distinct, dtype=bool)
        first, count = coded.ends[record : -1 : self.records], self.count[:, record]
        said[codes[beside(first, first, count)[1]]] = True
        found = run_ends(said[codes])[coded.ends]
        return (found[1:] - found[:-1]).reshape(self.count.shape)

    def shared_in_list(self, rows: IntArray, others: IntArray) -> IntArray:
        """How many tokens the records of `rows` have in common with those of `others` of the same position.

        One row a column of tokens.
        """
        coded = self.coded
        first = (np.arange(len(self.count)) * self.records)[:, np.newaxis]
        mine, theirs = (first + rows).ravel(), (first + others).ravel()
        pair, place = beside(np.arange(len(mine)), coded.ends[mine], self.count.ravel()[mine])
        found = member(theirs[pair] * coded.distinct + coded.codes[place], coded.keys)[0]
        return np.bincount(pair[found], minlength=len(mine)).reshape(len(first), len(rows))


class TokensColumn:
    """A whole column of token sets: that of row n is `codes[bounds[n] : bounds[n + 1]]`, ascending."""

    def __init__(self, stack: TokensStack, place: int) -> None:
        self.stack, self.place = stack, place
        self._first = place * stack.records
        self._by_token: dict[Callable[[str], str], tuple[IntArray, dict[str, int]]] = {}

    @cached_property
    def bounds(self) -> IntArray:
        """Where the tokens of each row begin, and where the last one's end."""
        ends = self.stack.coded.ends
        return ends[self._first : self._first + self.stack.records + 1]

    @property
    def codes(self) -> IntArray:
        """The codes of all tokens of the stack."""
        return self.stack.coded.codes

    @property
    def tokens(self) -> list[str]:
        """The tokens by code."""
        return self.stack.coded.tokens

    @property
    def said(self) -> IntArray:
        """The code of every token as the lists give them, one after the other."""
        coded = self.stack.coded
        start, stop = coded.said_by.searchsorted([self._first, self._first + self.stack.records])
        return coded.said[start:stop]

    def totals(self, weight: IntArray) -> IntArray:
        """Sum of the weights, given by code, of each record's tokens."""
        ends = run_ends(weight[self.codes[self.bounds[0] : self.bounds[-1]]])[self.bounds - self.bounds[0]]
        return np.asarray(ends[1:] - ends[:-1])

    def by_token(self, function: Callable[[str], str], codes: IntArray) -> IntArray:
        """For each token a code of what the function makes of it, -1 where that is empty; made once a token."""
        if function not in self._by_token:
            self._by_token[function] = np.full(self.stack.coded.distinct, _UNMADE), {"": -1}
        made, known = self._by_token[function]
        wanted = np.zeros(len(made), dtype=bool)
        wanted[codes] = True
        tokens = self.tokens
        for code in (wanted & (made == _UNMADE)).nonzero()[0].tolist():
            made[code] = known.setdefault(function(tokens[code]), len(known))
        return made[codes]
