"""What a breach does may be set by the name of its rule, as far as what comes after allows."""

from __future__ import annotations

from typing import Any

import pytest

from expectations import raw_entities
from expectations.severity import refuse_unknown
from features.catalogue import Catalogue
from features.declare import DeclarationError
from features.sections import Gates, Severity
from features.settings import Settings

SOURCE = {"name": "books", "format": "csv", "path": "x", "id": "i", "columns": {"name": "n"}}


def settings(**severity: Severity) -> Settings:
    given: dict[str, Any] = {"mode": "dedupe", "lake": "x", "sources": [SOURCE], "gates": {"severity": severity}}
    return Settings.model_validate(given)


def refused(catalogue: Catalogue, **severity: Severity) -> str:
    with pytest.raises(DeclarationError) as caught:
        refuse_unknown(settings(**severity), catalogue)
    return str(caught.value)


def on_breach(suite: Any) -> dict[str, str]:
    return {rule.meta["rule"]: rule.meta["on_breach"] for rule in suite.expectations}


def test_rules_of_every_table_may_be_set(catalogue: Catalogue) -> None:
    refuse_unknown(
        settings(
            name_too_long="warn",
            no_rows_from_books="warn",
            malformed_row="stop",
            nothing_to_match_on="warn",
            rows_books="warn",
            nulls_country="stop",
            drift_name_jaro_winkler="stop",
            rows_lost_or_gained="stop",
            out_of_range_name_jaro_winkler="warn",
        ),
        catalogue,
    )


def test_a_rule_that_there_is_not_is_refused_with_the_nearest_name(catalogue: Catalogue) -> None:
    assert refused(catalogue, drift_name_jaro_winkle="stop") == (
        "[gates.severity] names 'drift_name_jaro_winkle', which no rule is called; "
        "did you mean 'drift_name_jaro_winkler'?"
    )
    assert "did you mean 'rows_books'" in refused(catalogue, rows_book="warn")


@pytest.mark.parametrize(
    "name",
    [
        "duplicate_pair",
        "duplicate_id",
        "duplicate_key",
        "missing_id",
        "missing_id_l",
        "malformed_row",
        "malformed_birth_date",
        "rows_lost_or_made",
        "no_or_too_many_pairs",
        "unknown_rule",
        "ids_out_of_order",
    ],
)
def test_what_comes_after_relies_on_it_and_so_it_cannot_be_weakened(catalogue: Catalogue, name: str) -> None:
    said = refused(catalogue, **{name: "warn"})
    assert said.startswith(f"[gates.severity] {name} is 'warn', but what comes after relies on ")


def test_a_rule_about_a_table_has_no_rows_to_turn_away(catalogue: Catalogue) -> None:
    assert refused(catalogue, rows_books="quarantine") == (
        "[gates.severity] rows_books is 'quarantine', but it is a rule about the whole table; wanted 'warn' or 'stop'"
    )


def test_the_suite_does_what_is_set_and_leaves_the_other_rules_as_they_are(catalogue: Catalogue) -> None:
    gates = Gates(severity={"name_too_long": "warn", "duplicate_id": "stop", "no_rows_from_books": "warn"})
    plain, changed = (on_breach(raw_entities.suite(settings().sources, g)) for g in (Gates(), gates))
    assert changed == plain | {"name_too_long": "warn", "duplicate_id": "stop", "no_rows_from_books": "warn"}


def test_severities_count_among_what_changes_results_and_limits_do_not() -> None:
    assert settings(name_too_long="warn").hash != settings().hash
    moved = settings().model_copy(update={"gates": Gates(max_quarantined_share=0.5, max_rows_lost=1)})
    assert moved.hash == settings().hash
