"""Tables as feature groups of the SageMaker Feature Store: names and types, for whoever makes the groups."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from features import tables
from features.catalogue import Catalogue
from features.tables import Table

EVENT_TIME = "event_timestamp"
PAIR_ID = "pair_id"
"""Identifier of a pair: the service wants one feature to name a record, and a pair is named by two."""

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
    """Whether lookups read it; the offline store has every group."""
    definitions: Definitions
    event_time: str = EVENT_TIME

    def name(self, prefix: str) -> str:
        """What the group is called, for instance `pairlake-dev-online-entities`."""
        return f"{prefix}-{self.table.replace('_', '-')}"


def feature_groups(catalogue: Catalogue) -> tuple[FeatureGroup, ...]:
    """The groups of a catalogue: prepared records and blocking index online, pair features offline."""
    return (
        _group(tables.ONLINE_ENTITIES, tables.ONLINE_ENTITIES.schema, online=True),
        _group(tables.BLOCKING_INDEX, tables.BLOCKING_INDEX.schema, online=True),
        _group(tables.PAIR_FEATURES, catalogue.pair_schema, online=False),
    )


def _group(table: Table, schema: pa.Schema, *, online: bool) -> FeatureGroup:
    named = tuple((column.name, _feature_type(column)) for column in schema)
    if len(table.key) == 1:
        return FeatureGroup(table.name, table.key[0], online, named)
    return FeatureGroup(table.name, PAIR_ID, online, ((PAIR_ID, "String"), *named))


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
