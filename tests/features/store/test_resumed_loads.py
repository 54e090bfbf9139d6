"""Over a network a load that was broken off goes on where it stopped, if it is of the same versions of the tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from features.catalogue import Catalogue
from features.store import Loaded, Materialised
from features.tables import BLOCKING_INDEX

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ENTITIES = {f"m:{n:03}": str(n).encode() for n in range(30)}


@pytest.mark.parametrize("kind", ["redis", "dynamodb"])
def test_a_load_that_was_broken_off_writes_only_what_is_not_there(
    kind: str, request: pytest.FixtureRequest, lake: Any, catalogue: Catalogue, reading: Any
) -> None:
    store = request.getfixturevalue(f"{kind}_site").open(catalogue)
    store.apply()
    put, rows = list[tuple[str, int]](), store._online._rows
    original = rows.put

    def noted(layer: int, view: Any, batch: Any) -> None:
        put.append((view.name, batch.num_rows))
        original(layer, view, batch)

    rows.put = noted
    told: list[tuple[str, int]] = []

    def load(tables: dict[str, str]) -> Materialised:
        versions = {name: f"{path}@v0" for name, path in tables.items()}
        loaded = Loaded(NOON, "f")
        done = store.materialise(cast("Any", None), versions, loaded, told=lambda *so_far: told.append(so_far))
        return cast("Materialised", done)

    def breaks(table: str) -> None:
        if table == BLOCKING_INDEX.name:
            raise KeyboardInterrupt
        reading.before = breaks

    tables, others = lake.online(ENTITIES), lake.online({"m:001": b"another"})
    reading.before = breaks
    with pytest.raises(KeyboardInterrupt):
        load(tables)
    assert store.loaded() is None
    assert sum(count for _, count in put) == 30
    assert told[-1] == ("online_entities", 30)
    put.clear()
    assert load(tables) == Materialised(30, 31)
    assert {name for name, _ in put} == {"blocking_index"}
    assert {i: e.packed for i, e in store.read_entities([*ENTITIES]).items()} == ENTITIES
    assert load(others) == Materialised(1, 2)
    assert store.read_entities([*ENTITIES]).keys() == {"m:001"}
