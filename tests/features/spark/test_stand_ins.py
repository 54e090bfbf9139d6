"""A source that gives way is kept as it was published, says so, and never stands for what it is not."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.fallback import states
from features.lake import Lake
from features.run import Run
from features.settings import Settings
from features.spark.files import SourceError, reading
from features.spark.frames import to_arrow
from features.spark.stand_ins import Sources
from features.tables import PAIR_FEATURES, RAW_ENTITIES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

PUBLISHED = ["clients:1", "clients:2"]
HELD = replace(RAW_ENTITIES, merged=False)
"""Runs write raw_entities by Spark: delta-rs asks of who reads a merged table what Delta 3.3 does not know."""


class Place:
    """Two sources, of which `clients` was published with two records by an earlier run, and is read anew."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        self.lake = Lake(str(root / "lake"))
        self.clients = root / "clients.csv"
        self.clients.write_text("id,name\n1,Alpha\n2,Beta\n3,Gamma\n", encoding="utf-8")
        (root / "register.csv").write_text("id,name\na,Delta\n", encoding="utf-8")

    def publish(self, *, ids: list[str] = PUBLISHED, **changed: Any) -> Run:
        """What an earlier run left: its records, and pairs that say what they were made from."""
        run = Run(self.settings(**changed), "print")
        rows = [{"entity_id": i, "source": i.partition(":")[0], "side": "left", "name": f"name of {i}"} for i in ids]
        self.lake.write_rows(pa.Table.from_pylist(rows, HELD.schema), HELD, mode="overwrite")
        mark = {
            "made_from": {"raw_entities": self.lake.version(RAW_ENTITIES)},
            "sources": states(run, run.settings.sources, {}),
        }
        self.lake.write_rows(PAIR_FEATURES.schema.empty_table(), PAIR_FEATURES, mode="overwrite", metadata=mark)
        return run

    def settings(self, *, fallback: str = "last_good", **clients: Any) -> Settings:
        source = {"format": "csv", "id": "id", "columns": {"name": "name"}}
        sources = [
            {**source, "name": "clients", "path": str(self.clients), **clients},
            {**source, "name": "register", "path": str(self.root / "register.csv")},
        ]
        lake, mode = self.lake.root, "dedupe"
        return Settings.model_validate(
            {"mode": mode, "lake": lake, "sources": sources, "fallback": {"source": fallback}}
        )

    def read(self, **changed: Any) -> tuple[list[dict[str, Any]], Run]:
        """The rows that a run goes on with, in id order, and the run."""
        run = Run(self.settings(**changed), "print")
        sources = Sources(self.spark, self.lake, run, run.settings.sources)

        def stage(rows: DataFrame) -> list[dict[str, Any]]:
            with reading():
                found: list[dict[str, Any]] = to_arrow(rows).to_pylist()
            names = [row["source"] for row in found]
            sources.refuse_empty({name: names.count(name) for name in ("clients", "register")})
            return found

        return sorted(sources.through(stage), key=lambda row: str(row["entity_id"])), run


@pytest.fixture
def place(spark: SparkSession, tmp_path: Path) -> Place:
    return Place(spark, tmp_path)


def truncated_parquet(path: Path) -> dict[str, Any]:
    """A Parquet file whose footer is whole and whose rows are not: nothing shows until it is read."""
    pq.write_table(pa.table({"id": ["1"] * 1000, "name": [f"name {n}" for n in range(1000)]}), path)
    content = bytearray(path.read_bytes())
    content[4:400] = bytes(396)
    path.write_bytes(content)
    return {"format": "parquet"}


def truncated_gzip(path: Path) -> dict[str, Any]:
    """An archive that ends too early: its first lines can be read."""
    content = gzip.compress(b"id,name\n" + b"".join(b"%d,%s\n" % (n, os.urandom(20).hex().encode()) for n in range(9)))
    path.with_suffix(".csv.gz").write_bytes(content[:-60])
    return {"path": str(path.with_suffix(".csv.gz"))}


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "gone": Path.unlink,
    "no row": lambda path: path.write_text("id,name\n"),
    "Parquet, cut inside": truncated_parquet,
    "gzip, cut": truncated_gzip,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_source_that_gives_way_is_kept_as_it_was_published_and_its_rows_say_so(place: Place, damage: str) -> None:
    changed = DAMAGE[damage](place.clients)
    changed = changed if isinstance(changed, dict) else {}
    before = place.publish(**changed)
    rows, run = place.read(**changed)
    kept = [(row["entity_id"], row["name"], row["kept_from"]) for row in rows if row["source"] == "clients"]
    assert kept == [(i, f"name of {i}", before.run_id) for i in PUBLISHED]
    assert [(row["entity_id"], row["kept_from"]) for row in rows if row["source"] == "register"] == [
        ("register:a", None)
    ]
    [step] = run.fallbacks
    assert step.rung == "source"
    assert f"its 2 published rows are kept, as the run {before.run_id} read them" in step.why


def test_a_source_that_gives_way_fails_where_that_is_declared(place: Place) -> None:
    place.publish()
    changed = truncated_parquet(place.clients)
    with pytest.raises(SourceError, match="cannot be read to its end"):
        place.read(fallback="fail", **changed)
    place.clients.unlink()
    with pytest.raises(SourceError, match=r"there is nothing at \S+; correct its `path`$"):
        place.read(fallback="fail")


def test_a_source_that_can_be_read_is_read_and_nothing_is_said(place: Place) -> None:
    place.publish()
    rows, run = place.read()
    assert [(row["entity_id"], row["kept_from"]) for row in rows] == [
        ("clients:1", None),
        ("clients:2", None),
        ("clients:3", None),
        ("register:a", None),
    ]
    assert run.fallbacks == []


def test_two_sources_that_give_way_are_both_kept(place: Place) -> None:
    place.publish(ids=[*PUBLISHED, "register:a"])
    place.clients.unlink()
    (place.root / "register.csv").write_text("id,name\n", encoding="utf-8")
    rows, run = place.read()
    assert [row["entity_id"] for row in rows] == [*PUBLISHED, "register:a"]
    assert len(run.fallbacks) == 2


def test_what_a_later_run_left_unpublished_does_not_stand_in(place: Place) -> None:
    place.publish()
    other = pa.Table.from_pylist([{"entity_id": "clients:9", "source": "clients", "side": "left"}], RAW_ENTITIES.schema)
    place.lake.write_rows(other, HELD, mode="overwrite")
    place.clients.unlink()
    assert [row["entity_id"] for row in place.read()[0]] == [*PUBLISHED, "register:a"]


def test_a_first_run_and_one_under_other_settings_fail_and_say_why_nothing_stands_in(place: Place) -> None:
    place.clients.unlink()
    with pytest.raises(SourceError, match=r"there is nothing at .*\. nothing was published yet"):
        place.read()
    place.publish(columns={"name": "id"})
    with pytest.raises(SourceError, match=r"there is nothing at .*\. its rows .* read under other settings"):
        place.read()


def test_a_source_that_was_always_empty_is_left_to_the_gate(place: Place) -> None:
    place.publish(ids=["register:a"])
    place.clients.write_text("id,name\n", encoding="utf-8")
    rows, run = place.read()
    assert ([row["entity_id"] for row in rows], run.fallbacks) == (["register:a"], [])


def test_published_rows_that_are_gone_do_not_stand_in(place: Place) -> None:
    place.publish()
    place.clients.unlink()
    for file in Path(place.lake.path(RAW_ENTITIES)).glob("*.parquet"):
        file.unlink()
    with pytest.raises(SourceError, match="version 0 of raw_entities, which cannot be read any more"):
        place.read()


def test_an_error_that_no_source_is_behind_is_raised_as_it_is(place: Place) -> None:
    place.publish()
    sources = Sources(place.spark, place.lake, Run(place.settings(), "print"), place.settings().sources)

    def stage(_: DataFrame) -> None:
        raise SourceError("of the lake itself")

    with pytest.raises(SourceError, match="^of the lake itself$"):
        sources.through(stage)
    assert sources.kept == {}


@pytest.mark.parametrize(("age", "stale"), [(timedelta(hours=47), False), (timedelta(hours=49), True)])
def test_a_source_that_nobody_delivers_any_more_is_one_that_gave_way(place: Place, age: timedelta, stale: bool) -> None:
    before = place.publish(max_age="2d")
    changed = (before.as_of - age).timestamp()
    os.utime(place.clients, (changed, changed))
    rows, run = place.read(max_age="2d")
    assert [row["entity_id"] for row in rows][:-1] == (PUBLISHED if stale else [*PUBLISHED, "clients:3"])
    assert ["longer ago than its max_age 2d" in step.why for step in run.fallbacks] == [True] * stale


def test_a_folder_is_as_old_as_its_newest_file_and_a_delta_table_as_its_last_commit(
    place: Place, spark: SparkSession
) -> None:
    folder = place.root / "folder"
    folder.mkdir()
    old = place.clients.rename(folder / "old.csv")
    os.utime(old, (0, 0))
    place.publish()
    with pytest.raises(SourceError, match="last changed at 1970-01-01 00:00 UTC"):
        place.read(fallback="fail", path=str(folder), max_age="1d")
    (folder / "new.csv").write_text("id,name\n7,New\n", encoding="utf-8")
    assert len(place.read(fallback="fail", path=str(folder), max_age="1d")[0]) == 5
    table = str(place.root / "table")
    spark.sql("SELECT '1' AS id, 'Alpha' AS name").write.format("delta").save(table)
    os.utime(next(Path(table).glob("*.parquet")), (0, 0))
    assert len(place.read(fallback="fail", path=table, format="delta", max_age="1d")[0]) == 2
