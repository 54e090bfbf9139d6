"""What a lookup reads of an online store behind Feast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from feast import FeatureView
from feast.protos.feast.types.Value_pb2 import Value

from features.store import IndexEntry, Loaded, PackedEntity
from features.store.online import OneLoad, Readable
from features.store.reading import SingleReads
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES


@dataclass(frozen=True)
class FeastReads(SingleReads):
    """Reads of an online store. `views` are Feast's, by name.

    `stays` says that they go on seeing one load once another has taken its place.
    """

    online: Readable
    views: Mapping[str, FeatureView]
    stays: bool

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""
        return self.online.loaded()

    @contextmanager
    def one_state(self) -> Iterator[LoadReads]:
        """Reads that all see one load; see `OnlineReads.one_state`."""
        with self.online.one_state() as load:
            yield LoadReads(load, self.views)


@dataclass(frozen=True)
class LoadReads:
    """Reads of one load."""

    load: OneLoad
    views: Mapping[str, FeatureView]

    def loaded(self) -> Loaded | None:
        """What was loaded."""
        return self.load.loaded()

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """The records of these blocking keys; see `Reads.read_index`."""
        return {
            key: IndexEntry(
                tuple(Value.FromString(row["entity_ids"]).string_list_val.val),
                Value.FromString(row["records"]).int64_val,
            )
            for key, row in self.load.rows(self.views[BLOCKING_INDEX.name], keys)
        }

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """These entities' prepared records; see `Reads.read_entities`."""
        known: dict[bytes, str] = {}  # all of a load have one fingerprint
        found = {}
        for entity_id, row in self.load.rows(self.views[ONLINE_ENTITIES.name], ids):
            stored = row["fingerprint"]
            if stored not in known:
                known[stored] = Value.FromString(stored).string_val
            found[entity_id] = PackedEntity(Value.FromString(row["packed"]).bytes_val, known[stored])
        return found
