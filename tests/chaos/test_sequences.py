"""Any sequence of changes, runs, refreshes and stops ends in the oracle's table: that of a fresh lake."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import tables

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.chaos]

STOPS = ("raw entities", "gate: standardised_entities", "entity features", "block and compare", "merge", "")
"""Where a step is stopped; nowhere, most of the time."""
EXAMPLES = 5
STATES = 3
"""States of the sources, one after the other and over again: of fewer, a fresh lake has to be made less often."""
STEP = st.tuples(
    st.sampled_from(("run", "refresh")),
    st.booleans(),  # whether the sources change before it
    st.sampled_from(STOPS + ("",) * 4),
    st.sampled_from(("", "", "", "orphan", "staged", "no clients")),
)


def play(drill: Any, steps: list[tuple[str, bool, str, str]]) -> None:
    """The steps one after the other, and a last run; after each, the pairs in force are the oracle's of some state."""
    from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast
    from jobs.refresh import Refresh, RefreshError  # noqa: PLC0415

    state = 0
    held = (0, 0)  # what the published records of each source are
    in_force = (held, held)  # what the pairs were made of, and by whose words they were weighed
    for command, changes, stop, damage in steps:
        state = (state + changes) % STATES
        drill.write(state)
        harm(drill, damage)

        def progress(stage: str, at: str = stop) -> None:
            if stage == at:
                raise KeyboardInterrupt

        before = drill.published()
        kind = {"run": Pipeline, "refresh": Refresh}[command]
        try:
            with drill.here():
                kind(drill.settings(), drill.spark, progress).publish()
        except (KeyboardInterrupt, RefreshError):
            assert drill.published() == before
        else:
            held = (held[0] if damage == "no clients" else state, state)
            in_force = (held, held if command == "run" else in_force[1])
    assert drill.pairs() == drill.oracle(in_force[0], statistics_of=in_force[1])["pair_features"]
    drill.write(state)
    drill.run()
    assert drill.content() == drill.oracle(state)


def harm(drill: Any, damage: str) -> None:
    """What a crash or a careless hand may leave in a lake."""
    if damage == "orphan":
        folder = Path(drill.lake.path(tables.PAIR_FEATURES))
        (folder / f"orphan-{uuid.uuid4()}.parquet").write_bytes(b"PAR1")
    elif damage == "staged":
        import shutil  # noqa: PLC0415

        shutil.rmtree(Path(drill.lake.root) / "staged", ignore_errors=True)
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
