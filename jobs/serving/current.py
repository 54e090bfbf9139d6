"""The lookup that answers, and the load it answers from: opened before it is needed, replaced in one step."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from features.catalogue import Catalogue
from features.errors import PairlakeError, outline
from features.store import Loaded, StoreError
from features.store.lookup import Lookup

log = logging.getLogger("pairlake.serve")

STARTING, READY, AWAY, SUPERSEDED = "starting", "ready", "store_unavailable", "superseded"
"""States: nothing was opened yet; all is well; the store is away; another load is online that cannot be opened."""

_LONGEST_PAUSE = 30


@dataclass(frozen=True)
class Opened:
    """A lookup on one load, the catalogue that made it, what was loaded, and whether that still is what is online.

    `in_force` raises StoreUnavailableError where the store does not say. `stays` says that the lookup goes on reading
    that load, whole, once another has taken its place; otherwise it reads the other one, or is refused.
    """

    lookup: Lookup
    catalogue: Catalogue
    loaded: Loaded
    in_force: Callable[[], bool]
    stays: bool = False


class Current:
    """What answers now. Whoever takes `opened` keeps one load, whole, until their answer is made.

    `open_anew` opens what is online and asks it something, so that the first caller finds it warm.
    """

    def __init__(self, open_anew: Callable[[], Opened], seconds: float) -> None:
        self._open_anew, self._seconds = open_anew, seconds
        self._over = threading.Event()
        self._due = threading.Event()
        self.opened: Opened | None = None
        self.state = STARTING
        self.reloads = 0
        self._refused = 0

    def start(self) -> None:
        """Open it, and look after it from time to time, in a thread that ends with the process."""
        threading.Thread(target=self._watch, name="reload", daemon=True).start()

    def stop(self) -> None:
        """Look after it no longer."""
        self._over.set()
        self._due.set()

    def look_soon(self) -> None:
        """Look after it at once: a caller met another load. One that is known, as it cannot be opened, has time."""
        if self.state == READY:
            self._due.set()

    @property
    def ready(self) -> bool:
        """Whether callers are answered from a store, be it from a load that another one has replaced."""
        return self.state == READY or (self.state == SUPERSEDED and self.opened is not None and self.opened.stays)

    @property
    def pause(self) -> float:
        """Seconds until it is looked after again: more and more while there is a load that this version cannot read."""
        return min(self._seconds * 2.0**self._refused, max(self._seconds, _LONGEST_PAUSE))

    def look(self) -> None:
        """Open what is online where it is not what answers. A store that is gone is answered from no longer."""
        held, refused = self.opened, self._refused
        self._refused = 0
        try:
            if held is not None and held.in_force():
                self.state = READY
                return
        except Exception as error:  # it may be locked for a while; its reads flag themselves
            self._tell(AWAY, str(error) if isinstance(error, PairlakeError) else outline(error))
            return
        try:
            opened = self._open_anew()
        except StoreError as error:
            self.opened = None
            self._tell(AWAY, str(error))
        except Exception as error:
            self._refused = refused + 1
            told = str(error) if isinstance(error, PairlakeError) else outline(error)
            self._tell(SUPERSEDED if held else STARTING, told)
        else:
            self.opened, self.state = opened, READY
            self.reloads += 1
            log.info(
                "opened", extra={"facts": {"as_of": opened.loaded.as_of, "fingerprint": opened.loaded.fingerprint}}
            )

    def _watch(self) -> None:
        while not self._over.is_set():
            self.look()
            self._due.wait(self.pause)
            self._due.clear()

    def _tell(self, state: str, why: str) -> None:
        if state != self.state or state == STARTING:
            log.warning("not opened", extra={"facts": {"state": state, "why": why}})
        self.state = state
