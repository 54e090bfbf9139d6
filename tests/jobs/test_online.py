"""The settings choose the feature store, and say what is missing for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from features.catalogue import Catalogue
from features.settings import Settings, SettingsError, load
from features.store import StoreError, StoreUnavailableError
from features.store.feast_store import FeastStore
from jobs.online import open_store

SOURCE = '[[sources]]\nname = "a"\nformat = "csv"\npath = "x"\nid = "i"\ncolumns = { name = "n" }\n'


def settings(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(f'mode = "dedupe"\nlake = "{tmp_path}/lake"\n{SOURCE}{text}', encoding="utf-8")
    return load(path)


def test_feast_is_the_store_unless_the_settings_say_sagemaker(tmp_path: Path, catalogue: Catalogue) -> None:
    assert isinstance(open_store(settings(tmp_path, ""), catalogue), FeastStore)
    pytest.importorskip("boto3", reason="boto3 is not installed; requirements/dev.txt brings it")
    chosen = settings(tmp_path, '[online]\nstore = "sagemaker"\n[sagemaker]\nprefix = "pairlake-dev"\n')
    assert type(open_store(chosen, catalogue)).__name__ == "SageMakerStore"


def test_the_online_store_behind_feast_is_the_one_that_its_own_file_names(
    tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("redis", reason="redis-py is not installed; requirements/dev.txt brings it")
    file = tmp_path / "feature_store.yaml"
    online = "online_store: {type: redis, connection_string: 'localhost:9,password=${REDIS_SECRET}'}"
    file.write_text(f"project: p\nprovider: local\nregistry: {tmp_path}/registry.pb\n{online}\n", encoding="utf-8")
    chosen = settings(tmp_path, f'[online]\nfeature_store = "{file}"\n')
    assert chosen.hash == settings(tmp_path, "").hash
    with pytest.raises(StoreError, match="wants the environment variable REDIS_SECRET"):
        open_store(chosen, catalogue)
    monkeypatch.setenv("REDIS_SECRET", "s3cret")
    with pytest.raises(StoreUnavailableError, match="Redis cannot be reached"):
        open_store(chosen, catalogue).loaded()
    monkeypatch.setitem(sys.modules, "redis", None)
    for name in [name for name in sys.modules if name.endswith((".online_redis", ".redis_layers"))]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(StoreError, match=r"redis takes `pip install 'pairlake\[redis\]'`"):
        open_store(chosen, catalogue)


def test_the_choice_of_a_store_changes_no_result(tmp_path: Path) -> None:
    chosen = settings(tmp_path, '[online]\nstore = "sagemaker"\n[sagemaker]\nregion = "eu-west-1"\n')
    assert chosen.hash == settings(tmp_path, "").hash


def test_what_is_not_installed_is_named(tmp_path: Path, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    for name in [name for name in sys.modules if name.startswith("features.store.sagemaker_")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(StoreError, match=r"wants boto3; install pairlake\[aws\]"):
        open_store(settings(tmp_path, '[online]\nstore = "sagemaker"\n'), catalogue)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[online]\nstore = "sage"\n', "online.store"),
        ('[sagemaker]\nkms = "k"\n', "unknown key 'kms'; did you mean 'kms_key'"),
        ('[sagemaker]\nprefix = "pairlake_dev"\n', "sagemaker.prefix"),
        ('[sagemaker]\noffline_s3_uri = "lake/offline"\n', "sagemaker.offline_s3_uri"),
        ("[sagemaker]\nttl_days = 0\n", "sagemaker.ttl_days"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_name(tmp_path: Path, text: str, words: Any) -> None:
    with pytest.raises(SettingsError, match=words):
        settings(tmp_path, text)
