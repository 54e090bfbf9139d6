"""Faults on purpose: a lake to break, the oracle it must end as, and the table of what was tried.

`make chaos` (pytest --chaos) runs all of them and prints the table; without it, those are left out that start a JVM of
their own to kill it, but for a few.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from rich.table import Table as Printed

from features import tables
from features.lake import Lake
from features.run import Run
from features.settings import Settings
from features.spark.frames import checksum

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WORDS = ("Alpha", "Borealis", "Commercial", "Delta", "Eastern", "Fjord", "Gulf", "Harbour")
DERIVED = (tables.ENTITY_FEATURES, tables.BLOCK_CENSUS, tables.PAIR_FEATURES)
ONLINE = (tables.ONLINE_ENTITIES, tables.BLOCKING_INDEX)
FEATURES = ("name_jaro_winkler", "name_weighted_cosine", "country_equal", "bic_agreement")
RULES = ("bic_equal", "name_words", "name_end_country")
RECORDS = 40
SOURCES = ("clients", "register")

State = int | tuple[int, int]
"""What the sources hold: each of them its records of that number, or the two of two numbers."""


# --- what is asked for, and the table at the end ---


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos", action="store_true", help="Every fault, those too that kill a JVM, and their table.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("chaos", default=False):
        return
    left_out = [item for item in items if item.get_closest_marker("chaos")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("chaos")]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The faults tried: what happened, and what was lost."""
    if not config.getoption("chaos", default=False):
        return
    rows = []
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            kept = dict(getattr(report, "user_properties", []))
            if "fault" in kept:
                happened = kept.get("happened", "")
                lost = kept.get("lost", "nothing") if outcome == "passed" else f"see above: {outcome}"
                rows.append((kept["kind"], kept["fault"], "not tried" if outcome == "skipped" else happened, lost))
    console = Console(width=200, force_terminal=False, emoji=False, markup=False)
    for kind in dict.fromkeys(row[0] for row in rows):
        printed = Printed("", kind, "what happened", "lost", title_justify="left", show_lines=False)
        for number, row in enumerate(sorted({row for row in rows if row[0] == kind}), 1):
            printed.add_row(str(number), *row[1:])
        console.print(printed)
    counts = {kind: len({row[1] for row in rows if row[0] == kind}) for kind in dict.fromkeys(row[0] for row in rows)}
    console.print("; ".join(f"{count} × {kind}" for kind, count in counts.items()))


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """Notes a fault for the table: `tried(kind, fault)` before, `tried(happened=…)` when it is known."""

    def note(kind: str | None = None, fault: str | None = None, **more: str) -> None:
        for name, value in {"kind": kind, "fault": fault, **more}.items():
            if value is not None:
                record_property(name, " ".join(str(value).split())[:160])

    return note


# --- a lake to break ---


class Drill:
    """A lake of two small sources, what is published in it, and the table that a fresh lake would make of them."""

    oracles: dict[tuple[str, bool], dict[str, str]] = {}
    """One for all drills: a fresh lake costs a run."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.spark = spark
        self.root = root
        self.lake = Lake(str(root / "lake"))

    # --- sources ---

    def write(self, state: State) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for source, number in zip(SOURCES, _each(state), strict=True):
            rows = [f"{key},{','.join(row)}" for key, row in rows_of(number, source).items()]
            (self.root / f"{source}.csv").write_text("\n".join(["id,name,country,bic", *rows]) + "\n", encoding="utf-8")

    def settings(self, **changed: Any) -> Settings:
        columns = {"name": "name", "country": "country", "bic": "bic"}
        sources = [
            {"name": name, "side": side, "format": "csv", "path": f"{name}.csv", "id": "id"}
            for name, side in zip(SOURCES, ("left", "right"), strict=True)
        ]
        given = {
            "mode": "link",
            "lake": self.lake.root,
            "sources": [{**source, "columns": columns} for source in sources],
            "catalogue": {"features": FEATURES},
            "encoder": {"name": "hashed_ngrams"},
            "blocking": {"rules": RULES},
            "refresh": {"max_changed_share": 1, "max_statistics_drift": 100},
            "gates": {"data_docs": False},
            "online": {"enabled": False},
            **changed,
        }
        return Settings.model_validate(given)

    # --- runs ---

    def here(self) -> AbstractContextManager[None]:
        """Where its sources lie: a copy of a drill has the same settings, and a refresh refuses others."""
        return chdir(self.root)

    def run(self, **changed: Any) -> Run:
        from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast

        with self.here():
            return Pipeline(self.settings(**changed), self.spark).publish()

    def refresh(self, **changed: Any) -> Run:
        from jobs.refresh import Refresh  # noqa: PLC0415

        with self.here():
            return Refresh(self.settings(**changed), self.spark).publish()

    def refresh_or_run(self, **changed: Any) -> Run:
        """A refresh, and a run where it asks for one: what an operator does."""
        from jobs.refresh import RefreshError  # noqa: PLC0415

        try:
            return self.refresh(**changed)
        except RefreshError as error:
            assert "`pairlake run`" in str(error)
            return self.run(**changed)

    # --- what is there ---

    def published(self) -> tuple[int, list[str]]:
        """The pairs in force as a reader has them: the version and its data files, all of which are there."""
        files = self.lake.data_files(tables.PAIR_FEATURES)
        assert all(Path(file).is_file() for file in files)
        return self.lake.version(tables.PAIR_FEATURES), files

    def pairs(self) -> str:
        """Checksum of the pairs in force."""
        return checksum(self.lake.read(self.spark, tables.PAIR_FEATURES))

    def content(self, *, online: bool = False) -> dict[str, str]:
        """Checksum of every table that is derived from the sources."""
        wanted = (*DERIVED, *ONLINE) if online else DERIVED
        return {table.name: checksum(self.lake.read(self.spark, table)) for table in wanted}

    def oracle(self, state: State, *, statistics_of: State | None = None, online: bool = False) -> dict[str, str]:
        """What a fresh lake makes of a state of the sources, words weighed by the statistics of another state."""
        state, statistics_of = _each(state), _each(state if statistics_of is None else statistics_of)
        key = (f"{state}/{statistics_of}", online)
        if key not in self.oracles:
            fresh = Drill(self.spark, self.root / "oracle")
            more: dict[str, Any] = {"online": {"enabled": online}}
            if statistics_of != state:
                fresh.write(statistics_of)
                fresh.run(**more)
                version = fresh.lake.rows(tables.TOKEN_STATISTICS)["version"][0].as_py()
                more["statistics"] = {"version": version}
            fresh.write(state)
            fresh.run(**more)
            self.oracles[key] = fresh.content(online=online)
            shutil.rmtree(fresh.root)
        return self.oracles[key]

    def copy(self, to: Path) -> Drill:
        """The lake and its sources at another place."""
        shutil.copytree(self.root, to, symlinks=True)
        return Drill(self.spark, to)


def _each(state: State) -> tuple[int, int]:
    return state if isinstance(state, tuple) else (state, state)


def rows_of(state: int, source: str) -> dict[str, tuple[str, str, str]]:
    """The records of a source in a state: those of state 0, a few of them gone, changed and added."""
    draw = random.Random(source)
    rows = {f"{n:03d}": _party(draw) for n in range(RECORDS)}
    for step in range(1, state + 1):
        draw = random.Random(f"{source} {step}")
        for key in draw.sample(sorted(rows), 3):
            rows[key] = _party(draw)
        del rows[draw.choice(sorted(rows))]
        rows[f"{100 + step}"] = _party(draw)
    return rows


def _party(draw: random.Random) -> tuple[str, str, str]:
    name = " ".join(draw.sample(WORDS, 2)) + " Bank"
    return name, draw.choice(("DE", "FR", "")), draw.choice(("", "", "DEUTDEFF"))


@pytest.fixture(scope="session")
def standing(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """A lake to which state 0 was published; to be copied, never changed."""
    drill = Drill(spark, tmp_path_factory.mktemp("standing") / "drill")
    drill.write(0)
    drill.run()
    return drill


@pytest.fixture
def drill(standing: Drill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drill:
    """A copy of that lake, whose sources have moved on to state 1."""
    copied = standing.copy(tmp_path / "drill")
    copied.write(1)
    monkeypatch.chdir(copied.root)
    return copied


@pytest.fixture
def completes(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Whether the next run ends as the oracle: asked of every fault by `make chaos`, else only where it is `always`."""

    def check(drill: Drill, always: bool = False) -> None:
        if always or request.config.getoption("chaos", default=False):
            drill.run()
            assert drill.content() == drill.oracle(1)

    return check


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes small file systems of a given size in memory; skips where this account may not mount."""
    import subprocess  # noqa: PLC0415

    places: list[Path] = []

    def mount(size: str) -> Path:
        place = tmp_path / f"mounted-{len(places)}"
        place.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip("a file system of a given size takes the right to mount one, which this account has not")
        places.append(place)
        return place

    yield mount
    for place in places:
        subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)
