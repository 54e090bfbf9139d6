"""The manifest is written however a run ends, without Spark, and hides no other error."""

from __future__ import annotations

from typing import Any

import pytest

from features import tables
from features.damage import DamageError
from features.errors import PairlakeError
from features.run import Run
from features.settings import Settings
from jobs.recording import recorded


class Recorded:
    """A lake in which runs end as a test says, and whose manifests may be made impossible to write."""

    def __init__(self, ended: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lake, self.catalogue, self.given = ended.lake, ended.catalogue, ended.given
        self._patched = monkeypatch

    def run(self, error: BaseException | None = None) -> Run:
        run = Run(Settings.model_validate(self.given), self.catalogue.fingerprint)
        with recorded(run, self.lake, lambda: self.catalogue):
            if error:
                raise error
            run.outcome = "published"
        return run

    def broken(self) -> None:
        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        self._patched.setattr(self.lake, "write_rows", full)

    def manifests(self) -> list[tuple[str, str | None]]:
        rows = self.lake.rows(tables.RUN_MANIFEST).sort_by("run_id").to_pylist()
        return [(row["outcome"], row["error"]) for row in rows]


@pytest.fixture
def runs(ended: Any, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    return Recorded(ended, monkeypatch)


def test_the_manifest_is_written_however_a_run_ends(runs: Recorded) -> None:
    runs.run()
    for error in (PairlakeError("in words"), ValueError("Zyxwvut Bank"), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            runs.run(error)
    assert runs.manifests() == [
        ("published", None),
        ("failed", "in words"),
        ("failed", "ValueError"),
        ("failed", "KeyboardInterrupt"),
    ]


def test_a_fault_of_the_machine_is_noted_in_words(runs: Recorded) -> None:
    with pytest.raises(DamageError, match="there is no space left"):
        runs.run(OSError(28, "No space left on device"))
    assert str(runs.manifests()[0][1]).startswith("there is no space left")


def test_a_manifest_that_cannot_be_written_hides_no_other_error(runs: Recorded) -> None:
    runs.broken()
    with pytest.raises(PairlakeError, match="the gate") as caught:
        runs.run(PairlakeError("the gate"))
    assert "could not be written: OSError" in caught.value.__notes__[0]
    with pytest.raises(DamageError, match="ended as 'published', but its manifest is missing: there is no space left"):
        runs.run()
