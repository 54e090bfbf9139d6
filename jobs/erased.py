"""A record taken out of a lake: every table, their history, the online store; with a receipt of what was looked at.

The record goes the way of one that left its source: a refresh over the raw records that stay, or a run over them where
a refresh cannot go on. Then earlier versions of every table that held it are removed, which ends time travel and
rollback to them. It is put on the erasure list first, so that whatever stops the erasure, no later run brings it back.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from features import tables
from features.cleaning import Unneeded, staged, unneeded
from features.erasures import ErasureError, IdHash, erasures_of, remember
from features.history import states
from features.keying import SecretError
from features.lake import Lake, LakeError
from features.outbox import Outbox
from features.run import KEPT
from features.sections import Refresh as RefreshLimits
from features.settings import Settings
from features.store import StoreError
from features.traces import files_with
from features.versions import FingerprintError
from jobs.delivery import StoreWrite, put_online
from jobs.erased_rows import MERGED, Rows
from jobs.from_raw import FromRaw
from jobs.recording import reports_folder
from jobs.refresh import Refresh, RefreshError

HOLDING = (
    *MERGED,
    tables.ENTITY_FEATURES,
    tables.ONLINE_ENTITIES,
    tables.BLOCKING_INDEX,
    tables.PAIR_FEATURES,
    tables.QUARANTINE,
    tables.CORRECTIONS,
)
"""Tables that hold ids or values of a record, and so lose their history."""


_BEGUN = "all of it, as long as nothing else is said here: the erasure was stopped or broke off; erase again"


class _OverWhatStays(FromRaw):
    """A run over the raw records of the lake, whose load waits in the outbox: the erasure delivers it, whole."""

    def _load(self, write: StoreWrite) -> None:
        Outbox(self.lake).post(self.run)


class _RefreshOverWhatStays(_OverWhatStays, Refresh):
    """A refresh over them."""


@dataclass
class Receipt:
    """What an erasure did, without a value: hashes of the ids, what was removed, and what still holds them.

    It is written when the erasure begins, under the `run_id` that the erasure list has, and again when it ends.
    `made_by` is the run that made the tables without the records; `removed` counts by table the rows of the records;
    `files` and `bytes` are those of earlier versions. `left` lists files in which an id or a name of theirs that no
    other record carries still stands, and what else is to be done.
    """

    run_id: str
    erased_at: str
    by: str
    ids: list[str]
    made_by: str | None = None
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
        self.lake = Lake(settings.lake)
        self.settings = _unhindered(settings, online=self.lake.exists(tables.ONLINE_ENTITIES))
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
        asked = datetime.now(UTC)
        receipt = Receipt(f"{asked:%Y%m%dT%H%M%S.%fZ}", asked.isoformat(), _user(), [self.id_hash(i) for i in self.ids])
        with self.lake.writing(receipt.run_id):
            listed = erasures_of(self.lake, self.id_hash)
            rows = Rows(self.lake, spark, self.ids, [entity_id for entity_id in self.ids if entity_id in listed])
            receipt.removed = {table.name: rows.of(table).count() for table in HOLDING if self.lake.exists(table)}
            receipt.left = [_BEGUN, *rows.given_otherwise]
            self._write(receipt)
            remember(self.lake, self.ids, self.id_hash, receipt.run_id)
        pipeline = self._without_them()
        receipt.made_by = pipeline.run.run_id
        with self.lake.writing(receipt.run_id):
            not_online = self._load_online(pipeline)
            receipt.removed |= rows.remove_kept()
            rows.purge()
            self._say_made_from()
            self._remove_history(receipt)
            self._close_loads()
            receipt.left = [*rows.given_otherwise, *not_online, *self._found(rows, receipt)]
            self._write(receipt)
        return receipt

    def _without_them(self) -> FromRaw:
        """A refresh, or a run, over the records that stay. ErasureError where it did not publish."""
        try:
            pipeline: FromRaw = _RefreshOverWhatStays(self.settings, self.spark)
            pipeline.run.kind = "erasure"
            run = pipeline.publish()
        except (RefreshError, FingerprintError, SecretError, LakeError):
            pipeline = _OverWhatStays(self.settings, self.spark)
            pipeline.run.kind = "erasure"
            run = pipeline.publish()
        if run.outcome == KEPT:
            raise ErasureError(
                "the plan without the records is over its budget, so that the pairs in force still hold them; raise "
                "[blocking] pair_budget and erase again"
            )
        return pipeline

    def _load_online(self, made: FromRaw) -> list[str]:
        """The online store loaded whole; in words, where that could not be.

        A refresh would do for who reads it, but a load that broke off, or pages that are free, may hold a record yet.
        """
        if not self.settings.online.enabled:
            return []
        as_of = datetime.fromisoformat(states(self.lake)[0].made_by["as_of"])

        try:
            if put_online(
                made.run, self.lake, made.catalogue, lambda store, *to: store.materialise(self.spark, *to), as_of
            ):
                return []
            why = made.run.fallbacks[-1].why
        except StoreError as error:
            why = str(error)
        return [f"the online store, which holds what it held: {why}. Once that is mended, erase again"]

    def _write(self, receipt: Receipt) -> None:
        text = json.dumps(asdict(receipt), indent=2) + "\n"
        self.lake.write_text(f"receipts/erasure-{receipt.run_id}.json", text)

    def _say_made_from(self) -> None:
        """The state in force says that it was made from the records as they are now: their earlier files go."""
        made_from = {table.name: self.lake.version(table) for table in MERGED}
        for table in (tables.ENTITY_FEATURES, tables.PAIR_FEATURES):
            said = self.lake.last_commit(table)["metadata"]
            if said["made_from"] != made_from:
                self.lake.say(table, {**said, "made_from": made_from})

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

    def _close_loads(self) -> None:
        """Loads that wait and whose tables are gone."""
        outbox = Outbox(self.lake)
        now = self.lake.versions((tables.ONLINE_ENTITIES, tables.BLOCKING_INDEX))
        for standing in outbox.due():
            if dict(standing.load.versions) != now:
                outbox.overtaken(standing.load, "by an erasure, which has removed its tables")

    def _found(self, rows: Rows, receipt: Receipt) -> list[str]:
        """Files of the lake, and of its reports, in which an id or a name that nobody else carries still stands."""
        alone = rows.names_of_nobody_else()
        receipt.searched_for = {"ids": len(self.ids), "names": len(alone)}
        found = files_with(self.lake.root, [*self.ids, *alone])
        reports = reports_folder(self.lake, self.settings.report.folder)
        if "://" not in reports and not reports.startswith(f"{self.lake.root}/"):
            found += [f"{reports}/{name}" for name in files_with(reports, [*self.ids, *alone])]
        return found


def _unhindered(settings: Settings, *, online: bool) -> Settings:
    """The settings of a lake without what may stop a refresh or a run because many records went."""
    limits = RefreshLimits(max_changed_share=1, max_statistics_drift=1e9)
    gates = settings.gates.model_copy(update={"compare_from": 2**62})
    stored = settings.online.model_copy(update={"enabled": online})
    return settings.model_copy(update={"refresh": limits, "gates": gates, "online": stored})


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "unknown"
