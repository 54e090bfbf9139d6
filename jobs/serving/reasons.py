"""Codes of what carries weight, for all candidates at once: what `PairFeature.reason` says of each value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from features.declare import PairFeature
from features.kernel.compare import Compared

_NONE = -1


@dataclass(frozen=True, eq=False)
class _Round:
    """The first reasons of all features, or the second ones, …: their features' places, codes and bounds."""

    places: npt.NDArray[np.intp]
    codes: npt.NDArray[np.int16]
    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]


def codes(compared: Compared) -> list[list[str]]:
    """The codes of each candidate, in the features' order."""
    names, rounds = _rounds(compared.features)
    blocks = compared.numbers[:, : compared.size], compared.states[:, : compared.size].astype(np.float32)
    values = np.concatenate(blocks)[list(compared.order)]
    said = np.full(values.shape, _NONE, dtype=np.int16)
    for one in rounds:
        of = values[one.places]
        within = (of >= one.low) & (of <= one.high) & (said[one.places] == _NONE)
        said[one.places] = np.where(within, one.codes, said[one.places])
    of_candidates = said.T
    spoken = of_candidates != _NONE
    told = [names[code] for code in of_candidates[spoken].tolist()]
    ends = np.cumsum(spoken.sum(axis=1)).tolist()
    return [told[start:end] for start, end in zip([0, *ends][:-1], ends, strict=True)]


@lru_cache(maxsize=16)
def _rounds(features: tuple[PairFeature, ...]) -> tuple[list[str], list[_Round]]:
    """All codes, and the rounds by which they are found: of a feature's reasons the first that fits counts."""
    names: list[str] = []
    rounds: list[list[tuple[int, int, float, float]]] = []
    for place, feature in enumerate(features):
        for turn, reason in enumerate(feature.reasons):
            rounds += [[]] if turn == len(rounds) else []
            rounds[turn].append((place, len(names), reason.low, reason.high))
            names.append(reason.code)
    return names, [_round(*zip(*one, strict=True)) for one in rounds]


def _round(places: Any, of: Any, low: Any, high: Any) -> _Round:
    def down(numbers: Any, kind: Any) -> Any:
        return np.array(numbers, dtype=kind)[:, None]

    return _Round(np.array(places), down(of, np.int16), down(low, np.float32), down(high, np.float32))
