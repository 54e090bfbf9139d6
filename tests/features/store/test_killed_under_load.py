"""Redis is killed (kill -9) while callers ask the HTTP service: answers are whole and right, or flagged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from starlette.testclient import TestClient

from features.catalogue import Catalogue
from features.kernel.records import prepare, raw_batch, standardise
from features.settings import Settings
from features.store import Loaded
from features.store.lookup import Lookup
from features.store.packing import Packing
from jobs.serving.access import of_settings
from jobs.serving.application import application
from jobs.serving.current import Current, Opened

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RECORDS = [
    {"name": "Deutsche Bank AG", "country": "DE"},
    {"name": "Deutsche Bundesbank", "country": "DE"},
    {"name": "Zanzibar Trust", "country": "IT"},
]
QUERIES = [{"name": "DEUTSCHE BANK", "country": "Germany"}, {"name": "Zanzibar", "country": "IT"}, {"name": "Nobody"}]
CALLERS = 4
ENOUGH = 12


def tables(lake: Any, catalogue: Catalogue) -> dict[str, str]:
    """The records as the tables of a run have them."""
    prepared = prepare(standardise(raw_batch(RECORDS, source="bank"), catalogue), catalogue, NOON)
    carriers: dict[str, list[str]] = {}
    for entity_id, keys in zip(prepared["entity_id"].to_pylist(), prepared["keys"].to_pylist(), strict=True):
        for key in keys:
            carriers.setdefault(str(key), []).append(entity_id)
    packed = zip(prepared["entity_id"].to_pylist(), Packing(catalogue).pack_batch(prepared), strict=True)
    fixed = {"fingerprint": catalogue.fingerprint, "event_timestamp": NOON}
    return cast(
        "dict[str, str]",
        lake.tables(
            [{"entity_id": entity_id, "packed": record, **fixed} for entity_id, record in packed],
            [{"key": k, "entity_ids": i, "records": len(i), "event_timestamp": NOON} for k, i in carriers.items()],
        ),
    )


class Asked:
    """A service on the store, and all that callers were told who went on asking."""

    def __init__(self, store: Any, catalogue: Catalogue) -> None:
        loaded = store.loaded()
        source = {"name": "h", "format": "csv", "id": "id", "path": "/data/h.csv", "columns": {"name": "name"}}
        settings = Settings.model_validate(
            {"mode": "dedupe", "lake": "/nowhere", "sources": [source], "serve": {"rate": 1e6, "burst": 1_000_000}}
        )
        lookup = Lookup(store, catalogue)
        lookup.lookup(QUERIES[0], deadline_ms=60_000)  # warm, as a service is
        opened = Opened(lookup, catalogue, loaded, lambda: store.loaded() == loaded)
        self.current = Current(lambda: opened, 3600)
        self.current.look()
        app = application(settings, self.current, of_settings(settings.serve))
        self.client = TestClient(app, raise_server_exceptions=False)
        self.told: list[tuple[int, Any]] = []

    def ask(self, query: int) -> Any:
        return self.client.post("/v1/lookup", json={"record": QUERIES[query]})

    @contextmanager
    def under_load(self) -> Iterator[None]:
        over = threading.Event()

        def caller(first: int) -> None:
            query = first
            while not over.is_set():
                query = (query + 1) % len(QUERIES)
                self.told.append((query, self.ask(query)))

        callers = [threading.Thread(target=caller, args=(n,)) for n in range(CALLERS)]
        for each in callers:
            each.start()
        try:
            yield
        finally:
            over.set()
            for each in callers:
                each.join()

    def come(self, which: Callable[[Any], bool]) -> None:
        """Wait until so many further answers are such."""
        begun, end = len(self.told), time.monotonic() + 60
        while sum(which(answer.json()) for _, answer in self.told[begun:]) < ENOUGH:
            assert time.monotonic() < end, "such answers do not come"
            time.sleep(0.05)


def whole(told: Any) -> bool:
    return bool(told.get("complete"))


def flagged(told: Any) -> bool:
    return told.get("unread") == "store_unavailable"


def test_whatever_is_answered_while_redis_is_killed_is_whole_and_right_or_flagged(
    lake: Any, redis_site: Any, catalogue: Catalogue, reading: Any
) -> None:
    store = redis_site.open(catalogue)
    store.apply()
    store.materialise(cast("Any", None), tables(lake, catalogue), Loaded(NOON, catalogue.fingerprint))
    asked = Asked(store, catalogue)
    before = [asked.ask(query).json() for query in range(len(QUERIES))]
    assert [told["found"] for told in before] == [2, 1, 0]
    with asked.under_load():
        asked.come(whole)
        redis_site.cut()
        asked.come(flagged)
        asked.current.look()
        assert asked.client.get("/health/ready").status_code == 503
        redis_site.mend()
        asked.come(whole)
        asked.current.look()
        assert asked.client.get("/health/ready").status_code == 200
    assert {answer.status_code for _, answer in asked.told} == {200}
    for query, answer in asked.told:
        told = answer.json()
        if told["complete"]:
            assert told == before[query]
        else:
            assert flagged(told)
            assert told["candidates"] == []
            if told["found"] is None:  # not nought where nobody knows
                assert (told["truncated"], told["missing"]) == (True, {})
            else:
                assert told["missing"] == {one["entity_id"]: "store_unavailable" for one in before[query]["candidates"]}
    assert [asked.ask(query).json() for query in range(len(QUERIES))] == before
