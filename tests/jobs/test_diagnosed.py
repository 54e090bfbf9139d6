"""The diagnosis of a published lake: what counting its pairs one by one says, and refusals in words."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from features import tables
from features.errors import PairlakeError
from features.kernel.diagnostics import Diagnosis
from features.kernel.plan import BudgetExceededError
from features.kernel.records import rule_of
from features.lake import Lake, LakeError
from features.spark.files import SourceError
from features.versions import FingerprintError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    class Harbour:
        """The fixture of conftest.py."""

        spark: SparkSession
        root: Path
        run: Any
        settings: Any
        rows: Any
        pairs: Any


pytestmark = pytest.mark.spark

TRUE = [("h:0", "h:1"), ("3", "2"), ("h:4", "h:5"), ("6", "far"), *((str(n), str(n + 1)) for n in range(10, 40, 2))]
"""Ids with their source and without, in either order."""


def diagnosed(harbour: Harbour, truth: Path | str | None = None, **changed: Any) -> Diagnosis:
    from jobs.diagnosed import of_lake  # noqa: PLC0415

    found, made_by = of_lake(harbour.settings(**changed), harbour.spark, str(truth) if truth else None)
    assert made_by["run_id"] == harbour.run.run_id
    return found


def written(folder: Path, rows: list[tuple[Any, ...]], header: str = "id_left,id_right") -> Path:
    path = folder / "truth.csv"
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def judged(harbour: Harbour, tmp_path_factory: pytest.TempPathFactory) -> Diagnosis:
    return diagnosed(harbour, written(tmp_path_factory.mktemp("truth"), TRUE))


def test_rules_bring_what_the_keys_of_both_records_say(harbour: Harbour, judged: Diagnosis) -> None:
    entities = harbour.rows(tables.ENTITY_FEATURES).to_pylist()
    keys = {row["entity_id"]: set(row["keys"]) for row in entities}
    census = {row["key"]: row for row in harbour.rows(tables.BLOCK_CENSUS).to_pylist()}
    limits = {"name_word_country": 20_000}
    dropped = {key for key, row in census.items() if row["pairs"] > limits.get(row["rule"], 10**9)}
    assert len(dropped) == 1
    pairs = harbour.pairs()
    sets = [{rule_of(key) for key in keys[p["id_l"]] & keys[p["id_r"]] - dropped} for p in pairs]
    for n, of in enumerate(judged.rules):
        blocks = [row for key, row in census.items() if rule_of(key) == n and key not in dropped]
        assert (of.blocks, of.block_pairs) == (len(blocks), sum(row["pairs"] for row in blocks))
        assert of.pairs == sum(n in found for found in sets)
        assert of.only == sum(found == {n} for found in sets)
        assert of.share == of.pairs / len(pairs)
    assert judged.published_pairs == len(pairs)
    assert judged.possible_pairs == len(keys) * (len(keys) - 1) // 2
    assert judged.reduction_ratio == 1 - len(pairs) / judged.possible_pairs
    assert sum(of.blocks + of.dropped_blocks for of in judged.block_sizes) == len(census)


def test_a_missed_pair_is_told_with_its_reason(judged: Diagnosis) -> None:
    known = judged.completeness
    assert known is not None
    assert (known.matches, known.found, known.given["rows"]) == (19, 16, 19)
    assert known.low < known.share == 16 / 19 < known.high  # type: ignore[operator]
    missed = {(one.id_l, one.id_r): (one.status, one.rules) for one in known.missed}
    assert missed == {
        ("h:2", "h:3"): ("key_dropped", ("name_word_country",)),
        ("h:4", "h:5"): ("left_out", ("bic_equal", "name_word_country")),
        ("h:6", "h:far"): ("no_shared_key", ()),
    }
    assert known.missed_by_status == Counter(status for status, _ in missed.values())
    assert [of.matches_so_far for of in judged.rules] == [10, 11, 16, 16]
    assert [of.matches_only for of in judged.rules] == [0, 0, 0, 0]


def test_matches_that_no_rule_finds_are_estimated_from_both_groups(harbour: Harbour, judged: Diagnosis) -> None:
    estimate = judged.estimate
    assert estimate.groups == (("name_words", "name_word_country", "name_start"), ("bic_equal",))
    likely = [pair for pair in harbour.pairs() if (pair["name_token_sort"] or 0) >= 0.9]
    assert (estimate.seen, estimate.found_by_both) == (len(likely), 10)
    assert estimate.missed == 0  # names find all that the BIC finds
    grouped = diagnosed(harbour, diagnose={"group": ["name_start"], "likely": {"bic_agreement": "agree"}}).estimate
    assert (grouped.floors, grouped.groups[0]) == ({"bic_agreement": "agree"}, ("name_start",))
    assert grouped.seen == 10


def test_a_diagnosis_is_data_without_a_value_of_a_record(judged: Diagnosis) -> None:
    text = json.dumps(asdict(judged))
    assert "harbour" not in text.lower()
    assert json.loads(text)["completeness"]["found"] == 16


def test_rows_of_a_truth_table_that_are_not_judged_are_counted_and_named(harbour: Harbour, tmp_path: Path) -> None:
    rows = [
        ("0", "1", 1),
        ("h:1", "h:0", "1.0"),
        ("10", "11", 1),
        ("11", "10", 0),
        ("2", "3", "FALSE"),
        ("no", "1", "true"),
        ("h:1", "no", "true"),  # the same pair
        ("gone", "2", 1),
        ("2", "gone", 0),
        ("5", "h:5", 1),  # no pair at all
    ]
    known = diagnosed(harbour, written(tmp_path, rows, "id_l,id_r,match")).completeness
    assert known is not None
    wanted = {"rows": 10, "no_match": 3, "unknown_id": 3, "ambiguous_id": 0, "same_record": 1, "same_side": 0}
    assert known.given == {**wanted, "contradicted": 1, "copies": 1, "matches": 1}
    assert (known.unknown_ids, known.share, known.share_of_given) == (("gone", "no"), 1.0, 1 / 2)


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        ([("a", "b")], "left,right", "has no column of ids among its 2"),
        ([("a", "b")], "id_l,id_r", "none of its 1 pairs is one of two records of the lake (1 unknown_id; unknown are"),
        ([("0", "1", 0)], "id_l,id_r,label", "calls none of its 1 pairs a match"),
        (
            [("0", "1", "perhaps"), ("0", "2", 1)],
            "id_l,id_r,label",
            "in 1 of 2 rows the label is empty or neither 0 nor 1",
        ),
        ([], "id_l,id_r", "holds no pair"),
    ],
)
def test_a_truth_table_that_says_nothing_is_refused(
    harbour: Harbour, tmp_path: Path, rows: list[tuple[Any, ...]], header: str, said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        diagnosed(harbour, written(tmp_path, rows, header))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "kind", "said"),
    [
        ({"catalogue": {"features": ["name_equal"]}}, FingerprintError, "were made by the catalogue"),
        ({"diagnose": {"likely": {"bic_agreement": 3}}}, PairlakeError, r"\[diagnose.likely\] bic_agreement"),
        ({"diagnose": {"group": ["name_word"]}}, PairlakeError, "did you mean 'name_words'"),
        ({"lake": "nowhere"}, LakeError, "no run has published to this lake yet"),
    ],
)
def test_what_does_not_fit_the_lake_is_refused(
    harbour: Harbour, changed: dict[str, Any], kind: type[PairlakeError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        diagnosed(harbour, **changed)


def test_records_of_a_later_run_that_did_not_publish_are_refused(harbour: Harbour, tmp_path: Path) -> None:
    from jobs.pipeline import Pipeline  # noqa: PLC0415

    lake = str(shutil.copytree(harbour.root / "lake", tmp_path / "lake"))
    blocking = {**harbour.settings().model_dump()["blocking"], "pair_budget": 1, "over_budget": ()}
    with pytest.raises(BudgetExceededError):
        Pipeline(harbour.settings(lake=lake, blocking=blocking), harbour.spark).publish()
    with pytest.raises(LakeError, match="are not of one run"):
        diagnosed(harbour, lake=lake)


def test_pairs_of_a_plan_that_stepped_down_are_refused(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    last_commit = Lake.last_commit

    def stepped_down(lake: Lake, table: Any) -> dict[str, Any]:
        commit = last_commit(lake, table)
        return {**commit, "metadata": {**commit["metadata"], "ladder": ["refine"]}}

    monkeypatch.setattr(Lake, "last_commit", stepped_down)
    with pytest.raises(LakeError, match="stepped down to keep its budget"):
        diagnosed(harbour)


def test_the_mode_of_the_run_is_the_mode_of_the_diagnosis(harbour: Harbour) -> None:
    sources = harbour.settings().model_dump()["sources"]
    both = [{**sources[0], "id_hash": None}, {**sources[0], "name": "g", "side": "right", "id_hash": None}]
    with pytest.raises(LakeError, match="published with mode 'dedupe', the settings say 'link'"):
        diagnosed(harbour, mode="link", sources=both)
