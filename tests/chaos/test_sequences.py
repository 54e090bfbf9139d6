"""Any sequence of changes, runs, refreshes and stops ends in the oracle's table: that of a fresh lake."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import tables
from features.errors import PairlakeError

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.chaos]

STOPS = ("raw entities", "gate: standardised_entities", "entity features", "block and compare", "merge", "")
"""Where a step is stopped; nowhere, most of the time."""
EXAMPLES = 5
STATES = 3
"""States of the sources, one after the other and over again: of fewer, a fresh lake has to be made less often."""
STEP = st.tuples(
    st.sampled_from(("run", "run", "refresh", "refresh", "rollback", "maintain")),
    st.booleans(),  # whether the sources change before it
    st.sampled_from(STOPS + ("",) * 4),
    st.sampled_from(("", "", "", "orphan", "staged", "no clients", "no raw records")),
)

Made = tuple[tuple[int, int], tuple[int, int]]
"""States of the sources that pairs were made of, and of those by whose words they were weighed."""


def play(drill: Any, steps: list[tuple[str, bool, str, str]]) -> None:
    """The steps one after the other, and a last run; after each, the pairs in force are the oracle's of some state."""
    state = 0
    held = (0, 0)  # what the published records of each source are
    known: dict[int, Made] = {drill.lake.version(tables.PAIR_FEATURES): (held, held)}
    for command, changes, stop, damage in steps:
        state = (state + changes) % STATES
        drill.write(state)
        harm(drill, damage)
        before = drill.published()
        try:
            went_back_to = act(drill, command, stop)
        except (KeyboardInterrupt, PairlakeError):
            assert drill.published()[0] == before[0]
            continue
        made = known[before[0]]
        if went_back_to is not None:
            made = known[went_back_to]
            held = made[0]
        elif command in ("run", "refresh"):
            held = (held[0] if damage == "no clients" else state, state)
            made = (held, held if command == "run" else made[1])
        known[drill.lake.version(tables.PAIR_FEATURES)] = made
    now = known[drill.lake.version(tables.PAIR_FEATURES)]
    assert drill.pairs() == drill.oracle(now[0], statistics_of=now[1])["pair_features"]
    drill.write(state)
    drill.run()
    assert drill.content() == drill.oracle(state)


def act(drill: Any, command: str, stop: str) -> int | None:
    """One step, stopped where it comes to a stage; of a rollback, the version whose rows are in force again."""
    from jobs.maintained import Maintenance  # noqa: PLC0415  tests without Spark need neither it nor Feast
    from jobs.pipeline import Pipeline  # noqa: PLC0415
    from jobs.refresh import Refresh  # noqa: PLC0415
    from jobs.rolled_back import Rollback  # noqa: PLC0415

    def progress(stage: str) -> None:
        if stage == stop:
            raise KeyboardInterrupt

    with drill.here():
        if command == "maintain":
            retention = {"days": 0, "versions": 2, "reader_hours": 0, "compact_files": 1}
            Maintenance(drill.settings(retention=retention), lambda: drill.spark).publish()
        elif command == "rollback":
            rollback = Rollback(drill.settings())
            rollback.publish(drill.spark)
            return int(rollback.state.stands_for)
        else:
            kind = {"run": Pipeline, "refresh": Refresh}[command]
            kind(drill.settings(), drill.spark, progress).publish()
    return None


def harm(drill: Any, damage: str) -> None:
    """What a crash or a careless hand may leave in a lake."""
    if damage == "orphan":
        folder = Path(drill.lake.path(tables.PAIR_FEATURES))
        (folder / f"orphan-{uuid.uuid4()}.parquet").write_bytes(b"PAR1")
    elif damage == "staged":
        shutil.rmtree(Path(drill.lake.root) / "staged", ignore_errors=True)
    elif damage == "no raw records":
        shutil.rmtree(drill.lake.path(tables.RAW_ENTITIES), ignore_errors=True)
    elif damage == "no clients":
        (drill.root / "clients.csv").unlink()


def test_a_few_steps_end_in_the_table_of_a_fresh_lake(
    standing: Any, tmp_path: Path, tried: Callable[..., None]
) -> None:
    tried("sequence", "changes, stopped refresh, orphans, a source that is gone, stopped run, refresh, run")
    steps = [
        ("refresh", True, "merge", ""),
        ("refresh", True, "", "orphan"),
        ("run", True, "block and compare", "no clients"),
    ]
    play(standing.copy(tmp_path / "drill"), [*steps, ("refresh", False, "", "staged")])
    tried(happened="ended as the oracle", lost="nothing")


def test_upkeep_going_back_and_records_made_anew_end_in_it_too(
    standing: Any, tmp_path: Path, tried: Callable[..., None]
) -> None:
    tried("sequence", "run, rollback, upkeep, refresh, records taken away, stopped run, refresh, run")
    steps = [
        ("run", True, "", ""),
        ("rollback", False, "", ""),
        ("maintain", False, "", ""),
        ("refresh", False, "", ""),
        ("run", True, "gate: standardised_entities", "no raw records"),
        ("refresh", False, "", ""),
    ]
    play(standing.copy(tmp_path / "drill"), steps)
    tried(happened="ended as the oracle", lost="nothing")


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, min_size=3, max_size=6))
def test_many_steps_end_in_the_table_of_a_fresh_lake(
    standing: Any,
    tmp_path_factory: pytest.TempPathFactory,
    tried: Callable[..., None],
    steps: list[tuple[str, bool, str, str]],
) -> None:
    play(standing.copy(tmp_path_factory.mktemp("sequence") / "drill"), steps)
    tried("sequence", f"{EXAMPLES} drawn at random, of three to six steps each")
    tried(happened="each ended as the oracle", lost="nothing")
