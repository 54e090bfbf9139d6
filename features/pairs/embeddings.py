"""Similarity of embeddings."""

from __future__ import annotations

from features.comparators.vectors import COSINE
from features.declare import at_least, scored

name_embedding_cosine = scored(
    "name_embedding",
    COSINE,
    at_least(0.9, "NAME_MEANS_ALIKE"),
    doc="Cosine of the names' embeddings by the run's encoder (WordLlama unless the settings say otherwise).",
)
name_ngram_cosine = scored(
    "name_ngrams",
    COSINE,
    doc="Cosine of the names' hashed character 3-grams (Weinberger et al. 2009): alike in letters, model or not.",
)
