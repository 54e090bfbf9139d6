"""Which encoder a run uses: the one the settings name, or the fallback that needs no model."""

from __future__ import annotations

from features.declare import DeclarationError, Encoder
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError, WordLlamaEncoder

_ENCODERS: dict[str, type[Encoder]] = {"wordllama": WordLlamaEncoder, "hashed_ngrams": HashedNgrams}


def by_name(name: str) -> Encoder:
    """The encoder of this name. DeclarationError where there is none, EncoderError where it is not installed."""
    if name not in _ENCODERS:
        raise DeclarationError(f"there is no encoder {name!r}; wanted one of {', '.join(_ENCODERS)}")
    return _ENCODERS[name]()


def by_full_name(full_name: str) -> Encoder | None:
    """The installed encoder that calls itself so, version and all; None where there is none."""
    for kind in _ENCODERS.values():
        try:
            encoder = kind()
        except EncoderError:
            continue
        if encoder.name == full_name:
            return encoder
    return None


def default_encoder() -> Encoder:
    """WordLlama where it is installed, hashed 3-grams elsewhere; `name` says which."""
    try:
        return WordLlamaEncoder()
    except EncoderError:
        return HashedNgrams()


def working(name: str) -> tuple[Encoder, str | None]:
    """The encoder of this name after a trial, or hashed 3-grams and the reason why it is not the one asked for."""
    try:
        encoder = by_name(name)
        encoder.encode(["trial"])
    except EncoderError as error:
        return HashedNgrams(), str(error)
    return encoder, None
