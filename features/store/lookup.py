"""One typed record against what is online: the same standardisation, the same keys, the same kernel.

Needs neither Spark nor Feast: any store that answers `read_index` and `read_entities` will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import pyarrow as pa

from features.catalogue import Catalogue
from features.errors import PairlakeError
from features.kernel.records import prepare, raw_batch, rule_of, standardise
from features.kernel.score import score
from features.sections import nearest
from features.store import IndexEntry, Loaded, PackedEntity
from features.store.packing import unpack
from features.tables import LIST_FIELDS, PARTY_FIELDS
from features.versions import refuse_other

MOST_CANDIDATES = 200
"""Candidates that a lookup scores unless told otherwise."""


class RecordError(PairlakeError):
    """The typed record is not one; the message names the field and what is wanted."""


class OnlineReads(Protocol):
    """The part of a feature store that a lookup needs."""

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """The records of these blocking keys."""

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """These entities' prepared records."""

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""


@dataclass(frozen=True)
class Candidate:
    """An entity that shares a blocking key with the typed record, and the features of the two.

    `rule` is the first rule, in order, whose key both share; `shared` counts the keys they share. A feature
    is None where it is undefined.
    """

    entity_id: str
    rule: str
    shared: int
    features: Mapping[str, float | int | None]


@dataclass(frozen=True)
class LookupResult:
    """Candidates, those that share most keys first: evidence, not a verdict.

    `found` counts the candidates there were; `truncated` says that some were left out, by the limit or
    because a key has more records than the index holds; `missing` are ids in the index that the store has
    no record of. `records` are the candidates' prepared records, in their order.
    """

    candidates: tuple[Candidate, ...]
    records: pa.Table
    keys: int
    found: int
    truncated: bool
    missing: tuple[str, ...]


class Lookup:
    """Looks typed records up in a store."""

    def __init__(self, store: OnlineReads, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue

    def lookup(self, record: Mapping[str, Any], *, limit: int = MOST_CANDIDATES) -> LookupResult:
        """Candidates of a record given by canonical party fields, the record being the left of each pair.

        Raises RecordError for a field that is none, FingerprintError when the store was loaded by another
        catalogue.
        """
        query = self._prepared(record)
        keys: list[int] = query.column("keys")[0].as_py()
        index = self._store.read_index([str(key) for key in keys])
        shared = _shared_keys(keys, index)
        ids = sorted(shared, key=lambda i: (-len(shared[i]), rule_of(shared[i][0]), i))
        stored = self._store.read_entities(ids[:limit])
        for fingerprint in sorted({entity.fingerprint for entity in stored.values()} or self._fingerprints()):
            refuse_other(fingerprint, {}, self._catalogue)
        present = [entity_id for entity_id in ids[:limit] if entity_id in stored]
        records = unpack([stored[entity_id].packed for entity_id in present], self._catalogue)
        features = _rows(score(query, records, self._catalogue.pair_features))
        return LookupResult(
            candidates=tuple(
                Candidate(i, self._catalogue.rules[rule_of(shared[i][0])].name, len(shared[i]), row)
                for i, row in zip(present, features, strict=True)
            ),
            records=records,
            keys=len(keys),
            found=len(ids),
            truncated=len(ids) > limit or any(len(e.entity_ids) < e.records for e in index.values()),
            missing=tuple(entity_id for entity_id in ids[:limit] if entity_id not in stored),
        )

    def _fingerprints(self) -> set[str]:
        """Of what is online, asked where nothing was found: other keys, or another secret's, find nothing either."""
        loaded = self._store.loaded()
        return {loaded.fingerprint} if loaded else set()

    def _prepared(self, record: Mapping[str, Any]) -> pa.RecordBatch:
        batch = raw_batch([checked_record(record)])
        return prepare(standardise(batch, self._catalogue), self._catalogue, datetime.now(UTC))


def _rows(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """The rows as dictionaries, column by column: Arrow's own way takes each value for itself."""
    names, columns = batch.schema.names, [column.to_pylist() for column in batch.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _shared_keys(keys: Sequence[int], index: Mapping[str, IndexEntry]) -> dict[str, list[int]]:
    """The query's keys that each entity carries too, in rule order."""
    shared: dict[str, list[int]] = {}
    for key in sorted(keys):
        entry = index.get(str(key))
        for entity_id in entry.entity_ids if entry else ():
            shared.setdefault(entity_id, []).append(key)
    return shared


def checked_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record, after refusing what no source could have held. RecordError names the field."""
    for field, value in record.items():
        if field not in PARTY_FIELDS:
            raise RecordError(f"{field!r} is not a party field" + nearest(field, PARTY_FIELDS))
        listed = field in LIST_FIELDS and isinstance(value, list | tuple)
        wanted = "a list of texts" if field in LIST_FIELDS else "text"
        for text in value if listed else () if value is None else (value,):
            if not isinstance(text, str) or (field in LIST_FIELDS and not listed):
                raise RecordError(f"{field} is {type(value).__name__}; wanted {wanted}")
            if not _is_unicode(text):
                raise RecordError(f"{field} is not valid Unicode; wanted {wanted} in UTF-8")
    return dict(record)


def _is_unicode(text: str) -> bool:
    """False for the lone surrogates that Python puts in the place of bytes it could not read."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
