"""What a lookup found, as it is answered. Values of records are given where they are to be revealed alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from features.catalogue import Catalogue
from features.declare import PairFeature
from features.kernel.compare import Compared
from features.store.lookup import LookupResult

UNREAD = "store_unavailable"
"""What a caller is told of a store that did not answer; the log says more."""


def unanswered(*, stale: bool = False) -> dict[str, Any]:
    """What is answered while there is no store to ask."""
    return {
        "complete": False,
        "stale": stale,
        "as_of": None,
        "fingerprint": None,
        "keys": None,
        "found": None,
        "truncated": True,
        "candidates": [],
        "features": {},
        "missing": {},
        "unread": UNREAD,
    }


def answer(
    result: LookupResult, catalogue: Catalogue, *, stale: bool, reasons: bool = True, reveal: bool = False
) -> dict[str, Any]:
    """A result as JSON has it, numbers as arrays: see `wire.Answer`."""
    said = _reasons(result.compared) if reasons else [[] for _ in result.candidates]
    told: dict[str, Any] = {
        "complete": result.unread is None and not result.missing,
        "stale": stale,
        "as_of": result.loaded and result.loaded.as_of,
        "fingerprint": catalogue.fingerprint,
        "keys": result.keys,
        "found": result.found,
        "truncated": result.truncated,
        "candidates": [
            {"entity_id": one.entity_id, "rule": one.rule, "shared": one.shared, "reasons": codes}
            for one, codes in zip(result.candidates, said, strict=True)
        ],
        "features": _columns(result.compared) if result.candidates else {},
        "missing": {one: UNREAD if why == result.unread else why for one, why in result.missing.items()},
        "unread": None if result.unread is None else UNREAD,
    }
    if reveal:
        told["values"] = _values(result, catalogue)
    return told


def is_stale(as_of: datetime | None, oldest: timedelta | None) -> bool:
    """Whether what is online is older than declared; what is not known is not called stale, but incomplete."""
    return oldest is not None and as_of is not None and datetime.now(UTC) - as_of > oldest


def meanings(catalogue: Catalogue) -> list[dict[str, Any]]:
    """The features as `wire.FeatureMeaning`."""
    return [
        {
            "name": feature.name,
            "version": feature.version,
            "reads": list(feature.inputs),
            "range": feature.returns.range,
            "states": list(feature.returns.states),
            "meaning": " ".join(feature.doc.split()),
            "reasons": {reason.code: (reason.low, reason.high) for reason in feature.reasons},
        }
        for feature in catalogue.pair_features
    ]


def _columns(compared: Compared) -> dict[str, Any]:
    """The values of each feature as one array; NaN is written as null."""
    return {feature.name: np.ascontiguousarray(values) for feature, values in _rows(compared)}


def _reasons(compared: Compared) -> list[list[str]]:
    """The codes of each candidate, in the features' order: what `PairFeature.reason` says of each value, by columns."""
    said: list[list[str]] = [[] for _ in range(compared.size)]
    for feature, values in _rows(compared):
        for code, places in _carriers(feature, values):
            for place in places:
                said[place].append(code)
    return said


def _rows(compared: Compared) -> Iterator[tuple[PairFeature, Any]]:
    """Each feature with its values; a block's rows are longer than there are pairs."""
    rows = [*compared.numbers[:, : compared.size], *compared.states[:, : compared.size]]
    for feature, row in zip(compared.features, compared.order, strict=True):
        yield feature, rows[row]


def _carriers(feature: PairFeature, values: Any) -> Sequence[tuple[str, list[int]]]:
    """Each code, and the candidates whose value is within its bounds and within none before."""
    carriers, left = [], ~np.isnan(values)
    for reason in feature.reasons:
        within = left & (values >= np.float32(reason.low)) & (values <= np.float32(reason.high))
        carriers.append((reason.code, np.flatnonzero(within).tolist()))
        left &= ~within
    return carriers


def _values(result: LookupResult, catalogue: Catalogue) -> dict[str, list[str]]:
    texts = [field.name for field in catalogue.kernel_schema if pa.types.is_string(field.type)]
    return {name: result.texts(name) for name in texts}
