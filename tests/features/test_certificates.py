"""A certificate says which paths agree, and refuses by features and counts, never by a value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.certificates import Certificate, ParityError, PathResult, certificate_of
from features.lake import Lake


def certificate(*paths: PathResult) -> Certificate:
    return Certificate("20260101T000000.000000Z", "f00d", 3, 0, {"name_words": 5}, paths)


AGREES = PathResult("read back", pairs=5, values=10, mismatches={})
ABSENT = PathResult("online store", not_run="nothing is online")


def test_paths_that_agree_pass_and_one_that_was_not_run_contradicts_nothing(lake_root: str) -> None:
    passed = certificate(AGREES, ABSENT)
    assert passed.passed
    passed.refuse_mismatch()
    lake = Lake(lake_root)
    assert passed.write(lake) == certificate_of(passed.run_id)
    kept = json.loads(Path(lake_root, certificate_of(passed.run_id)).read_text(encoding="utf-8"))
    assert (kept["passed"], kept["paths"][1]["not_run"]) == (True, "nothing is online")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (PathResult("raw records", 5, 10, mismatches={"name_equal": 2}), "raw records differs in name_equal (2)"),
        (PathResult("online store", 4, 8, missing=1, mismatches={}), "online store lacks 1 of 5 pairs"),
        (
            PathResult("online store", 4, 8, missing=1, mismatches={"a": 1, "b": 2}),
            "online store lacks 1 of 5 pairs and differs in a (1), b (2)",
        ),
        (PathResult("online store", failed="it is gone"), "online store broke off: it is gone"),
        (PathResult("online store", left_out=4, mismatches={}), "online store compared none of 4 pairs"),
    ],
)
def test_what_does_not_agree_is_refused_in_words(path: PathResult, said: str) -> None:
    broken = certificate(AGREES, path)
    assert not broken.passed
    with pytest.raises(ParityError) as caught:
        broken.refuse_mismatch()
    assert f"the paths do not agree on every bit: {said}. " in str(caught.value)


def test_pairs_beyond_a_bounded_index_are_no_mismatch_where_others_were_compared() -> None:
    assert certificate(PathResult("online store", 4, 8, left_out=1, mismatches={})).passed
