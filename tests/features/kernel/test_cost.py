"""Costs: every feature is measured; nothing is said about how long it takes."""

from __future__ import annotations

from features.catalogue import Catalogue
from features.kernel.cost import costs, rate


def test_every_feature_has_a_cost(catalogue: Catalogue) -> None:
    few = catalogue.select(["name_equal", "name_typo_coverage", "bic_agreement"], None)
    measured = costs(few)
    assert [cost.feature for cost in measured] == list(few.pair_features)
    assert all(cost.listed > 0 and cost.in_block > 0 for cost in measured)
    assert all(each > 0 for each in rate(few, 16))
