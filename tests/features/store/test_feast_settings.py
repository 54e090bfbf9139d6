"""feature_store.yaml: one place that says where things are, without secrets and without what cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

import feature_repo
from features.store import StoreError, feast_settings

OURS = Path(feature_repo.__path__[0]) / "feature_store.yaml"
KINDS = ("sqlite", "redis", "dynamodb")
REDIS = """
project: p
registry: {registry_type: sql, path: "postgresql://${DB_USER}:${DB_SECRET}@db:5432/feast"}
online_store: {type: redis, connection_string: "redis:6379,ssl=true,username=reader,password=$REDIS_SECRET"}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "feature_store.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_lake_stands_where_the_file_names_it() -> None:
    settings = feast_settings.read(OURS, "/lake", KINDS)
    assert settings["registry"]["path"] == "/lake/feast/registry.pb"
    assert settings["online_store"] == {"type": "sqlite", "path": "/lake/feast/online.db"}


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB_USER", "DB_SECRET", "REDIS_SECRET"):
        monkeypatch.setenv(name, name.lower())
    settings = feast_settings.read(written(tmp_path, REDIS), "s3://bucket/lake", KINDS)
    assert settings["registry"]["path"] == "postgresql://db_user:db_secret@db:5432/feast"
    assert settings["online_store"]["connection_string"] == "redis:6379,ssl=true,username=reader,password=redis_secret"


def test_a_lake_in_s3_takes_a_registry_there_and_an_online_store_that_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="name redis or dynamodb"):
        feast_settings.read(OURS, "s3://bucket/lake", KINDS)
    text = OURS.read_text(encoding="utf-8").replace("${PAIRLAKE_LAKE}/feast/online.db", "/var/pairlake/online.db")
    settings = feast_settings.read(written(tmp_path, text), "s3://bucket/lake", KINDS)
    assert settings["registry"]["path"] == "s3://bucket/lake/feast/registry.pb"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (REDIS, "wants the environment variable DB_USER for path, which is not set"),
        ("online_store: {type: redis, connection_string: 'redis:6379,password=plain'}", "secret written out"),
        ("registry: {path: 'postgresql://feast:plain@db/feast'}\nonline_store: {type: redis}", "secret written out"),
        ("online_store: {type: cassandra}", "names the online store 'cassandra'; Pairlake loads 'sqlite', 'redis'"),
        ("online_store: redis", "names no online_store with a type"),
        ("- a list", "names no online_store with a type"),
        ("online_store: [", "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as raised:
        feast_settings.read(written(tmp_path, text), "/lake", KINDS)
    assert "plain" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere\.yaml cannot be read"):
        feast_settings.read(tmp_path / "nowhere.yaml", "/lake", KINDS)
