"""Tables as feature groups of the SageMaker Feature Store: names and types, for whoever makes the groups."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

from features import tables
from features.catalogue import Catalogue
from features.store import StoreError
from features.tables import Table

EVENT_TIME = "event_timestamp"
RECORD_ID = "record_id"
"""Identifier of an online record: the layer it was written under and the table's key, `LAYER/KEY`."""
PAIR_ID = "pair_id"
"""Identifier of a pair: the service wants one feature to name a record, and a pair is named by two."""

_NAME = re.compile(r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}")
_RESERVED = ("is_deleted", "write_time", "api_invocation_time")

Definitions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FeatureGroup:
    """A group as the service wants it described: what names a record, what dates it, and its features in order.

    Types are String, Integral and Fractional. The event time is ISO-8601 text, bytes are base64 text, and lists are
    JSON text, as the standard online tier has no collections. Truths are 0 and 1. A null is left out of a record.
    """

    table: str
    identifier: str
    online: bool
    """Whether lookups read it; the others are offline alone."""
    definitions: Definitions
    event_time: str = EVENT_TIME

    def name(self, prefix: str) -> str:
        """What the group is called, for instance `pairlake-dev-online-entities`."""
        return f"{prefix}-{self.table.replace('_', '-')}"


LOADS = FeatureGroup(
    "loads",
    "name",
    online=True,
    definitions=tuple(
        (name, "String") for name in ("name", "layers", "as_of", "fingerprint", "oldest", "newest", EVENT_TIME)
    ),
)
"""What is online: one record, which names the layers in force. Its event time is that of the load."""


def feature_groups(catalogue: Catalogue) -> tuple[FeatureGroup, ...]:
    """The groups of a catalogue: prepared records, blocking index and loads online, features offline."""
    return (
        _group(tables.ONLINE_ENTITIES, tables.ONLINE_ENTITIES.schema, RECORD_ID, online=True),
        _group(tables.BLOCKING_INDEX, tables.BLOCKING_INDEX.schema, RECORD_ID, online=True),
        LOADS,
        _group(tables.PAIR_FEATURES, catalogue.pair_schema, PAIR_ID, online=False),
        _group(tables.ENTITY_FEATURES, catalogue.entity_schema, tables.ENTITY_FEATURES.key[0], online=False),
    )


def _group(table: Table, schema: pa.Schema, identifier: str, *, online: bool) -> FeatureGroup:
    named = tuple((_permitted(column.name), _feature_type(column)) for column in schema)
    own = () if identifier in schema.names else ((identifier, "String"),)
    return FeatureGroup(table.name, identifier, online, (*own, *named))


def _permitted(name: str) -> str:
    if name in _RESERVED or not _NAME.fullmatch(name):
        raise StoreError(
            f"the feature {name!r} cannot be part of a SageMaker feature group; wanted up to 64 letters, digits, "
            f"hyphens and underscores that begin and end with a letter or digit, and none of {', '.join(_RESERVED)}. "
            "Declare it under another name"
        )
    return name


def _feature_type(column: pa.Field) -> str:
    of = column.type
    if pa.types.is_string(of) or pa.types.is_binary(of) or pa.types.is_list(of) or pa.types.is_timestamp(of):
        return "String"
    if pa.types.is_integer(of) or pa.types.is_boolean(of):
        return "Integral"
    if pa.types.is_floating(of):
        return "Fractional"
    raise TypeError(
        f"{column.name} is {of}, which the Feature Store has no type for; say in _feature_type what it becomes"
    )
