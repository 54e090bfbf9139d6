"""Vector comparators. Vectors hold small whole numbers, so every sum is exact in whatever order it is made."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import get_args

import numpy as np
import numpy.typing as npt

from features.columns import other_dimensions
from features.declare import Contract, Cosine, FloatArray
from features.plain import PlainVector

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class CosineComparator:
    """Cosine of the angle between two int8 vectors, -1 … 1.

    Dot products and squared lengths of int8 vectors of up to 1,024 dimensions stay below 2**24 and are
    exact in float32, so a tile, a pair list and a single query give the same bits on any BLAS.
    """

    returns: Contract = get_args(Cosine)[1]

    def grid(self, left: Matrix, right: Matrix) -> FloatArray:
        """Every left vector against every right one."""
        return _over(left @ right.T, _squared_length(left)[:, None], _squared_length(right)[None, :])

    def one(self, left: PlainVector, right: PlainVector) -> float:
        """One vector against another."""
        (one, square), (other, other_square) = left.vector, right.vector
        if len(one) != len(other):
            raise other_dimensions(len(one))
        return max(-1.0, min(1.0, float(one.dot(other)) / max(sqrt(square * other_square), 1.0)))

    def pairs(self, left: Matrix, right: Matrix) -> FloatArray:
        """Left vectors against right ones of the same position."""
        return _over(np.einsum("ij,ij->i", left, right), _squared_length(left), _squared_length(right))


def _squared_length(vectors: Matrix) -> npt.NDArray[np.float64]:
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors), dtype=np.float64)


def _over(dot: Matrix, left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> FloatArray:
    """dot / (|left| |right|) in float64, rounded once; a vector of length zero is at right angles to all."""
    lengths = np.maximum(np.sqrt(left * right), 1.0)  # below 1 only where a vector, and so the product, is zero
    return np.minimum(np.maximum(dot / lengths, -1.0), 1.0).astype(np.float32)


COSINE = CosineComparator()
