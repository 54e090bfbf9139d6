"""Explanations: every feature once, with its value, its evidence and a stable reason; raw values only when asked."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.explain import Evidence, explain
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score_pairs
from features.statistics import Statistics

CORPUS = Statistics.of(pa.table({"token": ["bank", "trust"], "records": [500, 200]}), 1000)
LEFT = {"id": 1, "name": "Zanzibar Bank AG", "country": "DE", "bic": "DEUTDEFF", "lei": "7LTWFZYICNSX8D621K86"}
RIGHT = {"id": 2, "name": "Quorum Bank AG", "country": "FR", "bic": "DEUTDEFF"}


def records(catalogue: Catalogue, *given: dict[str, Any]) -> list[pa.Table]:
    prepared = prepare(standardise(raw_batch(given), catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))
    table = pa.Table.from_batches([prepared])
    return [table.slice(n, 1) for n in range(len(given))]


def evidence(catalogue: Catalogue, *, reveal: bool) -> dict[str, Evidence]:
    weighed = replace(catalogue, statistics=CORPUS)
    left, right = records(weighed, LEFT, RIGHT)
    return {one.feature: one for one in explain(left, right, weighed.pair_features, reveal=reveal)}


def test_every_feature_is_explained_once_with_the_value_it_has_everywhere(catalogue: Catalogue) -> None:
    weighed = replace(catalogue, statistics=CORPUS)
    left, right = records(weighed, LEFT, RIGHT)
    explained = explain(left, right, weighed.pair_features)
    direct = score_pairs(left, right, weighed.pair_features).to_pylist()[0]
    assert {one.feature: one.value for one in explained} == direct
    assert [one.feature for one in explained] == [feature.name for feature in weighed.pair_features]


@pytest.mark.parametrize(
    ("feature", "reason"),
    [
        ("bic_agreement", "BIC_AGREE"),
        ("lei_agreement", None),  # one side has none: nothing that carries weight
        ("country_equal", "COUNTRY_DIFFERENT"),
        ("name_equal", "NAME_DIFFERENT"),
        ("name_rare_conflict", "NAME_RARE_TOKEN_CONFLICT"),
        ("name_rarest_shared", None),  # `bank` is not rare
    ],
)
def test_what_carries_weight_has_a_stable_reason(catalogue: Catalogue, feature: str, reason: str | None) -> None:
    assert evidence(catalogue, reveal=False)[feature].reason == reason


def test_the_words_behind_a_feature_are_sorted_out_by_side_with_their_bits(catalogue: Catalogue) -> None:
    behind = evidence(catalogue, reveal=True)["name_rare_conflict"].behind["name_tokens"]
    assert set(behind["both"]) == {"bank"}
    assert (set(behind["left"]), set(behind["right"])) == ({"zanzibar"}, {"quorum"})
    assert behind["left"]["zanzibar"] > 9 > behind["both"]["bank"] > 0


def test_values_of_records_are_shown_only_when_asked_for(catalogue: Catalogue) -> None:
    secret = ("zanzibar", "quorum", "deutdeff", "7ltw")
    hidden, shown = (
        json.dumps([asdict(one) for one in evidence(catalogue, reveal=reveal).values()]).lower()
        for reveal in (False, True)
    )
    assert not [word for word in secret if word in hidden]
    assert [word for word in secret if word in shown] == list(secret)


def test_codes_are_unique_to_a_meaning_and_written_alike(catalogue: Catalogue) -> None:
    codes = [reason.code for feature in catalogue.pair_features for reason in feature.reasons]
    assert len(codes) == len(set(codes))
    assert all(code == code.upper() and code.replace("_", "").isalnum() for code in codes)
    assert len(codes) > 20
