"""Where the SageMaker Feature Store is tested: on a server in this process, and on AWS for who asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from unittest import mock

import pyarrow as pa
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import URLLib3Session

from features.catalogue import Catalogue
from features.sagemaker import SageMaker
from features.store import Loaded, Materialised
from features.store.feature_groups import feature_groups
from features.store.sagemaker_client import data_plane
from features.store.sagemaker_records import Records
from features.store.sagemaker_store import SageMakerStore
from features.tables import BLOCKING_INDEX, ONLINE_ENTITIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENTITIES = "pairlake-online-entities"


def opened(
    settings: SageMaker, catalogue: Catalogue, definitions: Sequence[Any] | None, **given: Any
) -> SageMakerStore:
    """Other definitions are those of Feast, whose types the service does not have: packed records are numbers."""
    store = SageMakerStore(settings, catalogue, {}, **given)
    if definitions:
        group = store._groups[ONLINE_ENTITIES.name]
        numbers = tuple((name, "Integral" if name == "packed" else kind) for name, kind in group.definitions)
        store._groups[ONLINE_ENTITIES.name] = replace(group, definitions=numbers)
    return store


class Place:
    """A store, the tables to load it with, and the service it is on."""

    def __init__(self, site: Any, lake: Any, catalogue: Catalogue) -> None:
        self.site, self.lake, self.catalogue = site, lake, catalogue
        self.service = site.running.service
        self.store = self.opened()

    def opened(self, **settings: Any) -> Any:
        store = self.site.open(self.catalogue, **settings)
        store.apply()
        return store

    def load(self, entities: dict[str, bytes], at: datetime = NOON, store: Any = None) -> Materialised:
        tables = self.lake.online(entities, at)
        return cast("Materialised", (store or self.store).materialise(None, tables, Loaded(at, "f")))

    def refresh(self, entities: dict[str, bytes], at: datetime, *touched: str) -> Materialised:
        keys = {ONLINE_ENTITIES.name: pa.array(touched), BLOCKING_INDEX.name: pa.array([f"own {i}" for i in touched])}
        tables = self.lake.online(entities, at)
        return cast("Materialised", self.store.refresh(None, tables, Loaded(at, "f"), keys))

    def holds(self, *ids: str) -> dict[str, bytes]:
        return {i: each.packed for i, each in self.store.read_entities(ids or ["a:1", "a:2", "a:3"]).items()}

    def layers(self, group: str = ENTITIES) -> set[str]:
        """Those that are left once the service has removed what it was told to."""
        self.service.forget_expired(later=timedelta(hours=1))
        return {record_id.partition("/")[0] for record_id in self.service.groups[group].records}


class SageMakerSite:
    """A server in this process that speaks the service's protocols; no pause is made."""

    def __init__(self, running: Any) -> None:
        self.running = running

    def open(self, catalogue: Catalogue, definitions: Sequence[Any] | None = None, **settings: Any) -> SageMakerStore:
        url = self.running.url
        fixed = {"region": "eu-west-1", "endpoint": url, "runtime_endpoint": url, "grace_seconds": 0, **settings}
        return opened(SageMaker.model_validate(fixed), catalogue, definitions, sleep=lambda seconds: None)

    def place(self, lake: Any, catalogue: Catalogue) -> Place:
        return Place(self, lake, catalogue)

    def cut(self) -> None:
        self.running.cut()

    def mend(self) -> None:
        self.running.mend()


class AwsSite:
    """AWS itself: groups under a prefix, which are made once, emptied before each test, and stay."""

    def __init__(self, prefix: str, catalogue: Catalogue) -> None:
        self.settings = SageMaker(prefix=prefix, grace_seconds=3)
        self._cut = mock.patch.object(URLLib3Session, "send", side_effect=EndpointConnectionError(endpoint_url="cut"))
        self.open(catalogue).apply()
        records = Records(data_plane(self.settings), self.settings.writers)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for group in feature_groups(catalogue):
            if group.online:
                name = group.name(prefix)
                records.delete(name, list(records.ids(name)), now)

    def open(self, catalogue: Catalogue, definitions: Sequence[Any] | None = None) -> SageMakerStore:
        return opened(self.settings, catalogue, definitions)

    def cut(self) -> None:
        self._cut.start()

    def mend(self) -> None:
        self._cut.stop()
