"""A refresh makes anew what changed, and leaves what a run over the same sources would: every bit of every pair."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import tables
from features.lake import Lake, LakeError
from features.run import Run
from features.settings import Settings
from features.spark.frames import checksum
from features.tables import Table
from jobs import refresh as refreshing
from jobs.online import open_lookup
from jobs.pipeline import Pipeline
from jobs.refresh import Refresh, RefreshError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

Rows = dict[str, tuple[str, str, str]]
"""Name, country and BIC of each record of a source."""

WORDS = ("Alpha", "Borealis", "Commercial", "Delta", "Eastern", "Fjord")
COUNTRIES = ("DE", "FR", "")
CHANGES = ("first", "second")
"""Seeds of changes: tests that make the same ones share what a run makes of them."""

DERIVED = (tables.ENTITY_FEATURES, tables.BLOCK_CENSUS, tables.PAIR_FEATURES, tables.BLOCKING_INDEX)


class Place:
    """A lake with two sources, refreshed, and runs over copies of it as the oracle."""

    def __init__(self, spark: SparkSession, root: Path, lake: Path | None = None, **settings: Any) -> None:
        self.spark = spark
        self.root = root
        self.changed = settings
        self.lake = Lake(str(lake or root / "lake"))
        self.sources: dict[str, Rows] = {"clients": {}, "register": {}}
        self.oracle: dict[str, dict[str, str]] = {}

    def copy(self, folder: Path) -> Place:
        """The same with a lake of its own. The sources lie where they lay: their paths are part of the settings."""
        shutil.copytree(self.lake.root, folder)
        place = Place(self.spark, self.root, folder, **self.changed)
        place.sources = {name: dict(rows) for name, rows in self.sources.items()}
        place.oracle = self.oracle
        return place

    def settings(self, **more: Any) -> Settings:
        linking = self.changed.get("mode", "link") == "link"
        sources = [
            {
                "name": name,
                "format": "csv",
                "path": str(self.root / f"{name}.csv"),
                "id": "id",
                "columns": {"name": "name", "country": "country", "bic": "bic"},
                **({"side": side} if linking else {}),
            }
            for name, side in (("clients", "left"), ("register", "right"))
        ]
        features = ["name_jaro_winkler", "name_weighted_cosine", "country_equal", "bic_agreement"]
        settings = {
            "mode": "link",
            "lake": self.lake.root,
            "sources": sources,
            "catalogue": {"features": features},
            "refresh": {"max_changed_share": 1, "max_statistics_drift": 100},
            "gates": {"max_quarantined_share": 0.5},
            "online": {"enabled": False},
        }
        return Settings.model_validate(settings | self.changed | more)

    def write(self) -> None:
        for name, rows in self.sources.items():
            lines = ["id,name,country,bic", *(f"{key},{','.join(row)}" for key, row in rows.items())]
            (self.root / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self, **more: Any) -> Run:
        self.write()
        return Pipeline(self.settings(**more), self.spark).publish()

    def refresh(self, **more: Any) -> Run:
        self.write()
        return Refresh(self.settings(**more), self.spark).publish()

    def content(self) -> dict[str, str]:
        there = [table for table in DERIVED if self.lake.exists(table)]
        return {table.name: checksum(self.lake.read(self.spark, table)) for table in there}

    def built(self) -> dict[str, str]:
        """What a run makes of the sources as they are, with the statistics of the lake; made once for such sources."""
        version = self.lake.rows(tables.TOKEN_STATISTICS)["version"][0].as_py()
        given = repr((version, self.sources))
        if given not in self.oracle:
            copy = self.copy(Path(f"{self.lake.root}-{len(self.oracle)}"))
            copy.run(statistics={"version": version})
            self.oracle[given] = copy.content()
        return self.oracle[given]

    def alike(self) -> None:
        assert self.content() == self.built()


def a_party(draw: random.Random) -> tuple[str, str, str]:
    return " ".join(draw.sample(WORDS, 2)) + " Bank", draw.choice(COUNTRIES), draw.choice(("", "", "DEUTDEFF"))


def filled(place: Place, records: int, seed: int = 0) -> Place:
    draw = random.Random(seed)
    for source, share in (("clients", 0.4), ("register", 0.6)):
        place.sources[source] = {f"{n:03d}": a_party(draw) for n in range(int(records * share))}
    return place


def changed(place: Place, draw: random.Random) -> None:
    """Records that come, go, change, or are written otherwise and mean the same."""
    for rows in place.sources.values():
        for key in draw.sample(sorted(rows), 3):
            del rows[key]
        for key in draw.sample(sorted(rows), 4):
            rows[key] = a_party(draw)
        for key in draw.sample(sorted(rows), 2):
            rows[key] = (rows[key][0].upper(), *rows[key][1:])
        rows.update({f"{draw.randrange(900, 999)}": a_party(draw) for _ in range(3)})


def killed(*_: Any) -> None:
    """In place of a stage: the process is stopped."""
    raise KeyboardInterrupt


def stopped(place: Place, monkeypatch: pytest.MonkeyPatch, owner: Any, stage: str, stop: Callable[..., Any]) -> None:
    """A refresh that is stopped by what stands in the place of a stage."""
    with monkeypatch.context() as patched:
        patched.setattr(owner, stage, stop)
        with pytest.raises(KeyboardInterrupt):
            place.refresh()


@pytest.fixture(scope="module")
def published(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A lake to which one run has published, online too."""
    place = filled(Place(spark, tmp_path_factory.mktemp("online"), online={"enabled": True}), 80)
    place.run()
    return place


@pytest.fixture
def online(published: Place, tmp_path: Path) -> Place:
    """That lake, for one test."""
    return published.copy(tmp_path / "lake")


def test_linking_after_changes_of_every_kind_each_table_is_that_of_a_run(online: Place, tmp_path: Path) -> None:
    before = online.lake.last_commit(tables.PAIR_FEATURES)["metadata"]["fingerprint"]
    limits = {"pair_budget": 10**6, "tile_pairs": 10_000, "truth": str(tmp_path / "away.csv")}  # change no pair
    for seed, blocking in zip(CHANGES, ({}, limits), strict=True):
        changed(online, random.Random(seed))
        run = online.refresh(blocking=blocking)
        assert 0 < run.counts["pairs retracted"] < run.counts["pair_features"]
        assert (run.outcome, run.fingerprint) == ("published", before)
    online.alike()


def test_deduplicating_after_changes_of_every_kind_each_table_is_that_of_a_run(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = filled(Place(spark, tmp_path, mode="dedupe"), 80)
    first = place.run()
    changed(place, random.Random("dedupe"))
    run = place.refresh()
    assert 0 < run.counts["pairs retracted"] < run.counts["pair_features"]
    assert (run.outcome, run.fingerprint) == ("published", first.fingerprint)
    place.alike()


def test_nothing_is_published_where_nothing_changed_but_the_order_of_rows_and_files(online: Place) -> None:
    records = online.lake.version(tables.STANDARDISED_ENTITIES)
    for table in (tables.RAW_ENTITIES, tables.STANDARDISED_ENTITIES, tables.ENTITY_FEATURES, tables.PAIR_FEATURES):
        name = f"delta.`{online.lake.path(table)}`"
        online.spark.sql(f"OPTIMIZE {name}")
        online.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('delta.checkpointInterval' = '20')")
    assert online.lake.version(tables.STANDARDISED_ENTITIES) > records
    version = online.lake.version(tables.PAIR_FEATURES)
    online.sources = {name: dict(reversed(rows.items())) for name, rows in online.sources.items()}
    run = online.refresh()
    assert (run.outcome, run.counts["records changed"]) == ("published", 0)
    assert online.lake.version(tables.PAIR_FEATURES) == run.published_version == version


def test_the_online_store_gets_what_changed_and_loses_what_is_gone(online: Place) -> None:
    online.sources["register"]["777"] = ("Zanzibar Trust", "DE", "")
    online.refresh()
    found = open_lookup(online.settings())[0].lookup({"name": "Zanzibar Trust", "country": "DE"})
    assert [candidate.entity_id for candidate in found.candidates] == ["register:777"]
    del online.sources["register"]["777"]
    run = online.refresh()
    assert run.counts["online"]["entities"] == 0
    assert not open_lookup(online.settings())[0].lookup({"name": "Zanzibar Trust", "country": "DE"}).candidates


def test_a_refresh_that_is_stopped_before_its_pairs_are_in_force_is_finished_by_a_later_one_with_a_feed_or_without(
    online: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge, merged = refreshing.merge, []

    def once(*given: Any) -> None:
        if merged:  # standardised records are merged, raw ones are not
            killed()
        merged.append(merge(*given))

    for seed, place, name, stop in (
        (CHANGES[0], refreshing, "merge", once),
        (CHANGES[1], Refresh, "_compare_changed", killed),
        (None, Refresh, "_note_published", killed),
    ):
        if seed is not None:
            changed(online, random.Random(seed))
        stopped(online, monkeypatch, place, name, stop)
        if name == "_compare_changed":
            without = online.copy(tmp_path / "without")
    online.refresh()
    online.alike()
    shutil.rmtree(Path(without.lake.path(tables.STANDARDISED_ENTITIES)) / "_change_data")
    with pytest.raises(RefreshError, match=r"does not reach back .*, and \[fallback\] change_feed is 'fail'"):
        without.refresh(fallback={"change_feed": "fail"})
    [fallback] = without.refresh().fallbacks
    assert "does not reach back to version" in fallback.why
    assert "all records were compared instead" in fallback.why
    without.alike()


def test_what_a_refresh_cannot_go_on_from_is_refused(online: Place, tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no run has published"):
        online.refresh(lake=str(tmp_path / "nowhere"))
    with pytest.raises(RefreshError, match="the settings are not those"):
        online.refresh(blocking={"rules": ["name_words"]})
    clients = online.sources["clients"]
    online.sources["clients"] = {}
    with pytest.raises(RefreshError, match="no row came from the source 'clients'"):
        online.refresh(fallback={"source": "fail"})
    online.sources["clients"] = {key: row for key, row in clients.items() if key != min(clients)}
    with pytest.raises(RefreshError, match=r"1 of \d+ records are not as they were, .*max_changed_share 0.01"):
        online.refresh(refresh={"max_changed_share": 0.01})
    with pytest.raises(RefreshError, match=r"names have changed since .* max_statistics_drift 0;"):
        online.refresh(refresh={"max_statistics_drift": 0, "max_changed_share": 1})
    with pytest.raises(RefreshError, match=r"make [\d,]+ pairs, the budget is 1, and a refresh gives nothing up"):
        online.refresh(blocking={"pair_budget": 1})


def test_weights_that_the_settings_keep_are_counted_anew_by_no_run_until_they_let_go_of_them(online: Place) -> None:
    refresh = Refresh(online.settings(refresh={"max_statistics_drift": 0}), online.spark)
    with pytest.raises(RefreshError, match=r"max_statistics_drift 0; `pairlake run` counts anew"):
        refresh._refuse_drift(1)
    refresh.pinned = refresh.catalogue.statistics, tables.TOKEN_STATISTICS.schema.empty_table()
    with pytest.raises(
        RefreshError, match=r"drift 0; without \[statistics\] version, which keeps them, `pairlake run`"
    ):
        refresh._refuse_drift(1)


def test_a_plan_that_stepped_down_is_not_gone_on_from(online: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    last_commit = Lake.last_commit

    def stepped_down(lake: Lake, table: Table) -> dict[str, Any]:
        commit = last_commit(lake, table)
        return {**commit, "metadata": {**commit["metadata"], "ladder": [{"rung": "drop_rules"}]}}

    monkeypatch.setattr(Lake, "last_commit", stepped_down)
    with pytest.raises(RefreshError, match=r"stepped down \(drop_rules\); what it gave up"):
        online.refresh()


def test_a_refresh_stopped_after_its_pairs_are_in_force_asks_for_a_run(
    online: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(online, random.Random(7))
    stopped(online, monkeypatch, Refresh, "_materialise_changed", killed)
    with pytest.raises(RefreshError, match="the last run, refresh or rollback on the lake .* did not end"):
        online.refresh()
