"""Reads of one SQLite online file, in transactions: index, records and what was loaded are of one state.

A load puts another file in place of the one in use, a refresh changes it in one transaction. Connections are opened
at once and stay on their file, so that a reader goes on reading one load, whole, until it is let go of.
"""

from __future__ import annotations

import queue
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path

from feast import FeatureView
from feast.infra.online_stores.helpers import compute_table_id

from features.store import Loaded, StoreUnavailableError
from features.store.online import Row, entity_keys

_LOCKED_SECONDS = 5.0
"""How long a read waits for a file that a refresh is putting in force; a deadline ends the wait of a lookup."""


class PinnedFile:
    """One online file, however many threads read it; each of so many `connections` serves one at a time.

    StoreUnavailableError when the file is not there, or another is put in its place meanwhile: try again.
    """

    def __init__(self, path: Path, project: str, connections: int) -> None:
        self._path, self._project = path, project
        self._identity = identity(path)
        opened = [self._open() for _ in range(connections)]
        weakref.finalize(self, _close, opened)  # when the last lookup that reads by it is done
        self._free: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for connection in opened:
            self._free.put(connection)
        if self._identity == (0, 0) or not self.in_place():
            raise StoreUnavailableError(f"the online store {path} is not there, or is being replaced just now")

    def in_place(self) -> bool:
        """Whether this is still the file at its path: False once it is removed, or another one stands there."""
        return identity(self._path) == self._identity

    @contextmanager
    def one_state(self) -> Iterator[OneTransaction]:
        """Reads that all see the file as it was at the first of them."""
        connection = self._free.get()
        try:
            connection.execute("BEGIN")
            yield OneTransaction(connection, self._project)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailableError(f"the online store {self._path} cannot be read: {error}") from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            self._free.put(connection)

    def loaded(self) -> Loaded | None:
        """What the file was loaded with; None once it is no longer the one at its path."""
        if not self.in_place():
            return None
        with self.one_state() as load:
            return load.loaded()

    def _open(self) -> sqlite3.Connection:
        try:
            # Not mode=ro: whoever reads first after a refresh that was killed has to roll it back.
            connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=_LOCKED_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute("PRAGMA query_only = ON")
            return connection
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"the online store {self._path} cannot be opened: {error}") from error


class OneTransaction:
    """A `OneLoad` of one transaction."""

    def __init__(self, connection: sqlite3.Connection, project: str) -> None:
        self._connection, self._project = connection, project

    def loaded(self) -> Loaded | None:
        """What the file was loaded with."""
        row = self._connection.execute("SELECT as_of, fingerprint FROM loaded").fetchone()
        return Loaded(datetime.fromisoformat(row[0]), row[1]) if row else None

    def rows(self, view: FeatureView, keys: Sequence[str]) -> Iterable[tuple[str, Row]]:
        """The rows of every key that is there; see `OneLoad.rows`."""
        table = compute_table_id(self._project, view)
        by_bytes = dict(zip(entity_keys(view, keys), keys, strict=True))
        marks = ",".join("?" * len(by_bytes))
        with closing(
            self._connection.execute(
                f'SELECT entity_key, feature_name, value FROM "{table}" '
                f"WHERE entity_key IN ({marks}) ORDER BY entity_key",
                list(by_bytes),
            )
        ) as rows:
            for key, values in groupby(rows.fetchall(), key=lambda row: row[0]):
                yield by_bytes[key], {name: value for _, name, value in values}


def _close(connections: Iterable[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


def identity(path: Path) -> tuple[int, int]:
    """Device and number of a file, (0, 0) where there is none: another file in its place has others."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino
