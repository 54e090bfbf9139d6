"""Gates of whole runs: compared with the last published one; what they reject is read back, mended and replayed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import tables
from features.gate import GateFailedError
from features.lake import Lake
from features.run import Run
from features.settings import Settings
from features.spark.frames import checksum
from jobs import quarantine_replay, quarantined
from jobs.corrected import in_force
from jobs.pipeline import Pipeline
from jobs.quarantined import QuarantineError
from jobs.refresh import Refresh

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

MARK = "Zyxwvut"
"""A word of a name that no page, manifest or message may hold."""
NAMES = ("Alpha", "Borealis", "Coral", "Delta", "Ember", "Fjord", "Gneiss", "Harbour")
GOOD = [f"{n},{a} {b} Bank,DE" for n, (a, b) in enumerate(zip(NAMES, NAMES[1:] + NAMES[:1], strict=True))]
TWINS = [f"t{line[0]},{line.split(',')[1].upper()},DE" for line in GOOD]
BAD = [
    f"x1,{MARK} \ufffdlpha,DE",
    "x2,,FR",
    "x3,Harbour Alpha Bank,DE",
    f"x3,{MARK} Twin,DE",
    f"x4,{MARK} Short",
]
MENDED = {
    "x1": {"name": "Alpha Borealis", "country": "DE"},
    "x2": {"name": "Coral Delta", "country": "FR"},
    "x3": {"name": "Harbour Alpha Bank", "country": "DE"},
    "x4": {"name": "Ember Fjord Bank", "country": "DE"},
}


class Place:
    """A lake of one small source, and runs over it."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        root.mkdir(exist_ok=True)
        self.lake = Lake(str(root / "lake"))

    def write(self, *lines: str) -> None:
        (self.root / "books.csv").write_text("\n".join(["id,name,country", *lines]) + "\n", encoding="utf-8")

    def settings(self, **gates: Any) -> Settings:
        columns = {"name": "name", "country": "country"}
        source = {
            "name": "books",
            "format": "csv",
            "id": "id",
            "path": str(self.root / "books.csv"),
            "columns": columns,
        }
        return Settings.model_validate(
            {
                "mode": "dedupe",
                "lake": self.lake.root,
                "sources": [source],
                "catalogue": {"features": ["name_jaro_winkler", "country_equal"]},
                "refresh": {"max_changed_share": 1, "max_statistics_drift": 100},
                "gates": {"max_quarantined_share": 0.5, "compare_from": 5, **gates},
                "online": {"enabled": False},
            }
        )

    def run(self, kind: type[Pipeline] = Pipeline, **gates: Any) -> Run:
        return kind(self.settings(**gates), self.spark).publish()

    def replay(self, file: Path) -> quarantine_replay.Replayed:
        return quarantine_replay.of_file(self.settings(), self.spark, file)

    def names(self) -> dict[str, str]:
        rows = self.lake.read(self.spark, tables.RAW_ENTITIES).select("entity_id", "name").collect()
        return {row["entity_id"].removeprefix("books:"): row["name"] for row in rows}

    def pairs(self) -> str:
        return checksum(self.lake.read(self.spark, tables.PAIR_FEATURES))

    def exported(self, name: str, mend: Callable[[dict[str, Any]], None]) -> Path:
        """The quarantine of the last run, revealed, mended by a person, in a file."""
        rows = [quarantined.told(row, reveal=True) for row in quarantined.rejected(self.lake)]
        for row in rows:
            mend(row["row"])
        path = self.root / name
        path.write_text(json.dumps(rows), encoding="utf-8")
        return path


def mended(row: dict[str, Any]) -> None:
    """What a person makes of a rejected row: of the malformed one by looking at its text, twins made equal."""
    key = row.get("entity_id", f"books:{row.get('malformed', '').partition(',')[0]}")
    row |= {"entity_id": key, **MENDED[key.removeprefix("books:")]}


def rules(run: Run, table: str) -> dict[str, dict[str, Any]]:
    (verdict,) = (verdict for verdict in run.verdicts if verdict["table"] == table)
    return {rule["name"]: rule for rule in verdict["rules"]}


@pytest.fixture(scope="module")
def first(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Run]:
    """A lake with one run, which turned rows away."""
    place = Place(spark, tmp_path_factory.mktemp("gated"))
    place.write(*GOOD, *TWINS, *BAD)
    return place, place.run()


@pytest.fixture
def place(first: tuple[Place, Run]) -> Place:
    return first[0]


# --- verdicts ---


def test_a_first_run_says_that_there_is_nothing_to_compare_with(first: tuple[Place, Run]) -> None:
    run = first[1]
    assert {verdict["compared_with"] for verdict in run.verdicts} == {None}
    raw, pairs = rules(run, "raw_entities"), rules(run, "pair_features")
    assert raw["rows_books"]["observed"].startswith("nothing to compare with: no run ")
    assert raw["rows_books"]["passed"]
    assert pairs["drift_name_jaro_winkler"]["observed"].startswith("nothing to compare with: no run ")


def test_each_verdict_has_a_page_that_fetches_nothing_and_holds_no_value(first: tuple[Place, Run]) -> None:
    place, run = first
    for verdict in run.verdicts:
        assert verdict["docs"] == f"data_docs/{run.run_id}/{verdict['table']}.html"
        page = (Path(place.lake.root) / verdict["docs"]).read_text(encoding="utf-8")
        assert "a name, an identifier" in page or "an entity_id on one row only" in page or "every pair of" in page
        assert not any(word in page.lower() for word in ("<script", "<link", "<img", "://", MARK.lower()))
        assert "default-src 'none'" in page


def test_what_is_kept_of_a_run_is_counted_whole(first: tuple[Place, Run]) -> None:
    place, run = first
    kept = {row["table"]: json.loads(row["profile"]) for row in place.lake.rows(tables.PROFILES).to_pylist()}
    assert kept["raw_entities"]["profile"]["rows"] == {"books": run.counts["raw_entities"]}
    assert kept["standardised_entities"]["profile"]["rows"] == {"books": run.counts["standardised_entities"]}
    pairs = kept["pair_features"]["profile"]
    assert pairs["pairs"] == run.counts["pair_features"] > 0
    assert pairs["features"].keys() == {"name_jaro_winkler", "country_equal"}


# --- the quarantine, read back ---


def test_everything_a_gate_rejected_is_listed_with_its_reasons(first: tuple[Place, Run]) -> None:
    place, run = first
    assert quarantined.last_run(place.lake) == run.run_id
    listed = [
        (row["table"], row["reason"], row["rows"]) for row in quarantined.counts(quarantined.rejected(place.lake))
    ]
    assert listed == [
        ("raw_entities", "duplicate_id", 2),
        ("raw_entities", "invalid_utf8", 1),
        ("raw_entities", "malformed_row", 1),
        ("raw_entities", "missing_id", 1),
        ("standardised_entities", "nothing_to_match_on", 1),
    ]
    only = quarantined.rejected(place.lake, run.run_id, table="raw_entities", reason="invalid_utf8")
    assert [row.entity_id for row in only] == ["books:x1"]


def test_values_are_shown_only_where_they_are_asked_for(place: Place) -> None:
    rows = quarantined.rejected(place.lake)
    assert MARK not in json.dumps([quarantined.told(row, reveal=False) for row in rows])
    assert MARK not in quarantined.as_csv(rows, reveal=False)
    assert json.dumps([quarantined.told(row, reveal=True) for row in rows]).count(MARK) == 3


def test_a_standardised_record_is_shown_as_its_source_wrote_it(place: Place) -> None:
    (row,) = quarantined.rejected(place.lake, table="standardised_entities")
    assert row.row == {"entity_id": "books:x2", "source": "books", "side": "left", "country": "FR"}


def test_rows_are_tried_again_as_they_are(first: tuple[Place, Run]) -> None:
    place, run = first
    passing, reasons = quarantine_replay.of_run(place.settings(), place.spark, run.run_id)
    assert passing == 0
    assert reasons == {
        "duplicate_id": 2,
        "invalid_utf8": 1,
        "malformed_row": 1,
        "missing_id": 1,
        "nothing_to_match_on": 1,
    }
    allowed = place.settings(severity={"invalid_utf8": "warn"})
    assert quarantine_replay.of_run(allowed, place.spark, run.run_id)[0] == 1


# --- mended and replayed ---


def test_a_row_that_still_breaks_a_rule_keeps_all_from_being_taken(place: Place) -> None:
    def half(row: dict[str, Any]) -> None:
        mended(row)
        if row["entity_id"] == "books:x2":
            row["name"] = " "

    with pytest.raises(QuarantineError, match=r"1 of 4 rows still break a rule: row_id \w+ \(nothing_to_match_on\)"):
        place.replay(place.exported("half.json", half))

    def taken(row: dict[str, Any]) -> None:
        mended(row)
        row["entity_id"] = "books:1" if row["entity_id"] == "books:x3" else row["entity_id"]

    with pytest.raises(QuarantineError, match="have the entity_id of another record that is there"):
        place.replay(place.exported("taken.json", taken))
    assert in_force(place.lake) == {}


def test_mended_rows_are_in_every_later_run_until_their_source_changes_them(
    place: Place, spark: SparkSession, tmp_path: Path
) -> None:
    file = place.exported("mended.json", mended)
    done = place.replay(file)
    assert (done.taken, done.as_before) == (4, 1), "one of the twins was already what the other became"
    assert place.replay(file).taken == 0
    assert place.lake.rows(tables.CORRECTIONS).num_rows == 4

    refreshed = place.run(Refresh)
    assert refreshed.counts["corrections"] == {"taken": 5, "files": {done.file_hash: 4}}
    assert {key: place.names()[key] for key in MENDED} == {key: row["name"] for key, row in MENDED.items()}
    assert not quarantined.rejected(place.lake)[6:], "nothing was turned away again"

    run = place.run()
    assert run.counts["corrections"] == {"taken": 5, "files": {done.file_hash: 4}}
    assert {verdict["compared_with"] for verdict in run.verdicts} == {quarantined.last_run(place.lake)}
    sound = Place(spark, tmp_path / "sound")
    sound.write(*GOOD, *TWINS, *(f"{key},{row['name']},{row['country']}" for key, row in MENDED.items()))
    sound.run()
    assert place.pairs() == sound.pairs()

    place.write(*GOOD, *TWINS, "x1,Gneiss Harbour,DE", *BAD[1:])
    place.run(Refresh)
    names = place.names()
    assert (names["x1"], names["x2"]) == ("Gneiss Harbour", "Coral Delta")


def test_a_correction_that_is_mended_again_is_still_one_of_its_source_row(spark: SparkSession, tmp_path: Path) -> None:
    place = Place(spark, tmp_path)
    place.write(*GOOD, BAD[0], "x5,Gneiss Ember,DE")
    place.run()
    (row,) = quarantined.rejected(place.lake)

    def renamed(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda row: row.update({"name": name})

    place.replay(place.exported("one.json", renamed("Coral Fjord")))
    place.replay(place.exported("two.json", renamed("Coral Ember")))
    ((row_id, held),) = in_force(place.lake).items()
    assert row_id == row.row_id
    assert json.loads(held["row"])["name"] == "Coral Ember"
    assert place.lake.rows(tables.CORRECTIONS).num_rows == 2


# --- beside the last published run ---


def test_a_source_that_lost_most_of_its_rows_is_stopped_unless_told_otherwise(
    spark: SparkSession, tmp_path: Path
) -> None:
    place = Place(spark, tmp_path)
    place.write(*GOOD, *TWINS)
    whole = place.run()
    place.write(*GOOD[:3], *TWINS[:3])
    with pytest.raises(GateFailedError, match="rows_books: found 6 rows of 16, wanted 50% to 200% of the rows"):
        place.run()
    assert place.pairs() == whole.checksum
    run = place.run(severity={"rows_books": "warn"})
    raw = rules(run, "raw_entities")["rows_books"]
    assert (run.outcome, raw["passed"], raw["on_breach"]) == ("published", False, "warn")
    assert {verdict["compared_with"] for verdict in run.verdicts} == {whole.run_id}
    assert all(verdict["passed"] for verdict in run.verdicts)
