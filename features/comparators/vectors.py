"""Vector comparators. Vectors hold small whole numbers, so every sum is exact in whatever order it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from features.declare import Contract, Cosine, FloatArray

FEW = 16
"""Vectors up to which several columns are multiplied in one call."""

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

    @staticmethod
    def grids(
        comparators: Sequence[CosineComparator], left: Sequence[Matrix], right: Sequence[Matrix]
    ) -> FloatArray | None:
        """The rows of the grids of several columns of vectors; None where large, or of several dimensions."""
        if len(right[0]) > FEW or len({matrix.shape[1] for matrix in left}) != 1:
            return None
        ones, others = np.array(left), np.array(right)
        lengths = [np.einsum("kij,kij->ki", side, side).astype(np.float64) for side in (ones, others)]
        dot = ones @ others.transpose(0, 2, 1)
        return _over(dot, lengths[0][:, :, None], lengths[1][:, None, :]).reshape(len(comparators), -1)

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
