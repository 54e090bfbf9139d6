"""The main job, composed: sources → raw → standardised → entity features → plan → pairs → stores.

Records and pairs are written, audited and only then put in force, table by table; a gate that fails leaves the
table as it was. Readers of pairs see the last published version, whatever happens to a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pyarrow as pa
from great_expectations import ExpectationSuite
from pyspark.sql import DataFrame, Observation, SparkSession

from expectations import pair_features as pair_suite
from expectations import raw_entities as raw_suite
from expectations import severity
from expectations import standardised_entities as standardised_suite
from features import catalogue as catalogues
from features import tables
from features.encoders.choose import working
from features.encoders.wordllama import EncoderError
from features.fallback import states, without_encoder
from features.gate import split
from features.kernel.carried import carried, not_carried
from features.kernel.plan import Plan, check_budget
from features.kernel.prune import Prune
from features.kernel.records import prepare, standardise
from features.lake import Lake
from features.run import KEPT, NOT_ONLINE, PUBLISHED, Run
from features.settings import Settings
from features.spark.blocks import blocking_index, census, compare_blocks
from features.spark.corpus import refined_records
from features.spark.data_files import read_files, read_paths
from features.spark.files import reading
from features.spark.frames import checksum, map_batches, spark_schema, to_arrow
from features.spark.given import GivenPairs
from features.spark.prepared import write_prepared
from features.spark.stand_ins import Sources
from features.spark.statistics import count_names, count_order
from features.spark.table_files import DataFiles
from features.spark.truth import open_truth
from features.standing import refuse_unsound
from features.statistics import Statistics
from features.store.packing import online_rows
from features.tables import TEXT_FIELDS, Table
from features.versions import keep, parts_of, statistics_of
from jobs import gated
from jobs.amended import Amended
from jobs.delivery import StoreWrite, put_online, settle
from jobs.gated import Gate
from jobs.parity import before_publication
from jobs.planning import Outlook, Planner, manifest, persisted
from jobs.recording import recorded

Progress = Callable[[str], None]


class Pipeline:
    """One run over one lake: the stages in order, each reading what the one before it put in force."""

    def __init__(self, settings: Settings, spark: SparkSession, progress: Progress = lambda _: None) -> None:
        self.settings = settings
        self.spark = spark
        self.progress = progress
        self.lake = Lake(settings.lake)
        encoder, why_not = working(settings.encoder.name)
        if why_not and settings.fallback.encoder == "fail":
            raise EncoderError(why_not)
        self.catalogue = replace(catalogues.chosen(settings), encoder=encoder)
        severity.refuse_unknown(settings, self.catalogue)
        # A floor that cannot be, a version that is not kept, labelled pairs that cannot be read: told before anything.
        self.prune = Prune.of(settings.prune, self.catalogue)
        pinned = settings.statistics.version
        self.pinned = statistics_of(self.lake, pinned) if pinned else None
        if self.pinned:
            self.pinned[0].refuse_without(self.catalogue.splits)
        self.truth = self._open_truth()
        self.run = Run(settings, self.catalogue.fingerprint)
        self.sources = self._open_sources()
        self.amended = Amended(self.lake, settings)
        self.gate = Gate(self.lake, self.run, self._stage, self.amended, self.sources)
        self.online = True
        """Whether nothing that was published waits in the outbox."""
        self.run.counts["fields not carried"] = not_carried(settings, self.catalogue)
        if why_not:
            self.run.fall_back("encoder", f"{encoder.name} instead, as {why_not}")

    def publish(self) -> Run:
        """Every stage, up to published pair features; the manifest and the report are written however it ends."""
        with self.lake.writing(self.run.run_id), recorded(self.run, self.lake, lambda: self.catalogue):
            refuse_unsound(self.lake, self.run.as_of)
            if self.settings.online.enabled:
                self.online = settle(self.run, self.lake, self.catalogue, self.spark)
            self.run.outcome = self._stages()
        return self.run

    def _stages(self) -> str:
        """All of them, and the outcome."""
        self.prepare_records()
        plan = self.plan()
        if plan.keeps:
            return KEPT
        self.compare(plan)
        self.run.outcome = NOT_ONLINE
        if self.settings.online.enabled:
            self.materialise(plan)
        return PUBLISHED if self.online else NOT_ONLINE

    def prepare_records(self) -> None:
        """Sources → raw_entities → standardised_entities → entity_features."""
        self.sources.through(self._raw_entities)
        raw = self.lake.read(self.spark, tables.RAW_ENTITIES)
        rows_in = self.run.counts[tables.RAW_ENTITIES.name]
        suite = standardised_suite.suite(self.catalogue, self.settings.gates, rows_in=rows_in)
        made = self._standardised(raw)
        good = self._through("standardised entities", tables.STANDARDISED_ENTITIES, made, suite, given=raw)
        self.lake.overwrite(good, tables.STANDARDISED_ENTITIES, metadata=self._stamp)
        self.run.counts["values emptied"] = self.gate.emptied(
            tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES, TEXT_FIELDS
        )
        standardised = self.lake.read(self.spark, tables.STANDARDISED_ENTITIES)
        with self._stage("corpus statistics"):
            statistics, counted = self._statistics(standardised)
            self.catalogue = replace(self.catalogue, statistics=statistics)
            self.run.fingerprint = self.catalogue.fingerprint
            keep(self.lake, self.catalogue, counted)
        with self._stage("entity features"):
            try:
                self._entity_features(standardised)
            except EncoderError as error:
                self.catalogue = without_encoder(self.catalogue, self.run, error)
                keep(self.lake, self.catalogue, counted)
                self._entity_features(standardised)

    def _raw_entities(self, sources: DataFrame) -> None:
        """Rows of the sources → raw_entities."""
        seen = Observation("read")
        rows = self.amended.rows(sources, seen).dropDuplicates()
        with reading(self.lake.root):
            good = self._through("raw entities", tables.RAW_ENTITIES, rows, self._raw_suite(), seen=seen)
            self.lake.overwrite(good, tables.RAW_ENTITIES, metadata=self._stamp)

    def _entity_features(self, standardised: DataFrame) -> None:
        """Standardised records → entity_features."""
        table = tables.ENTITY_FEATURES
        mark = {**self._stamp, **self._mark(names_changed=self._names_changed())}
        folder = self.lake.files_folder(table, self.run.run_id)
        files = write_prepared(standardised, self.catalogue, self.run.as_of, folder)
        self.lake.commit(files, table, self.run.run_id, self.catalogue.entity_schema, metadata=mark)

    def _names_changed(self) -> int:
        """Names that changed since their words were counted: where a run keeps the weights, as many as were noted."""
        if not self.pinned or not self.lake.exists(tables.ENTITY_FEATURES):
            return 0
        before = self.lake.carried(tables.ENTITY_FEATURES)
        weights = parts_of(self.lake, before.get("fingerprint", "")).get("statistics")
        return int(before.get("names_changed", 0)) if weights == self.catalogue.statistics.version else 0

    def plan_only(self) -> Outlook:
        """The plan that a run would make of the sources as they are now, and what it will come to. Writes nothing."""
        with self._stage("block census"), reading(self.lake.root):
            raw = gated.good(split(self.amended.rows(self.sources.read()).dropDuplicates(), self._raw_suite()))
            suite = standardised_suite.suite(self.catalogue, self.settings.gates)
            standardised = gated.good(split(self._standardised(raw), suite))
            self.catalogue = replace(self.catalogue, statistics=self._statistics(standardised)[0])
            with persisted(self._prepared(standardised)) as entities:
                blocks = to_arrow(census(entities, self.catalogue, linking=self.settings.linking))
                planner = Planner(self.settings, self.catalogue, entities, self.truth)
                return planner.outlook(planner.plan(blocks))

    def plan(self) -> Plan:
        """The census of blocks and the plan it allows; BudgetExceededError before any pair is built."""
        with self._stage("block census"):
            entities = self.lake.read(self.spark, tables.ENTITY_FEATURES)
            counted = census(self._files(tables.ENTITY_FEATURES), self.catalogue, linking=self.settings.linking)
            self.lake.overwrite(counted, tables.BLOCK_CENSUS, metadata=self._stamp)
        with self._stage("plan"):
            planner = Planner(self.settings, self.catalogue, entities, self.truth)
            plan = planner.plan(to_arrow(self.lake.read(self.spark, tables.BLOCK_CENSUS)))
            truth = planner.truth(plan)
        self._note_plan(plan, **truth)
        check_budget(plan, self.settings.blocking.pair_budget)
        return plan

    def _note_plan(self, plan: Plan, **truth: Any) -> None:
        self.run.plan = {**manifest(plan, self.settings.blocking.pair_budget), **truth}
        for step in plan.ladder:
            self.run.fall_back("blocking", str(step))

    def compare(self, plan: Plan) -> None:
        """entity_features → data files of pair_features, audited, put in force by one commit."""
        settings, catalogue, table, run_id = self.settings, self.catalogue, tables.PAIR_FEATURES, self.run.run_id
        stamp = {**self._stamp, **self._mark()}
        folder = self.lake.files_folder(table, run_id)
        with self._stage("block and compare"):
            entities = refined_records(self._files(tables.ENTITY_FEATURES), plan, catalogue)
            files, pruned = compare_blocks(entities, plan, catalogue, self.run.as_of, folder, prune=self.prune)
            self.run.counts["pairs pruned"] = pruned
        self._certify(folder, files)
        suite = pair_suite.suite(catalogue, settings.gates, linking=settings.linking, planned_pairs=plan.pairs)
        with self._stage(f"gate: {table.name}"):
            pairs = read_files(self.spark, folder, files, catalogue.pair_schema)
            paths = [f"{folder}/{name}" for name in files["name"].to_pylist()]
            verdict = self.gate.of_files(paths, pairs, suite, catalogue, whole=True)
            if not verdict.mended_by_split:
                self.gate.judge(verdict)
                self.lake.commit(files, table, run_id, catalogue.pair_schema, metadata=stamp)
        if verdict.mended_by_split:
            good = self._through("split pairs", table, pairs, suite, beside=0)
            self.lake.overwrite(good, table, metadata=stamp)
        self._note_published()

    def _certify(self, folder: str, files: pa.Table, changed: DataFrame | None = None) -> None:
        """Replay pairs of data files, where `[parity]` asks for it; `changed` records are not in force. ParityError."""
        if self.settings.parity.sample:
            with self._stage("parity"):
                entities = self.lake.read(self.spark, tables.ENTITY_FEATURES)
                if changed is not None:
                    entities = entities.join(changed, "entity_id", "left_anti").unionByName(changed)
                before_publication(self.run, self.lake, self.catalogue, folder, files, entities)

    def _note_published(self) -> None:
        """Version and checksum of the pairs in force."""
        self.run.published_version = self.lake.version(tables.PAIR_FEATURES)
        in_force = self.lake.data_files(tables.PAIR_FEATURES)
        self.run.checksum = checksum(read_paths(self.spark, in_force, spark_schema(self.catalogue.pair_schema)))
        self.run.counts[tables.PAIR_FEATURES.name] = int(self.run.checksum.partition("-")[0])
        self.run.counts["features"] = len(self.catalogue.pair_features)

    def materialise(self, plan: Plan) -> None:
        """entity_features → online_entities and blocking_index → the online store."""
        catalogue, as_of, fingerprint = self.catalogue, self.run.as_of, self.run.fingerprint
        entities = self.lake.read(self.spark, tables.ENTITY_FEATURES)
        with self._stage("online tables"):
            rows = self._files(tables.ENTITY_FEATURES).stream(
                catalogue.entity_schema,
                lambda batches: (online_rows(batch, catalogue, fingerprint) for batch in batches),
                tables.ONLINE_ENTITIES.schema,
            )
            self.lake.overwrite(rows, tables.ONLINE_ENTITIES, metadata=self._stamp)
            index = blocking_index(entities, plan, as_of, cap=self.settings.online.max_records_per_key)
            self.lake.overwrite(index, tables.BLOCKING_INDEX, metadata=self._stamp)
        self._load(lambda store, *given: store.materialise(self.spark, *given, told=self._told))

    def _load(self, write: StoreWrite) -> None:
        """The online tables → the online store."""
        with self._stage("online store"):
            self.online = put_online(self.run, self.lake, self.catalogue, write)

    def _told(self, table: str, rows: int) -> None:
        self.progress(f"online store: {rows:,} rows of {table}")

    def _files(self, table: Table) -> DataFiles:
        return DataFiles(self.spark, self.lake.data_files(table))

    def _open_truth(self) -> GivenPairs | None:
        """The labelled pairs that the steps of the ladder are measured on, where the settings name some."""
        path = self.settings.blocking.truth
        return open_truth(self.spark, path) if path else None

    def _open_sources(self) -> Sources:
        return Sources(self.spark, self.lake, self.run, carried(self.settings, self.catalogue))

    def _raw_suite(self) -> ExpectationSuite:
        return raw_suite.suite(self.settings.sources, self.settings.gates)

    def _standardised(self, raw: DataFrame) -> DataFrame:
        catalogue = self.catalogue
        return map_batches(raw, lambda b: standardise(b, catalogue), catalogue.standardised_schema)

    def _prepared(self, standardised: DataFrame) -> DataFrame:
        catalogue, as_of = self.catalogue, self.run.as_of
        return map_batches(standardised, lambda b: prepare(b, catalogue, as_of), catalogue.entity_schema)

    def _statistics(self, standardised: DataFrame) -> tuple[Statistics, pa.Table]:
        """The statistics that the settings name, or those of these records; and what they were made from."""
        if self.pinned:
            return self.pinned
        counted, records = count_names(standardised)
        splits = {split: count_order(standardised, split) for split in self.catalogue.splits}
        return Statistics.of(counted, records, splits), counted

    def _through(self, stage: str, table: Table, rows: DataFrame, suite: ExpectationSuite, **how: Any) -> DataFrame:
        return self.gate.through(stage, table, rows, suite, stamp=self._stamp, **how)

    @property
    def _stamp(self) -> dict[str, Any]:
        """What every commit of this run carries; `ladder` holds the steps down of its plan, once it is made."""
        return {
            "run_id": self.run.run_id,
            "fingerprint": self.catalogue.fingerprint,
            "encoder": self.catalogue.encoder.name,
            "as_of": self.run.as_of.isoformat(),
            "ladder": self.run.plan.get("ladder", []),
        }

    def _mark(self, **more: Any) -> dict[str, Any]:
        """What a commit of record features or pairs says for a refresh: from which records and settings it was made."""
        records = (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES)
        versions = {table.name: self.lake.version(table) for table in records}
        sources = states(self.run, self.sources.of, self.sources.kept)
        settings = {"settings_hash": self.settings.hash, "pairs_hash": self.settings.pairs_hash}
        return {**settings, "made_from": versions, "sources": sources, **more}

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.progress(name)
        with self.run.stage(name):
            yield
