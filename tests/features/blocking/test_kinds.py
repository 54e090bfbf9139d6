"""Rules of the settings: a kind and its parameters, refused in words when they cannot be."""

from __future__ import annotations

import pickle
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from features import catalogue as catalogues
from features.blocking.kinds import KINDS, of_settings
from features.declare import DeclarationError
from features.kernel.records import prepare, raw_batch, standardise
from features.statistics import Split, Statistics

DECLARED: list[dict[str, Any]] = [
    {"name": "post", "kind": "composite", "fields": ["country", "postal_code"], "max_pairs": 20_000},
    {"name": "number", "kind": "any_of", "fields": ["registration_number", "tax_id", "lei"]},
    {"name": "rare", "kind": "rare_words", "most": 0.01, "together": 2, "within": "country"},
    {"name": "rarest", "kind": "rarest_words", "count": 3},
    {"name": "nearby", "kind": "sorted_neighbourhood", "field": "name_core", "window": 6},
    {"name": "alike", "kind": "minhash", "field": "name_compact", "bands": 8, "rows": 3, "within": "country"},
    {"name": "pointing", "kind": "embedding_neighbours", "bands": 4, "bits": 12},
]


def test_every_kind_can_be_declared_in_the_settings() -> None:
    assert {rule["kind"] for rule in DECLARED} == set(KINDS)
    catalogue = catalogues.load((), DECLARED)
    assert [rule.name for rule in catalogue.rules[-len(DECLARED) :]] == [rule["name"] for rule in DECLARED]
    assert catalogue.splits == (Split("name_core", 3),)


def test_declared_rules_travel_to_a_worker_and_enter_the_fingerprint() -> None:
    catalogue = catalogues.load((), DECLARED).select(["country_equal"], ["alike", "lei_equal", "nearby"])
    again = pickle.loads(pickle.dumps(catalogue))
    assert [rule.name for rule in again.rules] == ["alike", "lei_equal", "nearby"]
    assert again.fingerprint == catalogue.fingerprint
    other = [{**rule, "bands": 9} if rule["kind"] == "minhash" else rule for rule in DECLARED]
    changed = catalogues.load((), other).select(["country_equal"], ["alike", "lei_equal", "nearby"])
    assert changed.fingerprint != catalogue.fingerprint


def test_a_record_has_the_same_keys_alone_and_in_any_batch() -> None:
    catalogue = replace(catalogues.load((), DECLARED), statistics=Statistics())
    records = [
        {"id": n, "name": name, "country": country, "postal_code": "60325", "tax_id": "de 811 234 567"}
        for n, (name, country) in enumerate(
            [("Orion Bank", "DE"), ("Orion Savings Bank", None), ("", "DE"), ("銀行 Ωmega", "JP"), ("Orion Bank", "DE")]
        )
    ]
    together = keys_of(records, catalogue)
    assert together == [keys_of([record], catalogue)[0] for record in records]
    assert together[::-1] == keys_of(records[::-1], catalogue)
    assert together[0] == together[4]


def test_candidates_are_those_that_a_search_of_all_pairs_finds() -> None:
    """What two records share by the definition of each kind, pair by pair, against the blocks of equal keys."""
    catalogue = catalogues.load((), DECLARED).select(None, ["post", "number", "rarest"])
    rows = [("DE", "1", "aa1", None), ("DE", "1", None, "aa1"), ("FR", "1", None, "bb2"), (None, "1", "bb2", "aa1")]
    fields = ("country", "postal_code", "registration_number", "tax_id")
    records = [{"id": n, **dict(zip(fields, row, strict=True))} for n, row in enumerate(rows)]
    blocks = defaultdict(set)
    for number, keys in enumerate(keys_of(records, catalogue)):
        for key in keys:
            blocks[key].add(number)
    found = {pair for members in blocks.values() for pair in combinations(sorted(members), 2)}

    def shared(one: int, two: int) -> bool:
        same_place = rows[one][0] is not None and rows[one][:2] == rows[two][:2]
        return same_place or bool({*rows[one][2:]} & {*rows[two][2:]} - {None})

    assert found == {pair for pair in combinations(range(len(rows)), 2) if shared(*pair)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "compositum"}, "'post' is of the kind 'compositum'; did you mean 'composite'"),
        ({"feilds": "country"}, r"'post' \(composite\) has the unknown parameter 'feilds'; did you mean 'fields'"),
        ({"fields": []}, r"fields is \[\]; wanted at least one column, each once"),
        ({"fields": [3]}, r"fields is \[3\]; wanted the name of a column"),
        ({"fields": ["countri"]}, "reads the column 'countri', which nothing declares; did you mean 'country'"),
        ({"fields": "name_embedding"}, "reads 'name_embedding', which is binary; wanted string or list"),
        ({"start": {"city": 3}}, "start cuts 'city', which is not among its fields country, postal_code"),
        ({"start": {"country": 0}}, "start of 'country' is 0; wanted a whole number, 1 or more"),
        ({"start": 8}, "start is 8; wanted a table, for example { country = 8 }"),
        ({"doc": 8}, "doc is 8; wanted a sentence"),
        ({"max_pairs": 0}, "max_pairs is 0; wanted a whole number, 1 or more"),
        ({"name": "Post Code"}, "called 'Post Code'; wanted lower case"),
        ({"name": "lei_equal"}, "'lei_equal' is declared twice"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        catalogues.load((), [{**DECLARED[0], **change}])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"kind": "minhash", "field": "name_core", "bands": 4}, "lacks the parameter 'rows'"),
        (
            {"kind": "minhash", "field": "name_core", "bands": 200, "rows": 5},
            "bands x rows is 1000; wanted at most 512",
        ),
        ({"kind": "minhash", "field": "name_core", "bands": 2, "rows": True}, "rows is True; wanted a whole number"),
        ({"kind": "minhash", "field": "name_core", "bands": 2, "rows": 2, "ngram": 9}, "ngram is 9; wanted .* 1 to 8"),
        ({"kind": "sorted_neighbourhood", "field": "name_core", "window": 1}, "window is 1; wanted a whole number, 2"),
        (
            {"kind": "sorted_neighbourhood", "field": "name_compact", "window": 4},
            "computed after the corpus statistics",
        ),
        ({"kind": "minhash", "field": ["name_core"], "bands": 2, "rows": 2}, "field is .* the name of a column"),
        ({"kind": "rare_words", "most": 9, "within": "name_core"}, "within names 'name_core', which the rule reads al"),
        ({"kind": "rare_words", "most": 1.5}, "most is 1.5; wanted a whole number of records, or a share"),
        ({"kind": "rare_words", "most": float("inf")}, "most is inf; wanted a whole number of records"),
        ({"kind": "rare_words", "most": float("nan")}, "most is nan; wanted a whole number of records"),
        ({"kind": "rare_words", "most": 9, "form": "sounds"}, "form is 'sounds'; did you mean 'sound'"),
        ({"kind": "rare_words", "most": 9, "together": 4}, "together is 4; wanted a whole number, 1 to 3"),
        ({"kind": "rarest_words", "count": 1, "together": 2}, "together is 2 of 1 words"),
        ({"kind": "embedding_neighbours", "field": "name_core", "bands": 2, "bits": 9}, "is string; wanted binary"),
    ],
)
def test_parameters_of_a_kind_are_refused_in_words(rule: dict[str, Any], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        catalogues.load((), [{"name": "mine", **rule}])


def test_a_rule_says_what_it_is_made_of() -> None:
    rule = of_settings(DECLARED[0])
    assert rule.kind == 'composite(fields = ["country", "postal_code"])'
    assert rule.doc == 'composite: fields = ["country", "postal_code"]'
    assert of_settings({**DECLARED[0], "doc": "Where the post goes."}).doc == "Where the post goes."


def keys_of(records: list[dict[str, Any]], catalogue: catalogues.Catalogue) -> list[list[int]]:
    batch = standardise(raw_batch(records), catalogue)
    found: list[list[int]] = prepare(batch, catalogue, datetime(2026, 1, 1, tzinfo=UTC)).column("keys").to_pylist()
    return found
