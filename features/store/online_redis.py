"""Redis as an online store, in Feast's layout: written by pipelines side by side, read in one round trip.

A load writes a layer of its own (see `layers`), which Feast's own tools know as the project `PROJECT_LAYER`; a refresh
changes the layer in force in one transaction. A read is one script, which gives rows and state of one moment.
That takes one primary: over the slots of a Redis Cluster there is no transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureView, RepoConfig
from feast.infra.online_stores.redis import RedisOnlineStore
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from features.store import Loaded, StoreError, layers
from features.store.layered_online import LayeredOnline
from features.store.layers import State
from features.store.redis_layers import RedisLayers, reached, state_fields
from features.store.table_rows import EPOCH

_TIMEOUTS = {"socket_timeout": 5, "socket_connect_timeout": 2}
"""Seconds, where the connection string does not say otherwise."""


class OnlineRedis(LayeredOnline[RedisLayers]):
    """An `Online` store in one Redis primary. `settings` are those of feature_store.yaml."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(RedisLayers(_client(settings), str(settings["project"])))

    def prepare(self, views: Sequence[FeatureView]) -> None:
        """Nothing is made before the first load. StoreError where Redis may throw rows away when it is full."""
        with reached():
            memory = self._rows.client.info("memory")
        policy = str(memory.get("maxmemory_policy", ""))
        if memory.get("maxmemory") and policy.startswith("allkeys"):
            raise StoreError(
                f"Redis has maxmemory-policy {policy}: a record that it throws away would look like one that is not "
                "there. Set noeviction"
            )

    def changeable(self) -> bool:
        """Always: a refresh changes the layer in force."""
        return True

    @contextmanager
    def changing(self, views: Sequence[FeatureView], loaded: Loaded) -> Iterator[RedisChange]:
        """A refresh in one transaction, which nobody else's load may come between; see `Online.changing`."""
        with self._rows.client.pipeline() as pipe:
            with reached():
                pipe.watch(self._rows.state_key)
            before = self._to_refresh(loaded)
            pipe.multi()
            change = RedisChange(self._rows, pipe, before)
            yield change
            after = layers.after(before, before.layers, change.newest, loaded)
            pipe.hset(self._rows.state_key, mapping=state_fields(after))
            with reached():
                pipe.execute()
        layers.clear_others(self._rows, views, after)


class RedisChange:
    """A refresh: what a transaction is to do, kept here until it is done."""

    def __init__(self, rows: RedisLayers, pipe: Any, before: State) -> None:
        self._rows, self._pipe, self._before = rows, pipe, before
        self.newest = before.newest

    def remove(self, view: FeatureView, keys: Sequence[str]) -> None:
        """Take the rows of these keys out."""
        for key in self._rows.row_keys(self._before.layers[0], view, keys):
            self._pipe.unlink(key)

    def write(self, view: FeatureView, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a view, in the order of their key; see `Writer.write`."""
        written = 0
        for batch in layers.chunked(layers.once(view, batches), self._rows.chunk):
            layers.refuse_older(self._rows, self._before, view, batch)
            self._rows.queue(self._pipe, self._before.layers[0], view, batch)
            self.newest = max(self.newest, pc.max(batch.column(EPOCH)).as_py())
            written += batch.num_rows
        return written


def _client(settings: Mapping[str, Any]) -> Any:
    """Feast's own client, which gives up after a while. StoreError for settings that would break a guarantee."""
    online = dict(settings["online_store"])
    if online.get("redis_type") == "redis_cluster":
        raise StoreError("redis_type is redis_cluster, which cannot change rows in one step; wanted one primary")
    if online.get("key_ttl_seconds"):
        raise StoreError(
            "key_ttl_seconds is set: a record that ends would look like one that is not there; leave it out"
        )
    given = str(online.get("connection_string", "localhost:6379"))
    limits = [f"{name}={seconds}" for name, seconds in _TIMEOUTS.items() if f",{name}=" not in given]
    online["connection_string"] = ",".join([given, *limits])
    config = RepoConfig(**{**settings, "online_store": online})
    client = RedisOnlineStore()._get_client(config.online_store)
    client.set_retry(
        Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.2), retries=2)
    )  # loads are tried by `delivery`
    return client
