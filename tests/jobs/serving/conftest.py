"""A lake with an online file that no JVM made, and the service on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from features import catalogue as catalogues
from features.kernel.records import prepare, raw_batch, standardise
from features.lake import Lake
from features.settings import Settings
from features.statistics import Statistics, count_tokens
from features.store import Loaded
from features.store.packing import online_rows
from features.store.table_rows import EPOCH
from features.tables import ONLINE
from features.versions import keep
from jobs.online import open_served, open_store
from jobs.serving.access import Authenticate, of_settings
from jobs.serving.application import application
from jobs.serving.current import Current
from jobs.serving.figures import Figures

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = "a-token-that-is-long-enough-to-be-taken"
RECORDS: list[dict[str, Any]] = [
    {"name": "Deutsche Bank Aktiengesellschaft", "country": "Germany", "bic": "DEUTDEFFXXX"},
    {"name": "Deutsche Bundesbank", "country": "DE"},
    {"name": "Bank Deutsche AG", "country": "DE"},
    {"name": "Banca d'Italia", "country": "IT"},
    {"name": "Société Générale S.A.", "country": "FR"},
]
QUERY = {"name": "DEUTSCHE BANK AG", "country": "DE"}


class OnlineLake:
    """A lake of which there is what is online alone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "lake" / "feast" / "online.db"

    def settings(self, **changed: Any) -> Settings:
        source = {"name": "h", "format": "csv", "id": "id", "path": "/data/h.csv", "columns": {"name": "name"}}
        return Settings.model_validate(
            {"mode": "dedupe", "lake": str(self.root / "lake"), "sources": [source], **changed}
        )

    def load(
        self,
        records: Sequence[dict[str, Any]] = RECORDS,
        as_of: datetime = AS_OF,
        weighed_by: Sequence[str] = (),
        **changed: Any,
    ) -> None:
        """Put records online, in the place of those that are, their words weighed by these; `changed` are settings."""
        settings = self.settings(**changed)
        catalogue = catalogues.chosen(settings)
        if weighed_by:
            counted, of = count_tokens(pa.array([[word] for word in weighed_by]))
            catalogue = replace(catalogue, statistics=Statistics.of(counted, of, dict.fromkeys(catalogue.splits, ())))
            keep(Lake(settings.lake), catalogue, counted)
        store = open_store(settings, catalogue)
        prepared = prepare(standardise(raw_batch(list(records), source="h"), catalogue), catalogue, as_of)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        loaded = Loaded(as_of, catalogue.fingerprint)
        views = [store._view(table) for table in ONLINE]
        batches = [online_rows(prepared, catalogue, catalogue.fingerprint), _index(prepared)]
        with store._online.replacing(views, loaded) as file:
            for view, batch in zip(views, batches, strict=True):
                epoch = pa.array([int(as_of.timestamp() * 1e6)] * batch.num_rows)
                file.write(view, [batch.append_column(EPOCH, epoch)])


def _index(prepared: pa.RecordBatch) -> pa.RecordBatch:
    carriers: dict[str, list[str]] = defaultdict(list)
    for entity_id, keys in zip(prepared["entity_id"].to_pylist(), prepared["keys"].to_pylist(), strict=True):
        for key in keys:
            carriers[str(key)].append(entity_id)
    ids = [sorted(of) for of in carriers.values()]
    return pa.RecordBatch.from_pydict({"key": list(carriers), "entity_ids": ids, "records": [len(of) for of in ids]})


class Served:
    """The service on a lake, asked by a client; it looks for another load when a test says so."""

    def __init__(self, settings: Settings, authenticate: Authenticate | None = None, every: float = 3600) -> None:
        self.settings = settings
        self.current = Current(lambda: open_served(settings), every)
        self.app = application(settings, self.current, authenticate or of_settings(settings.serve), Figures())
        self.client = TestClient(self.app, raise_server_exceptions=False)

    def ask(self, record: Any = QUERY, headers: dict[str, str] | None = None, **asked: Any) -> Any:
        return self.client.post("/v1/lookup", json={"record": record, **asked}, headers=headers)


@pytest.fixture(scope="session")
def online_lake(tmp_path_factory: pytest.TempPathFactory) -> OnlineLake:
    """A loaded lake that no test changes."""
    lake = OnlineLake(tmp_path_factory.mktemp("online"))
    lake.load()
    return lake


@pytest.fixture
def empty_lake(tmp_path: Path) -> OnlineLake:
    """A lake of the test's own in which nothing is online."""
    return OnlineLake(tmp_path)


@pytest.fixture
def own_lake(empty_lake: OnlineLake) -> OnlineLake:
    """A loaded lake of the test's own."""
    empty_lake.load()
    return empty_lake


@pytest.fixture
def served(own_lake: OnlineLake) -> Served:
    """A service that is ready, on the test's own lake."""
    service = Served(own_lake.settings())
    service.current.look()
    return service


Serving = Callable[..., Served]


@pytest.fixture
def serving(online_lake: OnlineLake) -> Serving:
    """A service that is ready, by its settings in [serve] and others."""

    def made(authenticate: Authenticate | None = None, **changed: Any) -> Served:
        served = Served(online_lake.settings(**changed), authenticate)
        served.current.look()
        return served

    return made
