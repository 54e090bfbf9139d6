"""Online files that are broken or half written: told in words, never seen by a lookup, and loaded anew."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.errors import PairlakeError

pytestmark = [pytest.mark.spark, pytest.mark.chaos]

ONLINE = {"online": {"enabled": True}}


def online_of(drill: Any) -> Path:
    return Path(drill.lake.root) / "feast"


BROKEN_ONLINE: dict[str, tuple[Callable[[Path], object], str]] = {
    "the online file is garbage": (
        lambda feast: (feast / "online.db").write_bytes(b"no database" * 999),
        "the online store .* cannot be read .*; remove it and load it anew",
    ),
    "the online file breaks off": (
        lambda feast: (feast / "online.db").write_bytes((feast / "online.db").read_bytes()[:5000]),
        "",
    ),
    "Feast's registry is garbage": (
        lambda feast: (feast / "registry.pb").write_bytes(b"\xff" * 999),
        "Feast's registry .* cannot be read .*; take it away: a run registers all anew",
    ),
}


@pytest.fixture(scope="module")
def online(standing: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A lake whose records are online; to be copied."""
    drill = standing.copy(tmp_path_factory.mktemp("online") / "drill")
    drill.run(**ONLINE)
    return drill


def looked_up(drill: Any) -> list[str]:
    from jobs.online import open_lookup  # noqa: PLC0415

    found = open_lookup(drill.settings(**ONLINE))[0].lookup({"name": "Alpha Borealis Bank", "country": "DE"})
    assert found.candidates
    return sorted(candidate.entity_id for candidate in found.candidates)


@pytest.mark.parametrize("fault", BROKEN_ONLINE)
def test_an_online_file_that_is_broken_is_told_and_loaded_anew_once_it_is_taken_away(
    online: Any, tmp_path: Path, tried: Callable[..., None], fault: str
) -> None:
    tried("online", fault)
    drill = online.copy(tmp_path / "drill")
    wanted = looked_up(drill)
    damage, words = BROKEN_ONLINE[fault]
    damage(online_of(drill))
    with pytest.raises(PairlakeError) as caught:
        drill.run(**ONLINE)
    said = str(caught.value)
    assert re.search(words, said), said
    assert drill.content()["pair_features"] == drill.oracle(0)["pair_features"]
    for file in ("online.db", "registry.pb"):
        (online_of(drill) / file).unlink()
    drill.run(**ONLINE)
    assert looked_up(drill) == wanted
    tried(happened=f"refused: {said.replace(str(tmp_path), '')}; loaded anew, the same answers", lost="nothing")


def test_what_a_load_that_was_killed_left_is_not_seen(online: Any, tmp_path: Path, tried: Callable[..., None]) -> None:
    tried("online", "half-written files of a load that was killed")
    drill = online.copy(tmp_path / "drill")
    wanted = looked_up(drill)
    for file in ("online.db.new", "registry.pb.new"):
        (online_of(drill) / file).write_bytes(b"half")
    assert looked_up(drill) == wanted
    drill.run(**ONLINE)
    assert looked_up(drill) == wanted
    tried(happened="not seen; the next load ended as before", lost="nothing")


def test_a_journal_without_its_file_is_not_played_into_the_next_one(
    online: Any, tmp_path: Path, tried: Callable[..., None]
) -> None:
    tried("online", "the online file of a killed refresh taken away, its journal left")
    drill = online.copy(tmp_path / "drill")
    wanted, file = looked_up(drill), online_of(drill) / "online.db"
    leave_a_hot_journal(file)
    assert file.with_name("online.db-journal").stat().st_size
    file.unlink()
    drill.run(**ONLINE)
    assert looked_up(drill) == wanted
    tried(happened="loaded anew, the same answers", lost="nothing")


def leave_a_hot_journal(file: Path) -> None:
    """What a process leaves that is killed in the middle of a transaction."""
    program = (
        "import os, signal, sqlite3, sys\n"
        "file = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "file.execute('PRAGMA cache_size = 5')\n"
        "file.execute('BEGIN IMMEDIATE')\n"
        "for (table,) in file.execute(\"SELECT name FROM sqlite_master WHERE type = 'table'\").fetchall():\n"
        "    file.execute(f'DELETE FROM \"{table}\"')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
