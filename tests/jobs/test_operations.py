"""The commands that look after a lake refuse bad input in words, before Spark starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.erasures import ErasureError
from features.lake import LakeError
from jobs import operations

SETTINGS = """
mode = "dedupe"
lake = "{lake}"

[spark]
provided = true

[[sources]]
name = "h"
format = "csv"
path = "h.csv"
id = "id"
columns = {{ name = "name" }}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "run.toml"
    file.write_text(SETTINGS.format(lake=tmp_path / "lake"))
    return file


def test_without_a_lake_every_command_says_so(settings: Path) -> None:
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.rollback(settings)
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.erase(settings, ["h:1"])
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.maintain(settings)
    with pytest.raises(LakeError, match="no run has published to this lake yet"):
        operations.replay("0", settings)


def test_an_erasure_of_nobody_is_refused(settings: Path, tmp_path: Path) -> None:
    with pytest.raises(ErasureError, match="no record is named; wanted --entity source:id"):
        operations.erase(settings)
    (tmp_path / "empty").write_text("\n \n")
    with pytest.raises(ErasureError, match="no record is named"):
        operations.erase(settings, ids=tmp_path / "empty")
    (tmp_path / "other").write_bytes(b"\xff\xfe\x00")
    for name in ("nowhere", "other"):
        with pytest.raises(ErasureError, match=f"{name} cannot be read as a file with one entity id a line"):
            operations.erase(settings, ids=tmp_path / name)
