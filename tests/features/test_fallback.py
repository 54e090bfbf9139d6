"""What stands in for a part that gave way, and when nothing may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError
from features.fallback import LastGood, NothingGoodError, SourceState, last_good, patiently, states, without_encoder
from features.lake import Lake
from features.run import Run
from features.sections import Fallback, Source
from features.settings import Settings
from features.tables import PAIR_FEATURES

CLIENTS = Source(name="clients", format="csv", path="x", id="i", columns={"name": "n"})
REGISTER = Source(name="register", format="csv", path="y", id="i", columns={"name": "n"})


class AwayError(Exception):
    """A store that may answer later."""


def run_of(**settings: Any) -> Run:
    given = {"mode": "dedupe", "lake": "x", "sources": (CLIENTS, REGISTER), **settings}
    return Run(Settings.model_validate(given), "print", started_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def publish(lake: Lake, **said: Any) -> None:
    """A publication that says what it was made from."""
    lake.write_rows(PAIR_FEATURES.schema.empty_table(), PAIR_FEATURES, mode="overwrite", metadata=said)


# --- a source ---


def test_the_last_good_rows_are_those_that_the_pairs_in_force_were_made_from(lake: Lake) -> None:
    run = run_of()
    publish(lake, made_from={"raw_entities": 7}, sources=states(run, {}))
    good = last_good(lake, CLIENTS)
    assert (good.version, good.state.run_id, good.state.as_of) == (7, run.run_id, run.as_of.isoformat())


def test_rows_that_were_kept_before_are_still_those_of_the_run_that_read_them(lake: Lake) -> None:
    before = LastGood(3, SourceState("s", "first", "2025-12-31T00:00:00+00:00"))
    said = states(run_of(), {"clients": before})
    assert said["clients"] == {"settings": "s", "run_id": "first", "as_of": "2025-12-31T00:00:00+00:00"}
    assert said["register"]["run_id"] == run_of().run_id


@pytest.mark.parametrize(
    "changed", [{"columns": {"name": "other"}}, {"path": "z"}, {"where": {"a": 1}}, {"side": "right"}, {"id": "j"}]
)
def test_rows_that_were_read_under_other_settings_do_not_stand_for_a_source(
    lake: Lake, changed: dict[str, Any]
) -> None:
    publish(lake, made_from={"raw_entities": 7}, sources=states(run_of(), {}))
    with pytest.raises(NothingGoodError, match="read under other settings"):
        last_good(lake, Source(**{**CLIENTS.model_dump(), **changed}))


def test_how_old_a_source_may_be_does_not_decide_what_its_rows_are(lake: Lake) -> None:
    publish(lake, made_from={"raw_entities": 7}, sources=states(run_of(), {}))
    assert last_good(lake, Source(**{**CLIENTS.model_dump(), "max_age": "2d"})).version == 7


def test_a_first_run_and_a_new_source_have_nothing_to_fall_back_on(lake: Lake) -> None:
    with pytest.raises(NothingGoodError, match="nothing was published yet"):
        last_good(lake, CLIENTS)
    publish(lake, made_from={"raw_entities": 7}, sources={})
    with pytest.raises(NothingGoodError, match="no rows of it are published"):
        last_good(lake, CLIENTS)


# --- the encoder ---


def test_an_encoder_that_breaks_gives_way_to_one_without_a_model_and_the_fingerprint_with_it(
    catalogue: Catalogue,
) -> None:
    run = run_of()
    other = without_encoder(catalogue, run, EncoderError("the weights are gone"))
    assert other.encoder.name == HashedNgrams.name
    assert run.fingerprint == other.fingerprint != catalogue.fingerprint
    [step] = run.fallbacks
    assert (step.rung, "the weights are gone" in step.why) == ("encoder", True)


def test_an_encoder_that_must_not_be_replaced_or_has_no_other_fails(catalogue: Catalogue) -> None:
    error = EncoderError("the weights are gone")
    with pytest.raises(EncoderError):
        without_encoder(catalogue, run_of(fallback={"encoder": "fail"}), error)
    with pytest.raises(EncoderError):
        without_encoder(replace(catalogue, encoder=HashedNgrams()), run_of(), error)


# --- a store ---


def failing(times: int, error: type[Exception] = AwayError) -> tuple[Callable[[], str], list[int]]:
    """An action that fails so often and then works, and the count of its calls."""
    calls = [0]

    def action() -> str:
        calls[0] += 1
        if calls[0] <= times:
            raise error(f"attempt {calls[0]}")
        return "done"

    return action, calls


@given(
    failures=st.integers(0, 8),
    attempts=st.integers(1, 8),
    first=st.floats(0, 10),
    longest=st.floats(0, 40),
)
def test_attempts_are_bounded_and_no_wait_is_longer_than_declared(
    failures: int, attempts: int, first: float, longest: float
) -> None:
    action, calls = failing(failures)
    settings = Fallback(store_attempts=attempts, store_first_wait=first, store_longest_wait=longest)
    waits: list[float] = []
    if failures < attempts:
        assert patiently(action, settings, AwayError, waits.append) == "done"
    else:
        with pytest.raises(AwayError, match=f"attempt {attempts}"):
            patiently(action, settings, AwayError, waits.append)
    assert calls[0] == min(failures + 1, attempts)
    assert len(waits) == calls[0] - 1
    assert all(0 <= wait <= min(longest, first * 2**n) for n, wait in enumerate(waits))


def test_waits_are_drawn_from_their_whole_range_so_that_writers_come_back_apart() -> None:
    settings = Fallback(store_attempts=2, store_first_wait=1, store_longest_wait=1)
    waits: list[float] = []
    for _ in range(200):
        patiently(failing(1)[0], settings, AwayError, waits.append)
    assert min(waits) < 0.25
    assert max(waits) > 0.75


def test_an_error_that_will_not_pass_is_not_tried_again() -> None:
    action, calls = failing(3, ValueError)
    with pytest.raises(ValueError, match="attempt 1"):
        patiently(action, Fallback(), AwayError, lambda _: pytest.fail("waited"))
    assert calls == [1]
