"""The refresh, composed: what changed in the sources → changed records → their pairs alone → stores.

Each table in force says from which versions it was made, and entity_features is put in force last: a refresh that was
stopped before its pairs were in force is done again, from where entity_features stands; one that was stopped later asks
for a run. What a refresh leaves is what a run would make of the same sources, settings and statistics, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from expectations import pair_features as pair_suite
from expectations import raw_entities as raw_suite
from expectations import standardised_entities as standardised_suite
from features import tables
from features.errors import PairlakeError
from features.kernel.plan import Plan, make_plan
from features.kernel.refresh import with_keys
from features.run import NOT_ONLINE, PUBLISHED
from features.settings import Settings
from features.spark.blocks import blocking_index, compare_blocks
from features.spark.changes import FeedError, among, differing, feed_of, merge, merged_since
from features.spark.data_files import read_files, write_files
from features.spark.files import reading
from features.spark.frames import map_batches, to_arrow
from features.spark.prepared import write_prepared
from features.spark.refresh import KEYED, Concerned, Unchanged, of_keys
from features.spark.table_files import without
from features.store import FeatureStore, Loaded, Materialised
from features.store.packing import online_rows
from features.tables import KEPT_FROM, Table
from features.versions import as_made
from jobs.pipeline import Pipeline, Progress


class RefreshError(PairlakeError):
    """What stands in the lake cannot be refreshed; a run makes all anew."""


class Refresh(Pipeline):
    """One refresh of one lake, by the stages of a run, each for the changed records alone."""

    def __init__(self, settings: Settings, spark: SparkSession, progress: Progress = lambda _: None) -> None:
        super().__init__(settings, spark, progress)
        self.stands = self._standing()
        tried = self.catalogue.encoder.name
        self.catalogue = as_made(self.lake, self.catalogue, self.stands["fingerprint"], makes_keys=True)
        if self.catalogue.encoder.name != tried:
            self.catalogue.encoder.encode(["trial"])  # its vectors stand beside those in force: no other will do
        self.run.fingerprint, self.run.kind = self.catalogue.fingerprint, "refresh"

    def _open_truth(self) -> None:
        """None: a refresh takes no step down the ladder, so there is none to measure."""

    def _standing(self) -> dict[str, Any]:
        """What the record features in force were made from. RefreshError where a refresh cannot go on from there."""
        stands: dict[str, Any] = self.lake.last_commit(tables.ENTITY_FEATURES)["metadata"]
        pairs = self.lake.last_commit(tables.PAIR_FEATURES)["metadata"]
        if not {"made_from", "sources", "pairs_hash"} <= stands.keys() & pairs.keys():
            raise RefreshError(
                f"the lake {self.lake.root} was published by a version that this one cannot go on from; `pairlake run` "
                "first"
            )
        if pairs.get("ladder"):
            raise RefreshError(
                f"the plan of the last run on the lake {self.lake.root} was over its budget and stepped down "
                f"({', '.join(dict.fromkeys(step['rung'] for step in pairs['ladder']))}); what it gave up may lie "
                "elsewhere now, so `pairlake run` again"
            )
        if {stands["pairs_hash"], pairs["pairs_hash"]} != {self.settings.pairs_hash}:
            raise RefreshError(
                f"the settings are not those that the lake {self.lake.root} was made with, and others may change any "
                "pair; `pairlake run` makes all anew"
            )
        records = (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES)
        since = {op for t in records for op in self.lake.operations_since(t, stands["made_from"][t.name])}
        if "RESTORE" in since:
            raise RefreshError(
                f"the last rollback on the lake {self.lake.root} did not end: its records and its published pairs are "
                "not of one state; `pairlake rollback` again, or `pairlake run`, which makes all anew"
            )
        # Pairs that are ahead may hold what no table tells: blocks that grew past their limit and shrank again.
        if "WRITE" in since or pairs["made_from"] != stands["made_from"]:
            raise RefreshError(
                f"the last run, refresh or rollback on the lake {self.lake.root} did not end: its records and its "
                "published pairs are not of one state; `pairlake run` makes all anew"
            )
        self._refuse_stale_online(stands["run_id"])
        return stands

    def _refuse_stale_online(self, run_id: str) -> None:
        """RefreshError where the online tables are not of the state in force: only what changes would be put right."""
        there = self.lake.exists(tables.ONLINE_ENTITIES)
        made_by = self.lake.last_commit(tables.ONLINE_ENTITIES)["metadata"].get("run_id") if there else None
        if self.settings.online.enabled and made_by != run_id:
            raise RefreshError(
                f"the lake {self.lake.root} holds nothing to put online of the state in force: its run was stopped "
                "before that, or [online] enabled was false; `pairlake run` makes all anew"
            )

    def _stages(self) -> str:
        if self._standing() != self.stands:
            raise RefreshError(
                f"another run published to the lake {self.lake.root} while this one began; nothing was changed. "
                "Refresh again"
            )
        self.merge_records()
        with ExitStack() as held:
            changed, rows, renamed = self.changed(held)
            drift = self.stands["names_changed"] + renamed
            self.run.counts["records changed"] = len(changed)
            self._refuse_drift(drift)
            if len(changed):
                self.refresh_pairs(changed, rows, drift)
        self._note_published()
        return PUBLISHED if self.online else NOT_ONLINE

    # --- sources → standardised_entities ---

    def merge_records(self) -> None:
        """Sources → standardised_entities and raw_entities."""
        self.sources.through(self._merge_records)

    def _merge_records(self, sources: DataFrame) -> None:
        """Rows of the sources → changed records, through their gates, merged into both tables of records.

        What an earlier refresh merged, and may not have merged to the end, is merged again.
        """
        seen = Observation("read")
        raw, given = self.lake.read(self.spark, tables.RAW_ENTITIES), sources
        sources = self.amended.rows(given)
        compared = [name for name in tables.RAW_ENTITIES.schema.names if name != KEPT_FROM]
        with self._stage("changes of sources"), reading(self.lake.root):
            touched = differing(self.amended.rows(given, seen), raw, compared)
            self.run.counts["records read"] = self.amended.noted(seen, self.run)
            self.sources.refuse_empty(self.run.counts["records read"])
            beside = self._refuse_much(len(touched), raw.count())
            touched = pc.unique(pa.concat_arrays([touched, self._merged_before(raw)]))
        if not len(touched):
            return
        without_id = sources.where(F.col("entity_id").isNull())
        rows = among(sources, touched).unionByName(without_id).dropDuplicates()
        with reading(self.lake.root):
            suite = raw_suite.suite((), self.settings.gates)
            good = self._through("raw entities", tables.RAW_ENTITIES, rows, suite, beside=beside)
        suite = standardised_suite.suite(
            self.catalogue, self.settings.gates, rows_in=self.run.counts[tables.RAW_ENTITIES.name]
        )
        made, table = self._standardised(good), tables.STANDARDISED_ENTITIES
        standardised = self._through("standardised entities", table, made, suite, given=good, beside=beside)
        with self._stage("merge"):
            merge(standardised, touched, self.lake.path(tables.STANDARDISED_ENTITIES))
            merge(good, touched, self.lake.path(tables.RAW_ENTITIES))

    def _merged_before(self, raw: DataFrame) -> pa.Array:
        """Ids of records that were merged since entity_features was put in force; all where no feed tells."""
        table = tables.STANDARDISED_ENTITIES
        since = self.stands["made_from"][table.name]
        if not self.lake.operations_since(table, since):
            return pa.array([], pa.string())
        try:
            return merged_since(self.spark, self.lake.path(table), since)
        except FeedError as error:
            self._refuse_without_feed(error)
            ids = raw.select("entity_id").union(self.lake.read(self.spark, table).select("entity_id"))
            return to_arrow(ids.distinct()).column("entity_id").combine_chunks()

    def _refuse_much(self, changed: int, records: int) -> int:
        """Records that stay as they are. RefreshError when a source gave no row, or too large a share changed."""
        empty = [name for name, rows in self.run.counts["records read"].items() if not rows]
        if empty:
            raise RefreshError(
                f"no row came from the source {empty[0]!r}, whose records would all be taken for deleted; check its "
                "path and `where`"
            )
        limit = self.settings.refresh.max_changed_share
        if changed > limit * max(records, 1):
            raise RefreshError(
                f"{changed:,} of {records:,} records are not as they were, more than [refresh] max_changed_share "
                f"{limit:g}. If a source is whole and so much did change, `pairlake run` makes all anew"
            )
        return max(records - changed, 0)

    # --- standardised_entities → what changed since the published pairs ---

    def changed(self, held: ExitStack) -> tuple[pa.Array, DataFrame, int]:
        """Ids of changed records, the standardised rows of those that are still there, and how many names changed.

        The rows are there until `held` is left.
        """
        table = tables.STANDARDISED_ENTITIES
        since, columns = self.stands["made_from"][table.name], self.catalogue.standardised_schema.names
        now = self.lake.read(self.spark, table)
        with self._stage("changed records"):
            if not self.lake.operations_since(table, since):
                return pa.array([], pa.string()), now, 0
            try:
                feed = held.enter_context(feed_of(self.spark, self.lake.path(table), since, columns))
            except FeedError as error:
                self._refuse_without_feed(error)
                self.run.fall_back("change feed", f"{error}: all records were compared instead")
                ids = self._differing_features(now)
                return ids, among(now, ids), len(ids)
            named = F.col("was.name_core").eqNullSafe(F.col("now.name_core"))
            found = to_arrow(feed.select("entity_id", (~named).alias("renamed")))
            ids = found.column("entity_id").combine_chunks()
            rows = feed.where(F.col("now").isNotNull()).select("now.*")
            return ids, rows, int(pc.sum(found.column("renamed").cast(pa.int64())).as_py() or 0)

    def _refuse_without_feed(self, error: FeedError) -> None:
        if self.settings.fallback.change_feed == "fail":
            raise RefreshError(
                f"{error}, and [fallback] change_feed is 'fail'; `pairlake run` makes all anew"
            ) from error

    def _differing_features(self, standardised: DataFrame) -> pa.Array:
        """Ids of records whose features are not those in force."""
        names = [name for name in self.catalogue.entity_schema.names if name != "event_timestamp"]
        return differing(self._prepared(standardised), self.lake.read(self.spark, tables.ENTITY_FEATURES), names)

    def _refuse_drift(self, names_changed: int) -> None:
        limit, named = self.settings.refresh.max_statistics_drift, self.catalogue.statistics.records
        if names_changed > limit * max(named, 1):
            kept = "without [statistics] version, which keeps them, " if self.pinned else ""
            raise RefreshError(
                f"{names_changed:,} names have changed since the weights of words were counted on {named:,}, more than "
                f"[refresh] max_statistics_drift {limit:g}; {kept}`pairlake run` counts anew"
            )

    # --- changed records → pairs ---

    def refresh_pairs(self, changed: pa.Array, rows: DataFrame, drift: int) -> None:
        """Changed records → their pairs, in the place of those they had → stores → entity_features."""
        catalogue, table = self.catalogue, tables.ENTITY_FEATURES
        folder = self.lake.files_folder(table, self.run.run_id)
        mark = {**self._stamp, **self._mark(names_changed=drift)}
        with self._stage("entity features"):
            files = write_prepared(rows, catalogue, self.run.as_of, folder)
            entities = read_files(self.spark, folder, files, catalogue.entity_schema)
            now = to_arrow(entities.select(*KEYED.names)).cast(KEYED)
        paths = self.lake.data_files(table)
        unchanged = Unchanged(self.spark, paths, changed, catalogue)
        with self._stage("blocks of changed records"):
            concerned = unchanged.concerned(now, linking=self.settings.linking)
            plan, census = self._plan_with(concerned)
        self._compare_changed(concerned, unchanged, entities, now, changed)
        self.lake.write_rows(census, tables.BLOCK_CENSUS, mode="overwrite", metadata=self._stamp)
        self.run.outcome = NOT_ONLINE
        if self.settings.online.enabled:
            self._materialise_changed(plan, concerned, unchanged, entities, changed)
        with self._stage("entity features in force"):
            kept, _ = without(self.spark, paths, catalogue.entity_schema, ["entity_id"], changed, folder)
            self.lake.commit(
                pa.concat_tables([kept, files]), table, self.run.run_id, catalogue.entity_schema, metadata=mark
            )

    def _plan_with(self, concerned: Concerned) -> tuple[Plan, pa.Table]:
        """The plan of all blocks as they are now, and their census. RefreshError where it is over the budget."""
        known = self.lake.rows(tables.BLOCK_CENSUS)
        stay = known.filter(pc.invert(pc.is_in(known["key"], pa.array(concerned.counts.keys))))
        census = pa.concat_tables([stay, self._census(concerned).cast(stay.schema)])
        plan = self._plan_of(census)
        self._note_plan(plan)
        budget = self.settings.blocking.pair_budget
        if plan.pairs > budget:
            raise RefreshError(
                f"with these changes the blocking rules make {plan.pairs:,} pairs, the budget is {budget:,}, and a "
                "refresh gives nothing up. Raise [blocking] pair_budget and refresh again, or `pairlake run`, which "
                "takes the plan down the ladder of [blocking] over_budget"
            )
        return plan, census

    def _census(self, concerned: Concerned) -> pa.Table:
        return concerned.counts.census(self.catalogue.rules, linking=self.settings.linking)

    def _plan_of(self, census: pa.Table) -> Plan:
        linking, tile_pairs = self.settings.linking, self.settings.blocking.tile_pairs
        return make_plan(census, self.catalogue.rules, linking=linking, tile_pairs=tile_pairs)

    def _compare_changed(
        self, concerned: Concerned, unchanged: Unchanged, entities: DataFrame, now: pa.Table, changed: pa.Array
    ) -> None:
        """Pairs of which a side changed, audited, and put in force by one commit in the place of those before."""
        catalogue, table, run_id, settings = self.catalogue, tables.PAIR_FEATURES, self.run.run_id, self.settings
        folder = self.lake.files_folder(table, run_id)
        plan = with_keys(self._plan_of(self._census(concerned)), concerned.keys)
        again = pa.concat_arrays([now.column("entity_id").combine_chunks(), concerned.again])
        with self._stage("block and compare"):
            partners = unchanged.with_keys(plan.keys, catalogue.entity_schema)
            files, pruned = compare_blocks(
                partners.unionByName(entities), plan, catalogue, self.run.as_of, folder, prune=self.prune, changed=again
            )
            self.run.counts["pairs pruned"] = pruned
        if files.num_rows:
            self._certify(folder, files, entities)
            with self._stage(f"gate: {table.name}"):
                suite = pair_suite.suite(catalogue, settings.gates, linking=settings.linking, planned_pairs=plan.pairs)
                pairs = read_files(self.spark, folder, files, catalogue.pair_schema)
                self.gate.judge(self.gate.of_files((), pairs, suite, catalogue, whole=False))
        with self._stage("put pairs in force"):
            gone = pa.concat_arrays([changed, concerned.again])
            paths, schema = self.lake.data_files(table), catalogue.pair_schema
            kept, retracted = without(self.spark, paths, schema, table.key, gone, folder)
            stamp = {**self._stamp, **self._mark()}
            self.lake.commit(pa.concat_tables([kept, files]), table, run_id, catalogue.pair_schema, metadata=stamp)
        self.run.counts |= {"pairs made anew": int(pc.sum(files["rows"]).as_py() or 0), "pairs retracted": retracted}

    # --- changed records → online ---

    def _materialise_changed(
        self, plan: Plan, concerned: Concerned, unchanged: Unchanged, entities: DataFrame, changed: pa.Array
    ) -> None:
        """Changed records and the keys they have or had → online tables → the online store."""
        catalogue, as_of, fingerprint = self.catalogue, self.run.as_of, self.run.fingerprint
        keys = concerned.counts.keys
        with self._stage("online tables"):
            rows = map_batches(
                entities, lambda b: online_rows(b, catalogue, fingerprint), tables.ONLINE_ENTITIES.schema
            )
            self._replace(tables.ONLINE_ENTITIES, changed, rows)
            carriers = unchanged.with_keys(keys, KEYED).unionByName(entities.select(*KEYED.names))
            live = np.setdiff1d(keys, plan.dropped)
            index = blocking_index(of_keys(carriers, live), plan, as_of, cap=self.settings.online.max_records_per_key)
            texts = pa.array(keys).cast(pa.string())
            self._replace(tables.BLOCKING_INDEX, texts, index)
        touched = {tables.ONLINE_ENTITIES.name: changed, tables.BLOCKING_INDEX.name: texts}

        def write(store: FeatureStore, paths: Mapping[str, str], loaded: Loaded) -> Materialised:
            online = store.loaded()
            if online and (online.as_of.isoformat(), online.fingerprint) == (self.stands["as_of"], fingerprint):
                return store.refresh(self.spark, paths, loaded, touched)
            return store.materialise(self.spark, paths, loaded, told=self._told)

        self._load(write)

    def _replace(self, table: Table, keys: pa.Array, rows: DataFrame) -> None:
        """The rows of a table in the place of those of these keys."""
        folder = self.lake.files_folder(table, self.run.run_id)
        made, _ = write_files(rows, lambda batches, _: (b.cast(table.schema) for b in batches if b.num_rows), folder)
        kept, _ = without(self.spark, self.lake.data_files(table), table.schema, table.key, keys, folder)
        files = pa.concat_tables([kept, made])
        self.lake.commit(files, table, self.run.run_id, table.schema, metadata=self._stamp)
