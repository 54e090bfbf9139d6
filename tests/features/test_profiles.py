"""Profiles of published pairs: over files however the rows lie in them, kept by run."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.catalogue import Catalogue
from features.kernel.profile import Profile, profile
from features.lake import Lake
from features.profiles import keep_profile, profile_before, profile_of_files, profile_of_run
from features.tables import PAIR_FEATURES, PAIR_PROFILES, PROFILES

NAMES = ("name_token_sort", "bic_agreement")


def pairs(similarities: list[float | None], states: list[int]) -> pa.Table:
    return pa.table({NAMES[0]: pa.array(similarities, pa.float32()), NAMES[1]: pa.array(states, pa.int8())})


@given(cuts=st.lists(st.integers(0, 40), max_size=3), group=st.integers(1, 50))
def test_files_and_row_groups_do_not_change_a_profile(
    catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory, cuts: list[int], group: int
) -> None:
    features = catalogue.select(NAMES, None).pair_features
    values = [None if n % 7 == 0 else n / 40 for n in range(40)]
    table = pairs(values, [n % 5 for n in range(40)])
    folder, bounds = tmp_path_factory.mktemp("files"), sorted({0, 40, *cuts})
    for low, high in zip(bounds, bounds[1:], strict=False):
        pq.write_table(table.slice(low, high - low), folder / f"{low}.parquet", row_group_size=group)
    assert profile_of_files([str(file) for file in folder.iterdir()], features) == profile(table, features)


def test_no_file_is_a_profile_of_no_pairs(catalogue: Catalogue) -> None:
    assert profile_of_files([], catalogue.pair_features) == Profile()


def test_a_lake_without_profiles_has_none(lake_root: str) -> None:
    lake = Lake(lake_root)
    assert profile_of_run(lake, "20260101T000000.000000Z") is None
    assert profile_before(lake, "20260101T000000.000000Z") is None


def test_a_profile_is_found_by_its_run_and_by_the_run_after_it(lake_root: str, catalogue: Catalogue) -> None:
    lake, chosen = Lake(lake_root), catalogue.select(NAMES, None)
    Path(lake.path(PAIR_FEATURES)).mkdir(parents=True)
    published = pairs([0.5, None], [0, 3])
    pq.write_table(published, f"{lake.path(PAIR_FEATURES)}/a.parquet")
    size = Path(f"{lake.path(PAIR_FEATURES)}/a.parquet").stat().st_size
    files = pa.table({"name": ["a.parquet"], "rows": [2], "bytes": [size]})
    lake.commit(files, PAIR_FEATURES, "", published.schema, metadata={"run_id": "20260102"})
    for run_id in ("20260102", "20260104"):
        kept = keep_profile(lake, run_id, 0, 2, chosen.pair_features)
        keep_profile(lake, run_id, 0, 2, chosen.pair_features)  # a second time changes nothing
        assert profile_of_run(lake, run_id) == kept == profile(published, chosen.pair_features)
    before = [profile_before(lake, run_id) for run_id in ("20260102", "20260103", "20260105")]
    assert [found and found[0] for found in before] == [None, "20260102", "20260104"]
    assert lake.rows(PAIR_PROFILES).num_rows == 2 * len(NAMES)


@pytest.mark.parametrize(("let_pass", "counted_anew"), [(2, False), (3, True)])
def test_what_the_gate_counted_is_taken_where_it_is_of_all_pairs_in_force(
    lake_root: str, catalogue: Catalogue, let_pass: int, counted_anew: bool
) -> None:
    lake, features = Lake(lake_root), catalogue.select(NAMES, None).pair_features
    gated = profile(pairs([0.5] * let_pass, [1] * let_pass), features)
    row = {"run_id": "20260102", "table": "pair_features", "profile": json.dumps({"profile": gated.to_dict()})}
    lake.write_rows(pa.Table.from_pylist([row], PROFILES.schema), PROFILES)
    published = pairs([0.9, None], [0, 3])
    lake.write_rows(published, replace(PAIR_FEATURES, schema=published.schema), metadata={"run_id": "20260102"})
    found = keep_profile(lake, "20260102", 0, 2, features)
    assert found == (profile(published, features) if counted_anew else gated)


def test_a_profile_is_that_of_the_run_that_made_the_pairs_whatever_their_version_and_number(
    lake_root: str, catalogue: Catalogue
) -> None:
    lake, features = Lake(lake_root), catalogue.select(NAMES, None).pair_features
    made = {run: pairs([score, None], [0, 3]) for run, score in (("1", 0.2), ("2", 0.9), ("3", 0.4))}
    for run, published in made.items():
        if run == "3":  # taken away and made anew: its first version again
            shutil.rmtree(lake.path(PAIR_FEATURES))
        of = replace(PAIR_FEATURES, schema=published.schema)
        lake.write_rows(published, of, mode="overwrite", metadata={"run_id": run})
        assert keep_profile(lake, run, lake.version(of), 2, features) == profile(published, features)
    lake.write_rows(made["1"], of, mode="overwrite", metadata={"run_id": "4"})
    gated = {"run_id": "5", "table": "pair_features", "profile": json.dumps({"profile": Profile(2, {}).to_dict()})}
    lake.write_rows(pa.Table.from_pylist([gated], PROFILES.schema), PROFILES)
    lake.write_rows(made["3"], of, mode="overwrite", metadata={"run_id": "5", "rolled_back_to": 0})
    assert keep_profile(lake, "5", 2, 2, features) == profile(made["3"], features)
