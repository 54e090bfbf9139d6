"""What the values of a pair feature may be, what they say, and what compares: the contract types."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

FloatArray = npt.NDArray[np.float32]
StateArray = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Contract:
    """Type, range and null meaning of a pair feature's values.

    `states` names the codes 0, 1, 2 … of a categorical feature; a numeric feature has none. `identity` is the value
    of a record beside itself, None where that depends on the record.
    """

    name: str
    arrow: pa.DataType
    low: float
    high: float
    states: tuple[str, ...] = ()
    identity: float | None = None

    @property
    def nullable(self) -> bool:
        """Numbers are null when a side is missing; states say so themselves."""
        return not self.states

    @property
    def range(self) -> str:
        """The range in words, for the catalogue page."""
        if self.states:
            return ", ".join(f"{code} {state}" for code, state in enumerate(self.states))
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Reason:
    """A stable code for what a feature says of a pair when its value lies from `low` to `high`, both included."""

    code: str
    low: float
    high: float


def at_least(bound: float, code: str) -> Reason:
    """The reason `code` from `bound` on."""
    return Reason(code, bound, math.inf)


def at_most(bound: float, code: str) -> Reason:
    """The reason `code` up to `bound`."""
    return Reason(code, -math.inf, bound)


AGREEMENT_STATES = ("both_missing", "one_missing", "conflict", "agree", "invalid")
GRADED_STATES = ("both_missing", "one_missing", "conflict", "compatible", "agree")

Similarity = Annotated[FloatArray, Contract("similarity", pa.float32(), 0.0, 1.0, identity=1.0)]
Cosine = Annotated[FloatArray, Contract("cosine", pa.float32(), -1.0, 1.0, identity=1.0)]
SharedBits = Annotated[FloatArray, Contract("shared_bits", pa.float32(), 0.0, 2048.0)]
Days = Annotated[FloatArray, Contract("days", pa.float32(), 0.0, 36_525.0, identity=0.0)]
UnsharedBits = Annotated[FloatArray, Contract("unshared_bits", pa.float32(), 0.0, 2048.0, identity=0.0)]
Agreement = Annotated[StateArray, Contract("agreement", pa.int8(), 0, len(AGREEMENT_STATES) - 1, AGREEMENT_STATES)]
GradedAgreement = Annotated[
    StateArray, Contract("graded_agreement", pa.int8(), 0, len(GRADED_STATES) - 1, GRADED_STATES)
]


class Encoder(Protocol):
    """Text → vector. A vector of one encoder is never compared with one of another."""

    @property
    def name(self) -> str:
        """What it is called, with its dimension and the version of its weights: equal names, equal vectors."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.int8]:
        """One vector a row, entries -127 … 127; equal whatever texts stand beside it."""


class GridComparator(Protocol):
    """A symmetric comparator that is far cheaper block against block than pair by pair.

    Both methods give the same float32 bits for the same two values, and so does `one`, where it has one: it takes the
    two as plain values (`features.plain`).
    """

    @property
    def returns(self) -> Contract:
        """Contract of the values it gives."""

    def grid(self, left: Any, right: Any) -> FloatArray:
        """Every left value against every right one, as a matrix."""

    def pairs(self, left: Any, right: Any) -> FloatArray:
        """Left values against right ones of the same position."""


Comparator = Callable[..., Any]
"""Left and right view of one column, or of several, one after the other → values by its return annotation.

It looks at pairs one by one, so that it may be given the views of many columns at once: at nothing of theirs but
`missing`, `lacking`, `same`, `count` and `shared`.
"""
