"""DynamoDB as an online store, in Feast's tables: batches side by side, strongly consistent reads.

There is no transaction over more than a hundred items, so a refresh too is a layer (see `layers`), which lies upon
those in force and says of what is gone that it is; after a few of them all is loaded anew. A read asks afterwards
whether the state is still the one it read by. Feast's own reader leaves out, without a word, what DynamoDB did not get
to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import pyarrow as pa
from botocore.config import Config
from feast import FeatureView

from features.store import Loaded, StoreError, layers
from features.store.dynamodb_layers import DynamoDBLayers, reached
from features.store.layered_online import LayeredOnline
from features.store.layers import Claim, LayerWriter, State
from features.store.online import join_key
from features.tables import ONLINE_ENTITIES

_MOST_LAYERS = 4
"""Layers in force beyond which a refresh is a load of all: each makes every read dearer."""


class OnlineDynamoDB(LayeredOnline[DynamoDBLayers]):
    """An `Online` store in DynamoDB. `settings` are those of feature_store.yaml."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        online = settings["online_store"]
        if "region" not in online:
            raise StoreError("online_store of type dynamodb names no region; wanted one such as eu-central-1")
        self._makes_tables = bool((settings.get("pairlake") or {}).get("create_tables"))
        template = online.get("table_name_template", "{project}.{table_name}")
        super().__init__(DynamoDBLayers(_client(online), str(settings["project"]), template, ONLINE_ENTITIES.name))

    def prepare(self, views: Sequence[FeatureView]) -> None:
        """Make the tables where settings ask for it; otherwise StoreError for one that is not there."""
        for name in (self._rows.table(view.name) for view in views):
            with reached(name):
                if self._makes_tables and name not in self._tables():
                    self._rows.client.create_table(
                        TableName=name,
                        KeySchema=[{"AttributeName": "entity_id", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "entity_id", "AttributeType": "S"}],
                        BillingMode="PAY_PER_REQUEST",
                    )
                    self._rows.client.get_waiter("table_exists").wait(TableName=name)
                self._rows.client.describe_table(TableName=name)

    def changeable(self) -> bool:
        """Until so many refreshes lie upon a load that reads would be dear."""
        state = self._rows.state()
        return state is None or len(state.layers) < _MOST_LAYERS

    @contextmanager
    def changing(self, views: Sequence[FeatureView], loaded: Loaded) -> Iterator[LayerChange]:
        """A refresh, in force in one step; see `Online.changing`."""
        before = self._to_refresh(loaded)
        with layers.claimed(self._rows, views, before) as (layer, claim):
            change = LayerChange(self._rows, layer, claim, before)
            try:
                yield change
                change.bury()
            finally:
                change.close()
        after = layers.after(before, (layer, *before.layers), change.newest, loaded)
        layers.move(self._rows, views, before, after, layer)
        change.sweep()

    def _tables(self) -> set[str]:
        pages = self._rows.client.get_paginator("list_tables").paginate()
        return {name for page in pages for name in page["TableNames"]}


class LayerChange(LayerWriter):
    """Writes a refresh: a layer that lies upon those in force."""

    def __init__(self, rows: DynamoDBLayers, layer: int, claim: Claim, before: State) -> None:
        super().__init__(rows, layer, claim, before)
        self._rows, self._below = rows, before.layers
        self._touched: list[tuple[FeatureView, list[str]]] = []
        self._gone: dict[str, set[str]] = {}

    def remove(self, view: FeatureView, keys: Sequence[str]) -> None:
        """Note the keys: those that are not written afterwards are gone."""
        self._touched.append((view, list(keys)))
        self._gone[view.name] = set(keys)

    def write(self, view: FeatureView, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a view, in the order of their key; see `Writer.write`."""
        return super().write(view, self._noted(view, batches))

    def bury(self) -> None:
        """Have the layer say what is gone."""
        for view, _ in self._touched:
            self._rows.bury(self._layer, view, sorted(self._gone[view.name]))

    def sweep(self) -> None:
        """Once the layer is in force, take what it hides out of those below: nobody reads that any more."""
        for view, keys in self._touched:
            self._rows.drop(self._below, view, keys)

    def _noted(self, view: FeatureView, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        gone = self._gone.setdefault(view.name, set())
        for batch in batches:
            gone.difference_update(batch.column(join_key(view)).to_pylist())
            yield batch


def _client(online: Mapping[str, Any]) -> Any:
    """A client that gives up after a while; endpoint, region and limits are Feast's settings."""
    limits = Config(
        connect_timeout=online.get("connect_timeout", 2),
        read_timeout=online.get("read_timeout", 5),
        retries={"mode": "standard", "total_max_attempts": online.get("total_max_retry_attempts", 3)},
        max_pool_connections=online.get("max_pool_connections", 2 * DynamoDBLayers.threads),
    )
    return boto3.client(
        "dynamodb", region_name=online["region"], endpoint_url=online.get("endpoint_url"), config=limits
    )
