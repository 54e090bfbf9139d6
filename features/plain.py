"""Values of one record as plain Python: what a lookup of few candidates compares, one pair after the other.

Of one pair a call of numpy takes longer than the work it does. What a comparator asks of a view of many pairs
(`features.views`) it may ask of these by the same names, and gets a truth or a number of Python in place of an array.
Only what comparators are made of tells the two apart (`features.comparators.values`, `weights`, `likeness`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Made = TypeVar("Made")


class Plain:
    """A value of a record beside one of another."""

    __slots__ = ("_made", "missing", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.missing: bool = value is None
        self._made: dict[Any, Any] | None = None

    def lacking(self, other: Plain) -> bool:
        """Whether this side or the other has no value."""
        return self.missing or other.missing

    def once(self, make: Callable[..., Made], *others: Any) -> Made:
        """What `make` makes of this side and the others, made once for all features that ask."""
        if self._made is None:
            self._made = {}
        key = make, others
        if key not in self._made:
            self._made[key] = make(self, *others)
        made: Made = self._made[key]
        return made


class PlainText(Plain):
    """A string; None when missing."""

    __slots__ = ()

    def same(self, other: PlainText) -> bool:
        """Whether both have the same string, or neither has any."""
        return bool(self.value == other.value)

    def each(self, function: Callable[[list[str]], Any]) -> Any:
        """What `function` makes of the value, computed once a record."""
        return self.once(_first, function)


class PlainTokens(Plain):
    """A list of words and the set that it is; an empty one is missing."""

    __slots__ = ("count", "set")

    def __init__(self, value: Sequence[str] | None) -> None:
        self.value = value
        self.set = frozenset(value or ())
        self.count = len(self.set)
        self.missing = not self.set
        self._made = None

    def shared(self, other: PlainTokens) -> int:
        """Number of distinct words that both have."""
        return len(self.set & other.set)


class PlainWeights(Plain):
    """Whole numbers beside a list of words, one for each."""

    __slots__ = ()


class PlainVector(Plain):
    """A vector of int8 as bytes."""

    __slots__ = ()

    @property
    def vector(self) -> tuple[npt.NDArray[np.float32], float]:
        """The numbers, and the sum of their squares: both are whole, and exact."""
        return self.once(_vector)


def _first(text: PlainText, function: Callable[[list[str]], Any]) -> Any:
    return function([text.value or ""])[0]


def _vector(of: PlainVector) -> tuple[npt.NDArray[np.float32], float]:
    numbers = np.frombuffer(of.value, dtype=np.int8).astype(np.float32)
    return numbers, float(numbers.dot(numbers))
