"""Stored files and logs that are broken: one message in words, no more damage; once put right, the run completes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from features import tables
from features.errors import PairlakeError
from features.tables import Table

pytestmark = pytest.mark.spark

Damage = Callable[[Path], object]


def entries(table: Path) -> list[Path]:
    return sorted((table / "_delta_log").glob("*.json"))


def data(table: Path) -> Path:
    return max(table.rglob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)


def flip(file: Path) -> None:
    """One bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def quick(names: Iterable[str], always: Iterable[str]) -> list[Any]:
    """Parameters of which `make test` takes these alone, `make chaos` all."""
    return [pytest.param(name, marks=() if name in always else pytest.mark.chaos) for name in names]


LOGS: dict[str, tuple[Table, Damage, str]] = {
    "the last entry of the log of pairs breaks off": (
        tables.PAIR_FEATURES,
        lambda table: cut(entries(table)[-1]),
        "the table pair_features under .* cannot be opened: .*Put the log .* back from a copy",
    ),
    "the last entry of the log of pairs is empty": (
        tables.PAIR_FEATURES,
        lambda table: entries(table)[-1].write_text(""),
        "of its log is empty, as a machine leaves a file when it loses power; .*the version before it is then in force",
    ),
    "the log of manifests has no first entry": (
        tables.RUN_MANIFEST,
        lambda table: entries(table)[0].unlink(),
        "the table run_manifest under .* cannot be opened",
    ),
    "the log of record features is garbage": (
        tables.ENTITY_FEATURES,
        lambda table: entries(table)[-1].write_bytes(b"\x00\xff" * 40),
        "the table entity_features under .* cannot be opened",
    ),
    "an entry in the middle of the log of manifests is gone": (
        tables.RUN_MANIFEST,
        lambda table: entries(table)[1].unlink(),
        "the table run_manifest under .* cannot be opened: .*gap",
    ),
    "the log of standardised records is a file": (
        tables.STANDARDISED_ENTITIES,
        lambda table: (shutil.rmtree(table / "_delta_log"), (table / "_delta_log").write_text("x")),
        "",
    ),
    "a file stands where a table's folder was": (
        tables.BLOCK_CENSUS,
        lambda table: (shutil.rmtree(table), table.write_text("x")),
        "a file stands where the lake .* wants a folder",
    ),
    "a file of the statistics is gone": (
        tables.TOKEN_STATISTICS,
        lambda table: data(table).unlink(),
        "of the table token_statistics is not there; put it back from a copy",
    ),
    "a file of the statistics breaks off": (
        tables.TOKEN_STATISTICS,
        lambda table: cut(data(table)),
        r"of the table token_statistics has \d+ bytes, wanted [\d,]+; put it back",
    ),
    "a bit of the statistics' file is another": (
        tables.CATALOGUE_VERSIONS,
        lambda table: flip_footer(data(table)),
        "a stored file is missing or broken",
    ),
}
"""What is broken → whose table, how, and what a run says."""


def flip_footer(file: Path) -> None:
    """Another byte where the file says how its columns lie."""
    content = bytearray(file.read_bytes())
    content[-4:] = b"RAPX"
    file.write_bytes(content)


STATISTICS = [name for name in LOGS if "statistics" in name]
"""Come to light in the middle of a run."""


@pytest.mark.parametrize("fault", quick(LOGS, set(LOGS) - set(STATISTICS[1:])))
def test_a_run_on_a_broken_table_is_told_and_once_it_is_put_back_completes(
    drill: Any, tried: Callable[..., None], completes: Callable[..., None], tmp_path: Path, fault: str
) -> None:
    tried("broken store", fault)
    for _ in range(2):
        drill.lake.write_rows(tables.RUN_MANIFEST.schema.empty_table(), tables.RUN_MANIFEST)
    table, damage, wanted = LOGS[fault]
    before, copied = drill.published(), tmp_path / "copy"
    shutil.copytree(drill.lake.root, copied)
    damage(Path(drill.lake.path(table)))
    said = refused(drill.run)
    assert re.search(wanted, said), said
    shutil.rmtree(drill.lake.root)
    shutil.copytree(copied, drill.lake.root)
    assert drill.published() == before
    if fault == next(iter(LOGS)):  # every other one leaves the same lake, put back from the same copy
        completes(drill)
    tried(happened=f"refused: {said.replace(str(tmp_path), '')}", lost="nothing")


REFRESHED: dict[str, tuple[Table, Damage]] = {
    "a file of the record features is gone": (tables.ENTITY_FEATURES, lambda table: data(table).unlink()),
    "a file of the record features breaks off": (tables.ENTITY_FEATURES, lambda table: cut(data(table))),
    "a file of the pairs is gone": (tables.PAIR_FEATURES, lambda table: data(table).unlink()),
    "a file of the pairs breaks off": (tables.PAIR_FEATURES, lambda table: cut(data(table))),
    "a file of the raw records is gone": (tables.RAW_ENTITIES, lambda table: data(table).unlink()),
    "a file of the raw records breaks off": (tables.RAW_ENTITIES, lambda table: cut(data(table))),
    "a bit of the raw records' file is another": (tables.RAW_ENTITIES, lambda table: flip(data(table))),
}


@pytest.mark.parametrize("fault", quick(REFRESHED, ("a file of the pairs breaks off",)))
def test_a_refresh_on_a_broken_file_is_told_and_a_run_makes_all_anew(
    drill: Any, tried: Callable[..., None], completes: Callable[..., None], fault: str
) -> None:
    tried("broken store", f"{fault} (refresh)")
    table, damage = REFRESHED[fault]
    version = drill.lake.version(tables.PAIR_FEATURES)
    damage(Path(drill.lake.path(table)))
    said = refused(drill.refresh)
    assert "put it back from a copy" in said
    assert table.name in said or ".parquet" in said
    assert drill.lake.version(tables.PAIR_FEATURES) == version
    completes(drill)
    tried(happened=f"refused: {said.replace(str(drill.root), '')}; a run ended as the oracle", lost="nothing")


HARMLESS: dict[str, Callable[[Path], object]] = {
    "data files that no commit names": lambda lake: (
        (lake / "pair_features" / "20260101T000000.000000Z").mkdir(),
        shutil.copy(
            data(lake / "pair_features"), lake / "pair_features" / "20260101T000000.000000Z" / "part-0.parquet"
        ),
        shutil.copy(data(lake / "raw_entities"), lake / "raw_entities" / "part-orphan.snappy.parquet"),
    ),
    "an entry of the log that was being written": lambda lake: (
        lake / "pair_features" / "_delta_log" / f".{1:020}.json.{'0' * 8}.tmp"
    ).write_text('{"commitInfo":'),
    "a lock file of a run that is no more": lambda lake: (lake / ".writer").write_text("run 1999, since ever"),
    "the staged tables are gone": lambda lake: shutil.rmtree(lake / "staged"),
    "an entry of a staged log breaks off": lambda lake: cut(entries(lake / "staged" / "raw_entities")[-1]),
    "the statistics are gone": lambda lake: shutil.rmtree(lake / "token_statistics"),
    "the census of blocks is gone": lambda lake: shutil.rmtree(lake / "block_census"),
    "the manifests are gone": lambda lake: shutil.rmtree(lake / "run_manifest"),
    "a pointer to a checkpoint that is none": lambda lake: (
        lake / "pair_features" / "_delta_log" / "_last_checkpoint"
    ).write_text("{"),
}


@pytest.mark.parametrize("fault", quick(HARMLESS, ()))
def test_what_a_crash_or_a_hand_leaves_is_not_seen_and_the_next_run_completes(
    drill: Any, tried: Callable[..., None], completes: Callable[..., None], fault: str
) -> None:
    tried("broken store", fault)
    before, content = drill.published(), drill.pairs()
    HARMLESS[fault](Path(drill.lake.root))
    assert drill.published() == before
    assert drill.pairs() == content
    completes(drill, fault in ("data files that no commit names", "the statistics are gone"))
    tried(happened="not seen by readers; a run ended as the oracle", lost="nothing")


@pytest.mark.chaos
def test_a_log_that_is_gone_is_told_to_readers_and_the_next_run_completes(
    drill: Any, tried: Callable[..., None], completes: Callable[..., None]
) -> None:
    tried("broken store", "the log of pairs is gone")
    shutil.rmtree(Path(drill.lake.path(tables.PAIR_FEATURES)) / "_delta_log")
    assert "or its log is gone" in refused(lambda: drill.lake.version(tables.PAIR_FEATURES))
    assert "or its log is gone" in refused(drill.refresh)
    completes(drill)
    tried(
        happened="refused: … or its log is gone; a run ended as the oracle", lost="versions before it, with their log"
    )


def refused(command: Callable[[], object]) -> str:
    """The one message of what was refused."""
    with pytest.raises(PairlakeError) as caught:
        command()
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 900
    return said
