"""standardised_entities: a record in normal form, with something to match on."""

from __future__ import annotations

from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe

from expectations.contracts import few_quarantined, required
from features.catalogue import Catalogue
from features.gate import ExpectRowsToSatisfy, row_rule, suite_of, table_rule
from features.sections import Gates
from features.tables import STANDARDISED_ENTITIES

MATCHABLE = (
    "name_core",
    "alias_cores",
    "lei",
    "bic",
    "isin",
    "registration_number",
    "tax_id",
    "given_name",
    "family_name",
    "web_domain",
    "email",
    "phone",
)
"""Fields of which a record needs one: all others (a country, a city, a date) are shared by thousands."""

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
NORMAL_FORMS = {
    "party_type": "organisation|person",
    "country": "[A-Z]{2}",
    "lei": "[A-Z0-9]{18}[0-9]{2}",
    "bic": "[A-Z0-9]{8}",
    "isin": "[A-Z]{2}[A-Z0-9]{9}[0-9]",
    "birth_date": _DATE,
    "incorporation_date": _DATE,
    "phone": "[1-9][0-9]{5,}",
}
"""What a standardised field looks like when it is there."""


def suite(
    catalogue: Catalogue,
    gates: Gates = Gates(),  # noqa: B008  it is frozen
    *,
    rows_in: int | None = None,
) -> gx.ExpectationSuite:
    """The suite for what the catalogue's standardisers make of `rows_in` records."""
    schema = catalogue.standardised_schema
    rules = [
        *required(schema),
        _matchable([field for field in MATCHABLE if field in schema.names]),
        *(_normal(field) for field in NORMAL_FORMS if field in schema.names),
        few_quarantined(gates),
        table_rule(
            "duplicate_key",
            gxe.ExpectColumnValuesToBeUnique,
            "an entity_id on one row only",
            "a standardiser must give one record for each it is given; look for one that makes rows",
            firm=True,
            column="entity_id",
        ),
    ]
    if rows_in is not None:
        rules.append(_complete(rows_in))
    return suite_of(STANDARDISED_ENTITIES.name, rules, gates.severity)


def _matchable(fields: list[str]) -> Any:
    return row_rule(
        "nothing_to_match_on",
        ExpectRowsToSatisfy,
        "a name, an identifier or a contact in every record",
        column_list=fields,
        condition=" OR ".join(f"{field} IS NOT NULL" for field in fields),
    )


def _normal(field: str) -> Any:
    return row_rule(
        f"malformed_{field}",
        gxe.ExpectColumnValuesToMatchRegex,
        f"{field} in its normal form, or missing",
        firm=True,
        column=field,
        regex=rf"\A({NORMAL_FORMS[field]})\z",
    )


def _complete(rows_in: int) -> Any:
    return table_rule(
        "rows_lost_or_made",
        gxe.ExpectTableRowCountToEqual,
        f"{rows_in:,} rows with those quarantined, as many as came in",
        "a record got lost or doubled between raw_entities and here; this is a fault of the pipeline",
        firm=True,
        value={"$PARAMETER": f"{rows_in} - quarantined"},
    )
