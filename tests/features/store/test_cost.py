"""What a lookup costs is measured by making it."""

from __future__ import annotations

from features.catalogue import Catalogue
from features.store.cost import online_costs, preparing_cost


def test_the_cost_of_a_lookup_is_measured(catalogue: Catalogue) -> None:
    few = catalogue.select(["name_equal", "lei_agreement"], ["name_end_country"])
    assert preparing_cost(few) > 0
    one, some = online_costs(few, (1, 5))
    assert (one.candidates, some.candidates) == (1, 5)
    assert one.decode > 0
