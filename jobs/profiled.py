"""The profiles of a run's tables, and those of the run that published last, which they are compared with."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession

from expectations import compared
from expectations.compared import Sides
from expectations.contracts import breaches
from features.declare import PairFeature
from features.kernel.filled import Filled
from features.kernel.profile import Profile
from features.lake import Lake
from features.settings import Settings
from features.spark import profiles
from features.tables import PAIR_FEATURES, PROFILES, RAW_ENTITIES, RECORD_KEY, Table

KEPT_RUNS = 10
"""Published runs whose profiles are kept."""

_KEY = [field.name for field in RECORD_KEY]


class Profiles:
    """Profiles of the tables of one run over one lake, noted table by table and kept with its pairs."""

    def __init__(self, lake: Lake, settings: Settings, run_id: str) -> None:
        self._lake = lake
        self._settings = settings
        self._run_id = run_id
        self._made: dict[str, str] = {}

    @property
    def compared_with(self) -> str | None:
        """The run that published last and has profiles."""
        return self._before[0] if self._before else None

    def of_records(self, spark: SparkSession, paths: Sequence[str], table: Table, schema: pa.Schema) -> list[Any]:
        """The profile of a record table staged in these files, as rules that hold it to that of then."""
        fields = [name for name in schema.names if name not in _KEY]
        read = pa.schema([schema.field(name) for name in ("source", *fields)])
        now = profiles.of_records(spark, paths, read)
        sources = [source.name for source in self._settings.sources]
        sides = self._sides(table, now, {s.name: _hash(_declared(s)) for s in self._settings.sources}, Filled)
        volumes = compared.of_sources(sides, sources) if table == RAW_ENTITIES else []
        return [*volumes, *compared.of_fields(sides, fields)]

    def of_pairs(
        self, spark: SparkSession, paths: Sequence[str], features: Sequence[PairFeature]
    ) -> tuple[list[Any], dict[str, int]]:
        """The profile of pairs in data files, as rules that hold it to that of then, and breaches of their schema."""
        now = profiles.of_pairs(spark, paths, features)
        sides = self._sides(PAIR_FEATURES, now, {"pairs": _hash(_blocked(self._settings))}, Profile)
        if sides.others:
            why_not = "pairs were chosen otherwise then (mode, blocking rules or [prune])"
            sides = Sides(sides.gates, now, run_id=sides.run_id, why_not=why_not)
        return compared.of_pairs(sides, features), breaches(now, features)

    def values(self, table: Table) -> Counter[str]:
        """Values of each field in the rows of a record table of this run that broke no row rule."""
        of_sources = json.loads(self._made[table.name])["profile"]["values"].values()
        return sum((Counter(of_source) for of_source in of_sources), Counter[str]())

    def keep(self) -> None:
        """Put the profiles into the lake, beside those of the runs that published last."""
        made = [{"run_id": self._run_id, "table": name, "profile": text} for name, text in self._made.items()]
        rows = pa.Table.from_pylist(made, schema=PROFILES.schema)
        if self._lake.exists(PROFILES):
            kept = pa.array([run for run in self._published() if run != self._run_id][:KEPT_RUNS], pa.string())
            held = self._lake.rows(PROFILES)
            rows = pa.concat_tables([held.filter(pc.is_in(held["run_id"], kept)).cast(rows.schema), rows])
        self._lake.write_rows(rows, PROFILES, mode="overwrite", metadata={"run_id": self._run_id})

    def _sides(self, table: Table, now: Any, made_by: dict[str, str], kind: type[Any]) -> Sides:
        self._made[table.name] = json.dumps({"made_by": made_by, "profile": now.to_dict()})
        stored = self._before[1].get(table.name) if self._before else None
        if not self._before or stored is None:
            return Sides(self._settings.gates, now, why_not="no run whose profile is kept has published to this lake")
        was = json.loads(stored)
        others = frozenset(name for name, declared in made_by.items() if was["made_by"].get(name, declared) != declared)
        return Sides(self._settings.gates, now, kind.from_dict(was["profile"]), self._before[0], others=others)

    @cached_property
    def _before(self) -> tuple[str, dict[str, str]] | None:
        """The run that published last and has profiles, and these, by table."""
        if not self._lake.exists(PROFILES):
            return None
        rows = self._lake.rows(PROFILES).to_pylist()
        for run in self._published():
            of_run = {row["table"]: row["profile"] for row in rows if row["run_id"] == run}
            if of_run:
                return run, of_run
        return None

    def _published(self) -> list[str]:
        """The runs that published, the last one first."""
        if not self._lake.exists(PAIR_FEATURES):
            return []
        runs = (commit["metadata"].get("run_id") for commit in self._lake.commits(PAIR_FEATURES))
        return list(dict.fromkeys(run for run in runs if run))


def _declared(source: Any) -> Any:
    """What of a source decides what its fields hold; its files have another name each time."""
    return source.model_dump(exclude={"path", "table"})


def _blocked(settings: Settings) -> Any:
    """What decides which records become a pair."""
    limits = {"pair_budget", "over_budget", "tile_pairs", "truth"}
    return [settings.mode, settings.prune, settings.catalogue.modules, settings.blocking.model_dump(exclude=limits)]


def _hash(declared: Any) -> str:
    return hashlib.blake2b(json.dumps(declared, sort_keys=True).encode(), digest_size=8).hexdigest()
