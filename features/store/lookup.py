"""One typed record against what is online: the same standardisation, the same keys, the same kernel.

Needs neither Spark nor Feast: any store that shows one state of itself (`OnlineReads`) will do.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain
from typing import Any, cast

import pyarrow as pa

from features.catalogue import Catalogue
from features.columns import Records, TextColumn
from features.errors import PairlakeError
from features.kernel.compare import Compared
from features.kernel.records import prepare_one, rule_of
from features.kernel.score import first_against_rest
from features.sections import nearest
from features.store import IndexEntry, Loaded, OnlineReads, PackedEntity
from features.store.deadline import Deadline
from features.store.packing import Packing
from features.store.plain_records import PackingError
from features.store.reading import Found, Ranked, read
from features.tables import LIST_FIELDS, PARTY_FIELDS
from features.versions import refuse_other

MOST_CANDIDATES = 200
"""Candidates that a lookup scores unless told otherwise."""


DEADLINE_MS = 5_000
"""Milliseconds that a lookup waits for the store unless told otherwise."""


class RecordError(PairlakeError):
    """The typed record is not one; the message names the field and what is wanted."""


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

    `found` counts the candidates there were, None where the index could not be read; `truncated` says that some were
    or may have been left out: by the limit, because a key has more records than the index holds, or because it could
    not be read. `missing` are candidates without features, each with the reason; `unread` is why the store did not
    answer, None when it did. `compared` holds the features of all candidates, in their order, as two blocks of numbers.
    `loaded` is what was online, None where the store did not say; `seconds` are those of each stage.
    """

    candidates: tuple[Candidate, ...]
    compared: Compared = field(repr=False, compare=False)
    records: Records = field(repr=False, compare=False)
    keys: int
    found: int | None
    truncated: bool
    missing: Mapping[str, str]
    unread: str | None = None
    loaded: Loaded | None = None
    seconds: Mapping[str, float] = field(default_factory=dict, repr=False, compare=False)

    def texts(self, column: str) -> list[str]:
        """What the candidates have in a column of text; empty where nothing, or where no feature reads the column."""
        if column not in self.records:
            return [""] * len(self.candidates)
        return cast(TextColumn, self.records.column(column)).values[1:]


class Lookup:
    """Looks typed records up in a store.

    A store that is away, or does not answer within `deadline_ms`, is flagged in the result, or with `fail` raises
    StoreUnavailableError.
    """

    def __init__(
        self, store: OnlineReads, catalogue: Catalogue, *, deadline_ms: int = DEADLINE_MS, fail: bool = False
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._packing = Packing(catalogue)
        self._deadline_ms = deadline_ms
        self._fail = fail

    def lookup(
        self, record: Mapping[str, Any], *, limit: int = MOST_CANDIDATES, deadline_ms: int | None = None
    ) -> LookupResult:
        """Candidates of a record given by canonical party fields, the record being the left of each pair.

        `deadline_ms` is for this lookup alone. Raises RecordError for a field that is none, FingerprintError when the
        store was loaded by another catalogue.
        """
        began, deadline = time.perf_counter(), Deadline(deadline_ms or self._deadline_ms)
        query = prepare_one(checked_record(record), self._catalogue)
        prepared = time.perf_counter()
        (keys,) = query["keys"]
        found = read(self._store, [str(key) for key in keys], partial(_ranked, keys), limit, deadline)
        if found.away is not None and self._fail:
            raise found.away
        if found.loaded is not None:  # other keys, or those of another secret, find nothing
            refuse_other(found.loaded.fingerprint, {}, self._catalogue)
        read_at = time.perf_counter()
        result = self._result(query, found, limit)
        seconds = {"prepare": prepared - began, **found.seconds, "compare": time.perf_counter() - read_at}
        return replace(result, seconds=seconds)

    def _result(self, query: Mapping[str, Sequence[Any]], found: Found, limit: int) -> LookupResult:
        """What there is to say of a prepared record and what was read for it."""
        (keys,) = query["keys"]
        index, stored = found.index or {}, found.entities or {}
        away = None if found.away is None else str(found.away) or type(found.away).__name__
        shared, rules = found.ranked, self._catalogue.rules
        ids = list(shared)
        missing = {i: away or "the store has no record of it" for i in ids[:limit] if i not in stored}
        whole, records, compared = self._scored(query, {i: stored[i] for i in ids[:limit] if i in stored})
        missing |= {i: "its packed record is broken" for i in ids[:limit] if i not in missing and i not in whole}
        return LookupResult(
            candidates=tuple(
                Candidate(i, rules[shared[i][0]].name, shared[i][1], compared, place) for place, i in enumerate(whole)
            ),
            compared=compared,
            records=records,
            keys=len(keys),
            found=None if found.index is None else len(ids),
            truncated=found.index is None
            or len(ids) > limit
            or any(len(e.entity_ids) < e.records for e in index.values()),
            missing=missing,
            unread=away,
            loaded=found.loaded,
        )

    def _scored(
        self, query: Mapping[str, Sequence[Any]], stored: Mapping[str, PackedEntity]
    ) -> tuple[list[str], Records, Compared]:
        """Ids of the candidates whose packed record is whole, the records of query and candidates, and the features.

        FingerprintError where one was packed by another catalogue.
        """
        for fingerprint in sorted({entity.fingerprint for entity in stored.values()}):
            refuse_other(fingerprint, {}, self._catalogue)
        try:
            records = self._packing.records([one.packed for one in stored.values()], query)
            return list(stored), records, first_against_rest(records, self._catalogue.pair_features)
        except (PackingError, pa.ArrowInvalid, UnicodeDecodeError):
            whole = {i: entity for i, entity in stored.items() if self._is_whole(entity.packed)}
            if len(whole) == len(stored):
                raise
            return self._scored(query, whole)

    def _is_whole(self, packed: bytes) -> bool:
        try:
            self._packing.unpack([packed]).validate(full=True)
        except (PackingError, pa.ArrowInvalid):
            return False
        return True


def _ranked(keys: Sequence[int], index: Mapping[str, IndexEntry]) -> Ranked:
    """Of each entity of the index the place of the first rule, and the number of keys, that it shares with the query.

    The entities that share most keys come first, then in rule order, then by id.
    """
    first: dict[str, int] = {}
    blocks = []
    for key in sorted(keys, reverse=True):  # the first rule in order is the last to be put
        entry = index.get(str(key))
        if entry:
            first.update(dict.fromkeys(entry.entity_ids, rule_of(key)))
            blocks.append(entry.entity_ids)
    shared = Counter(chain.from_iterable(blocks))
    order = sorted((-count, first[entity_id], entity_id) for entity_id, count in shared.items())
    return {entity_id: (rule, -fewer) for fewer, rule, entity_id in order}


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
