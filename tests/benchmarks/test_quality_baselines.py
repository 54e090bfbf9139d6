"""The usual way to candidates, against a search of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.quality_baselines import MOST_ALIKE, nearest_names

NAMES = [f"{place} {trade}" for place in ("ashford", "barrow", "calder") for trade in ("bakery", "dairy", "bank", "")]


@pytest.mark.parametrize("linking", [True, False])
def test_candidates_are_the_ten_most_alike_of_a_search_of_all_pairs(linking: bool) -> None:
    names = [*NAMES, *(name[:-1] for name in NAMES), "", "銀行"]
    everyone = np.arange(len(names))
    left, right = (everyone[:12], everyone[12:]) if linking else (everyone, everyone)
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32).fit_transform(names)
    cosine = (grams @ grams.T).toarray()
    found = nearest_names(names, left, right).tolist()
    assert len(found) == len({tuple(pair) for pair in found})
    assert all(cosine[one, other] > 0 and one < other for one, other in found)
    for one in left.tolist():
        mine = [max(pair) if pair[0] == one else min(pair) for pair in found if one in pair]
        others = sorted((cosine[one, other] for other in right.tolist() if other != one), reverse=True)[:MOST_ALIKE]
        wanted = [value for value in others if value > 0]
        assert sorted((cosine[one, other] for other in mine), reverse=True)[: len(wanted)] == wanted


def test_records_without_names_have_no_candidates() -> None:
    assert nearest_names(["", ""], np.array([0]), np.array([1])).shape == (0, 2)
