"""Similarity of embeddings."""

from __future__ import annotations

from features.comparators.vectors import COSINE
from features.declare import scored

name_embedding_cosine = scored(
    "name_embedding",
    COSINE,
    doc="Cosine of the names' embeddings: hashed character 3-grams, exact in whole numbers.",
)
