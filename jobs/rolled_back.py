"""An earlier published state in force again: records, pairs, online tables and the online store that belong together.

Every table gets one more commit, so that a rollback can itself be rolled back. The pairs come last: until then
`pairlake rollback` means the same state, and one that was stopped is done again.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import deltalake
import pyarrow as pa
from deltalake.transaction import CommitProperties

from features import catalogue as catalogues
from features import tables
from features.catalogue import Catalogue
from features.history import DERIVED, ONLINE, RECORDS, refuse_gone, state_of
from features.lake import Lake, LakeError
from features.run import Run
from features.settings import Settings
from features.spark.frames import checksum
from features.store import Loaded
from features.table_log import metadata_of
from features.tables import Table
from features.versions import as_made
from jobs.online import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

ROLLED_BACK = "rolled back"
"""Outcome of a rollback."""

_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


class Rollback:
    """One rollback of one lake, refused before anything is touched where the state cannot be had any more."""

    spark: SparkSession

    def __init__(self, settings: Settings, wanted: str | None = None) -> None:
        self.settings = settings
        self.lake = Lake(settings.lake)
        self.state = state_of(self.lake, wanted)
        fingerprint = self.state.made_by["fingerprint"]
        self.catalogue: Catalogue = as_made(self.lake, catalogues.chosen(settings), fingerprint)
        self.run = Run(settings, fingerprint)
        self._refuse_incomplete()
        refuse_gone(self.lake, self.state)

    def publish(self, spark: SparkSession) -> dict[str, Any]:
        """Put the state in force; returns the row of the manifest, which is written however it ends."""
        self.spark = spark
        with self.lake.writing(self.run.run_id):
            try:
                self._stages()
                self.run.outcome = ROLLED_BACK
            except Exception as error:
                self.run.error = type(error).__name__
                raise
            finally:
                row = self.row()
                self.lake.write_rows(pa.Table.from_pylist([row], tables.RUN_MANIFEST.schema), tables.RUN_MANIFEST)
        return row

    def row(self) -> dict[str, Any]:
        """The row of the manifest: that of a run, with what kind it is and which state it went back to."""
        row = self.run.row()
        to = {"run_id": self.state.run_id, "version": self.state.version, "as_of": self.state.made_by["as_of"]}
        row["details"] = json.dumps({**json.loads(row["details"]), "kind": "rollback", "rolled_back_to": to})
        return row

    def _stages(self) -> None:
        made_from = {}
        with self.run.stage("records"):
            for table in RECORDS:
                made_from[table.name] = self._restore_merged(table)
        with self.run.stage("tables"):
            for table in DERIVED:
                if table.name in self.state.versions:
                    self._restore(table, made_from)
        if self._online:
            with self.run.stage("online store"):
                self._load()
        with self.run.stage("pairs"):
            self._restore(tables.PAIR_FEATURES, made_from)
            self.run.published_version = self.lake.version(tables.PAIR_FEATURES)
            self.run.checksum = checksum(self.lake.read(self.spark, tables.PAIR_FEATURES))
        pairs = int(self.run.checksum.partition("-")[0])
        self.run.counts |= {tables.PAIR_FEATURES.name: pairs, "features": len(self.catalogue.pair_features)}

    def _restore_merged(self, table: Table) -> int:
        """A merged table as the state has it; its version now. By Spark: delta-rs cannot write deletion vectors."""
        version = self.state.versions[table.name]
        if version != self.lake.version(table):
            with self._carrying({"run_id": self.run.run_id}):
                path = self.lake.path(table).replace("`", "``")
                self.spark.sql(f"RESTORE TABLE delta.`{path}` TO VERSION AS OF {version}")
        return self.lake.version(table)

    def _restore(self, table: Table, made_from: dict[str, int]) -> None:
        """A table as the state has it, by one commit that carries what the state's own did, under this run's name."""
        version = self.state.versions[table.name]
        opened = deltalake.DeltaTable(self.lake.path(table))
        made_by = next(metadata_of(commit) for commit in opened.history() if commit["version"] == version)
        said = {**made_by, "run_id": self.run.run_id, "rolled_back_to": self.state.stands_for}
        if "made_from" in said:
            said["made_from"] = made_from
        opened.restore(version, commit_properties=CommitProperties(custom_metadata={"userMetadata": json.dumps(said)}))

    def _load(self) -> None:
        """The online store from the online tables as they are now, although what it holds is newer."""
        store = open_store(self.lake, self.catalogue)
        store.apply()
        paths = {table.name: self.lake.path(table) for table in tables.ALL}
        loaded = Loaded(datetime.fromisoformat(self.state.made_by["as_of"]), self.catalogue.fingerprint)
        self.run.counts["online"] = asdict(store.materialise(self.spark, paths, loaded, back=True))

    @property
    def _online(self) -> bool:
        return self.settings.online.enabled and all(table.name in self.state.versions for table in ONLINE)

    def _refuse_incomplete(self) -> None:
        needed = [*RECORDS, *DERIVED[:2], *(ONLINE if self.settings.online.enabled else ())]
        missing = [table.name for table in needed if table.name not in self.state.versions]
        if missing:
            raise LakeError(
                f"the run {self.state.run_id} wrote no {', '.join(missing)}, so that its pairs cannot be put in force "
                "with what belongs to them: it did not end, or nothing was put online ([online] enabled = false goes "
                "back without). Nothing was changed; `pairlake runs` lists others"
            )

    @contextmanager
    def _carrying(self, said: dict[str, Any]) -> Iterator[None]:
        """Commits that Spark makes meanwhile carry this."""
        self.spark.conf.set(_USER_METADATA, json.dumps(said))
        try:
            yield
        finally:
            self.spark.conf.unset(_USER_METADATA)
