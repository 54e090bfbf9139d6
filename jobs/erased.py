"""A record taken out of a lake: every table, their history, the online store; with a receipt of what was looked at.

The record goes the way of one that left its source: a refresh over the raw records that stay, or a run over them where
a refresh cannot go on. Then earlier versions of every table that held it are removed, which ends time travel and
rollback to them. It is put on the erasure list first, so that whatever stops the erasure, no later run brings it back.
"""

from __future__ import annotations

import getpass
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features import tables
from features.cleaning import Unneeded, staged, unneeded
from features.erasures import ErasureError, IdHash, remember
from features.lake import Lake, LakeError
from features.run import Run
from features.sections import Refresh as RefreshLimits
from features.settings import Settings
from features.tables import Table
from features.traces import files_with
from features.versions import FingerprintError
from jobs.from_raw import FromRaw
from jobs.refresh import Refresh, RefreshError

MERGED = (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES)

HOLDING = (
    *MERGED,
    tables.ENTITY_FEATURES,
    tables.ONLINE_ENTITIES,
    tables.BLOCKING_INDEX,
    tables.PAIR_FEATURES,
    tables.QUARANTINE,
)
"""Tables that hold ids or values of a record, and so lose their history."""

_FEWEST_CHARACTERS = 4
"""Shorter names are not searched for: they stand in too much else."""


class _RefreshFromRaw(FromRaw, Refresh):
    """A refresh over the raw records of the lake."""


@dataclass
class Receipt:
    """What an erasure did, without a value: hashes of the ids, what was removed, and what still holds them.

    `removed` counts by table the rows of the records; `files` and `bytes` are those of earlier versions. `left` lists
    files in which an id or a name of theirs that no other record carries still stands.
    """

    run_id: str
    erased_at: str
    by: str
    ids: list[str]
    removed: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    searched_for: dict[str, int] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    versions_ended: dict[str, int] = field(default_factory=dict)


class Erasure:
    """The erasure of some records from one lake."""

    spark: SparkSession

    def __init__(self, settings: Settings, ids: Sequence[str]) -> None:
        limits = RefreshLimits(max_changed_share=1, max_statistics_drift=1e9)
        self.lake = Lake(settings.lake)
        online = settings.online.model_copy(update={"enabled": self.lake.exists(tables.ONLINE_ENTITIES)})
        self.settings = settings.model_copy(update={"refresh": limits, "online": online})
        self.ids = sorted(set(ids))
        self.id_hash = IdHash.of(settings.retention.erasure_key_env)
        if not self.ids or not all(self.ids):
            raise ErasureError("no record is named; wanted --entity source:id, or --from a file with one id a line")
        if not self.lake.local:
            raise ErasureError(f"the lake {self.lake.root} is not a local folder; what it holds cannot be searched")
        self.lake.version(tables.RAW_ENTITIES)  # LakeError where there is no lake

    def publish(self, spark: SparkSession) -> Receipt:
        """Erase, search, and write the receipt to `receipts/` in the lake."""
        self.spark = spark
        names = self._names()
        counted = {table.name: self._holding(table).count() for table in HOLDING if self.lake.exists(table)}
        asked = datetime.now(UTC)
        with self.lake.writing(asked.strftime("%Y%m%dT%H%M%S.%fZ")):
            remember(self.lake, self.ids, self.id_hash, asked.strftime("%Y%m%dT%H%M%S.%fZ"))
        run = self._without_them()
        receipt = Receipt(run.run_id, asked.isoformat(), getpass.getuser(), [self.id_hash(i) for i in self.ids])
        receipt.removed = counted
        with self.lake.writing(run.run_id):
            receipt.removed[tables.QUARANTINE.name] = self._out_of_quarantine(names)
            self._purge()
            self._remove_history(receipt)
            self._compact_online()
            alone = [name for name in names if not self._carried(name)]
            receipt.searched_for = {"ids": len(self.ids), "names": len(alone)}
            receipt.left = files_with(self.lake.root, [*self.ids, *alone])
            self._write(receipt)
        return receipt

    def _without_them(self) -> Run:
        try:
            return _RefreshFromRaw(self.settings, self.spark).publish()
        except (RefreshError, FingerprintError, LakeError):
            return FromRaw(self.settings, self.spark).publish()

    def _holding(self, table: Table) -> DataFrame:
        """The rows of a table that name one of the records."""
        rows = self.lake.read(self.spark, table)
        if table is tables.BLOCKING_INDEX:
            return rows.where(F.arrays_overlap("entity_ids", F.array(*map(F.lit, self.ids))))
        if table is tables.PAIR_FEATURES:
            return rows.where(F.col("id_l").isin(self.ids) | F.col("id_r").isin(self.ids))
        return rows.where(F.col("entity_id").isin(self.ids))

    def _names(self) -> list[str]:
        """Names of the records as their sources wrote them, and in normal form."""
        raw = self._holding(tables.RAW_ENTITIES).select("name")
        if "name_core" in self.lake.read(self.spark, tables.STANDARDISED_ENTITIES).columns:
            raw = raw.union(self._holding(tables.STANDARDISED_ENTITIES).select("name_core"))
        return sorted({row[0] for row in raw.collect() if row[0] and len(row[0]) >= _FEWEST_CHARACTERS})

    def _carried(self, name: str) -> bool:
        """Whether a record that stays carries a name as well, alone or within a longer one."""
        raw, standardised = (self.lake.read(self.spark, table) for table in MERGED)
        carried = [raw.where(F.col("name").contains(name))]
        if "name_core" in standardised.columns:
            carried.append(standardised.where(F.col("name_core").contains(name)))
        return any(rows.head(1) for rows in carried)

    def _out_of_quarantine(self, names: Sequence[str]) -> int:
        """Rows of these records, and rows of nobody known that hold a name of theirs, leave the quarantine."""
        if not self.lake.exists(tables.QUARANTINE):
            return 0
        rows = self.lake.read(self.spark, tables.QUARANTINE)
        theirs = F.coalesce(F.col("entity_id").isin(self.ids), F.lit(False))
        for text in (*names, *self.ids):
            theirs = theirs | (F.col("entity_id").isNull() & F.col("row").contains(json.dumps(text)[1:-1]))
            theirs = theirs | (F.col("entity_id").isNull() & F.col("row").contains(text))
        found = rows.where(theirs).count()
        if found:
            self.lake.overwrite(rows.where(~theirs), tables.QUARANTINE)
        return found

    def _purge(self) -> None:
        """Rows that are marked deleted leave the data files of merged tables."""
        for table in MERGED:
            path = self.lake.path(table).replace("`", "``")
            self.spark.sql(f"REORG TABLE delta.`{path}` APPLY (PURGE)").collect()

    def _remove_history(self, receipt: Receipt) -> None:
        now = datetime.now(UTC)
        gone: dict[str, Unneeded] = {"staged": staged(self.lake, before=now)}
        for table in HOLDING:
            if self.lake.exists(table):
                version = self.lake.version(table)
                gone[table.name] = unneeded(self.lake, table, [version], before=now)
                receipt.versions_ended[table.name] = version
        for name, files in gone.items():
            files.remove(f"{self.lake.root}/{name}")
            receipt.files[name] = len(files.paths)
            receipt.bytes += files.bytes

    def _compact_online(self) -> None:
        """SQLite leaves the bytes of deleted rows in its file until it is written anew."""
        for path in (Path(self.lake.root) / "feast").glob("*.db"):
            with closing(sqlite3.connect(path)) as file:
                file.execute("VACUUM")
        for path in (Path(self.lake.root) / "feast").glob("*.db.new"):
            path.unlink()

    def _write(self, receipt: Receipt) -> None:
        folder = Path(self.lake.root) / "receipts"
        folder.mkdir(exist_ok=True)
        text = json.dumps(asdict(receipt), indent=2) + "\n"
        (folder / f"erasure-{receipt.run_id}.json").write_text(text, encoding="utf-8")
