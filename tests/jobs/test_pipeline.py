"""The main job on a small lake: it publishes, it repeats itself, and whatever goes wrong leaves what was published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import great_expectations.expectations as gxe
import pytest

from expectations import pair_features as pair_suite
from features import tables
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError
from features.errors import PairlakeError
from features.gate import GateFailedError, row_rule
from features.kernel.plan import BudgetExceededError, Step
from features.lake import Lake, LakeError
from features.run import Fallback, Run
from features.settings import Settings
from features.spark.files import SourceError
from features.spark.frames import checksum
from features.versions import FingerprintError
from jobs.pipeline import Pipeline
from jobs.planning import Planner

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

FEATURES = ("name_jaro_winkler", "country_equal", "bic_agreement")
MARK = "Zyxwvut Marked"
"""A name that no message, manifest or verdict may hold."""

CLIENTS = [
    "number,company,land,swift",
    "1,Deutsche Bank AG,DE,DEUTDEFF",
    "2,Societe Generale,FR,",
    f"3,{MARK} Bank,DE,",
    "4,,,",
    f"5,{MARK} Twin,DE,",
    f"5,{MARK} Other,DE,",
    "6,Banca d'Italia,IT,BITAITRR",
    "6,Banca d'Italia,IT,BITAITRR",
    f"7,{MARK} Short",
    "8,Caf\ufffd,FR,",
]
REGISTER = [
    "id,name,country,bic",
    "a,DEUTSCHE BANK AKTIENGESELLSCHAFT,Germany,DEUTDEFFXXX",
    "b,Société Générale SA,France,",
    f"c,{MARK} Bank GmbH,DE,",
    "d,Banca d Italia,IT,",
    "e,Unrelated,US,",
]


class Place:
    """A lake with its two source files, and runs over it."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        self.lake = Lake(str(root / "lake"))

    @property
    def clients(self) -> Path:
        return self.root / "clients.csv"

    def write(self, clients: list[str] = CLIENTS, register: list[str] = REGISTER) -> None:
        self.clients.write_text("\n".join(clients) + "\n", encoding="utf-8")
        (self.root / "register.csv").write_text("\n".join(register) + "\n", encoding="utf-8")

    def pipeline(self, **changed: Any) -> Pipeline:
        return Pipeline(settings_of(self.root, **changed), self.spark)

    def run(self, **changed: Any) -> Run:
        return self.pipeline(**changed).publish()

    def failing(self, kind: type[PairlakeError], **changed: Any) -> str:
        """The words of a run that fails; what was published before it must still be."""
        before = self.published()
        with pytest.raises(kind) as caught:
            self.run(**changed)
        assert self.published() == before
        assert MARK.split(maxsplit=1)[0] not in str(caught.value)
        return str(caught.value)

    def published(self) -> tuple[int, str]:
        frame = self.lake.read(self.spark, tables.PAIR_FEATURES)
        return self.lake.version(tables.PAIR_FEATURES), checksum(frame)

    def manifests(self) -> list[dict[str, Any]]:
        frame = self.lake.read(self.spark, tables.RUN_MANIFEST).orderBy("run_id")
        return [{**row.asDict(), **json.loads(row["details"])} for row in frame.collect()]

    def quarantine(self, run_id: str) -> list[dict[str, Any]]:
        frame = self.lake.read(self.spark, tables.QUARANTINE).where(f"run_id = '{run_id}'")
        return [row.asDict() for row in frame.collect()]


@pytest.fixture(scope="module")
def published(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Run]:
    """A lake to which one run has published."""
    place = Place(spark, tmp_path_factory.mktemp("linked"))
    place.write()
    return place, place.run()


@pytest.fixture
def place(published: tuple[Place, Run]) -> Place:
    """That lake, with its source files as they were."""
    published[0].write()
    return published[0]


def test_a_run_publishes_the_pairs_of_both_sources(published: tuple[Place, Run]) -> None:
    place, run = published
    pairs = place.lake.read(place.spark, tables.PAIR_FEATURES)
    assert (run.outcome, run.error, run.published_version) == ("published", None, 0)
    assert run.checksum == checksum(pairs)
    found = {(row["id_l"], row["id_r"]): row["rule"] for row in pairs.collect()}
    assert found[("clients:1", "register:a")] == "bic_equal"
    assert found[("clients:2", "register:b")] == "name_words"
    assert {("clients:3", "register:c"), ("clients:6", "register:d")} <= found.keys()
    assert len(found) == run.counts["pair_features"]
    assert place.lake.last_commit(tables.PAIR_FEATURES)["metadata"]["run_id"] == run.run_id


def test_no_row_of_a_source_is_lost(published: tuple[Place, Run]) -> None:
    place, run = published
    turned_away = place.quarantine(run.run_id)
    reasons = sorted((row["table"], row["entity_id"] or "", row["reasons"]) for row in turned_away)
    assert reasons == [
        ("raw_entities", "", ["missing_id", "malformed_row"]),
        ("raw_entities", "clients:5", ["duplicate_id"]),
        ("raw_entities", "clients:5", ["duplicate_id"]),
        ("raw_entities", "clients:8", ["invalid_utf8"]),
        ("standardised_entities", "clients:4", ["nothing_to_match_on"]),
    ]
    read = run.counts["records read"]
    assert read == {"clients": len(CLIENTS) - 1, "register": len(REGISTER) - 1}
    raw = [row for row in turned_away if row["table"] == "raw_entities"]
    assert run.counts["copies merged"] == 1
    assert sum(read.values()) == run.counts["raw_entities"] + run.counts["copies merged"] + len(raw)
    assert run.counts["raw_entities"] == run.counts["standardised_entities"] + 1
    texts = {json.loads(row["row"]).get("name") or json.loads(row["row"]).get("malformed") for row in turned_away}
    assert {f"{MARK} Twin", f"{MARK} Other", f"7,{MARK} Short"} <= texts


def test_the_manifest_says_what_the_run_did_without_a_value_of_a_record(published: tuple[Place, Run]) -> None:
    place, run = published
    row = place.manifests()[0]
    assert (row["run_id"], row["outcome"], row["mode"], row["error"]) == (run.run_id, "published", "link", None)
    assert (row["settings_hash"], row["fingerprint"]) == (run.settings.hash, run.fingerprint)
    assert (row["published_version"], row["checksum"]) == (0, run.checksum)
    assert [verdict["table"] for verdict in row["verdicts"]] == [
        "raw_entities",
        "standardised_entities",
        "pair_features",
    ]
    assert all(verdict["passed"] for verdict in row["verdicts"])
    assert row["plan"]["pairs"] >= row["counts"]["pair_features"]
    assert {"raw entities", "block and compare", "plan"} <= row["seconds"].keys()
    assert MARK.split(maxsplit=1)[0].lower() not in json.dumps(row, default=str).lower()


def test_a_second_run_publishes_the_same_bits(place: Place, published: tuple[Place, Run]) -> None:
    place.write(clients=[CLIENTS[0], *reversed(CLIENTS[1:])])
    run = place.run()
    assert run.checksum == published[1].checksum
    assert run.published_version == place.published()[0] == 1


def test_a_plan_writes_nothing_and_is_the_plan_of_the_run(
    place: Place, published: tuple[Place, Run], tmp_path: Path
) -> None:
    outlook = place.pipeline(lake=str(tmp_path / "nowhere")).plan_only()
    plan = outlook.plan
    assert plan.pairs == published[1].plan["pairs"]
    assert {rule.rule: rule.pairs for rule in plan.rules}["bic_equal"] == 1
    assert outlook.union.exact
    assert outlook.union.low == published[1].counts["pair_features"]
    assert outlook.estimate.rows == plan.rows == published[1].plan["rows"]
    assert not (tmp_path / "nowhere").exists()


def test_a_gate_that_fails_leaves_what_was_published(place: Place) -> None:
    said = place.failing(GateFailedError, gates={"max_quarantined_share": 0.1})
    assert "too_many_quarantined: found 10 rows and 4 quarantined, wanted at most 0.1" in said
    assert "The last good version stays in force" in said
    manifest = place.manifests()[-1]
    assert (manifest["outcome"], manifest["published_version"], manifest["checksum"]) == ("failed", None, None)
    assert manifest["error"] == said
    verdict = manifest["verdicts"][-1]
    assert (verdict["table"], verdict["passed"], verdict["quarantined"]) == ("raw_entities", False, 4)
    assert verdict["reasons"] == {"duplicate_id": 2, "invalid_utf8": 1, "malformed_row": 1, "missing_id": 1}
    assert len(place.quarantine(manifest["run_id"])) == 4


def test_a_plan_over_the_budget_is_refused_before_a_pair_is_built(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pipeline, "prepare_records", _as_they_are)
    said = place.failing(BudgetExceededError, blocking={"pair_budget": 3, "over_budget": []})
    assert "the budget is 3" in said
    manifest = place.manifests()[-1]
    assert manifest["plan"]["pairs"] > manifest["plan"]["budget"] == 3
    assert "block and compare" not in manifest["seconds"]


def test_a_plan_over_the_budget_keeps_the_last_version_where_that_is_declared(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pipeline, "prepare_records", _as_they_are)
    before = place.published()
    run = place.run(blocking={"pair_budget": 3, "over_budget": ["refine", "keep"]})
    assert (run.outcome, run.error, run.published_version) == ("kept the last version", None, None)
    assert place.published() == before
    manifest = place.manifests()[-1]
    assert manifest["outcome"] == "kept the last version"
    assert [step["rung"] for step in manifest["plan"]["ladder"]] == ["keep"]
    assert "keep: nothing is published" in manifest["fallbacks"][0]["why"]
    assert "block and compare" not in manifest["seconds"]


def test_a_plan_that_stepped_down_is_published_and_says_so_everywhere(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text("id_l,id_r\n1,a\n2,register:b\nclients:3,c\n6,d\n99,e\n", encoding="utf-8")
    monkeypatch.setattr(Pipeline, "prepare_records", _as_they_are)
    whole = place.run()
    assert place.lake.last_commit(tables.PAIR_FEATURES)["metadata"]["ladder"] == []
    budget = whole.plan["pairs"] - 1
    run = place.run(blocking={"pair_budget": budget, "truth": str(truth)})
    assert run.outcome == "published"
    (step,) = place.lake.last_commit(tables.PAIR_FEATURES)["metadata"]["ladder"]
    assert step == place.manifests()[-1]["plan"]["ladder"][0]
    assert (step["rung"], step["labelled"], step["found_before"], step["found_after"]) == ("drop_rules", 4, 4, 4)
    assert step["pairs_after"] == run.plan["pairs"] <= budget < step["pairs_before"]
    assert run.fallbacks == [Fallback("blocking", str(Step(**step)))]
    assert run.plan["truth"].endswith("rows that are not used: 1 unknown_id")
    assert (run.plan["labelled"], run.plan["found"]) == (4, 4)
    assert place.run().checksum == whole.checksum


def test_labelled_pairs_that_cannot_be_used_are_told_before_or_with_the_plan(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match="source 'truth': there is nothing at"):
        place.pipeline(blocking={"truth": str(tmp_path / "none.csv")})
    truth = tmp_path / "truth.csv"
    truth.write_text("id_l,id_r\n98,99\n", encoding="utf-8")
    monkeypatch.setattr(Pipeline, "prepare_records", _as_they_are)
    said = place.failing(SourceError, blocking={"truth": str(truth)})
    assert "none of its 1 pairs is one of two records of the lake (1 unknown_id). Wanted entity ids" in said


@pytest.mark.parametrize("damage", ["gone", "empty", "header", "folder", "renamed", "truncated"])
def test_a_source_that_breaks_fails_in_words_and_leaves_what_was_published(place: Place, damage: str) -> None:
    kind, wanted = break_source(place, damage)
    try:
        assert wanted in place.failing(kind, fallback={"source": "fail"})
        assert place.manifests()[-1]["outcome"] == "failed"
    finally:
        if place.clients.is_dir():
            shutil.rmtree(place.clients)


def test_a_second_run_while_one_is_writing_is_refused(place: Place) -> None:
    runs = len(place.manifests())
    with Lake(place.lake.root).writing("the-first-run"):
        said = place.failing(LakeError)
    assert "another run is writing to" in said
    assert "run the-first-run, since" in said
    assert len(place.manifests()) == runs


def test_a_source_in_which_every_name_is_null_is_stopped(place: Place) -> None:
    place.write(clients=["number,company,land,swift", "1,,DE,", "2,,FR,"])
    said = place.failing(GateFailedError, gates={"max_quarantined_share": 1})
    assert "unidentified_clients: found 2 of 2 rows that break it" in said
    assert "map the source's columns to name" in said


def test_records_that_share_no_key_publish_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_of = Planner.plan
    monkeypatch.setattr(Pipeline, "prepare_records", _as_they_are)
    monkeypatch.setattr(Planner, "plan", lambda self, blocks: plan_of(self, blocks.slice(0, 0)))
    said = place.failing(GateFailedError)
    assert "no_or_too_many_pairs: found 0 rows, wanted at least one pair" in said
    assert "no two records share a blocking key, see `pairlake plan`" in said


def test_pairs_that_break_a_row_rule_are_quarantined_and_the_others_published(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite_of = pair_suite.suite
    rule = row_rule(
        "same_name", gxe.ExpectColumnValuesToBeBetween, "no equal names", column="name_jaro_winkler", max_value=0.999
    )

    def stricter(*given: Any, **named: Any) -> Any:
        suite = suite_of(*given, **named)
        suite.add_expectation(rule)
        return suite

    everything = place.lake.read(place.spark, tables.PAIR_FEATURES)
    pairs, bits = everything.count(), checksum(everything)
    equal_names = {(row["id_l"], row["id_r"]) for row in everything.where("name_jaro_winkler > 0.999").collect()}
    monkeypatch.setattr(Pipeline, "prepare_records", _as_they_are)
    with monkeypatch.context() as patched:
        patched.setattr(pair_suite, "suite", stricter)
        run = place.run()
    turned_away = [(row["reasons"], json.loads(row["row"])) for row in place.quarantine(run.run_id)]
    assert {(row["id_l"], row["id_r"]) for reasons, row in turned_away if reasons == ["same_name"]} == equal_names
    assert 0 < len(turned_away) == len(equal_names)
    kept = place.lake.read(place.spark, tables.PAIR_FEATURES)
    assert kept.count() == run.counts["pair_features"] == pairs - len(equal_names)
    assert place.run().checksum == bits


def test_an_error_of_the_machine_is_recorded_by_its_kind_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Pipeline) -> None:
        raise RuntimeError(f"could not handle {MARK}")

    monkeypatch.setattr(Pipeline, "prepare_records", broken)
    with pytest.raises(RuntimeError):
        place.run()
    assert place.manifests()[-1]["error"] == "RuntimeError"


def test_one_source_is_compared_with_itself(harbour: Any) -> None:
    pairs = harbour.pairs()
    found = {(row["id_l"], row["id_r"]) for row in pairs}
    assert {("h:0", "h:1"), ("h:10", "h:11")} <= found
    assert len(found) == len(pairs) == harbour.run.counts["pair_features"]
    assert all(left < right for left, right in found)
    assert harbour.lake.rows(tables.RUN_MANIFEST)["mode"].to_pylist() == ["dedupe"]


def test_pinned_statistics_keep_the_weights_of_an_earlier_run(published: tuple[Place, Run], tmp_path: Path) -> None:
    place = Place(published[0].spark, tmp_path)
    shutil.copytree(published[0].lake.root, place.lake.root)
    [version] = set(place.lake.rows(tables.TOKEN_STATISTICS)["version"].to_pylist())
    fingerprint = published[1].fingerprint
    place.write(register=[*REGISTER, "y,Nowhere Bank,FR,", "z,Nowhere Trust,FR,"])

    def made_with(**changed: Any) -> tuple[bool, int]:
        """Whether the weights are those of the first run, and how many names changed since they were counted."""
        pipeline = place.pipeline(**changed)
        pipeline.prepare_records()
        mark = place.lake.last_commit(tables.ENTITY_FEATURES)["metadata"]
        return pipeline.run.fingerprint == fingerprint, mark["names_changed"]

    said = place.lake.last_commit(tables.ENTITY_FEATURES)["metadata"]
    place.lake.say(tables.ENTITY_FEATURES, {**said, "names_changed": 7})
    assert made_with(statistics={"version": version}) == (True, 7)
    assert made_with() == (False, 0)
    said = place.failing(FingerprintError, statistics={"version": version[:-1]})
    assert f"no corpus statistics of version '{version[:-1]}'; did you mean '{version}'" in said


def test_an_encoder_that_cannot_be_loaded_is_replaced_and_recorded_or_fails(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.pipeline.working", lambda _: (HashedNgrams(), "the model is gone"))
    pipeline = place.pipeline()
    assert pipeline.catalogue.encoder.name == HashedNgrams.name
    assert pipeline.run.row()["details"].count("the model is gone") == 1
    with pytest.raises(EncoderError, match="the model is gone"):
        place.pipeline(fallback={"encoder": "fail"})


def _as_they_are(_: Pipeline) -> None:
    """In place of the first stages: the entity features of the last run will do."""


def settings_of(root: Path, **changed: Any) -> Settings:
    """Settings of a run over the two files."""
    sources = [
        {
            "name": "clients",
            "format": "csv",
            "path": str(root / "clients.csv"),
            "id": "number",
            "columns": {"name": "company", "country": "land", "bic": "swift"},
        },
        {
            "name": "register",
            "format": "csv",
            "path": str(root / "register.csv"),
            "id": "id",
            "columns": {"name": "name", "country": "country", "bic": "bic"},
            "side": "right",
        },
    ]
    settings = {
        "mode": "link",
        "lake": str(root / "lake"),
        "sources": sources,
        "catalogue": {"features": FEATURES},
        "gates": {"max_quarantined_share": 0.5},
        "online": {"enabled": False},
        **changed,
    }
    return Settings.model_validate(settings)


def break_source(place: Place, damage: str) -> tuple[type[PairlakeError], str]:
    """Damage the clients' file; the error and the words that must follow."""
    path = place.clients
    text = path.read_text(encoding="utf-8")
    changes: dict[str, Callable[[], Any]] = {
        "gone": path.unlink,
        "empty": lambda: path.write_text(""),
        "header": lambda: path.write_text(CLIENTS[0] + "\n"),
        "folder": lambda: (path.unlink(), path.mkdir()),
        "renamed": lambda: path.write_text(text.replace("company", "company_name")),
        "truncated": lambda: path.write_text(text[: text.index(MARK)] + f'"{MARK}'),
    }
    changes[damage]()
    if damage == "header":
        return GateFailedError, "no_rows_from_clients: found 0 rows, wanted at least one row from the source 'clients'"
    words = {
        "gone": f"source 'clients': there is nothing at {path}; correct its `path`",
        "empty": f"{path} is an empty file",
        "folder": f"the folder {path} is empty",
        "renamed": "has no column 'company'; did you mean 'company_name'?",
        "truncated": "opens a quote in line 4 and never closes it",
    }
    return SourceError, words[damage]
