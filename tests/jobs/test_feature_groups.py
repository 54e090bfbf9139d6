"""The command `pairlake feature-groups`: the file that Terraform makes groups of, and whether it is up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features import catalogue as catalogues
from features.settings import SettingsError
from features.store import feature_groups as groups
from jobs.feature_groups import feature_groups, rendered


def test_the_file_holds_every_group_with_its_features_in_order() -> None:
    catalogue = catalogues.load()
    read = json.loads(rendered(catalogue))
    for group in groups.feature_groups(catalogue):
        assert [(f["name"], f["type"]) for f in read[group.table]["features"]] == list(group.definitions)
        assert read[group.table]["identifier"] == group.identifier


def test_a_file_that_was_written_is_up_to_date_and_another_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "groups.json"
    with pytest.raises(SettingsError, match="--write"):
        feature_groups(check=file)
    feature_groups(write=file)
    feature_groups(check=file)
    file.write_text(file.read_text(encoding="utf-8").replace("Fractional", "String"), encoding="utf-8")
    with pytest.raises(SettingsError, match="out of date"):
        feature_groups(check=file)
