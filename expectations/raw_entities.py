"""raw_entities: what a row from a source must be before anything computes on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from expectations.contracts import few_quarantined, required
from features.gate import ExpectRowsToSatisfy, row_rule, suite_of, table_rule
from features.sections import Gates, Source
from features.spark.sources import MALFORMED
from features.tables import LIST_FIELDS, PARTY_FIELDS, RAW_ENTITIES

MAX_CHARACTERS = 4_096
"""Longest text of one field. A longer one is a file that lost its line ends, not a name."""

NAMES = ("name", "aliases", "given_name", "family_name")
IDENTIFIERS = ("lei", "bic", "isin", "registration_number", "tax_id")
_TEXTS = ("entity_id", *PARTY_FIELDS)


def suite(sources: Sequence[Source], gates: Gates = Gates()) -> gx.ExpectationSuite:  # noqa: B008  it is frozen
    """The suite for rows as read from these sources, `malformed` with them."""
    rules = [*required(RAW_ENTITIES.schema), *_row_rules(), few_quarantined(gates)]
    for source in sources:
        rules += _source_rules(source.name, gates)
    return suite_of(RAW_ENTITIES.name, rules, gates.severity)


def _row_rules() -> list[Any]:
    limit = f"at most {MAX_CHARACTERS:,} characters"
    others = [field for field in _TEXTS if field not in NAMES]
    return [
        row_rule(
            "malformed_row",
            gxe.ExpectColumnValuesToBeNull,
            "rows that the reader can parse",
            firm=True,
            column=MALFORMED,
        ),
        row_rule(
            "duplicate_id",
            gxe.ExpectColumnValuesToBeUnique,
            "an entity_id on one row only",
            firm=True,
            column="entity_id",
        ),
        _of_texts("name_too_long", NAMES, f"names of {limit}", f"{{longest}} <= {MAX_CHARACTERS}"),
        _of_texts("field_too_long", others, f"fields of {limit}", f"{{longest}} <= {MAX_CHARACTERS}"),
        # What Spark's reader makes of bytes that are not UTF-8.
        _of_texts("invalid_utf8", _TEXTS, "texts in valid UTF-8", "NOT contains({joined}, '\ufffd')"),
    ]


def _of_texts(name: str, fields: Sequence[str], wanted: str, condition: str) -> Any:
    """A row rule on the fields' `{longest}` length, or on all their texts `{joined}`."""
    lengths = [
        f"array_max(transform({field}, text -> length(text)))" if field in LIST_FIELDS else f"length({field})"
        for field in fields
    ]
    longest, joined = f"greatest({', '.join(lengths)})", f"concat_ws(' ', {', '.join(fields)})"
    return row_rule(
        name,
        ExpectRowsToSatisfy,
        wanted,
        column_list=list(fields),
        condition=condition.format(longest=longest, joined=joined),
    )


def _source_rules(source: str, gates: Gates) -> list[Any]:
    """Table rules about the rows of one source."""
    of_source = Column("source") == source
    identifying = (*NAMES, *IDENTIFIERS)
    return [
        table_rule(
            f"no_rows_from_{source}",
            gxe.ExpectTableRowCountToBeBetween,
            f"at least one row from the source {source!r}",
            "check the source's path and `where`, and the quarantine table for its rows",
            min_value=1,
            row_condition=of_source,
        ),
        table_rule(
            f"unidentified_{source}",
            ExpectRowsToSatisfy,
            f"name or identifier in all but {gates.max_unidentified_share:.4g} of the rows of {source!r}",
            f"map the source's columns to {', '.join(identifying)} in [sources.columns], or raise "
            "[gates] max_unidentified_share",
            column_list=list(identifying),
            condition=f"trim(concat_ws('', {', '.join(identifying)})) <> ''",
            mostly=1 - gates.max_unidentified_share,
            row_condition=of_source,
        ),
    ]
