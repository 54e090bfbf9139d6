"""Every rung of the fallback ladder, by breaking what it stands for: what was published, or the oracle of what is left.

Each can be switched to fail instead: then the last good version stays.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features import tables
from features.encoders.wordllama import EncoderError
from features.errors import PairlakeError
from features.outbox import Outbox

pytestmark = [pytest.mark.spark, pytest.mark.chaos]

ONLINE = {"online": {"enabled": True}, "fallback": {"store_attempts": 2, "store_first_wait": 0}}
FAIL = {"fallback": {"source": "fail", "encoder": "fail", "store": "fail", "store_attempts": 1}}


def of(drill: Any) -> Path:
    return Path(drill.root) / "clients.csv"


def make_old(drill: Any) -> None:
    os.utime(of(drill), (time.time() - 9e6,) * 2)


SOURCE: dict[str, tuple[Callable[[Any], object], str]] = {
    "is gone": (lambda drill: of(drill).unlink(), "there is nothing at"),
    "is empty": (lambda drill: of(drill).write_text(""), "is an empty file"),
    "has a header and no row": (
        lambda drill: of(drill).write_text("id,name,country,bic\n"),
        "no row came from|rows_clients|clients",
    ),
    "lacks a column": (
        lambda drill: of(drill).write_text(of(drill).read_text().replace("country", "land", 1)),
        "has no column 'country'",
    ),
    "breaks off inside a quote": (
        lambda drill: of(drill).write_text(of(drill).read_text() + '999,"Alpha'),
        "never closes it",
    ),
    "may not be read": (lambda drill: (of(drill).unlink(), of(drill).mkdir()), "the folder .* is empty"),
    "is older than its max_age": (make_old, "longer ago than its max_age"),
}
"""What happens to a source → how, and what is said of it."""


def aged(drill: Any) -> dict[str, Any]:
    """Settings under which the first source may not be old."""
    given = drill.settings().model_dump(mode="json", exclude_unset=True)["sources"]
    return {"sources": [{**given[0], "max_age": "30d"}, given[1]]}


def fallbacks(drill: Any) -> list[tuple[str, str]]:
    """The steps down that the last manifest names."""
    last = drill.lake.rows(tables.RUN_MANIFEST).sort_by("run_id").to_pylist()[-1]
    return [(step["rung"], step["why"]) for step in json.loads(last["details"])["fallbacks"]]


@pytest.mark.parametrize("fault", SOURCE)
def test_a_source_that_gives_way_is_kept_as_it_was(drill: Any, tried: Callable[..., None], fault: str) -> None:
    tried("fallback", f"a source {fault}")
    damage, words = SOURCE[fault]
    damage(drill)
    more = aged(drill) if fault == "is older than its max_age" else {}
    before = drill.published()
    with pytest.raises(PairlakeError, match=words):
        drill.run(**FAIL, **more)
    assert drill.published() == before
    drill.run(**more)
    assert drill.content() == drill.oracle((0, 1))
    [(rung, why)] = fallbacks(drill)
    assert rung == "source"
    assert "published rows are kept" in why
    tried(happened="its published rows kept, the oracle of the rest; told to fail, it failed", lost="nothing")


@pytest.mark.parametrize("command", ["run", "refresh"])
def test_a_source_that_goes_while_it_is_read_is_kept_as_it_was(
    drill: Any, tried: Callable[..., None], command: str
) -> None:
    tried("fallback", f"{command}: a source goes between its opening and its reading")
    from jobs.pipeline import Pipeline  # noqa: PLC0415  tests without Spark need neither it nor Feast
    from jobs.refresh import Refresh  # noqa: PLC0415

    first = {"run": "raw entities", "refresh": "changes of sources"}[command]

    def progress(stage: str) -> None:
        if stage == first:
            of(drill).unlink(missing_ok=True)

    with drill.here():
        {"run": Pipeline, "refresh": Refresh}[command](drill.settings(), drill.spark, progress).publish()
    assert drill.content() == drill.oracle((0, 1), statistics_of=(0, 1) if command == "run" else 0)
    assert [rung for rung, _ in fallbacks(drill)] == ["source"]
    tried(happened="its published rows kept, the oracle of the rest", lost="nothing")


# --- the encoder ---


EMBEDDED: dict[str, Any] = {"catalogue": {"features": ["name_token_sort", "name_embedding_cosine"]}}
"""Settings under which names are encoded: what no feature reads is not made."""


def test_an_encoder_that_breaks_in_the_middle_of_a_run_is_replaced(
    drill: Any, tried: Callable[..., None], of_the_driver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried("fallback", "the encoder breaks on a worker")
    before = drill.published()
    with monkeypatch.context() as patched:
        patched.setattr("jobs.pipeline.working", lambda _: (of_the_driver, None))
        with pytest.raises(EncoderError, match="the weights are gone"):
            drill.run(**FAIL, **EMBEDDED)
        assert drill.published() == before
        stepped = drill.run(**EMBEDDED)
    assert [step.rung for step in stepped.fallbacks] == ["encoder"]
    drill.run()
    assert drill.content() == drill.oracle(1)
    tried(happened="hashed 3-grams instead: ended as the oracle; told to fail, it failed", lost="nothing")


# --- the plan and the gate ---


def test_a_plan_over_its_budget_leaves_what_was_published(drill: Any, tried: Callable[..., None]) -> None:
    tried("fallback", "the plan is over the pair budget")
    before, small = drill.published(), {**drill.settings().blocking.model_dump(exclude_unset=True), "pair_budget": 1}
    with pytest.raises(PairlakeError, match="the blocking rules make"):
        drill.run(blocking={**small, "over_budget": []})
    kept = drill.run(blocking={**small, "over_budget": ["keep"]})
    assert kept.outcome == "kept the last version"
    assert drill.published() == before
    drill.run()
    assert drill.content() == drill.oracle(1)
    tried(happened="kept the last version; told to fail, it failed; then the oracle", lost="nothing")


def test_a_gate_that_fails_leaves_what_was_published(drill: Any, tried: Callable[..., None]) -> None:
    tried("fallback", "most rows of a source are lost: its gate fails")
    before = drill.published()
    of(drill).write_text("\n".join(of(drill).read_text().splitlines()[:4]) + "\n", encoding="utf-8")
    with pytest.raises(PairlakeError, match="did not pass its gate"):
        drill.run(gates={"data_docs": False, "compare_from": 1})
    assert drill.published() == before
    drill.write(1)
    drill.run()
    assert drill.content() == drill.oracle(1)
    tried(happened="refused: … did not pass its gate; then the oracle", lost="nothing")


# --- the online store ---


def away(feast: Path) -> None:
    """A file where the online store's folder was."""
    feast.rename(feast.with_name("elsewhere"))
    feast.write_text("")


def back(feast: Path) -> None:
    feast.unlink()
    feast.with_name("elsewhere").rename(feast)


def test_a_store_that_is_away_gets_its_load_later(drill: Any, tried: Callable[..., None]) -> None:
    tried("fallback", "the online store is away")
    drill.run(**ONLINE)
    feast = Path(drill.lake.root) / "feast"
    drill.write(2)
    away(feast)
    with pytest.raises(PairlakeError, match="cannot be reached"):
        drill.run(online=ONLINE["online"], **FAIL)
    run = drill.run(**ONLINE)
    assert run.outcome == "published, not online"
    assert "store" in [rung for rung, _ in fallbacks(drill)]
    assert len(Outbox(drill.lake).due()) == 2
    back(feast)
    again = drill.refresh(**ONLINE)
    assert again.counts["delivered from the outbox"]["run"] == run.run_id
    assert Outbox(drill.lake).due() == []
    assert drill.content(online=True) == drill.oracle(2, online=True)
    tried(happened="published; the load waited in the outbox, the next refresh delivered it", lost="nothing")
