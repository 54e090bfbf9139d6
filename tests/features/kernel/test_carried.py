"""What nothing reads is not carried."""

from __future__ import annotations

from typing import Any

import pytest

from features import catalogue as catalogues
from features.kernel.carried import carried, needed, not_carried
from features.settings import Settings
from features.tables import PARTY_FIELDS

NAMES = {"party_type", "name", "given_name", "family_name"}
NAMES_AND_COUNTRIES = {
    "catalogue": {"features": ["name_jaro_winkler", "country_equal"]},
    "blocking": {"rules": ["name_first_letters", "name_end_country"], "over_budget": ["keep"]},
}


def settings(**given: Any) -> Settings:
    source = {"format": "csv", "path": "x", "id": "id"}
    mapped = {"birth_date": "born", "name": "called", "country": "land", "phone": "phone"}
    sources = [{**source, "name": "a", "columns": mapped}, {**source, "name": "b", "columns": {"name": "called"}}]
    return Settings.model_validate({"mode": "dedupe", "lake": "x", "sources": sources, **given})


def test_all_features_and_rules_read_every_field() -> None:
    assert needed(catalogues.load()) == PARTY_FIELDS
    assert not_carried(settings(), catalogues.load()) == {}


@pytest.mark.parametrize(
    ("features", "rules", "fields"),
    [
        ([], [], NAMES),
        (["country_equal"], [], NAMES | {"country"}),
        ([], ["name_end_country"], NAMES | {"country"}),
        (["birth_date_alignment"], [], NAMES | {"birth_date"}),
        ([], ["phone_same", "lei_equal"], NAMES | {"phone", "lei"}),
        ([], ["web_domain_same"], NAMES | {"web_domain", "email"}),
        (["name_best_variant"], [], NAMES | {"aliases"}),
    ],
)
def test_the_fields_follow_from_what_features_and_rules_are_made_of(
    features: list[str], rules: list[str], fields: set[str]
) -> None:
    assert set(needed(catalogues.load().select(features, rules), refining=False)) == fields


def test_a_ladder_that_refines_reads_further_fields() -> None:
    chosen = catalogues.load().select([], ["name_first_letters"])
    more = set(needed(chosen)) - set(needed(chosen, refining=False))
    assert more == {"address", "city", "region", "postal_code", "country"}


def test_a_column_that_a_rule_sorts_is_read_for_the_statistics() -> None:
    rule = {"name": "near", "kind": "sorted_neighbourhood", "field": "phone", "window": 4}
    chosen = catalogues.load((), [rule]).select([], ["near"])
    assert "phone" in needed(chosen, refining=False)


def test_sources_keep_the_columns_that_are_read_and_the_settings_theirs() -> None:
    given = settings(**NAMES_AND_COUNTRIES)
    chosen = catalogues.chosen(given)
    one, other = carried(given, chosen)
    assert one.columns == {"name": ("called",), "country": ("land",)}
    assert (one.id, one.name, other) == ("id", "a", given.sources[1])
    assert "birth_date" in given.sources[0].columns
    assert not_carried(given, chosen) == {"a": ["birth_date", "phone"]}
