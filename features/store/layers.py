"""Loads of an online store that others reach over a network: each writes a layer of its own, then one pointer moves.

A layer is a number that stands in the key of each of its rows; the state names the layers in force, newest first. Rows
of a layer that no state names are read by nobody, so a load that is broken off changes nothing, and of two loads at
once the one wins that moves the pointer first. What a load left over is cleared by itself or by the next, unless it is
the same load: that one goes on behind the last key which is noted beside its claim.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from feast import FeatureView

from features.store import Loaded, StoreError, StoreUnavailableError, refuse_stale
from features.store.online import Row, join_key, refuse_newer
from features.store.table_rows import EPOCH


@dataclass(frozen=True)
class State:
    """What is in force: the layers, newest first, and what they were loaded with.

    `revision` counts the states; `newest` is the latest event time of a row, in microseconds.
    """

    revision: int
    layers: tuple[int, ...]
    newest: int
    as_of: datetime
    fingerprint: str

    @property
    def loaded(self) -> Loaded:
        """What is online."""
        return Loaded(self.as_of, self.fingerprint)


@dataclass(frozen=True)
class Claim:
    """What a load says of the layer it writes: since which state, and, where it may be taken up again, of what.

    `done` is the last key of each view that is there, and with it all before it.
    """

    revision: int
    of: str = ""
    done: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The claim as a store keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str | bytes) -> Claim:
        """What a store keeps, as a claim."""
        return cls(**json.loads(text))


class Layered(Protocol):
    """A store that keeps rows in layers. Each method raises StoreUnavailableError where it does not get through.

    It takes `threads` batches at once, of `chunk` rows each.
    """

    name: str
    threads: int
    chunk: int

    def state(self) -> State | None:
        """What is in force; None before the first load."""

    def swap(self, before: State | None, after: State) -> bool:
        """Put a state in the place of another, in one step; False, and nothing is done, where another one is there."""

    def claim(self, claim: Claim) -> int:
        """A layer that nobody else has or had, noted as open."""

    def note(self, layer: int, claim: Claim) -> None:
        """Say something else of an open layer."""

    def opened(self) -> dict[int, Claim]:
        """The layers that were claimed and not closed."""

    def close(self, layer: int) -> None:
        """Forget that a layer was claimed."""

    def clear(self, views: Sequence[FeatureView], layers: Sequence[int]) -> None:
        """Remove all rows of these layers."""

    def put(self, layer: int, view: FeatureView, batch: pa.RecordBatch) -> None:
        """Write rows into a layer."""

    def newer(self, layers: Sequence[int], view: FeatureView, batch: pa.RecordBatch) -> int:
        """How many rows of the batch are older than what these layers hold under their key."""

    def fetch(
        self, layers: Sequence[int], view: FeatureView, keys: Sequence[str]
    ) -> tuple[Iterable[tuple[str, Row]], State | None]:
        """The rows of these keys, each of the first layer that has it, and the state in force once they were read."""


class LayerWriter:
    """Writes rows into a layer, a few chunks at once, after those that an earlier attempt at the same load wrote."""

    def __init__(self, store: Layered, layer: int, claim: Claim, before: State | None, *, back: bool = False) -> None:
        self._store, self._layer, self._claim = store, layer, claim
        self._before, self._back = before, back
        self._pool = ThreadPoolExecutor(store.threads, thread_name_prefix="online load")
        self._running: deque[tuple[str, Future[Any]]] = deque()
        self._most = 2 * store.threads
        self.newest = before.newest if before and not back else 0

    def write(self, view: FeatureView, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a view, in the order of their key; see `Writer.write`. All are there when it returns."""
        written, name, done = 0, join_key(view), self._claim.done.get(view.name)
        for batch in chunked(once(view, batches), self._store.chunk):
            self.newest = max(self.newest, pc.max(batch.column(EPOCH)).as_py())
            written += batch.num_rows
            rest = batch if done is None else batch.filter(pc.greater(batch.column(name), done))
            if rest.num_rows:
                if len(self._running) == self._most:
                    self._await_first(view)
                self._running.append((rest.column(name)[-1].as_py(), self._pool.submit(self._put, view, rest)))
        while self._running:
            self._await_first(view)
        return written

    def _await_first(self, view: FeatureView) -> None:
        """Wait for the rows that were sent first, and note that they are there."""
        last, rows = self._running.popleft()
        rows.result()
        if self._claim.of:
            self._claim = replace(self._claim, done={**self._claim.done, view.name: last})
            self._store.note(self._layer, self._claim)

    def remove(self, view: FeatureView, keys: Sequence[str]) -> None:
        """Nothing: a layer of a whole load holds what is written alone."""

    def close(self) -> None:
        """Wait for what runs, and take nothing more."""
        self._pool.shutdown(cancel_futures=True)

    def _put(self, view: FeatureView, batch: pa.RecordBatch) -> None:
        if not self._back:
            refuse_older(self._store, self._before, view, batch)
        self._store.put(self._layer, view, batch)


def refuse_older(store: Layered, before: State | None, view: FeatureView, batch: pa.RecordBatch) -> None:
    """StaleWriteError when the layers in force hold a newer row; they are asked only where one may be newer."""
    if before and pc.min(batch.column(EPOCH)).as_py() < before.newest:
        refuse_newer(view.name, store.newer(before.layers, view, batch))


@contextmanager
def replacing(
    store: Layered, views: Sequence[FeatureView], loaded: Loaded, *, of: str = "", back: bool = False
) -> Iterator[LayerWriter]:
    """A load of all rows into a layer of its own, which is in force alone when the block ends without error."""
    before = store.state()
    if not back:
        refuse_stale(before.loaded if before else None, loaded.as_of)
    whole = f"{of} as of {loaded.as_of.isoformat()} by {loaded.fingerprint}{' back' if back else ''}" if of else ""
    with claimed(store, views, before, whole) as (layer, claim):
        writer = LayerWriter(store, layer, claim, before, back=back)
        try:
            yield writer
        finally:
            writer.close()
    move(store, views, before, after(before, (layer,), writer.newest, loaded), layer)


def after(before: State | None, layers: tuple[int, ...], newest: int, loaded: Loaded) -> State:
    """The state that follows another."""
    return State(before.revision + 1 if before else 1, layers, newest, loaded.as_of, loaded.fingerprint)


@contextmanager
def claimed(
    store: Layered, views: Sequence[FeatureView], before: State | None, of: str = ""
) -> Iterator[tuple[int, Claim]]:
    """A layer to write: that of an earlier attempt at the same, from the same state, or a new one.

    Where the block ends in an error the layer is cleared, unless another attempt may take it up.
    """
    layer, claim = _taken_up(store, Claim(before.revision if before else 0, of))
    try:
        yield layer, claim
    except BaseException as error:
        if not of or (isinstance(error, StoreError) and not isinstance(error, StoreUnavailableError)):
            _drop(store, views, layer)
        raise


def _taken_up(store: Layered, ours: Claim) -> tuple[int, Claim]:
    """The layer of an earlier attempt: a state that was put in force since would have cleared it."""
    if ours.of:
        for layer, claim in store.opened().items():
            if (claim.of, claim.revision) == (ours.of, ours.revision):
                return layer, claim
    return store.claim(ours), ours


def move(store: Layered, views: Sequence[FeatureView], before: State | None, after: State, layer: int) -> None:
    """Put a state in force and clear what none names any more. StoreUnavailableError when another was faster.

    Where the store gives no answer the layer stays as it is: it may be in force by now. The next load clears it if not.
    What cannot be cleared is read by nobody, but is an error too: of whom is to be forgotten, nothing may stay.
    """
    # A request that was repeated because its answer was lost finds its own work done.
    if not (store.swap(before, after) or store.state() == after):
        _drop(store, views, layer)
        raise StoreUnavailableError("another load of the online store ended first; nothing was changed by this one")
    clear_others(store, views, after)


def _drop(store: Layered, views: Sequence[FeatureView], layer: int) -> None:
    with suppress(StoreError):  # the next load clears it then
        store.clear(views, [layer])
        store.close(layer)


def clear_others(store: Layered, views: Sequence[FeatureView], after: State) -> None:
    """Clear what was in force before, and what was claimed by loads that broke off or can no longer win.

    A load that is still writing such a layer clears it itself; its claim is kept in case it never comes to that. No
    claim of before goes on naming a key, which may be that of a record that is to be forgotten. A load that began with
    this state may still win: its layer and its claim are left alone.
    """
    before = {layer: claim for layer, claim in store.opened().items() if claim.revision < after.revision}
    others = [layer for layer in before if layer not in after.layers]
    store.clear(views, others)
    for layer, claim in before.items():
        if layer in others and claim.revision < after.revision - 1:
            store.close(layer)
        elif claim.done:
            store.note(layer, Claim(claim.revision))


def chunked(batches: Iterable[pa.RecordBatch], size: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most this size, and none without rows."""
    for batch in batches:
        for start in range(0, batch.num_rows, size):
            yield batch.slice(start, size)


def once(view: FeatureView, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches, of rows in the order of their key. StoreError at two rows of one key."""
    name, last = join_key(view), None
    for batch in batches:
        keys = batch.column(name).to_pylist()
        if any(key == before for before, key in zip([last, *keys], keys, strict=False)):
            raise StoreError(f"{view.name} has two rows of one {name}; wanted one. Nothing was written")
        last = keys[-1] if keys else last
        yield batch
