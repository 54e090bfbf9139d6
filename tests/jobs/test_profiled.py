"""Which run a run is compared with: the one that published last and whose profile is kept; and with what of it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.profile import Profile, profile
from features.lake import Lake
from features.settings import Settings
from features.tables import PAIR_FEATURES, PROFILES
from jobs import profiled
from jobs.profiled import KEPT_RUNS, Profiles

FEATURE = "name_jaro_winkler"


class Place:
    """A lake to which runs publish pairs of which nothing but the profile matters."""

    def __init__(self, root: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lake = Lake(root)
        self.features = [catalogue.pair_feature(FEATURE)]
        self.patch = monkeypatch

    def settings(self, **changed: Any) -> Settings:
        source = {"name": "books", "format": "csv", "path": "b.csv", "id": "i", "columns": {"name": "n"}}
        return Settings.model_validate({"mode": "dedupe", "lake": self.lake.root, "sources": [source], **changed})

    def run(self, run_id: str, value: float, *, publishes: bool = True, **changed: Any) -> tuple[str | None, Any]:
        """With which run this one is compared, and what its rule of drift says."""
        column = pa.array([value] * 200, pa.float32())
        now: Profile = profile(pa.record_batch({FEATURE: column}), self.features)
        self.patch.setattr(profiled.profiles, "of_pairs", lambda *_: now)
        profiles = Profiles(self.lake, self.settings(**changed), run_id)
        made, _ = profiles.of_pairs(None, [], self.features)  # type: ignore[arg-type]
        rules = {rule.meta["rule"]: rule for rule in made}
        profiles.keep()
        if publishes:
            row = pa.table({"id_l": ["a"], "id_r": ["b"], "rule": ["r"]})
            self.lake.write_rows(row, PAIR_FEATURES, mode="overwrite", metadata={"run_id": run_id})
        return profiles.compared_with, rules[f"drift_{FEATURE}"].said


@pytest.fixture
def place(lake_root: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(lake_root, catalogue, monkeypatch)


def test_a_run_is_compared_with_the_one_that_published_last(place: Place) -> None:
    assert place.run("R1", 0.1) == (
        None,
        "nothing to compare with: no run whose profile is kept has published to this lake",
    )
    assert place.run("R2", 0.1)[0] == "R1"
    compared, said = place.run("R3", 0.9)
    assert compared == "R2"
    assert not said.startswith("nothing")


def test_a_run_that_was_stopped_is_nothing_to_compare_with(place: Place) -> None:
    place.run("R1", 0.1)
    place.run("R2", 0.9, publishes=False)
    compared, said = place.run("R3", 0.1)
    assert (compared, said[:6]) == ("R1", "0.0000")
    assert set(place.lake.rows(PROFILES)["run_id"].to_pylist()) == {"R1", "R3"}


def test_a_refresh_in_between_leaves_the_run_before_it_to_be_compared_with(place: Place) -> None:
    place.run("R1", 0.1)
    row = pa.table({"id_l": ["a"], "id_r": ["c"], "rule": ["r"]})
    place.lake.write_rows(row, PAIR_FEATURES, mode="overwrite", metadata={"run_id": "a refresh"})
    assert place.run("R2", 0.1)[0] == "R1"


def test_pairs_that_were_chosen_otherwise_are_not_compared_and_it_is_said(place: Place) -> None:
    place.run("R1", 0.1)
    compared, said = place.run("R2", 0.9, prune={"name_equal": 1})
    assert compared == "R1"
    assert said == "nothing to compare with: pairs were chosen otherwise then (mode, blocking rules or [prune])"
    assert not place.run("R3", 0.9, prune={"name_equal": 1}, blocking={"pair_budget": 7})[1].startswith("nothing")


def test_only_the_profiles_of_the_last_runs_are_kept(place: Place) -> None:
    for number in range(KEPT_RUNS + 3):
        place.run(f"R{number:02d}", 0.1)
    kept = sorted(place.lake.rows(PROFILES)["run_id"].to_pylist())
    assert kept == [f"R{number:02d}" for number in range(2, KEPT_RUNS + 3)]
