"""One typed record against what is online: the same standardisation, the same keys, the same kernel.

Needs neither Spark nor Feast: any store that answers `read_index` and `read_entities` will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, cast

from features.catalogue import Catalogue
from features.columns import Records, TextColumn
from features.errors import PairlakeError
from features.kernel.compare import Compared
from features.kernel.records import prepare_one, rule_of
from features.kernel.score import first_against_rest
from features.sections import nearest
from features.store import IndexEntry, PackedEntity
from features.store.packing import Packing
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


@dataclass(frozen=True)
class Candidate:
    """An entity that shares a blocking key with the typed record, and the features of the two.

    `rule` is the first rule, in order, whose key both share; `shared` counts the keys they share. A feature
    is None where it is undefined.
    """

    entity_id: str
    rule: str
    shared: int
    compared: Compared = field(repr=False, compare=False)
    place: int = field(compare=False)

    @cached_property
    def features(self) -> Mapping[str, float | int | None]:
        """The features by name, made when first asked for: a model takes the blocks of `LookupResult.compared`."""
        return self.compared.row(self.place)


@dataclass(frozen=True)
class LookupResult:
    """Candidates, those that share most keys first: evidence, not a verdict.

    `found` counts the candidates there were; `truncated` says that some were left out, by the limit or
    because a key has more records than the index holds; `missing` are ids in the index that the store has
    no record of. `compared` holds the features of all candidates, in their order, as two blocks of numbers.
    """

    candidates: tuple[Candidate, ...]
    compared: Compared = field(repr=False, compare=False)
    records: Records = field(repr=False, compare=False)
    keys: int
    found: int
    truncated: bool
    missing: tuple[str, ...]

    def texts(self, column: str) -> list[str]:
        """What the candidates have in a column of text; empty where nothing, or where no feature reads the column."""
        if column not in self.records:
            return [""] * len(self.candidates)
        return cast(TextColumn, self.records.column(column)).values[1:]


class Lookup:
    """Looks typed records up in a store."""

    def __init__(self, store: OnlineReads, catalogue: Catalogue) -> None:
        self._store = store
        self._catalogue = catalogue
        self._packing = Packing(catalogue)

    def lookup(self, record: Mapping[str, Any], *, limit: int = MOST_CANDIDATES) -> LookupResult:
        """Candidates of a record given by canonical party fields, the record being the left of each pair.

        Raises RecordError for a field that is none, FingerprintError when the store was loaded by another
        catalogue.
        """
        query = prepare_one(checked_record(record), self._catalogue)
        (keys,) = query["keys"]
        index = self._store.read_index([str(key) for key in keys])
        shared = _shared_keys(keys, index)
        ids = sorted(shared, key=lambda i: (-len(shared[i]), rule_of(shared[i][0]), i))
        stored = self._store.read_entities(ids[:limit])
        for fingerprint in sorted({entity.fingerprint for entity in stored.values()}):
            refuse_other(fingerprint, {}, self._catalogue)
        present = [entity_id for entity_id in ids[:limit] if entity_id in stored]
        records = self._packing.records(self._packing.pack(query) + [stored[i].packed for i in present])
        compared = first_against_rest(records, self._catalogue.pair_features)
        return LookupResult(
            candidates=tuple(
                Candidate(i, self._catalogue.rules[rule_of(shared[i][0])].name, len(shared[i]), compared, place)
                for place, i in enumerate(present)
            ),
            compared=compared,
            records=records,
            keys=len(keys),
            found=len(ids),
            truncated=len(ids) > limit or any(len(e.entity_ids) < e.records for e in index.values()),
            missing=tuple(entity_id for entity_id in ids[:limit] if entity_id not in stored),
        )


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
    for name, value in record.items():
        if name not in PARTY_FIELDS:
            raise RecordError(f"{name!r} is not a party field" + nearest(name, PARTY_FIELDS))
        listed = name in LIST_FIELDS and isinstance(value, list | tuple)
        wanted = "a list of texts" if name in LIST_FIELDS else "text"
        for text in value if listed else () if value is None else (value,):
            if not isinstance(text, str) or (name in LIST_FIELDS and not listed):
                raise RecordError(f"{name} is {type(value).__name__}; wanted {wanted}")
            if not _is_unicode(text):
                raise RecordError(f"{name} is not valid Unicode; wanted {wanted} in UTF-8")
    return dict(record)


def _is_unicode(text: str) -> bool:
    """False for the lone surrogates that Python puts in the place of bytes it could not read."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
