"""Rules that follow from what is declared elsewhere: a schema, a feature's contract, the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import great_expectations.expectations as gxe
import pyarrow as pa

from features.declare import PairFeature
from features.gate import row_rule, table_rule
from features.kernel.profile import Profile
from features.sections import Gates


def breaches(now: Profile, features: Sequence[PairFeature]) -> dict[str, int]:
    """By rule that follows from the schema of a pair feature: the rows that break it, as their profile counts them.

    Of no rows there is no profile, and nothing is known.
    """
    there = [feature for feature in features if feature.name in now.features]
    outside = {_of_contract(feature): now.features[feature.name].outside for feature in there}
    return outside | {_of_presence(feature.name): now.features[feature.name].missing for feature in there}


def required(schema: pa.Schema) -> list[Any]:
    """A row rule `missing_…` for every column that a schema says is never null."""
    return [
        row_rule(
            _of_presence(field.name),
            gxe.ExpectColumnValuesToNotBeNull,
            f"{field.name} in every row",
            firm=True,
            column=field.name,
        )
        for field in schema
        if not field.nullable
    ]


def within_contract(feature: PairFeature) -> Any:
    """The row rule that a pair feature's contract makes: a known state, or a number in its range."""
    contract = feature.returns
    if contract.states:
        return row_rule(
            _of_contract(feature),
            gxe.ExpectColumnValuesToBeInSet,
            f"{feature.name} one of {contract.range}",
            column=feature.name,
            value_set=list(range(len(contract.states))),
        )
    return row_rule(
        _of_contract(feature),
        gxe.ExpectColumnValuesToBeBetween,
        f"{feature.name} from {contract.range}, or missing",
        column=feature.name,
        min_value=contract.low,
        max_value=contract.high,
    )


def _of_presence(column: str) -> str:
    return f"missing_{column.removeprefix('entity_')}"


def _of_contract(feature: PairFeature) -> str:
    return f"{'unknown_state' if feature.returns.states else 'out_of_range'}_{feature.name}"


def few_quarantined(gates: Gates) -> Any:
    """The table rule that too large a share of quarantined rows is no longer a matter of single rows."""
    return table_rule(
        "too_many_quarantined",
        gxe.ExpectTableRowCountToBeBetween,
        f"at most {gates.max_quarantined_share:.4g} of the rows quarantined",
        "look at the reasons in the quarantine table; mend the source or its mapping, or raise "
        "[gates] max_quarantined_share",
        min_value={"$PARAMETER": f"checked - trunc(all * {gates.max_quarantined_share!r})"},
    )
