"""Delta's jars on a machine that has none yet: fetched by one of the processes that start, and only whole."""

from __future__ import annotations

import zipfile
from pathlib import Path
from threading import Thread

import pytest

from features.spark.session import MachineError, delta_jars


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAIRLAKE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def fetched(cache: Path, packages: str) -> list[Path]:
    """What Ivy leaves of the packages that a session asks it for."""
    folder = cache / "ivy" / "jars"
    folder.mkdir(exist_ok=True)
    jars = [folder / f"{group}_{name}-{version}.jar" for group, name, version in map(_parts, packages.split(","))]
    for jar in jars:
        with zipfile.ZipFile(jar, "w") as archive:
            archive.writestr("content", "x" * 100)
    return jars


def _parts(package: str) -> list[str]:
    return package.split(":")


def test_of_two_that_start_at_once_one_fetches_and_the_other_waits(cache: Path) -> None:
    seen = []

    def second() -> None:
        with delta_jars() as found:
            seen.append(found)

    with delta_jars() as first:
        assert first["spark.jars.ivy"] == str(cache / "ivy")
        other = Thread(target=second)
        other.start()
        other.join(0.2)
        assert other.is_alive()
        jars = fetched(cache, first["spark.jars.packages"])
    other.join()
    assert seen == [{"spark.jars": ",".join(map(str, jars))}]


def test_once_the_jars_are_there_sessions_start_side_by_side(cache: Path) -> None:
    with delta_jars() as first:
        fetched(cache, first["spark.jars.packages"])
    with delta_jars() as one, delta_jars() as other:
        assert one == other
        assert one.keys() == {"spark.jars"}


def test_a_jar_that_was_half_copied_is_fetched_anew(cache: Path) -> None:
    with delta_jars() as first:
        jar = fetched(cache, first["spark.jars.packages"])[0]
    jar.write_bytes(jar.read_bytes()[:-30])
    with delta_jars() as again:
        assert again == first
        assert not jar.exists()


def test_a_cache_that_cannot_be_made_is_told(cache: Path) -> None:
    cache.write_text("a file")
    with pytest.raises(MachineError, match=r"cannot be written: .*Set PAIRLAKE_CACHE"), delta_jars():
        pytest.fail("no jars, and nowhere to put them")
