"""Embeddings, kept as bytes of int8."""

from __future__ import annotations

from features.declare import Encoder, record_feature
from features.encoders import hashed_ngrams


@record_feature(batch=True)
def name_embedding(name_core: list[str], encoder: Encoder) -> list[bytes]:
    """The name without legal form as the run's encoder sees it: whole numbers, -127 to 127."""
    return [vector.tobytes() for vector in encoder.encode(name_core)]


@record_feature(batch=True)
def name_ngrams(name_core: list[str]) -> list[bytes]:
    """Hashed character 3-grams of the name without legal form, 256 whole numbers."""
    return [vector.tobytes() for vector in hashed_ngrams.encode(name_core)]
