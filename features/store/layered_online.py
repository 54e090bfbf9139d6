"""What every `Online` store in layers has: loads of all rows, and reads of one state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from feast import FeatureView

from features.store import Loaded, LoadedAnewError, StoreError, StoreUnavailableError, refuse_stale
from features.store.layers import Layered, State, replacing
from features.store.online import Row, Writer

Rows = TypeVar("Rows", bound=Layered)


class LayeredOnline(Generic[Rows]):
    """What every `Online` store in layers has."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def loaded(self) -> Loaded | None:
        """What is online; None when nothing ever was."""
        state = self._rows.state()
        return state.loaded if state else None

    def replacing(
        self, views: Sequence[FeatureView], loaded: Loaded, *, of: str = "", back: bool = False
    ) -> AbstractContextManager[Writer]:
        """A load of all rows, in force in one step; see `Online.replacing`."""
        return replacing(self._rows, views, loaded, of=of, back=back)

    @contextmanager
    def one_state(self) -> Iterator[StateReads]:
        """Reads of the state that is in force now; LoadedAnewError once it no longer is."""
        state = self._rows.state()
        if state is None:
            raise StoreUnavailableError(f"nothing is online in {self._rows.name}; `pairlake run` loads it")
        yield StateReads(self._rows, state)

    def pinned(self, connections: int) -> Self:
        """The same: it is no file."""
        return self

    def _to_refresh(self, loaded: Loaded) -> State:
        """The state that a refresh is to change."""
        before = self._rows.state()
        if before is None:
            raise StoreError(f"nothing is online in {self._rows.name} that could be refreshed; load it first")
        refuse_stale(before.loaded, loaded.as_of)
        return before


@dataclass(frozen=True)
class StateReads:
    """A `OneLoad` of layers."""

    store: Layered
    state: State

    def loaded(self) -> Loaded:
        """What the state was loaded with."""
        return self.state.loaded

    def rows(self, view: FeatureView, keys: Sequence[str]) -> Iterable[tuple[str, Row]]:
        """The rows of these keys; see `OneLoad.rows`."""
        if not keys:
            return ()
        rows, now = self.store.fetch(self.state.layers, view, keys)
        if now != self.state:
            raise LoadedAnewError(f"{self.store.name} was loaded anew while it was read")
        return rows
