"""Upkeep of a lake: what nobody needs any more goes, many small files become few.

Kept is whatever a published state needs that `[retention]` keeps, what a training set names, the changes that the next
refresh reads, and what a reader may still be at. Run manifests, and what fingerprints stand for, are kept for good.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import deltalake
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import CommitProperties

from features import tables
from features.cleaning import staged, unneeded
from features.history import DERIVED, RECORDS, State, commit_times, states
from features.lake import Lake
from features.outbox import Load, Outbox
from features.run import Run
from features.settings import Settings
from features.storage import file_system
from features.table_log import can_be_opened, metadata_of
from features.tables import Table
from features.versions import parts_of
from jobs.recording import noted
from jobs.training_sets import forget_sets, gone_sets

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MAINTAINED = "maintained"
"""Outcome of a maintenance in the manifest."""

_COMPACTED_BYTES = 128 * 1024 * 1024


@dataclass
class Upkeep:
    """What a maintenance did, or on a dry run would do.

    `files` and `bytes` are what was removed, by table; `states` the published versions that can be gone back to,
    `compacted` the files before and after by table, `sets` the training sets that are gone.
    """

    files: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    states: list[int] = field(default_factory=list)
    statistics: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    quarantine_rows: int = 0
    compacted: dict[str, tuple[int, int]] = field(default_factory=dict)


class Maintenance:
    """One maintenance of one lake. `spark` is called when a merged table wants compaction, which Spark alone can do."""

    def __init__(self, settings: Settings, spark: Callable[[], SparkSession], now: datetime | None = None) -> None:
        self.settings = settings
        self.kept = settings.retention
        self.lake = Lake(settings.lake)
        self.spark = spark
        self.now = now or datetime.now(UTC)
        self.states = states(self.lake)
        self.gone_sets: list[str] = []

    def publish(self, *, dry_run: bool = False) -> Upkeep:
        """Do it, and note it in the manifest; a dry run only finds out."""
        made_by = self.lake.last_commit(tables.PAIR_FEATURES)["metadata"]
        run = Run(self.settings, made_by["fingerprint"], kind="maintenance")
        with self.lake.writing(run.run_id), nullcontext() if dry_run else noted(run, self.lake):
            self.states = states(self.lake)  # of no run that is still at work
            self.gone_sets = gone_sets(self.lake)
            upkeep = Upkeep(states=[state.version for state in self._kept_states()], sets=self.gone_sets)
            upkeep.statistics = self._old_statistics()
            upkeep.quarantine_rows = self._old_quarantine()
            if not dry_run:
                self._forget(upkeep)
                self._compact(upkeep)
            self._remove(upkeep, dry_run=dry_run)
            run.outcome, run.counts = MAINTAINED, asdict(upkeep)
        return upkeep

    # --- what is needed ---

    def _kept_states(self) -> list[State]:
        oldest = self.now - timedelta(days=self.kept.days)
        recent = len([state for state in self.states if state.at >= oldest])
        return self.states[: max(self.kept.versions, recent)]

    def _versions(self, table: Table) -> set[int]:
        """Versions of a table that are kept, its last one among them."""
        times = commit_times(self.lake, table)
        reading = self.now - timedelta(hours=self.kept.reader_hours)
        replaced = {version: times.get(version + 1) for version in times}
        needed = {version for version, at in replaced.items() if at is None or at > reading}
        needed |= {state.versions[table.name] for state in self._kept_states() if table.name in state.versions}
        needed |= {load.versions[table.name] for load in self._loads() if table.name in load.versions}
        path = self.lake.path(table)
        return {version for version in needed | self._trained(table) if can_be_opened(path, version)}

    def _feed_since(self, table: Table) -> int | None:
        """The version after which the next refresh reads changes of a merged table."""
        made_from = self.lake.last_commit(tables.ENTITY_FEATURES)["metadata"].get("made_from", {})
        return made_from.get(table.name) if table in RECORDS else None

    def _old_statistics(self) -> list[str]:
        """Versions of corpus statistics that nothing names: no kept state, nothing online, no setting."""
        if not self.lake.exists(tables.TOKEN_STATISTICS):
            return []
        named = {state.made_by["fingerprint"] for state in self._kept_states()}
        for table in (*DERIVED, tables.PAIR_FEATURES):
            if self.lake.exists(table):
                trained, commits = self._trained(table), deltalake.DeltaTable(self.lake.path(table)).history()
                named |= {metadata_of(c).get("fingerprint") for c in commits if c["version"] in trained}
                named.add(self.lake.last_commit(table)["metadata"].get("fingerprint"))
        named |= {load.fingerprint for load in self._loads()}
        used = {parts_of(self.lake, fingerprint).get("statistics") for fingerprint in named if fingerprint}
        there = pc.unique(self.lake.rows(tables.TOKEN_STATISTICS)["version"]).to_pylist()
        return sorted(set(there) - used - {self.settings.statistics.version})

    def _loads(self) -> list[Load]:
        """What waits to be put online, and what is online: the last load that was delivered."""
        standings = Outbox(self.lake).standings()
        online = [standing for standing in standings if standing.event == "delivered"]
        return [standing.load for standing in (*(one for one in standings if one.due), *online[-1:])]

    def _trained(self, table: Table) -> set[int]:
        """Versions of a table that training sets name which are not gone."""
        if not self.lake.exists(tables.TRAINING_SETS):
            return set()
        rows = self.lake.rows(tables.TRAINING_SETS).to_pylist()
        return {row["version"] for row in rows if row["table"] == table.name and row["path"] not in self.gone_sets}

    def _old_quarantine(self) -> int:
        if not self.lake.exists(tables.QUARANTINE):
            return 0
        old = 0
        for file in self.lake.data_files(tables.QUARANTINE):
            store, path = file_system(file)
            runs = pq.read_table(path, columns=["run_id"], filesystem=store)["run_id"]
            old += int(pc.sum(pc.less(runs, self._quarantined_before)).as_py() or 0)
        return old

    @property
    def _quarantined_before(self) -> str:
        """The id that a run would have had at the time from which rows in quarantine are kept."""
        return (self.now - timedelta(days=self.kept.quarantine_days)).strftime("%Y%m%dT%H%M%S.%fZ")

    # --- what is done ---

    def _forget(self, upkeep: Upkeep) -> None:
        """Rows of tables that are appended to: old ones go. Tokens go first, whose presence says that all is there."""
        if upkeep.statistics:
            versions = ", ".join(f"'{version}'" for version in upkeep.statistics)
            for table in (tables.TOKEN_STATISTICS, tables.SPLIT_POINTS):
                if self.lake.exists(table):
                    deltalake.DeltaTable(self.lake.path(table)).delete(f"version IN ({versions})")
        if upkeep.sets:
            forget_sets(self.lake, upkeep.sets)
        if upkeep.quarantine_rows:
            old = f"run_id < '{self._quarantined_before}'"
            deltalake.DeltaTable(self.lake.path(tables.QUARANTINE)).delete(old)

    def _compact(self, upkeep: Upkeep) -> None:
        """Small files become few; the commit carries what the last one did, so the state stays that of its run."""
        for table in self._there():
            opened = deltalake.DeltaTable(self.lake.path(table))
            before = len(opened.file_uris())
            if before <= self.kept.compact_files:
                continue
            if table.merged:
                path = self.lake.path(table).replace("`", "``")
                self.spark().sql(f"OPTIMIZE delta.`{path}`").collect()
            else:
                said = json.dumps(self.lake.carried(table))
                carried = CommitProperties(custom_metadata={"userMetadata": said})
                opened.optimize.compact(target_size=_COMPACTED_BYTES, commit_properties=carried)
            upkeep.compacted[table.name] = (before, len(deltalake.DeltaTable(self.lake.path(table)).file_uris()))

    def _remove(self, upkeep: Upkeep, *, dry_run: bool) -> None:
        before = self.now - timedelta(hours=self.kept.reader_hours)
        gone = {"staged": staged(self.lake, before=before)}
        for table in self._there():
            versions, since = self._versions(table), self._feed_since(table)
            gone[table.name] = unneeded(self.lake, table, versions, before=before, feed_since=since)
        for name, files in gone.items():
            if files.paths:
                upkeep.files[name], upkeep.bytes[name] = len(files.paths), files.bytes
                if not dry_run:
                    files.remove(f"{self.lake.root}/{name}")

    def _there(self) -> list[Table]:
        return [table for table in tables.ALL if self.lake.exists(table)]


def summary(upkeep: Upkeep, *, dry_run: bool) -> list[str]:
    """What was done, in words, a line each."""
    done = "would be removed" if dry_run else "removed"
    lines = [
        f"{name}: {count:,} files {done}, {upkeep.bytes[name]:,} bytes" for name, count in upkeep.files.items()
    ] or [f"no file {done}"]
    lines += [f"{name}: {before:,} files made {after:,}" for name, (before, after) in upkeep.compacted.items()]
    if upkeep.statistics:
        lines.append(f"corpus statistics {done}: {', '.join(upkeep.statistics)}")
    if upkeep.quarantine_rows:
        lines.append(f"quarantine: {upkeep.quarantine_rows:,} rows {done}")
    if upkeep.sets:
        named = "would be" if dry_run else "is"
        lines.append(f"training sets that are gone, for which nothing {named} kept: {', '.join(upkeep.sets)}")
    versions = ", ".join(str(version) for version in upkeep.states)
    return [*lines, f"published versions that `pairlake rollback` can go back to: {versions}"]
