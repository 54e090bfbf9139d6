"""The SQLite file of Feast's online store, made anew and put in place in one step, or changed in one transaction.

Feast's own write path for SQLite puts 10 to 20 thousand keys a second, lets an older event time overwrite
a newer one, and cannot delete. A load instead writes a file beside the one in use, in Feast's layout. What
is not in the tables is then gone; a crash leaves the old file; a reader sees the old or the new one.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import repeat
from pathlib import Path
from typing import Any

import pyarrow as pa
from feast import FeatureView, RepoConfig
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.infra.online_stores.helpers import compute_table_id
from feast.infra.online_stores.sqlite import SqliteOnlineStore
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import StringList, Value

from features.store import Loaded, StaleWriteError, StoreError

EPOCH = "epoch"
"""Name of the column that carries the event time of a row, in whole seconds: all that SQLite keeps of it."""

_ENCODE: dict[str, Callable[[object], Value]] = {
    "Bytes": lambda value: Value(bytes_val=value),
    "String": lambda value: Value(string_val=value),
    "Int64": lambda value: Value(int64_val=value),
    "Array(String)": lambda value: Value(string_list_val=StringList(val=value)),
}


def read_loaded(path: Path) -> Loaded | None:
    """What the file was loaded with; None when it never was."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path)) as file:
            if not _has_table(file, "main", "loaded"):
                return None
            as_of, fingerprint = file.execute("SELECT as_of, fingerprint FROM loaded").fetchone()
            return Loaded(datetime.fromisoformat(as_of), fingerprint)
    except sqlite3.OperationalError:
        raise  # locked or away, and not broken
    except sqlite3.DatabaseError as error:
        raise StoreError(f"the online store {path} cannot be read ({error}); remove it and load it anew") from error


@contextmanager
def replacing(
    path: Path, settings: Mapping[str, Any], views: Sequence[FeatureView], loaded: Loaded
) -> Iterator[OnlineFile]:
    """A new file with the views' tables, put in the place of `path` when the block ends without error.

    `settings` are those of feature_store.yaml.
    """
    building = path.with_name(path.name + ".new")
    building.unlink(missing_ok=True)
    config = RepoConfig(**{**settings, "online_store": {**settings["online_store"], "path": str(building)}})
    SqliteOnlineStore().update(config, [], views, [], [], partial=True)
    with closing(sqlite3.connect(building)) as connection:
        # A crash loses the file being built, which nobody reads; the one in use is not touched.
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
            connection.execute(f"PRAGMA {pragma}")
        file = OnlineFile(connection, config)
        # The index repeats the primary key's first column: made at the end it costs a tenth.
        indices = [file.without_index(view) for view in views]
        yield file
        for index in indices:
            connection.execute(index)
        file.refuse_older_rows(path, views)
        connection.execute("CREATE TABLE loaded (as_of TEXT, fingerprint TEXT)")
        connection.execute("INSERT INTO loaded VALUES (?, ?)", [loaded.as_of.isoformat(), loaded.fingerprint])
        connection.commit()
    building.replace(path)


@contextmanager
def changing(path: Path, settings: Mapping[str, Any], loaded: Loaded) -> Iterator[OnlineFile]:
    """The file in use, changed in one transaction: readers see it as it was until the block ends without error."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield OnlineFile(connection, RepoConfig(**settings))
            connection.execute(
                "UPDATE loaded SET as_of = ?, fingerprint = ?", [loaded.as_of.isoformat(), loaded.fingerprint]
            )
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


class OnlineFile:
    """A file whose rows are being written."""

    def __init__(self, connection: sqlite3.Connection, config: RepoConfig) -> None:
        self._connection = connection
        self._config = config

    def without_index(self, view: FeatureView) -> str:
        """Drop the index of a view's table; returns the statement that makes it."""
        table = self._table(view)
        self._connection.execute(f'DROP INDEX "{table}_ek"')
        return f'CREATE INDEX "{table}_ek" ON "{table}" (entity_key)'

    def remove(self, view: FeatureView, key: str, values: list[str]) -> None:
        """Take the rows of these keys out of a view's table."""
        keys = entity_keys(key, values, self._config.entity_key_serialization_version)
        self._connection.executemany(f'DELETE FROM "{self._table(view)}" WHERE entity_key = ?', ((k,) for k in keys))

    def write(self, view: FeatureView, key: str, batches: Iterable[pa.RecordBatch]) -> int:
        """Rows of a view's table, each with its `key`, the view's features and `EPOCH`; returns their number.

        Two rows of one key are refused.
        """
        insert = f'INSERT INTO "{self._table(view)}" (entity_key, feature_name, value, event_ts) VALUES (?, ?, ?, ?)'
        written = 0
        try:
            for batch in batches:
                self._connection.executemany(insert, self._rows(view, key, batch))
                written += batch.num_rows
        except sqlite3.IntegrityError as error:
            raise StoreError(f"{view.name} has two rows of one {key}; wanted one. Nothing was written") from error
        return written

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
                f'SELECT count(*) FROM current."{table}" AS there JOIN main."{table}" AS here '
                "USING (entity_key, feature_name) WHERE there.event_ts > ? AND there.event_ts > here.event_ts",
                [oldest],
            ).fetchone()[0]
            if newer:
                raise StaleWriteError(
                    f"{table} holds {newer:,} values that are newer than those to be written in their place. "
                    "Nothing was written; run again on the current sources"
                )
        self._connection.execute("DETACH current")

    def _table(self, view: FeatureView) -> str:
        return str(compute_table_id(self._config.project, view))

    def _rows(self, view: FeatureView, key: str, batch: pa.RecordBatch) -> Iterator[tuple[bytes, str, bytes, int]]:
        """One row a value, in Feast's encoding, a column after the other: the loops are those of C."""
        version = self._config.entity_key_serialization_version
        keys = list(entity_keys(key, batch.column(key).to_pylist(), version))
        epochs = batch.column(EPOCH).to_pylist()
        for field in view.features:
            encode = _encoder(view, field)
            values = [encode(value).SerializeToString() for value in batch.column(field.name).to_pylist()]
            yield from zip(keys, repeat(field.name), values, epochs, strict=False)


def _encoder(view: FeatureView, field: object) -> Callable[[object], Value]:
    kind = str(getattr(field, "dtype", None))
    if kind not in _ENCODE:
        raise StoreError(
            f"{view.name}.{getattr(field, 'name', field)} is {kind}; what is put online is one of {', '.join(_ENCODE)}"
        )
    return _ENCODE[kind]


def entity_keys(join_key: str, values: list[str], version: int) -> Iterator[bytes]:
    """Feast's bytes of each entity key: the same beginning for all, then length and text."""
    empty = EntityKey(join_keys=[join_key], entity_values=[Value(string_val="")])
    beginning = serialize_entity_key(empty, entity_key_serialization_version=version)[:-4]
    for value in values:
        text = value.encode()
        yield beginning + struct.pack("<I", len(text)) + text


def _has_table(file: sqlite3.Connection, schema: str, table: str) -> bool:
    return bool(file.execute(f"SELECT 1 FROM {schema}.sqlite_master WHERE name = ?", [table]).fetchone())
