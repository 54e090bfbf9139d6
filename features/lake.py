"""The lake: where the Delta tables lie, how they are written, staged and published, and who may write.

Record tables are rewritten by a run. The files of `pair_features` are written first and put into the table by one
atomic Delta commit once its gate has passed; readers use the table alone.
"""

from __future__ import annotations

import fcntl
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote
from uuid import uuid4

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, CommitProperties, create_table_with_add_actions

from features.damage import DamageError, in_words, refuse_broken_files, refuse_empty_entries
from features.errors import PairlakeError
from features.storage import file_system, make_folder, write_text
from features.table_log import metadata_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from features.tables import Table

_NO_ROW_MOVED = {
    "OPTIMIZE",
    "REORG",
    "CLUSTER BY",
    "VACUUM START",
    "VACUUM END",
    "COMPUTE STATS",
    "SET TBLPROPERTIES",
    "UNSET TBLPROPERTIES",
    "UPGRADE PROTOCOL",
    "ADD FEATURE",
    "DROP FEATURE",
}
"""What Delta calls commits after which a table has the rows it had: whoever tends the lake makes them."""

DATA_FILES = pa.schema([pa.field("name", pa.string()), pa.field("rows", pa.int64()), pa.field("bytes", pa.int64())])
"""What a commit needs to know of data files: one row a file."""


class LakeError(PairlakeError):
    """The lake cannot be used as asked; the message says what to do."""


class Lake:
    """The tables under one root, a local folder or an object store's prefix."""

    def __init__(self, root: str) -> None:
        if re.search("%[0-9A-Fa-f]{2}", root):
            raise LakeError(f"the lake's path {root!r} holds a percent code, which would be decoded; rename the folder")
        self.local = "://" not in root
        self.root = str(Path(root).expanduser().resolve()) if self.local else root.rstrip("/")
        self.read_versions: dict[str, int] = {}
        """Version of each table in force that was read, as it was when first read."""

    def path(self, table: Table, *, staged: bool = False) -> str:
        """Where a table lies."""
        return f"{self.root}/{'staged/' if staged else ''}{table.name}"

    def exists(self, table: Table, *, staged: bool = False) -> bool:
        """Whether the table has been written."""
        with in_words(self.root):
            return deltalake.DeltaTable.is_deltatable(self.path(table, staged=staged))

    def rows(self, table: Table, **equal: Any) -> pa.Table:
        """The rows of a small table in which the named columns have these values, without Spark.

        File by file: `DeltaTable.to_pyarrow_table` may abort the interpreter when it ends.
        """
        filters = [(column, "==", value) for column, value in equal.items()] or None
        parts = []
        for file in self.data_files(table):
            store, path = file_system(file)
            with in_words(self.root):
                parts.append(_declared(pq.read_table(path, filesystem=store, filters=filters), table.schema))
        return pa.concat_tables(parts, promote_options="default") if parts else table.schema.empty_table()

    def data_files(self, table: Table, *, staged: bool = False) -> list[str]:
        """Addresses of the Parquet files that hold a table's rows; not for merged tables, which also mark deletions."""
        opened = self.opened(table, staged=staged)
        if self.local:
            refuse_broken_files(table.name, self.path(table, staged=staged), opened)
        if not staged:
            self.read_versions.setdefault(table.name, opened.version())
        return sorted(unquote(uri) for uri in opened.file_uris())

    def read(self, spark: SparkSession, table: Table, *, staged: bool = False, version: int | None = None) -> DataFrame:
        """A table as it is now, or at an earlier version."""
        last = self.opened(table, staged=staged).version()
        reader = spark.read.format("delta")
        if version is not None:
            if not 0 <= version <= last:
                raise LakeError(f"{table.name} under {self.root} has versions 0 to {last}, not {version}")
            reader = reader.option("versionAsOf", version)
        if not staged:
            self.read_versions.setdefault(table.name, last if version is None else version)
        return reader.load(self.path(table, staged=staged))

    def overwrite(
        self,
        frame: DataFrame,
        table: Table,
        *,
        staged: bool = False,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Replace a table's rows and schema in one commit, which carries `metadata`.

        A staged table is made anew, as nobody asks for what it held before: whatever is left of it does no harm.
        """
        if staged:
            store, inside = file_system(self.path(table, staged=True))
            if store.get_file_info(inside).type.name == "Directory":
                store.delete_dir(inside)
        writer = frame.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
        writer = writer.options(**_properties(table))
        writer.option("userMetadata", json.dumps(metadata or {})).save(self.path(table, staged=staged))

    def files_folder(self, table: Table, run_id: str) -> str:
        """A folder beside a table's data, for files that are in no table until they are committed."""
        folder = f"{self.path(table)}/{run_id}"
        make_folder(folder)
        return folder

    def commit(
        self,
        files: pa.Table,
        table: Table,
        folder: str,
        schema: pa.Schema,
        *,
        mode: Literal["overwrite", "append"] = "overwrite",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Put data files into a table by one commit, in the place of all its rows or beside them; no row is moved.

        `files` are DATA_FILES in a folder inside the table's own, `schema` is that of their rows.
        """
        path, fields = self.path(table), deltalake.Schema.from_arrow(schema)
        added = [_added(f"{folder}/{file['name']}".lstrip("/"), file) for file in files.to_pylist()]
        carried = CommitProperties(custom_metadata={"userMetadata": json.dumps(metadata or {})})
        try:
            if self.exists(table):
                written = deltalake.DeltaTable(path)
                written.create_write_transaction([*added], mode, fields, commit_properties=carried)
            else:
                properties = _properties(table)
                create_table_with_add_actions(path, fields, added, configuration=properties, commit_properties=carried)
        except DeltaError as error:
            why = str(error).partition("\n")[0]  # what follows is a back trace
            raise LakeError(
                f"{table.name} under {self.root} could not be put in force: {why}. The version before it stays"
            ) from error

    def say(self, table: Table, metadata: Mapping[str, Any]) -> None:
        """One more commit of a table, of the same rows, which carries `metadata`."""
        opened = self.opened(table)
        carried = CommitProperties(custom_metadata={"userMetadata": json.dumps(metadata)})
        opened.create_write_transaction([], "append", opened.schema(), commit_properties=carried)

    def write_rows(
        self,
        rows: pa.Table,
        table: Table,
        *,
        mode: Literal["overwrite", "append"] = "append",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Put rows in memory into a table, beside its rows or in their place, without Spark."""
        name = f"rows-{uuid4()}.parquet"
        make_folder(self.path(table))
        store, path = file_system(f"{self.path(table)}/{name}")
        pq.write_table(rows.select(table.schema.names).cast(table.schema), path, filesystem=store)
        size = store.get_file_info(path).size
        files = pa.table({"name": [name], "rows": [rows.num_rows], "bytes": [size]}, DATA_FILES)
        self.commit(files, table, "", table.schema, mode=mode, metadata=metadata)

    def write_text(self, name: str, text: str) -> str:
        """Put a page beside the tables, under this path in the lake, which is returned."""
        write_text(f"{self.root}/{name}", text)
        return name

    def append(self, frame: DataFrame, table: Table) -> None:
        """Add rows to a table."""
        writer = frame.write.format("delta").mode("append").option("mergeSchema", "true")
        writer.options(**_properties(table)).save(self.path(table))

    def version(self, table: Table) -> int:
        """Number of the table's last commit."""
        return int(self.opened(table).version())

    def versions(self, of: Iterable[Table]) -> dict[str, int]:
        """Number of the last commit of each table that can be opened, by name."""
        found = {}
        for table in of:
            with suppress(LakeError, DamageError, OSError):
                found[table.name] = self.version(table)
        return found

    def last_commit(self, table: Table) -> dict[str, Any]:
        """The table's `version` as it is, and as `metadata` what its last change was written with.

        Commits that move no row (OPTIMIZE, VACUUM) are passed over. LakeError where the last change was not ours.
        """
        opened = self.opened(table)
        last = _last_change(opened)
        said = metadata_of(last)
        if not said:
            raise LakeError(
                f"the last change of {table.name} under {self.root} ({last.get('operation', 'unknown')}) says nothing "
                "of a run: it was not made by Pairlake, or no longer stands in the table's log. `pairlake run` makes "
                "the table anew"
            )
        return {"version": opened.version(), "metadata": said}

    def carried(self, table: Table) -> dict[str, Any]:
        """What the last change of a table was written with; empty where it says nothing of a run."""
        return metadata_of(_last_change(self.opened(table)))

    def commits(self, table: Table, limit: int | None = None) -> list[dict[str, Any]]:
        """The commits that are still told of, the last one first, each as `metadata` what it was written with."""
        return [
            {"version": commit["version"], "metadata": metadata_of(commit)}
            for commit in self.opened(table).history(limit)
        ]

    def operations_since(self, table: Table, version: int) -> list[str]:
        """What the changes after a version were, in Delta's words (WRITE, MERGE, …), the last one first.

        Commits that move no row (OPTIMIZE, VACUUM) are no changes. A table that has no such version any more was taken
        away and made anew, by a WRITE.
        """
        opened = self.opened(table)
        if opened.version() < version:
            return ["WRITE"]
        commits = takewhile(lambda commit: commit["version"] > version, _newest_first(opened))
        return [commit["operation"] for commit in commits if commit["operation"] not in _NO_ROW_MOVED]

    def opened(self, table: Table, *, staged: bool = False) -> deltalake.DeltaTable:
        """The table as Delta has it. LakeError where there is none, DamageError where its log is broken."""
        path = self.path(table, staged=staged)
        if not self.exists(table, staged=staged):
            raise LakeError(
                f"there is no table {table.name} under {self.root}: no run has published to this lake yet, or its log "
                "is gone; `pairlake run` makes it"
            )
        try:
            if self.local:
                refuse_empty_entries(table.name, path)
            return deltalake.DeltaTable(path)
        except (DeltaError, OSError) as error:
            why = str(error).partition("\n")[0][:300]  # what follows is a back trace, or a list of all files
            raise LakeError(
                f"the table {table.name} under {self.root} cannot be opened: {why}. Put the log {path}/_delta_log back "
                "from a copy, or take the table's folder away and let `pairlake run` make it anew"
            ) from error

    @contextmanager
    def writing(self, run_id: str) -> Iterator[None]:
        """Hold the lake for one writer; LakeError names the run that holds it already.

        The operating system lets go of the lock when the process ends, however it ends. On an object store
        there is no such lock: there Delta's own commit protocol decides, and the scheduler starts one run.
        """
        if not self.local:
            yield
            return
        root = Path(self.root)
        try:
            root.mkdir(parents=True, exist_ok=True)
            handle = (root / ".writer").open("a+", encoding="utf-8")
        except (FileExistsError, NotADirectoryError) as error:
            raise LakeError(
                f"the lake {root} is a file, or lies under one; wanted a folder. Set `lake` to another"
            ) from error
        except OSError as error:
            raise LakeError(
                f"the lake {root} cannot be written: {error.strerror}. Give this account the right to write there, "
                "or set `lake` to another folder"
            ) from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                handle.seek(0)
                raise LakeError(
                    f"another run is writing to {root} ({handle.read().strip() or 'it has just begun'}); "
                    "wait for it to end, or give this run a lake of its own"
                ) from None
            handle.truncate(0)
            handle.write(f"run {run_id}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
            handle.flush()
            yield


def _newest_first(opened: deltalake.DeltaTable) -> Iterator[dict[str, Any]]:
    """The commits of a table: the last one, which mostly is enough, is read by itself."""
    last = opened.history(1)
    yield from last
    yield from opened.history()[len(last) :]


def _last_change(opened: deltalake.DeltaTable) -> dict[str, Any]:
    """The last commit that moved rows; empty where the log tells of none."""
    return next((commit for commit in _newest_first(opened) if commit["operation"] not in _NO_ROW_MOVED), {})


def _declared(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows with the types that their table declares, whoever wrote them: Spark's times, read back, have no zone."""
    kinds = {field.name: field.type for field in schema}
    return rows.cast(pa.schema([field.with_type(kinds.get(field.name, field.type)) for field in rows.schema]))


def _added(path: str, file: Mapping[str, Any]) -> AddAction:
    return AddAction(
        path=path,
        size=file["bytes"],
        partition_values={},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": file["rows"]}),
    )


def _properties(table: Table) -> dict[str, str]:
    """No statistics of values: they cost the writer, no reader asks, and the log would hold ids that were erased.

    The log stays, so that any version that is kept can be gone back to. A merge writes the changed rows and marks the
    old ones, instead of writing every file anew.
    """
    merged = {"delta.enableChangeDataFeed": "true", "delta.enableDeletionVectors": "true"} if table.merged else {}
    kept = {"delta.dataSkippingNumIndexedCols": "0", "delta.logRetentionDuration": "interval 36500 days"}
    return {**kept, **merged}
