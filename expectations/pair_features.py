"""pair_features: every feature within its contract, every pair once, no more pairs than planned."""

from __future__ import annotations

from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe

from expectations.contracts import few_quarantined, required, within_contract
from features.catalogue import Catalogue
from features.gate import ExpectRowsToBeDistinct, ExpectRowsToSatisfy, row_rule, suite_of, table_rule
from features.sections import Gates
from features.tables import PAIR_FEATURES

_PIPELINE_FAULT = "this is a fault of the kernel, not of the data; nothing was published"


def suite(
    catalogue: Catalogue,
    gates: Gates = Gates(),  # noqa: B008  it is frozen
    *,
    linking: bool,
    planned_pairs: int | None = None,
) -> gx.ExpectationSuite:
    """The suite for the pairs of a plan of `planned_pairs`, which is an upper bound."""
    rules = [
        *required(catalogue.pair_schema),
        row_rule(
            "unknown_rule",
            gxe.ExpectColumnValuesToBeInSet,
            "the name of one of the blocking rules in `rule`",
            firm=True,
            column="rule",
            value_set=[rule.name for rule in catalogue.rules],
        ),
        *(within_contract(feature) for feature in catalogue.pair_features),
        *([] if linking else [_ordered()]),
        few_quarantined(gates),
        *_table_rules(planned_pairs),
    ]
    return suite_of(PAIR_FEATURES.name, rules, gates.severity)


def _ordered() -> Any:
    return row_rule(
        "ids_out_of_order",
        ExpectRowsToSatisfy,
        "id_l before id_r, so that a pair has one place",
        firm=True,
        column_list=["id_l", "id_r"],
        condition="id_l < id_r",
    )


def _table_rules(planned_pairs: int | None) -> list[Any]:
    return [
        table_rule(
            "duplicate_pair",
            ExpectRowsToBeDistinct,
            "every pair of id_l and id_r once",
            _PIPELINE_FAULT,
            firm=True,
            column_list=list(PAIR_FEATURES.key),
        ),
        table_rule(
            "no_or_too_many_pairs",
            gxe.ExpectTableRowCountToBeBetween,
            "at least one pair" if not planned_pairs else f"1 to {planned_pairs:,} pairs, as planned",
            "none: no two records share a blocking key, see `pairlake plan`; too many: " + _PIPELINE_FAULT,
            firm=True,
            min_value=1,
            max_value=planned_pairs or None,
        ),
    ]
