"""Hashed 3-grams: the same vector whatever the batch, equal to a plain loop."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.encoders.hashed_ngrams import DIMENSION, encode

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=8)


@given(texts)
def test_a_batch_equals_its_texts_one_by_one_and_a_plain_loop(batch: list[str]) -> None:
    together = encode(batch)
    assert together.shape == (len(batch), DIMENSION)
    for text, vector in zip(batch, together, strict=True):
        assert np.array_equal(vector, encode([text])[0])
        assert np.array_equal(vector, plain(text))


def test_a_known_vector_never_changes() -> None:
    vector = encode(["deutsche bank"])[0]
    assert {int(n): int(vector[n]) for n in np.flatnonzero(vector)} == KNOWN


def plain(text: str) -> np.ndarray:
    raw = f" {text} ".encode()
    counts = np.zeros(DIMENSION)
    for a, b, c in zip(raw, raw[1:], raw[2:], strict=False):
        hashed = ((a << 16 | b << 8 | c) * 2654435761) % 2**32
        counts[hashed >> 24] += 1 if hashed >> 23 & 1 else -1
    return np.clip(counts, -127, 127).astype(np.int8)


KNOWN = {4: 1, 14: 1, 19: 1, 25: 1, 63: -1, 64: 1, 77: 1, 131: -1, 150: 1, 187: 1, 211: 1}
