"""An earlier published state in force again: records, pairs, online tables and the online store that belong together.

Every table gets one more commit, so that a rollback can itself be rolled back. The pairs come last: until then
`pairlake rollback` means the same state, and one that was stopped is done again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import deltalake
import pyarrow as pa
from deltalake.transaction import CommitProperties
from pyspark.sql import SparkSession

from features import catalogue as catalogues
from features import tables
from features.catalogue import Catalogue
from features.erasures import ErasureError, IdHash, erasures_of
from features.history import DERIVED, RECORDS, refuse_gone, state_of
from features.lake import Lake, LakeError
from features.outbox import Outbox, Standing
from features.run import PUBLISHED, Run
from features.settings import Settings
from features.spark.erasures import is_erased
from features.spark.frames import checksum
from features.standing import refuse_unsound
from features.store import StoreUnavailableError
from features.table_log import metadata_of
from features.tables import ONLINE, Table
from features.versions import as_made
from jobs.delivery import put_online
from jobs.online import open_store
from jobs.recording import recorded

_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


class Rollback:
    """One rollback of one lake, refused before anything is touched where the state cannot be had any more."""

    spark: SparkSession

    def __init__(self, settings: Settings, wanted: str | None = None) -> None:
        # Nothing may wait for later: whoever delivers it then could not know that going back was asked.
        fallback = settings.fallback.model_copy(update={"store": "fail"})
        self.settings = settings.model_copy(update={"fallback": fallback})
        self.lake = Lake(settings.lake)
        self.wanted, self.state = wanted, state_of(self.lake, wanted)
        fingerprint = self.state.made_by["fingerprint"]
        self.catalogue: Catalogue = as_made(self.lake, catalogues.chosen(settings), fingerprint)
        self.run = Run(self.settings, fingerprint, kind="rollback")
        self.run.counts["rolled back to"] = {"run": self.state.run_id, "version": self.state.version}
        self._refuse_incomplete()
        refuse_gone(self.lake, self.state)

    def publish(self, spark: SparkSession) -> Run:
        """Put the state in force; the manifest and the report are written however it ends."""
        self.spark = spark
        with self.lake.writing(self.run.run_id):
            self._refuse_changed()
            refuse_unsound(self.lake, self.run.as_of)
            self._refuse_erased()
            if self._online:
                open_store(self.settings, self.catalogue).loaded()  # StoreUnavailableError while nothing is touched
            with recorded(self.run, self.lake, lambda: self.catalogue):
                self._stages()
                self.run.outcome = PUBLISHED
        return self.run

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
            self._keep_profiles()
            self._restore(tables.PAIR_FEATURES, made_from)
            self._note_published()
        self._close(Outbox(self.lake).due())

    def _restore_merged(self, table: Table) -> int:
        """A merged table as the state has it; its version now. By Spark: delta-rs cannot write deletion vectors."""
        version = self.state.versions[table.name]
        if version != self.lake.version(table):
            with self._carrying({"run_id": self.run.run_id, "rolled_back_to": self.state.stands_for}):
                path = self.lake.path(table).replace("`", "``")
                self.spark.sql(f"RESTORE TABLE delta.`{path}` TO VERSION AS OF {version}")
        return self.lake.version(table)

    def _restore(self, table: Table, made_from: Mapping[str, int]) -> None:
        """A table as the state has it, by one commit that carries what the state's own did, under this run's name."""
        version = self.state.versions[table.name]
        opened = deltalake.DeltaTable(self.lake.path(table))
        made_by = next(metadata_of(commit) for commit in opened.history() if commit["version"] == version)
        said = {**made_by, "run_id": self.run.run_id, "rolled_back_to": self.state.stands_for}
        if "made_from" in said:
            said["made_from"] = dict(made_from)
        opened.restore(version, commit_properties=CommitProperties(custom_metadata={"userMetadata": json.dumps(said)}))

    def _load(self) -> None:
        """The online store from the online tables as they are now, although what it holds is newer.

        It is then as of the state, so that whoever compares the two finds them to be one.
        """
        as_of = datetime.fromisoformat(self.state.made_by["as_of"])
        try:
            put_online(
                self.run,
                self.lake,
                self.catalogue,
                lambda store, *to: store.materialise(self.spark, *to, back=True),
                as_of,
            )
        except StoreUnavailableError:
            self._close([due for due in Outbox(self.lake).due() if due.load.run_id == self.run.run_id])
            raise

    def _keep_profiles(self) -> None:
        """What the next run is compared with is the state in force, and no longer the one that was left."""
        if not self.lake.exists(tables.PROFILES):
            return
        held = self.lake.rows(tables.PROFILES).to_pylist()
        commits = [c for c in self.lake.commits(tables.PAIR_FEATURES) if c["version"] <= self.state.version]
        before = [commit["metadata"].get("run_id") for commit in commits]
        of_state = next((run for run in before if any(row["run_id"] == run for row in held)), None)
        ours = [{**row, "run_id": self.run.run_id} for row in held if row["run_id"] == of_state]
        if ours:
            rows = pa.Table.from_pylist(ours, tables.PROFILES.schema)
            self.lake.write_rows(rows, tables.PROFILES, metadata={"run_id": self.run.run_id})

    def _note_published(self) -> None:
        self.run.published_version = self.lake.version(tables.PAIR_FEATURES)
        self.run.checksum = checksum(self.lake.read(self.spark, tables.PAIR_FEATURES))
        self.run.counts[tables.PAIR_FEATURES.name] = int(self.run.checksum.partition("-")[0])
        self.run.counts["features"] = len(self.catalogue.pair_features)

    def _close(self, standings: Sequence[Standing]) -> None:
        """Loads that wait and are not to be delivered any more: they would put online what is not in force."""
        for standing in standings:
            Outbox(self.lake).overtaken(standing.load, f"by the rollback {self.run.run_id}")

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

    def _refuse_changed(self) -> None:
        """LakeError where another writer was at work since the state was chosen."""
        if state_of(self.lake, self.wanted) != self.state:
            raise LakeError(
                f"another run published to the lake {self.lake.root} just now, so that another state may be meant; "
                "nothing was changed. Look at `pairlake runs`, and roll back again"
            )
        refuse_gone(self.lake, self.state)

    def _refuse_erased(self) -> None:
        """ErasureError where the state still holds an erased record, which it would bring back."""
        erasures = erasures_of(self.lake, IdHash.of(self.settings.retention.erasure_key_env))
        if not erasures:
            return
        held = self.lake.read(self.spark, tables.RAW_ENTITIES, version=self.state.versions[tables.RAW_ENTITIES.name])
        count = held.where(is_erased(erasures)).count()
        if count:
            raise ErasureError(
                f"version {self.state.version} of pair_features (run {self.state.run_id}) still holds {count:,} erased "
                "records, as their erasure did not end, and would bring them back; nothing was changed. End it first: "
                "`pairlake erase` with the same ids"
            )

    @contextmanager
    def _carrying(self, said: Mapping[str, Any]) -> Iterator[None]:
        """Commits that Spark makes meanwhile carry this."""
        self.spark.conf.set(_USER_METADATA, json.dumps(said))
        try:
            yield
        finally:
            self.spark.conf.unset(_USER_METADATA)
