"""The cosine of whole numbers is exact: no order of summation shows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.comparators.vectors import COSINE

vectors = st.lists(st.lists(st.integers(-127, 127), min_size=4, max_size=4), min_size=1, max_size=9)


@given(vectors)
def test_grid_and_pairs_agree_on_every_bit_and_with_exact_arithmetic(rows: list[list[int]]) -> None:
    matrix = np.array(rows, dtype=np.float32)
    grid = COSINE.grid(matrix, matrix)
    size = len(rows)
    pairs = COSINE.pairs(matrix.repeat(size, axis=0), np.tile(matrix, (size, 1)))
    assert np.array_equal(grid.ravel(), pairs)
    for row, one in enumerate(rows):
        for column, two in enumerate(rows):
            dot = sum(a * b for a, b in zip(one, two, strict=True))
            lengths = np.sqrt(float(sum(a * a for a in one) * sum(b * b for b in two)))
            wanted = np.clip(dot / lengths, -1, 1) if lengths else 0.0
            assert grid[row, column] == np.float32(wanted)


def test_many_dimensions_at_full_scale_stay_exact() -> None:
    full = np.full((2, 1024), 127, dtype=np.float32)
    assert COSINE.grid(full, full).tolist() == [[1.0, 1.0], [1.0, 1.0]]
