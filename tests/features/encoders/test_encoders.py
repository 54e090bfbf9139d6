"""Encoders: the same vector whatever stands beside a text; what cannot be loaded is said and replaced."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.declare import DeclarationError
from features.encoders import choose, wordllama
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError, WordLlamaEncoder

ENCODERS = [WordLlamaEncoder(), HashedNgrams()]


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda e: e.name)
@given(texts=st.lists(st.text(max_size=60), max_size=6))
def test_a_vector_depends_on_its_text_alone(encoder: choose.Encoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    assert together.dtype == np.int8
    assert together.shape == (len(texts), 256)
    assert together.min(initial=0) >= -127
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda e: e.name)
def test_an_encoder_travels_to_a_worker(encoder: choose.Encoder) -> None:
    again = pickle.loads(pickle.dumps(encoder))
    assert again.name == encoder.name
    assert np.array_equal(again.encode(["orion bank"]), encoder.encode(["orion bank"]))
    assert choose.by_full_name(encoder.name).name == encoder.name  # type: ignore[union-attr]


def test_a_model_knows_more_than_letters() -> None:
    german, english, other = ENCODERS[0].encode(["deutsche bank", "german bank", "harbour shipping"]).astype(float)
    assert _cosine(german, english) > 0.5 > _cosine(german, other)


def test_an_encoder_that_cannot_be_loaded_gives_way_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> str:
        raise wordllama.importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(wordllama.importlib.metadata, "version", absent)
    encoder, why = choose.working("wordllama")
    assert isinstance(encoder, HashedNgrams)
    assert why is not None
    assert 'pip install wordllama, or set [encoder] name to "hashed_ngrams"' in why
    assert isinstance(choose.default_encoder(), HashedNgrams)
    with pytest.raises(EncoderError):
        choose.by_name("wordllama")


def test_a_broken_model_gives_way_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    import wordllama as package  # noqa: PLC0415

    def broken(**_: object) -> None:
        raise OSError("truncated")

    monkeypatch.setattr(package.WordLlama, "load", broken)
    encoder, why = choose.working("wordllama")
    assert isinstance(encoder, HashedNgrams)
    assert "cannot be loaded (OSError)" in str(why)


def test_loading_the_model_does_not_make_other_libraries_talk() -> None:
    program = (
        "import logging; from features.encoders.wordllama import WordLlamaEncoder; WordLlamaEncoder().encode(['x']); "
        "root = logging.getLogger(); assert (root.level, root.handlers) == (logging.WARNING, []), root.handlers"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_unknown_encoder_is_refused() -> None:
    with pytest.raises(DeclarationError, match="no encoder 'bert'; wanted one of wordllama, hashed_ngrams"):
        choose.by_name("bert")


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))
