"""The SQLite file of Feast's online store, made anew and put in place in one step, or changed in one transaction.

Feast's own write path for SQLite puts 10 to 20 thousand keys a second, lets an older event time overwrite
a newer one, and cannot delete. A load instead writes a file beside the one in use, in Feast's layout. What
is not in the tables is then gone; a crash leaves the old file; a reader sees the old or the new one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pyarrow as pa
from feast import FeatureView, RepoConfig
from feast.infra.online_stores.helpers import compute_table_id
from feast.infra.online_stores.sqlite import SqliteOnlineStore

from features.store import Loaded, StoreError, StoreUnavailableError, refuse_stale
from features.store.online import encoded, entity_keys, join_key, reached, refuse_newer
from features.store.pinned_file import OneTransaction, PinnedFile
from features.store.table_rows import EPOCH

_READERS = 4
"""Threads that read at once; further ones wait."""


class OnlineFile:
    """An `Online` store that is one SQLite file, in Feast's layout. `settings` are those of feature_store.yaml."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.path = Path(settings["online_store"]["path"])
        self._opened: PinnedFile | None = None

    def prepare(self, views: Sequence[FeatureView]) -> None:
        """Make the file's folder and, where there is no file, an empty one, which Feast's own tools can read."""
        with self._reached():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.is_file():
                _made(self._config(self.path), views)

    def loaded(self) -> Loaded | None:
        """What the file was loaded with; None when it never was."""
        with self._reached():
            return self._read_loaded()

    @contextmanager
    def replacing(
        self, views: Sequence[FeatureView], loaded: Loaded, *, of: str = "", back: bool = False
    ) -> Iterator[FileWriter]:
        """A new file, put in the place of the one in use when the block ends without error; see `Online.replacing`.

        It is always made from the beginning: it is written without a journal, and so in a few seconds.
        """
        if not back:
            refuse_stale(self.loaded(), loaded.as_of)
        building = self.path.with_name(self.path.name + ".new")
        with self._reached():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            building.unlink(missing_ok=True)
            config = self._config(building)
            _made(config, views)
            with closing(sqlite3.connect(building)) as connection:
                # A crash loses the file being built, which nobody reads; the one in use is not touched.
                for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
                    connection.execute(f"PRAGMA {pragma}")
                file = FileWriter(connection, config)
                # The index repeats the primary key's first column: made at the end it costs a tenth.
                indices = [file.without_index(view) for view in views]
                yield file
                for index in indices:
                    connection.execute(index)
                if not back:
                    file.refuse_older_rows(self.path, views)
                connection.execute("CREATE TABLE loaded (as_of TEXT, fingerprint TEXT)")
                connection.execute("INSERT INTO loaded VALUES (?, ?)", [loaded.as_of.isoformat(), loaded.fingerprint])
                connection.commit()
            # Left by a crash beside a file that was then taken away, it would be played back into the new one.
            self.path.with_name(self.path.name + "-journal").unlink(missing_ok=True)
            building.replace(self.path)

    def changeable(self) -> bool:
        """Always."""
        return True

    @contextmanager
    def changing(self, views: Sequence[FeatureView], loaded: Loaded) -> Iterator[FileWriter]:
        """The file in use, changed in one transaction: readers see it as it was until the block ends without error."""
        with self._reached(), closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON")  # what was removed leaves the file's free pages too
            connection.execute("BEGIN IMMEDIATE")
            try:
                refuse_stale(self.loaded(), loaded.as_of)
                yield FileWriter(connection, self._config(self.path))
                connection.execute(
                    "UPDATE loaded SET as_of = ?, fingerprint = ?", [loaded.as_of.isoformat(), loaded.fingerprint]
                )
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def one_state(self) -> Iterator[OneTransaction]:
        """Reads in one transaction, of the file that is there now."""
        with self._read.one_state() as load:
            yield load

    def pinned(self, connections: int) -> PinnedFile:
        """The file that is there now; see `Online.pinned`."""
        if not self.path.is_file():
            raise StoreUnavailableError(f"there is no online store at {self.path}; `pairlake run` loads it")
        return PinnedFile(self.path, str(self._settings["project"]), connections)

    @property
    def _read(self) -> PinnedFile:
        """What the file is read by, opened anew when a load has put another one in place."""
        opened = self._opened
        if opened is None or not opened.in_place():
            self._opened = opened = self.pinned(_READERS)
        return opened

    def _read_loaded(self) -> Loaded | None:
        if not self.path.is_file():
            return None
        try:
            with closing(sqlite3.connect(self.path)) as file:
                if not _has_table(file, "main", "loaded"):
                    return None
                as_of, fingerprint = file.execute("SELECT as_of, fingerprint FROM loaded").fetchone()
                return Loaded(datetime.fromisoformat(as_of), fingerprint)
        except sqlite3.OperationalError:
            raise  # locked or away, and not broken
        except sqlite3.DatabaseError as error:
            raise StoreError(
                f"the online store {self.path} cannot be read ({error}); remove it and load it anew"
            ) from error

    def _config(self, path: Path) -> RepoConfig:
        return RepoConfig(**{**self._settings, "online_store": {**self._settings["online_store"], "path": str(path)}})

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Around what touches the file: one that is locked, full, away or not to be written may be so for a while."""
        with reached(f"the online store {self.path}", sqlite3.OperationalError, OSError):
            yield


class FileWriter:
    """A file whose rows are being written."""

    def __init__(self, connection: sqlite3.Connection, config: RepoConfig) -> None:
        self._connection = connection
        self._config = config
        self._removed: dict[bytes, int] = {}

    def without_index(self, view: FeatureView) -> str:
        """Drop the index of a view's table; returns the statement that makes it."""
        table = self._table(view)
        self._connection.execute(f'DROP INDEX "{table}_ek"')
        return f'CREATE INDEX "{table}_ek" ON "{table}" (entity_key)'

    def remove(self, view: FeatureView, keys: Sequence[str]) -> None:
        """Take the rows of these keys out of a view's table; their event times are kept, to compare with."""
        delete = f'DELETE FROM "{self._table(view)}" WHERE entity_key = ? RETURNING event_ts'
        for key in entity_keys(view, keys):
            times = [seconds for (seconds,) in self._connection.execute(delete, [key])]
            if times:
                self._removed[key] = max(times)

    def write(self, view: FeatureView, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a view's table; see `Writer.write`."""
        insert = f'INSERT INTO "{self._table(view)}" (entity_key, feature_name, value, event_ts) VALUES (?, ?, ?, ?)'
        written = 0
        try:
            for batch in batches:
                self._refuse_older(view, batch)
                self._connection.executemany(insert, _rows(view, batch))
                written += batch.num_rows
        except sqlite3.IntegrityError as error:
            raise StoreError(
                f"{view.name} has two rows of one {join_key(view)}; wanted one. Nothing was written"
            ) from error
        return written

    def _refuse_older(self, view: FeatureView, batch: pa.RecordBatch) -> None:
        """StaleWriteError when a row of the batch is older than the one of its key that was removed."""
        if not self._removed:
            return
        keys = entity_keys(view, batch.column(join_key(view)).to_pylist())
        there = [self._removed.get(key, seconds) for key, seconds in zip(keys, _seconds(batch), strict=True)]
        refuse_newer(view.name, sum(map(int.__gt__, there, _seconds(batch))))

    def refuse_older_rows(self, current: Path, views: Iterable[FeatureView]) -> None:
        """StaleWriteError when the file in use has a newer event time for a key than this one has."""
        if not current.is_file():
            return
        self._connection.commit()
        self._connection.execute("ATTACH ? AS current", [str(current)])
        for table in (self._table(view) for view in views):
            if not _has_table(self._connection, "current", table):
                continue
            oldest = self._connection.execute(f'SELECT min(event_ts) FROM main."{table}"').fetchone()[0]
            newer = self._connection.execute(
                f'SELECT count(DISTINCT entity_key) FROM current."{table}" AS there JOIN main."{table}" AS here '
                "USING (entity_key, feature_name) WHERE there.event_ts > ? AND there.event_ts > here.event_ts",
                [oldest],
            ).fetchone()[0]
            refuse_newer(table, newer)
        self._connection.execute("DETACH current")

    def _table(self, view: FeatureView) -> str:
        return str(compute_table_id(self._config.project, view))


def _rows(view: FeatureView, batch: pa.RecordBatch) -> Iterator[tuple[bytes, str, bytes, int]]:
    """One row a value, in Feast's encoding, those of a key together, as they are read: the loops are those of C."""
    keys, times = list(entity_keys(view, batch.column(join_key(view)).to_pylist())), _seconds(batch)
    columns = (zip(keys, repeat(name), values, times, strict=False) for name, values in encoded(view, batch).items())
    return chain.from_iterable(zip(*columns, strict=True))


def _seconds(batch: pa.RecordBatch) -> list[int]:
    """The event times of a batch in whole seconds: all that SQLite keeps of them."""
    return [micros // 1_000_000 for micros in batch.column(EPOCH).to_pylist()]


def _made(config: RepoConfig, views: Sequence[FeatureView]) -> None:
    """A file with the views' tables, made by Feast."""
    SqliteOnlineStore().update(config, [], views, [], [], partial=True)


def _has_table(file: sqlite3.Connection, schema: str, table: str) -> bool:
    return bool(file.execute(f"SELECT 1 FROM {schema}.sqlite_master WHERE name = ?", [table]).fetchone())
