"""Given pairs: scored where they are known, null elsewhere, in their places."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score_known, score_pairs

NAMES = ["Zanzibar Bank", "Quorum Trust", "Zanzibar Bank Ltd", "Other"]


@pytest.mark.parametrize("known", [[1, 1, 1, 1], [0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]])
def test_what_is_not_known_is_null_and_moves_nothing(catalogue: Catalogue, known: list[int]) -> None:
    raw = raw_batch([{"id": n, "name": name} for n, name in enumerate(NAMES)])
    left = pa.Table.from_batches([prepare(standardise(raw, catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))])
    right = left.take([1, 0, 0, 2])
    wanted = score_pairs(left, right, catalogue.pair_features).to_pylist()
    nothing = dict.fromkeys(wanted[0])
    found = score_known(np.array(known, dtype=bool), left, right, catalogue.pair_features)
    assert found.to_pylist() == [row if there else nothing for row, there in zip(wanted, known, strict=True)]
