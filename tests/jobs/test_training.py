"""Training sets: a label gets what was published by its time, to the bit, and nothing that came later."""

from __future__ import annotations

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import deltalake
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import tables
from features.erasures import IdHash, remember
from features.kernel.score import score_pairs
from features.lake import Lake, LakeError
from features.spark.erasures import LEFT_OUT
from features.spark.files import SourceError
from features.spark.frames import to_arrow

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

TICK = timedelta(microseconds=1)

Label = tuple[str, str, int, datetime | None]


def rows_of(path: str) -> list[dict[str, Any]]:
    table = deltalake.DeltaTable(path)
    found: list[dict[str, Any]] = pq.read_table([*map(str, table.file_uris())]).to_pylist()
    return found


@pytest.fixture(scope="module")
def asked(archive: Any) -> list[Label]:
    """Labels on three pairs just before and exactly at each publication."""
    times = [time - early for time in archive.times for early in (TICK, timedelta(0))]
    pairs = [("a", "b", 1), ("a", "n", 1), ("d", "c", 0)]
    return [(left, right, match, time) for left, right, match in pairs for time in times] + archive.fillers()


@pytest.fixture(scope="module")
def made(archive: Any, asked: list[Label]) -> Any:
    return archive.make(archive.labels(archive.root / "labels.csv", asked), "first")


def told(rows: list[dict[str, Any]], left: str, right: str, feature: str) -> list[Any]:
    """Of a pair's labels in the order of their times: publication, origin or reason, and a feature."""
    of_pair = [row for row in rows if {row["given_l"], row["given_r"]} == {left, right}]
    of_pair.sort(key=lambda row: row["event_timestamp"])
    return [(row["publication"], row["origin"] or row["reason"], row[feature]) for row in of_pair]


def test_a_label_gets_what_was_published_by_its_time_and_never_what_came_later(archive: Any, made: Any) -> None:
    first, second, third = (publication.version for publication in archive.publications)
    rows = rows_of(made.path)
    assert told(rows, "a", "b", "country_equal") == [
        (None, "not_published", None),
        (first, "published", 1),
        (first, "published", 1),
        (second, "published", 0),
        (second, "published", 0),
        (third, "published", 0),
    ]
    assert told(rows, "a", "n", "country_equal") == [
        (None, "not_published", None),
        (first, "unknown_id", None),
        (first, "unknown_id", None),
        (second, "published", 1),
        (second, "published", 1),
        (third, "published", 1),
    ]
    contained = [row[2] for row in told(rows, "d", "c", "name_token_containment")]
    assert [row[:2] for row in told(rows, "d", "c", "bic_agreement")] == [
        (None, "not_published"),
        (first, "computed"),
        (first, "computed"),
        (second, "computed"),
        (second, "computed"),
        (third, "published"),
    ]
    assert contained[1] == contained[4] == 1 > contained[5]
    assert contained[0] is None


def test_published_features_have_their_published_bits_and_computed_ones_those_of_the_kernel(
    archive: Any, made: Any
) -> None:
    from features import catalogue as catalogues  # noqa: PLC0415

    features = catalogues.chosen(archive.settings()).pair_features
    names = tuple(feature.name for feature in features)
    for publication in archive.publications:
        pairs, entities = (
            to_arrow(archive.lake.read(archive.spark, table, version=publication.versions[table.name]))
            for table in (tables.PAIR_FEATURES, tables.ENTITY_FEATURES)
        )
        published = {(row["id_l"], row["id_r"]): row for row in pairs.to_pylist()}
        place = {entity_id: n for n, entity_id in enumerate(entities["entity_id"].to_pylist())}
        answered = [row for row in rows_of(made.path) if row["origin"] and row["publication"] == publication.version]
        assert answered
        for row in answered:
            sides = [entities.take([place[row[side]]]) for side in ("id_l", "id_r")]
            direct = score_pairs(*sides, features).to_pylist()[0]
            wanted = published.get((row["id_l"], row["id_r"]), direct)
            assert (row["origin"] == "published") == ((row["id_l"], row["id_r"]) in published)
            assert bits(row, names) == bits(wanted, names) == bits(direct, names)
            assert row["fingerprint"] == publication.state.made_by["fingerprint"]


def test_the_set_says_all_that_it_is_made_of_and_the_lake_keeps_it(archive: Any, made: Any) -> None:
    manifest = json.loads(Path(made.path, "_manifest.json").read_text(encoding="utf-8"))
    commit = deltalake.DeltaTable(made.path).history(1)[0]
    assert json.loads(commit["userMetadata"]) == manifest == made.manifest
    assert [of["published_at"] for of in manifest["publications"]] == [time.isoformat() for time in archive.times]
    assert [of["statistics"] for of in manifest["publications"]][0] != manifest["publications"][2]["statistics"]
    assert manifest["fingerprints"] == list(dict.fromkeys(of["fingerprint"] for of in manifest["publications"]))
    assert manifest["settings_hash"] == archive.settings().hash
    assert manifest["labels"]["without features"] == {"not_published": 3, "unknown_id": 2}
    assert manifest["origin"] == {"published": 5 + 3 + 1 + len(archive.fillers()), "computed": 4}
    noted = archive.lake.rows(tables.TRAINING_SETS, name="first").to_pylist()
    assert {(row["table"], row["version"], row["path"]) for row in noted} == {
        (table, version, "training/first")
        for publication in archive.publications
        for table, version in publication.versions.items()
    }
    assert made.unknown_ids == ("n",)


def test_rows_stand_in_the_order_of_ids_and_no_record_is_in_two_parts(made: Any) -> None:
    rows = rows_of(made.path)
    keys = [(row["id_l"] or "", row["id_r"] or "", row["event_timestamp"], row["label"]) for row in rows]
    assert keys == sorted(keys)
    parts: dict[str, set[str]] = {}
    for row in (row for row in rows if not row["reason"]):
        for side in ("id_l", "id_r"):
            parts.setdefault(row[side], set()).add(row["split"])
    assert {len(of_record) for of_record in parts.values()} == {1}
    assert set.union(*parts.values()) == {"train", "validation", "test"}
    assert {row["split"] for row in rows if row["reason"]} == {None}
    assert {row["who"] for row in rows} >= {"a?", "d?"}


@pytest.mark.parametrize(("session", "zone"), [("America/Los_Angeles", "-08:00"), ("Asia/Kolkata", "+05:00")])
def test_labels_in_another_order_and_zone_give_the_same_bytes_in_a_session_of_another_zone(
    archive: Any, asked: list[Label], made: Any, tmp_path: Path, session: str, zone: str
) -> None:
    shuffled = random.Random(zone).sample(asked, len(asked))
    file = archive.labels(tmp_path / "labels.csv", shuffled, zone)
    before = archive.spark.conf.get("spark.sql.session.timeZone")
    archive.spark.conf.set("spark.sql.session.timeZone", session)
    try:
        again = archive.make(file, "first", out=str(tmp_path / "again"), parquet=str(tmp_path / "copy"))
    finally:
        archive.spark.conf.set("spark.sql.session.timeZone", before)
    assert again.manifest == made.manifest
    files = [sorted(Path(folder).glob("*.parquet")) for folder in (made.path, again.path, tmp_path / "copy")]
    first, second, copied = ([(file.name, file.read_bytes()) for file in of] for of in files)
    assert first == second == copied
    assert (tmp_path / "copy" / "_manifest.json").read_text() == Path(made.path, "_manifest.json").read_text()


def test_labels_without_features_contradict_and_connect_others_and_as_of_is_the_time_of_those_without_one(
    archive: Any, tmp_path: Path
) -> None:
    first, _, last = archive.times
    labels = [*archive.fillers(), ("a", "b", 1, None), ("b", "a", 0, last), ("d", "c", 1, None)]
    labels += [("f1", "f2", 1, last), ("f2", "f1", 0, last)]
    labels += [("f5", "s:f6", 0, first - TICK), ("a", "n", 0, first), ("n", "a", 1, last)]
    made = archive.make(archive.labels(tmp_path / "l.csv", labels), "disputed", as_of=first, out=str(tmp_path / "out"))
    rows = rows_of(made.path)
    assert told(rows, "a", "b", "country_equal") == [
        (archive.publications[0].version, "contradicted", None),
        (archive.publications[2].version, "contradicted", None),
    ]
    assert [(row["event_timestamp"], row["label"]) for row in rows if row["given_l"] == "d"] == [(first, 1)]
    part = {row["given_l"]: row["split"] for row in rows if row["split"]}
    assert part["f0"] == part["f2"]  # connected by what is contradicted
    assert part["f4"] == part["f6"]  # by what was asked before anything was published
    assert told(rows, "a", "n", "country_equal") == [
        (archive.publications[0].version, "unknown_id", None),
        (archive.publications[2].version, "contradicted", None),
    ]
    assert [row["id_r"] for row in rows if row["reason"] in ("not_published", "unknown_id")] == [None, None]


def test_instants_of_parquet_are_taken_as_they_are(archive: Any, tmp_path: Path) -> None:
    labels = archive.fillers() + [("a", "b", 1, archive.times[1] - TICK)]
    columns = {"id_l": [of[0] for of in labels], "id_r": [of[1].removeprefix("s:") for of in labels]}
    times = pa.array([of[3] for of in labels], pa.timestamp("us", "Asia/Tokyo"))
    pq.write_table(pa.table({**columns, "match": [1] * len(labels), "event_timestamp": times}), tmp_path / "l.parquet")
    made = archive.make(str(tmp_path / "l.parquet"), "instants", out=str(tmp_path / "out"))
    assert told(rows_of(made.path), "a", "b", "country_equal") == [(archive.publications[0].version, "published", 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id_l,id_r\na,b\n", "has no column 'label' or 'match'"),
        ("id_l,id_r,label\na,b,1\n", "has no column 'event_timestamp', and no --as-of stands for it"),
        ("id_l,id_r,label,event_timestamp\na,b,1,\n", "of 1 labels 1 have no event_timestamp"),
        (
            "id_l,id_r,label,event_timestamp\na,b,1,2026-01-31 12:00:00\n",
            "without its date or zone, or that is no time",
        ),
        (
            "id_l,id_r,label,event_timestamp"
            + "".join(f"\na,b,1,{text}" for text in ("12:00:00Z", "T12:00Z", "2024Z", "31.1.2026 12:00Z")),
            "of 4 labels 4 have an event_timestamp without its date or zone, or that is no time",
        ),
        ("id_l,id_r,label,event_timestamp\na,b,1,2999-01-31T12:00:00Z\n", "that is still to come"),
        ("id_l,id_r,label,event_timestamp\na,b,maybe,2026-01-31T12:00:00Z\n", "the label is empty or neither 0 nor 1"),
        (
            "id_l,id_r,label,event_timestamp\na,b,1,2000-01-31T12:00:00Z\n",
            r"\(1 not_published\).*tells of publications",
        ),
        ("id_l,id_r,label,event_timestamp,split\na,b,1,2000-01-31T12:00:00Z,x\n", "has a column 'split'"),
        ("id_l,id_r,label,event_timestamp,place\na,b,1,2000-01-31T12:00:00Z,x\n", "has a column 'place'"),
    ],
)
def test_labels_that_cannot_be_used_are_refused_in_words_and_nothing_is_written(
    archive: Any, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "l.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=said):
        archive.make(str(tmp_path / "l.csv"), "refused")
    assert not Path(archive.lake.root, "training", "refused").exists()


def test_a_set_that_was_stopped_is_made_again_without_labels_of_erased_records_while_nobody_else_writes(
    archive: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobs.training import Asked, make  # noqa: PLC0415

    lake = Lake(str(shutil.copytree(archive.lake.root, tmp_path / "lake")))
    last = archive.times[-1]
    labels = [*archive.fillers(), ("a", "b", 1, last), ("s:b", "d", 0, last), ("c", "gone", 0, last)]
    asked = Asked(archive.labels(tmp_path / "l.csv", labels), "again", None, (0.5, 0.25, 0.25), 0)

    def made() -> Any:
        return make(archive.settings(lake=lake.root), archive.spark, asked)

    put = Lake.commit

    def killed(lake: Lake, files: pa.Table, table: tables.Table, *given: Any, **more: Any) -> None:
        if table.name.startswith("training/"):
            raise KeyboardInterrupt
        put(lake, files, table, *given, **more)

    remember(lake, ["s:b", "s:gone"], IdHash(), "an erasure that was killed")
    with lake.writing("another"), pytest.raises(LakeError, match="another run is writing"):
        made()
    with monkeypatch.context() as patched:
        patched.setattr(Lake, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            made()
    left = lake.root + "/training/again"
    assert Path(left, "_manifest.json").is_file()  # so that no set is ever without
    assert lake.rows(tables.TRAINING_SETS, name="again").num_rows
    again = made()
    assert again.manifest["labels"][LEFT_OUT] == 3
    assert {row["given_l"] for row in rows_of(left)} == {of[0] for of in archive.fillers()}


def test_ids_that_nobody_has_are_counted_and_the_first_named(archive: Any, tmp_path: Path) -> None:
    labels: list[Label] = [("nobody", "a", 1, archive.times[2]), ("a", "none", 0, archive.times[2])]
    with pytest.raises(SourceError, match=r"2 unknown_id\). Unknown are 'nobody', 'none'\."):
        archive.make(archive.labels(tmp_path / "l.csv", labels), "unknown")


def test_times_of_a_day_or_without_a_zone_in_a_table_are_refused(archive: Any, tmp_path: Path) -> None:
    for kind in (pa.timestamp("us"), pa.date32()):
        times = pa.array([datetime(2026, 1, 31)], kind)
        pq.write_table(
            pa.table({"id_l": ["a"], "id_r": ["b"], "label": [1], "event_timestamp": times}), tmp_path / "l.parquet"
        )
        with pytest.raises(SourceError, match="which says no zone"):
            archive.make(str(tmp_path / "l.parquet"), "naive")


def test_a_lake_that_published_nothing_is_told(spark: SparkSession, archive: Any, tmp_path: Path) -> None:
    from jobs.training import Asked, make  # noqa: PLC0415

    settings = archive.settings(lake=str(tmp_path / "empty"))
    with pytest.raises(LakeError, match="no run has published"):
        make(settings, spark, Asked("labels.csv", "x", datetime.now(UTC), (0.8, 0.1, 0.1), 0))


def bits(row: dict[str, Any], names: tuple[str, ...]) -> list[Any]:
    return [value.hex() if isinstance(value := row[name], float) else value for name in names]
