"""Feature groups: every column of a table, under a type that the service has."""

from __future__ import annotations

import re

import pytest

from features import catalogue as catalogues
from features import tables
from features.catalogue import Catalogue
from features.store.feature_groups import FeatureGroup, feature_groups

SERVICE_NAME = re.compile(r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}")
"""What the service takes as the name of a group or of a feature."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return catalogues.load()


@pytest.fixture(scope="module")
def groups(catalogue: Catalogue) -> dict[str, FeatureGroup]:
    return {group.table: group for group in feature_groups(catalogue)}


def test_every_column_of_a_table_is_a_feature_in_the_same_order(
    catalogue: Catalogue, groups: dict[str, FeatureGroup]
) -> None:
    wanted = {
        "online_entities": ["record_id", *tables.ONLINE_ENTITIES.schema.names],
        "blocking_index": ["record_id", *tables.BLOCKING_INDEX.schema.names],
        "pair_features": ["pair_id", *catalogue.pair_schema.names],
        "entity_features": catalogue.entity_schema.names,
    }
    assert {table: [name for name, _ in groups[table].definitions] for table in wanted} == wanted


def test_a_new_feature_is_in_its_group_without_an_edit(catalogue: Catalogue, groups: dict[str, FeatureGroup]) -> None:
    assert {f.name for f in catalogue.pair_features} <= dict(groups["pair_features"].definitions).keys()


def test_types_follow_the_columns(groups: dict[str, FeatureGroup]) -> None:
    pairs = dict(groups["pair_features"].definitions)
    assert pairs["name_jaro_winkler"] == "Fractional"
    assert pairs["birth_date_days"] in ("Fractional", "Integral")
    assert dict(groups["online_entities"].definitions)["packed"] == "String"
    assert dict(groups["blocking_index"].definitions) == {
        "record_id": "String",
        "key": "String",
        "entity_ids": "String",
        "records": "Integral",
        "event_timestamp": "String",
    }


def test_the_service_takes_every_name_and_the_two_features_it_asks_for(groups: dict[str, FeatureGroup]) -> None:
    for group in groups.values():
        types = dict(group.definitions)
        assert len(types) == len(group.definitions) <= 2500
        assert types[group.identifier] == "String"
        assert types[group.event_time] == "String"
        assert all(SERVICE_NAME.fullmatch(name) for name in (*types, group.name("pairlake-staging")))


def test_lookups_read_records_keys_and_what_is_loaded_alone(groups: dict[str, FeatureGroup]) -> None:
    assert {table for table, group in groups.items() if group.online} == {"online_entities", "blocking_index", "loads"}
