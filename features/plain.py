"""Columns of few records as plain Python values: what a lookup compares.

Of two records a call of numpy takes longer than the work it does. Text and token columns of few records are therefore
not encoded: texts are numbered by a dictionary, token lists stay sets. What is made of them is what the columns of many
records give, and where something else is asked for than a lookup needs, they are made into those.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrays import BoolArray, IntArray
from features.columns import TextStack, VectorStack, WeightsStack, as_vectors
from features.token_sets import Coded, TokensStack


class PlainTexts(TextStack):
    """Columns of strings, as Python has them."""

    def __init__(self, values: Sequence[str | None], columns: int) -> None:
        self.records = len(values) // columns
        self.missing = _is_none(values).reshape(columns, self.records)
        self._given = values

    @cached_property
    def codes(self) -> npt.NDArray[np.int32]:
        """Equal codes for equal strings of the stack; -1 when missing."""
        known: dict[str | None, int] = {None: -1}
        codes = [known.setdefault(value, len(known)) for value in self._given]
        return np.array(codes, dtype=np.int32).reshape(self.missing.shape)

    @cached_property
    def values(self) -> list[str]:
        """Python strings, column after column; a missing one is empty."""
        return [value or "" for value in self._given]


class PlainTokens(TokensStack):
    """Columns of token lists, as Python has them: that of record n of column c is `lists[c · records + n]`."""

    def __init__(self, lists: Sequence[list[str] | None], columns: int) -> None:
        self.records = len(lists) // columns
        self.lists: list[Sequence[str]] = [tokens or () for tokens in lists]
        self.sets = list(map(frozenset, self.lists))
        self.count: IntArray = np.array(list(map(len, self.sets)), dtype=np.int64).reshape(columns, self.records)
        self.missing: BoolArray = self.count == 0

    @cached_property
    def coded(self) -> Coded:
        """The tokens as codes, for whoever asks for more than `plain_of` and what is shared."""
        return Coded(pa.array(self.lists, pa.list_(pa.string())))

    def shared_in_grid(self, rows: slice, columns: slice) -> IntArray:
        """How many tokens each record of `rows` has in common with each of `columns`; one matrix a column of tokens."""
        shared = [
            [len(one & other) for one in of[rows] for other in of[columns]] for of in map(self.sets_of, self._places)
        ]
        return np.array(shared, dtype=np.int64).reshape(len(shared), rows.stop - rows.start, -1)

    def shared_in_list(self, rows: IntArray, others: IntArray) -> IntArray:
        """How many tokens the records of `rows` have in common with those of `others`; one row a column of tokens."""
        pairs = list(zip(rows.tolist(), others.tolist(), strict=True))
        shared = [[len(of[one] & of[other]) for one, other in pairs] for of in map(self.sets_of, self._places)]
        return np.array(shared, dtype=np.int64).reshape(len(shared), len(pairs))

    def sets_of(self, place: int) -> list[frozenset[str]]:
        """The token sets of one column."""
        return self.sets[place * self.records : (place + 1) * self.records]

    def lists_of(self, place: int) -> list[Sequence[str]]:
        """The token lists of one column."""
        return self.lists[place * self.records : (place + 1) * self.records]

    @property
    def _places(self) -> range:
        return range(len(self.count))


class PlainWeights(WeightsStack):
    """Columns of lists of whole numbers, as Python has them."""

    def __init__(self, lists: Sequence[list[int] | None], columns: int) -> None:
        self.records = len(lists) // columns
        self.lists: list[Sequence[int]] = [weights or () for weights in lists]
        self.missing = _is_none(lists).reshape(columns, self.records)

    def lists_of(self, place: int) -> list[Sequence[int]]:
        """The lists of one column."""
        return self.lists[place * self.records : (place + 1) * self.records]

    def flat(self, place: int) -> IntArray:
        """The numbers of one column, one list after the other."""
        return np.array([weight for weights in self.lists_of(place) for weight in weights], dtype=np.int64)


class PlainVectors(VectorStack):
    """Columns of int8 vectors, each as Python's bytes."""

    def __init__(self, values: Sequence[bytes | None], columns: int) -> None:
        self.records = len(values) // columns
        self.missing = _is_none(values).reshape(columns, self.records)
        self._given = values

    def vectors(self, place: int) -> npt.NDArray[np.float32]:
        """One row a record, zeros where missing."""
        of_column = self._given[place * self.records : (place + 1) * self.records]
        present = [value for value in of_column if value is not None]
        return as_vectors(b"".join(present), np.array(list(map(len, present)), dtype=np.int64), self.missing[place])


def _is_none(values: Sequence[object]) -> BoolArray:
    return np.array([value is None for value in values], dtype=bool)
