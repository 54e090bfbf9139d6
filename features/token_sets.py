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
        by = self.said_by * self.distinct
        keys = by + self.said
        keys.sort()
        first = np.ones(len(keys), dtype=bool)
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        self.keys = keys[first]
        self.codes = self.keys - by[first]
        count = np.bincount(self.said_by[first], minlength=len(array))
        self.ends: IntArray = run_ends(count)
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
        ends = run_ends(weight[self.codes[self.bounds[0] : self.bounds[-1]]])[self.bounds - self.bounds[0]]
        return np.asarray(ends[1:] - ends[:-1])

    def by_token(self, function: Callable[[str], str], codes: IntArray) -> IntArray:
        """For each token a code of what the function makes of it, -1 where that is empty; made once a token."""
        if function not in self._by_token:
            self._by_token[function] = np.full(self.stack.distinct, _UNMADE), {"": -1}
        made, known = self._by_token[function]
        for code in set(codes[made[codes] == _UNMADE].tolist()):
            made[code] = known.setdefault(function(self.tokens[code]), len(known))
        return made[codes]
