"""What a lookup reads of the SageMaker Feature Store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.store import IndexEntry, Loaded, PackedEntity
from features.store.feature_groups import FeatureGroup
from features.store.sagemaker_layers import Held, Layers
from features.store.sagemaker_records import Record
from features.store.sagemaker_rows import listed, unpacked
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES, Table


@dataclass(frozen=True)
class Reads:
    """Reads of the held state."""

    layers: Layers
    groups: Mapping[str, FeatureGroup]
    held: Held

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""
        return self.held.online.loaded if self.held.online else None

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        """The records of these blocking keys. A key that nobody carries is left out."""
        found = self._read(BLOCKING_INDEX, ["entity_ids", "records"], keys)
        return {key: IndexEntry(listed(row["entity_ids"]), int(row["records"])) for key, row in found.items()}

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        """These entities' prepared records. An unknown entity is left out."""
        found = self._read(ONLINE_ENTITIES, ["packed", "fingerprint"], ids)
        return {key: PackedEntity(unpacked(row.get("packed", "")), row["fingerprint"]) for key, row in found.items()}

    def _read(self, table: Table, features: Sequence[str], keys: Sequence[str]) -> dict[str, Record]:
        distinct = list(dict.fromkeys(keys))
        return self.layers.read(self.groups[table.name], table.key[0], features, distinct, self.held)
