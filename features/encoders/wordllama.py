"""WordLlama: a text as the mean of its sub-words' vectors, taken from a language model's input layer.

The weights and the tokenizer lie inside the package (256 dimensions, no network). The mean is made here from
weights rounded to whole numbers once, so that its bits depend neither on the batch nor on the machine.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from features.errors import PairlakeError

_STEPS = 4096
"""Steps of the grid that weights are rounded to; they lie within nine units of zero."""

_MOST_TOKENS = 64
"""Sub-words read of a text."""


class EncoderError(PairlakeError):
    """An encoder cannot be loaded; the message says what to install or to set."""


@contextmanager
def _logging_left_alone() -> Iterator[None]:
    """Undo what an import does to the root logger: wordllama makes every library of the process tell all it does."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


def _to_longest(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Each row with 127 for its longest entry."""
    longest = np.maximum(np.abs(vectors).max(axis=1, initial=0), 1).astype(np.float64)
    return np.asarray(np.rint(vectors * 127 / longest[:, None]), dtype=np.int8)


class WordLlamaEncoder:
    """The encoder of the installed `wordllama`."""

    def __init__(self) -> None:
        try:
            self._version = importlib.metadata.version("wordllama")
        except importlib.metadata.PackageNotFoundError as error:
            raise EncoderError(
                'the encoder "wordllama" is not installed; pip install wordllama, or set [encoder] name to '
                '"hashed_ngrams"'
            ) from error

    @property
    def name(self) -> str:
        """Name, dimension, version of the package that holds the weights."""
        return f"wordllama_256 {self._version}"

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.int8]:
        """Vectors of the texts, one a row, longest entry 127; a text without a known sub-word is all zero."""
        tokenizer, table = self._model
        encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        rows = [encoding.ids[:_MOST_TOKENS] for encoding in encodings]
        if len(rows) == 1:  # as in a lookup: the same sum, without a matrix
            return _to_longest(table[np.array(rows[0], dtype=np.int64)].sum(axis=0, keepdims=True))
        ends = np.cumsum([0, *map(len, rows)])
        ids = np.fromiter((number for row in rows for number in row), dtype=np.int64, count=int(ends[-1]))
        counts = sparse.csr_matrix((np.ones(len(ids), dtype=np.float32), ids, ends), shape=(len(rows), len(table)))
        return _to_longest(counts @ table)  # whole numbers below 2**24: exact in float32, in whatever order

    @cached_property
    def _model(self) -> tuple[Any, npt.NDArray[np.float32]]:
        """Tokenizer and weights as whole numbers, loaded when first asked for: once a worker."""
        try:
            with _logging_left_alone():
                import wordllama  # noqa: PLC0415  optional, and seconds to import

            folder = Path(wordllama.__file__).parent
            model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
        except Exception as error:
            raise EncoderError(
                f'the encoder "wordllama" {self._version} cannot be loaded ({type(error).__name__}); install it anew, '
                'or set [encoder] name = "hashed_ngrams"'
            ) from error
        model.tokenizer.no_padding()
        model.tokenizer.no_truncation()
        return model.tokenizer, np.rint(model.embedding * _STEPS).astype(np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        """By name: a worker loads the weights from its own package."""
        return WordLlamaEncoder, ()
