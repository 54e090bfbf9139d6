"""A published lake for what reads one: some two hundred records, of which few are alike."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from features import catalogue as catalogues
from features import tables
from features.lake import Lake
from features.run import Run
from features.settings import Settings
from features.spark.frames import checksum, to_arrow
from jobs.recording import Recording

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from features.tables import Table

FEATURES = ("name_token_sort", "name_token_containment", "bic_agreement", "country_equal")
RULES = ("bic_equal", "name_words", "name_word_country", "name_start")
OWN_RULES = [
    {"name": "name_word_country", "kind": "composite", "fields": ["name_tokens", "country"], "max_pairs": 20_000},
    {"name": "name_start", "kind": "composite", "fields": "name_compact", "start": {"name_compact": 12}},
]
CROWD = 210
"""Records of one country that have a word in common: more pairs than the rule of words allows."""


class Harbour:
    """A lake of one source, `h`, deduplicated, and the settings it was made with.

    Records 0 and 1 are of one name, 2 and 3 share the crowd's word alone, 4 and 5 a BIC but no name, 6 and `far`
    nothing; 10 to 29 come in pairs of one name and one BIC, 30 to 39 in pairs of which the first has a word more.
    """

    def __init__(self, spark: SparkSession, root: Path) -> None:
        from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast

        self.spark = spark
        self.root = root
        self.write()
        self.run = Pipeline(self.settings(), spark).publish()
        self.lake = Lake(self.run.settings.lake)

    def write(self) -> None:
        drawn = random.Random(1)
        words = ["".join(drawn.choices("bcdfghklmnprstvwaeiou", k=9)) for _ in range(CROWD)]
        words[1] = words[0]
        rows = []
        for n, word in enumerate(words):
            twin = 10 <= n < 40 and n % 2
            bic = f"DEUT{'DE' if n % 4 < 2 else 'FR'}{n // 2:02d}" if 4 <= n < 6 or 10 <= n < 30 else ""
            more = " Zz" if 30 <= n < 40 and not twin else ""
            rows.append(f"{n},{words[n - 1] if twin else word} Harbour{more},DE,{bic}")
        rows.append("far,Zzyzx Quux,US,")
        (self.root / "h.csv").write_text("\n".join(["id,name,country,bic", *rows]) + "\n", encoding="utf-8")

    def settings(self, **changed: Any) -> Settings:
        source = {"name": "h", "format": "csv", "id": "id", "path": str(self.root / "h.csv")}
        columns = {"name": "name", "country": "country", "bic": "bic"}
        given = {
            "mode": "dedupe",
            "lake": str(self.root / "lake"),
            "sources": [{**source, "columns": columns}],
            "catalogue": {"features": FEATURES},
            "blocking": {"rules": RULES, "rule": OWN_RULES},
            "prune": {"name_token_sort": 0.9},
            "online": {"enabled": False},
            **changed,
        }
        return Settings.model_validate(given)

    def frame(self, table: Table) -> DataFrame:
        return self.lake.read(self.spark, table)

    def rows(self, table: Table) -> pa.Table:
        return to_arrow(self.frame(table))

    def pairs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.rows(tables.PAIR_FEATURES).to_pylist()
        return found


ARCHIVED_FEATURES = ["name_token_containment", "country_equal", "bic_agreement"]
FILLERS = 12
"""Further records of an archive, of which each even one is published with the next."""

Label = tuple[str, str, int, datetime | None]


class Archive:
    """A lake of three publications: a run, a refresh, and a run that counts its statistics anew.

    a and b share a BIC from the first on; b moves to FR by the second, when the record n comes to them as well; c gets
    the BIC of d, and d another name, by the third.
    """

    def __init__(self, spark: SparkSession, root: Path) -> None:
        from features.spark.point_in_time import publications  # noqa: PLC0415  needs Spark
        from jobs.pipeline import Pipeline  # noqa: PLC0415
        from jobs.refresh import Refresh  # noqa: PLC0415

        self.spark, self.root = spark, root
        self.lake = Lake(str(root / "lake"))
        rows = {
            "a": "Zanzibar Bank,DE,DEUTDEFF",
            "b": "Zanzibar Trust Bank,DE,DEUTDEFF",
            "c": "Quorum Capital,FR,",
            "d": "Quorum Capital Partners,FR,BNPAFRPP",
        }
        rows |= {f"f{n}": f"Filler {n // 2}{' Holding' * (n % 2)},IT,BC{chr(65 + n // 2)}TITMM" for n in range(FILLERS)}
        self._write(rows)
        Pipeline(self.settings(), spark).publish()
        self._write(rows := {**rows, "b": "Zanzibar Trust Bank,FR,DEUTDEFF", "n": "Zanzibar Bank,DE,DEUTDEFF"})
        Refresh(self.settings(), spark).publish()
        self._write({**rows, "c": "Quorum Capital,FR,BNPAFRPP", "d": "Quorum Other Partners,FR,BNPAFRPP"})
        Pipeline(self.settings(), spark).publish()
        self.publications = publications(self.lake)
        self.times = [publication.at for publication in self.publications]

    def _write(self, rows: dict[str, str]) -> None:
        lines = ["id,name,country,bic", *(f"{key},{row}" for key, row in rows.items())]
        (self.root / "s.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def settings(self, **changed: Any) -> Settings:
        source = {"name": "s", "format": "csv", "id": "id", "path": str(self.root / "s.csv")}
        given = {
            "mode": "dedupe",
            "lake": self.lake.root,
            "sources": [{**source, "columns": {"name": "name", "country": "country", "bic": "bic"}}],
            "catalogue": {"features": ARCHIVED_FEATURES},
            "blocking": {"rules": ["bic_equal"]},
            "gates": {"data_docs": False},
            "refresh": {"max_statistics_drift": 100},
            "report": {"enabled": False, "distributions": False},
            "parity": {"sample": 5},
            "online": {"enabled": False},
            **changed,
        }
        return Settings.model_validate(given)

    def labels(self, file: Path, labels: list[Label], zone: str = "+00:00") -> str:
        """The labels as CSV, their times in a zone; one without a time has none."""
        lines = ["id_l,id_r,label,event_timestamp,who", *(_line(label, zone) for label in labels)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)

    def make(self, labels: str, name: str, **asked: Any) -> Any:
        from jobs.training import Asked, make  # noqa: PLC0415

        given = {"as_of": None, "shares": (0.5, 0.25, 0.25), "seed": 0, **asked}
        return make(self.settings(), self.spark, Asked(labels=labels, name=name, **given))

    def fillers(self) -> list[Label]:
        return [(f"f{n}", f"s:f{n + 1}", 1, self.times[-1]) for n in range(0, FILLERS, 2)]


def _line(label: Label, zone: str) -> str:
    left, right, match, time = label
    hours = int(zone[:3])
    text = "" if time is None else (time + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M:%S.%f") + zone
    return f"{left},{right},{match},{text},{left}?"


class Ended:
    """A lake without Spark in which runs end as a test says, and what they leave for others to see."""

    def __init__(self, root: Path) -> None:
        source = {"name": "h", "format": "csv", "id": "id", "path": "/data/h.csv", "columns": {"name": "name"}}
        self.given = {"mode": "dedupe", "lake": str(root / "lake"), "sources": [source]}
        self.lake = Lake(self.given["lake"])
        self.catalogue = catalogues.load().select(FEATURES, None)

    def run(self, pairs: dict[str, list[Any]] | None = None, outcome: str = "published", **changed: Any) -> Run:
        """One run that publishes these values of features, or nothing; `changed` are settings and fields of the run."""
        sections = {name: value for name, value in changed.items() if name in Settings.model_fields}
        run = Run(Settings.model_validate({**self.given, **sections}), self.catalogue.fingerprint, outcome=outcome)
        for name in changed.keys() - sections.keys():
            setattr(run, name, changed[name])
        recording = Recording(self.lake, run)
        if pairs is not None:
            self._publish(run.run_id, pairs)
            run.published_version = self.lake.version(tables.PAIR_FEATURES)
            run.counts["pair_features"] = len(next(iter(pairs.values())))
        row = pa.Table.from_pylist([recording.end(self.catalogue)], tables.RUN_MANIFEST.schema)
        self.lake.write_rows(row, tables.RUN_MANIFEST)
        return run

    def _publish(self, run_id: str, pairs: dict[str, list[Any]]) -> None:
        schema, rows = self.catalogue.pair_schema, len(next(iter(pairs.values())))
        filled = {"id_l": "h:1", "id_r": "h:2", "rule": "r", "event_timestamp": datetime(2026, 1, 1, tzinfo=UTC)}
        columns = {
            field.name: pairs.get(field.name, [filled.get(field.name, None if field.nullable else 0)] * rows)
            for field in schema
        }
        table = replace(tables.PAIR_FEATURES, schema=schema)
        said = {"run_id": run_id}
        self.lake.write_rows(pa.Table.from_pydict(columns, schema), table, mode="overwrite", metadata=said)


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    return Ended(tmp_path)


@pytest.fixture(scope="session")
def harbour(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Harbour:
    return Harbour(spark, tmp_path_factory.mktemp("harbour"))


@pytest.fixture(scope="session")
def archive(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(spark, tmp_path_factory.mktemp("archive"))


class Aged:
    """A lake, online, to which a run and then a refresh have published; record `p` bears a name like no other.

    `p` is like `q`, which the refresh took away; a row without an id, which holds the name as well, is in quarantine.
    `before` is the content before the refresh.
    """

    NAME = "Zyxwvut Marked Person"
    STANDING = ["a,Alpha Harbour Trust,DE", "b,Alpha Harbour Trust Ltd,DE", f"p,{NAME},FR", "r,Fjord Bank,NO"]
    AS_LEFT = [*STANDING, "s,Fjord Bank AS,NO"]

    def __init__(self, spark: SparkSession, root: Path, source: Path) -> None:
        self.spark = spark
        self.root = root
        self.source = source
        self.lake = Lake(str(root / "lake"))
        self.always: dict[str, Any] = {}
        """Settings of whatever is done here."""

    def begin(self) -> None:
        from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast

        self.write([*self.STANDING, f"q,{self.NAME} Ltd,FR", f",{self.NAME} Nobody,FR"])
        self.first = Pipeline(self.settings(), self.spark).publish()
        self.before = self.content()
        self.second = self.refresh(self.AS_LEFT)

    def copy(self, root: Path) -> Aged:
        """The lake in another folder, to be changed; of the same source, whose path is one of the settings."""
        shutil.copytree(self.root, root)
        copied = Aged(self.spark, root, self.source)
        copied.write(self.AS_LEFT)
        copied.first, copied.before, copied.second = self.first, self.before, self.second
        return copied

    def write(self, rows: list[str]) -> None:
        self.source.write_text("\n".join(["id,name,country", *rows]) + "\n", encoding="utf-8")

    def settings(self, **changed: Any) -> Settings:
        source = {"name": "h", "format": "csv", "id": "id", "path": str(self.source)}
        given = {
            "mode": "dedupe",
            "lake": self.lake.root,
            "sources": [{**source, "columns": {"name": "name", "country": "country"}}],
            "catalogue": {"features": FEATURES},
            "blocking": {"rules": ("name_words", "name_start"), "rule": OWN_RULES[1:]},
            "refresh": {"max_changed_share": 1, "max_statistics_drift": 100},
            "gates": {"max_quarantined_share": 0.5},
            **self.always,
            **changed,
        }
        return Settings.model_validate(given)

    def refresh(self, rows: list[str] | None = None) -> Run:
        from jobs.refresh import Refresh  # noqa: PLC0415

        if rows:
            self.write(rows)
        return Refresh(self.settings(), self.spark).publish()

    def content(self) -> dict[str, str]:
        """Checksum of each table, and the ids of candidates that a lookup finds."""
        from jobs.online import lookup  # noqa: PLC0415

        there = (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES, tables.ENTITY_FEATURES, tables.BLOCK_CENSUS)
        online = (tables.ONLINE_ENTITIES, tables.BLOCKING_INDEX, tables.PAIR_FEATURES)
        found, _ = lookup(self.settings(), {"name": f"{self.NAME} Ltd", "country": "FR"})
        sums = {t.name: checksum(self.lake.read(self.spark, t)) for t in (*there, *online)}
        return {**sums, "lookup": " ".join(sorted(candidate.entity_id for candidate in found.candidates))}


@pytest.fixture(scope="session")
def aged_lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Aged:
    """The lake, not to be changed."""
    root = tmp_path_factory.mktemp("aged")
    aged = Aged(spark, root / "kept", root / "h.csv")
    aged.begin()
    return aged


@pytest.fixture
def aged(aged_lake: Aged, tmp_path: Path) -> Aged:
    """A copy of it."""
    return aged_lake.copy(tmp_path / "aged")
