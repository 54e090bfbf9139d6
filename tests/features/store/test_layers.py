"""A load of a store over a network: wherever it breaks off, what was online stays, and the next load clears up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue
from features.store import Loaded, StoreError, StoreUnavailableError, layers
from features.store.layers import Claim, State
from features.store.table_rows import EPOCH
from features.tables import ONLINE_ENTITIES

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class CutError(StoreUnavailableError):
    """The connection was lost."""


class InMemory:
    """A `Layered` store in memory, to which the connection is lost at a call: before it is done, or after."""

    threads = 1
    chunk = 2

    def __init__(self) -> None:
        self.rows: dict[tuple[int, str], Any] = {}
        self.in_force: State | None = None
        self.claims: dict[int, Claim] = {}
        self.put_ids: list[str] = []
        self.lost_at = ""
        self.last = 0
        self.calls: Iterator[Any] = iter(())

    def _call(self) -> bool:
        """Raises at the call that is lost before it is done; whether it is lost afterwards."""
        fate = next(self.calls, None)
        if fate == "before":
            raise CutError
        return fate == "after"

    def _done(self, lost: bool, answer: Any = None) -> Any:
        if lost:
            raise CutError
        return answer

    def state(self) -> State | None:
        return self._done(self._call(), self.in_force)

    def swap(self, before: State | None, after: State) -> bool:
        lost, moved = self._call(), self.in_force == before
        if moved:
            self.in_force = after
        return self._done(lost, moved)

    def claim(self, claim: Claim) -> int:
        lost = self._call()
        self.last += 1
        self.claims[self.last] = claim
        return self._done(lost, self.last)

    def note(self, layer: int, claim: Claim) -> None:
        lost = self._call()
        self.claims[layer] = Claim.of_text(claim.text())
        self._done(lost)

    def opened(self) -> dict[int, Claim]:
        return self._done(self._call(), dict(self.claims))

    def close(self, layer: int) -> None:
        lost = self._call()
        self.claims.pop(layer, None)
        self._done(lost)

    def clear(self, views: Sequence[Any], layers: Sequence[int]) -> None:
        lost = self._call()
        self.rows = {key: row for key, row in self.rows.items() if key[0] not in layers}
        self._done(lost)

    def put(self, layer: int, view: Any, batch: pa.RecordBatch) -> None:
        lost = self._call()
        ids = batch.column("entity_id").to_pylist()
        if self.lost_at in ids:
            raise CutError
        self.put_ids += ids
        self.rows |= {(layer, i): row for i, row in zip(ids, batch.column("packed").to_pylist(), strict=True)}
        self._done(lost)

    def newer(self, layers: Sequence[int], view: Any, batch: pa.RecordBatch) -> int:
        return self._done(self._call(), 0)

    def holds(self) -> dict[str, bytes]:
        """What a reader sees."""
        on = self.in_force.layers if self.in_force else ()
        return {entity_id: row for (layer, entity_id), row in self.rows.items() if layer in on}


@pytest.fixture(scope="module")
def view(catalogue: Catalogue) -> Any:
    views = define(catalogue, {table.name: f"/nowhere/{table.name}" for table in tables.ALL})
    return next(view for view in views if view.name == ONLINE_ENTITIES.name)


def load(store: InMemory, view: Any, entities: Sequence[str], packed: bytes, hour: int, of: str = "") -> None:
    at = NOON + timedelta(hours=hour)
    columns = {"entity_id": sorted(entities), "packed": [packed] * len(entities), "fingerprint": ["f"] * len(entities)}
    columns[EPOCH] = [int(at.timestamp() * 1e6)] * len(entities)
    with layers.replacing(store, [view], Loaded(at, "f"), of=of) as writer:
        assert writer.write(view, [pa.RecordBatch.from_pydict(columns)]) == len(entities)


CALLS = 16
"""More than a load of five rows makes."""


@given(
    fates=st.lists(st.sampled_from([None, None, None, "before", "after"]), max_size=CALLS),
    of=st.sampled_from(["", "tables@v1"]),
)
def test_a_load_that_loses_its_connection_leaves_the_old_state_or_the_new_one(
    view: Any, fates: list[Any], of: str
) -> None:
    store = InMemory()
    load(store, view, ["a", "b", "c"], b"old", 0)
    old, new = dict.fromkeys("abc", b"old"), dict.fromkeys("bcdef", b"new")
    store.calls = iter(fates)
    try:
        load(store, view, list("bcdef"), b"new", 1, of)
    except StoreError:
        assert store.holds() in (old, new)
        store.calls = iter(())
        load(store, view, list("bcdef"), b"new", 1, of)
    store.calls = iter(())
    assert store.holds() == new
    load(store, view, ["z"], b"next", 2)
    assert store.holds() == {"z": b"next"}
    assert {layer for layer, _ in store.rows} == {store.last}, "something of an earlier load is left"


def test_an_answer_that_was_lost_and_asked_for_again_is_not_taken_for_a_defeat(view: Any) -> None:
    """A client repeats a request whose answer it did not get: the second one finds its own state in force."""

    class Repeating(InMemory):
        def swap(self, before: State | None, after: State) -> bool:
            return super().swap(before, after) and super().swap(before, after)

    store = Repeating()
    load(store, view, ["a"], b"one", 0)
    load(store, view, ["b"], b"two", 1)
    assert store.holds() == {"b": b"two"}


def test_of_two_loads_the_first_to_end_wins_and_nothing_of_the_other_is_left(view: Any) -> None:
    store = InMemory()
    load(store, view, ["a"], b"old", 0)
    at = NOON + timedelta(hours=1)
    batch = pa.RecordBatch.from_pydict(
        {"entity_id": ["s"], "packed": [b"slow"], "fingerprint": ["f"], EPOCH: [int(at.timestamp() * 1e6)]}
    )
    with (
        pytest.raises(StoreUnavailableError, match="another load .* ended first"),
        layers.replacing(store, [view], Loaded(at, "f")) as slow,
    ):
        load(store, view, ["q"], b"quick", 1)
        slow.write(view, [batch])
    assert store.holds() == {"q": b"quick"}
    assert list(store.rows.values()) == [b"quick"]


@pytest.mark.parametrize("of", ["", "tables@v2"])
def test_a_load_that_begins_while_another_one_clears_up_wins_whole(view: Any, of: str) -> None:
    class Overtaken(InMemory):
        """Has another load begin between the move of the pointer and the look at what is to be cleared."""

        def swap(self, before: State | None, after: State) -> bool:
            moved = super().swap(before, after)
            if after.revision == 2:
                writer = later.enter_context(layers.replacing(self, [view], Loaded(at, "f"), of=of))
                writer.write(view, [batch])
                self.claimed = self.claims[self.last]
            return moved

    at = NOON + timedelta(hours=2)
    batch = pa.RecordBatch.from_pydict(
        {"entity_id": ["l"], "packed": [b"later"], "fingerprint": ["f"], EPOCH: [int(at.timestamp() * 1e6)]}
    )
    store = Overtaken()
    load(store, view, ["a"], b"old", 0)
    with ExitStack() as later:
        load(store, view, ["b"], b"new", 1)
        assert store.holds() == {"b": b"new"}
        assert store.claims[store.last] == store.claimed, "it could not be taken up again"
    assert store.holds() == {"l": b"later"}
    assert {layer for layer, _ in store.rows} == {store.last}


class TestTheSameLoadAgain:
    """A load of five rows, two at once, that loses its connection when four are there."""

    @pytest.fixture
    def broken_off(self, view: Any) -> InMemory:
        store = InMemory()
        load(store, view, ["a"], b"old", 0)
        store.lost_at = "f"
        with pytest.raises(CutError):
            load(store, view, list("bcdef"), b"new", 1, "tables@v1")
        store.lost_at = ""
        assert store.holds() == {"a": b"old"}
        assert sorted(store.put_ids) == list("abcde")
        store.put_ids = []
        return store

    def test_it_goes_on_where_it_broke_off(self, view: Any, broken_off: InMemory) -> None:
        load(broken_off, view, list("bcdef"), b"new", 1, "tables@v1")
        assert broken_off.put_ids == ["f"]
        assert broken_off.holds() == dict.fromkeys("bcdef", b"new")

    @pytest.mark.parametrize("hour", [1, 2])
    def test_of_other_tables_it_begins_anew_and_nothing_of_the_first_is_left(
        self, view: Any, broken_off: InMemory, hour: int
    ) -> None:
        load(broken_off, view, list("cdef"), b"new", hour, "tables@v2")  # b was erased since
        assert broken_off.holds() == dict.fromkeys("cdef", b"new")
        assert {entity_id for _, entity_id in broken_off.rows} == set("cdef")

    def test_no_claim_names_a_record_once_another_load_is_in_force(self, view: Any, broken_off: InMemory) -> None:
        assert any(claim.done for claim in broken_off.claims.values())
        load(broken_off, view, ["z"], b"other", 1, "tables@v9")
        assert not any(claim.done for claim in broken_off.claims.values())

    def test_after_another_one_it_begins_anew_as_its_rows_were_cleared(self, view: Any, broken_off: InMemory) -> None:
        load(broken_off, view, ["q"], b"between", 1, "tables@v0")
        load(broken_off, view, list("bcdef"), b"new", 1, "tables@v1")
        assert broken_off.holds() == dict.fromkeys("bcdef", b"new")

    def test_tables_that_may_change_are_loaded_from_the_beginning(self, view: Any, broken_off: InMemory) -> None:
        load(broken_off, view, list("bcdef"), b"new", 1)
        assert sorted(broken_off.put_ids) == list("bcdef")
