"""Versions in the lake: what a fingerprint stands for is found again, and another one is refused in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.encoders.hashed_ngrams import HashedNgrams
from features.lake import Lake
from features.statistics import Split, Statistics
from features.tables import CATALOGUE_VERSIONS, SPLIT_POINTS, TOKEN_STATISTICS
from features.versions import FingerprintError, as_made, keep, parts_of, statistics_of

COUNTED = pa.table({"token": ["bank", "trust"], "records": [5, 2]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def test_a_fingerprint_gives_back_the_statistics_and_the_encoder_it_was_made_with(
    lake: Lake, catalogue: Catalogue
) -> None:
    made = replace(catalogue, statistics=Statistics.of(COUNTED, 9), encoder=HashedNgrams())
    keep(lake, made, COUNTED)
    again = as_made(lake, catalogue, made.fingerprint)
    assert again.fingerprint == made.fingerprint != catalogue.fingerprint
    assert again.encoder.name == HashedNgrams.name
    assert again.statistics.weights(["bank", "other"]).tolist() == made.statistics.weights(["bank", "other"]).tolist()


def test_the_same_statistics_are_kept_once_and_new_ones_leave_old_ones_alone(lake: Lake, catalogue: Catalogue) -> None:
    first = replace(catalogue, statistics=Statistics.of(COUNTED, 9))
    for _ in range(2):
        keep(lake, first, COUNTED)
    before = statistics_of(lake, first.statistics.version)[0].weights(["bank"]).tolist()
    other = pa.table({"token": ["bank"], "records": [2]})
    keep(lake, replace(catalogue, statistics=Statistics.of(other, 9)), other)
    assert lake.rows(TOKEN_STATISTICS).num_rows == len(COUNTED) + 1 + len(other) + 1  # a row stands for each version
    assert statistics_of(lake, first.statistics.version)[0].weights(["bank"]).tolist() == before
    assert len(set(lake.rows(CATALOGUE_VERSIONS)["fingerprint"].to_pylist())) == 2


def test_split_points_are_part_of_a_version_and_lakes_without_them_stay_readable(
    lake: Lake, catalogue: Catalogue
) -> None:
    splits = {Split("name_core", 3): ("b", "é"), Split("city", 2): ()}
    plain, cut = Statistics.of(COUNTED, 9), Statistics.of(COUNTED, 9, splits)
    assert plain.version != cut.version
    keep(lake, replace(catalogue, statistics=plain), COUNTED)
    assert not lake.exists(SPLIT_POINTS)
    assert statistics_of(lake, plain.version)[0].splits == {}
    for _ in range(2):
        keep(lake, replace(catalogue, statistics=cut), COUNTED)
    again = statistics_of(lake, cut.version)[0]
    assert (again.version, again.splits) == (cut.version, splits)
    assert statistics_of(lake, plain.version)[0].splits == {}


def test_statistics_of_records_that_share_no_word_are_kept_and_found_again(lake: Lake, catalogue: Catalogue) -> None:
    nothing = COUNTED.slice(0, 0)
    made = replace(catalogue, statistics=Statistics.of(nothing, 3))
    for _ in range(2):
        keep(lake, made, nothing)
    again = as_made(lake, catalogue, made.fingerprint)
    assert (again.fingerprint, again.statistics.records) == (made.fingerprint, 3)
    assert lake.rows(TOKEN_STATISTICS).num_rows == 1


def test_a_reader_of_another_fingerprint_is_told_what_differs(lake: Lake, catalogue: Catalogue) -> None:
    keep(lake, catalogue, COUNTED.slice(0, 0))
    other = catalogue.select(["name_equal"], None)
    with pytest.raises(FingerprintError) as refused:
        as_made(lake, other, catalogue.fingerprint)
    said = str(refused.value)
    assert f"made by the catalogue {catalogue.fingerprint}, this one is {other.fingerprint}" in said
    assert "they differ in " in said
    assert "features.pairs." in said


def test_a_version_or_a_fingerprint_nobody_knows_is_refused(lake: Lake, catalogue: Catalogue) -> None:
    assert parts_of(lake, "f") == {}
    with pytest.raises(FingerprintError, match="of which nothing more is known"):
        as_made(lake, catalogue, "f")
    made = replace(catalogue, statistics=Statistics.of(COUNTED, 9))
    keep(lake, made, COUNTED)
    version = made.statistics.version
    with pytest.raises(
        FingerprintError, match=f"no corpus statistics of version '{version}x'; did you mean '{version}'"
    ):
        statistics_of(lake, version + "x")
