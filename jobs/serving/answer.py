"""What a lookup found, as it is answered. Values of records are given where they are to be revealed alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from features.catalogue import Catalogue
from features.kernel.compare import Compared
from features.store.lookup import LookupResult
from jobs.serving.reasons import codes

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
    said = codes(result.compared) if reasons else [[] for _ in result.candidates]
    told: dict[str, Any] = {
        "complete": result.unread is None and not result.missing,
        "stale": stale,
        "as_of": result.loaded and result.loaded.as_of,
        "fingerprint": catalogue.fingerprint,
        "keys": result.keys,
        "found": result.found,
        "truncated": result.truncated,
        "candidates": [
            {"entity_id": one.entity_id, "rule": one.rule, "shared": one.shared, "reasons": of}
            for one, of in zip(result.candidates, said, strict=True)
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
    """The values of each feature as one array, NaN for null; a block's rows are longer than there are pairs."""
    rows = [*compared.numbers[:, : compared.size], *compared.states[:, : compared.size]]
    return {feature.name: rows[row] for feature, row in zip(compared.features, compared.order, strict=True)}


def _values(result: LookupResult, catalogue: Catalogue) -> dict[str, list[str]]:
    texts = [field.name for field in catalogue.kernel_schema if pa.types.is_string(field.type)]
    return {name: result.texts(name) for name in texts}
