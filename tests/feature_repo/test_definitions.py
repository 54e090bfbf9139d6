"""Feast's definitions follow from the catalogue; its own command line sees the same."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from feast import Entity, FeatureView
from feast.cli.cli import cli

import feature_repo
import features.spark.session as session_module
from feature_repo.definitions import define
from features import tables
from features.catalogue import Catalogue, load
from features.spark.frames import spark_schema
from features.tables import BLOCKING_INDEX, ENTITY_FEATURES, ONLINE_ENTITIES, PAIR_FEATURES

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REPO = Path(feature_repo.__file__).parent
PATHS = {table.name: f"/lake/{table.name}" for table in tables.ALL}

OWN = '''
"""A user's own feature."""
from features.comparators.values import equal
from features.declare import Similarity, Text, pair_feature


@pair_feature(version=3)
def region_equal(country_l: Text, country_r: Text) -> Similarity:
    """1 when both are of one region."""
    return equal(country_l, country_r)
'''


def views(catalogue: Catalogue) -> dict[str, FeatureView]:
    return {d.name: d for d in define(catalogue, PATHS) if isinstance(d, FeatureView)}


def types(view: FeatureView) -> dict[str, str]:
    return {field.name: str(field.dtype) for field in view.features}


def test_every_pair_feature_is_a_field(catalogue: Catalogue) -> None:
    view = views(catalogue)[PAIR_FEATURES.name]
    assert [field.name for field in view.features] == ["rule", *(f.name for f in catalogue.pair_features)]
    assert types(view)["name_jaro_winkler"] == "Float32"
    assert types(view)["lei_agreement"] == "Int32"
    assert view.entities == ["id_l", "id_r"]
    assert not view.online
    assert view.tags == {"fingerprint": catalogue.fingerprint}


def test_a_new_feature_needs_no_edit_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_region_feature.py").write_text(OWN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    view = views(load(["own_region_feature"]))[PAIR_FEATURES.name]
    field = next(field for field in view.features if field.name == "region_equal")
    assert str(field.dtype) == "Float32"
    assert field.description == "1 when both are of one region."
    assert field.tags["version"] == "3"


def test_the_legible_view_shows_what_the_kernel_reads_and_stays_offline(catalogue: Catalogue) -> None:
    view = views(catalogue)[ENTITY_FEATURES.name]
    found = types(view)
    assert set(catalogue.kernel_columns) < found.keys()
    assert (found["name_core"], found["name_tokens"]) == ("String", "Array(String)")
    assert (found["name_embedding"], found["keys"]) == ("Bytes", "Array(Int64)")
    assert not view.online
    acronyms = next(field for field in view.features if field.name == "name_acronyms")
    assert "First letters" in acronyms.description


def test_what_a_lookup_reads_is_online(catalogue: Catalogue) -> None:
    found = views(catalogue)
    assert types(found[ONLINE_ENTITIES.name]) == {"packed": "Bytes", "fingerprint": "String"}
    assert types(found[BLOCKING_INDEX.name]) == {"entity_ids": "Array(String)", "records": "Int64"}
    assert found[ONLINE_ENTITIES.name].online
    assert found[BLOCKING_INDEX.name].online


def test_views_read_the_delta_tables_they_are_given(catalogue: Catalogue) -> None:
    for name, view in views(catalogue).items():
        assert view.batch_source.path == f"/lake/{name}"
        assert view.batch_source.timestamp_field == "event_timestamp"


def test_entities_are_the_keys_of_the_tables(catalogue: Catalogue) -> None:
    entities = {d.name for d in define(catalogue, PATHS) if isinstance(d, Entity)}
    assert entities == {"entity_id", "key", "id_l", "id_r"}


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Feast's own command line in this process. It changes directory and path, and imports `definitions`."""
    monkeypatch.chdir(REPO)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(session_module, "session", lambda *_: None)  # it takes the session of the tests
    yield lambda *arguments: CliRunner().invoke(cli, ["-c", str(REPO), *arguments])
    sys.modules.pop("definitions", None)


@pytest.mark.spark
def test_feasts_own_command_line_applies_and_lists_the_views(
    spark: SparkSession,
    tmp_path: Path,
    catalogue: Catalogue,
    command_line: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for table, schema in (
        (ENTITY_FEATURES, catalogue.entity_schema),
        (ONLINE_ENTITIES, ONLINE_ENTITIES.schema),
        (BLOCKING_INDEX, BLOCKING_INDEX.schema),
        (PAIR_FEATURES, catalogue.pair_schema),
    ):
        empty = spark.createDataFrame([], spark_schema(schema))
        empty.write.format("delta").save(str(tmp_path / table.name))
    monkeypatch.setenv("PAIRLAKE_LAKE", str(tmp_path))
    applied = command_line("apply")
    spark.conf.set("spark.sql.parser.quotedRegexColumnNames", "false")  # Feast's doing, by hand as in a run
    assert applied.exit_code == 0, applied.output
    listed = command_line("feature-views", "list").output
    assert [name for name in views(catalogue) if name not in listed] == []
    assert sorted(path.name for path in (tmp_path / "feast").iterdir()) == ["online.db", "registry.pb"]


@pytest.mark.parametrize("lake", ["", "relative/lake", "/nowhere/lake"])
def test_feasts_own_command_line_wants_to_know_the_lake(
    lake: str, command_line: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAIRLAKE_LAKE", lake)
    with pytest.raises(SystemExit, match="wanted the absolute path of a lake"):
        runpy.run_path(str(REPO / "definitions.py"), run_name="definitions")
