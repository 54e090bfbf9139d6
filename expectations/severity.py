"""Names in `[gates.severity]`: each must be a rule of one of the suites, and take what is asked of it."""

from __future__ import annotations

from typing import Any

from expectations import compared, pair_features, raw_entities, standardised_entities
from features.catalogue import Catalogue
from features.declare import DeclarationError
from features.gate import suite_of
from features.sections import nearest
from features.settings import Settings
from features.tables import RAW_ENTITIES


def refuse_unknown(settings: Settings, catalogue: Catalogue) -> None:
    """DeclarationError for a rule that there is not, with the nearest name, and for what a rule cannot have."""
    if not settings.gates.severity:
        return
    names = {rule.meta["rule"] for rule in _rules(settings, catalogue)}
    for name in settings.gates.severity:
        if name not in names:
            raise DeclarationError(f"[gates.severity] names {name!r}, which no rule is called{nearest(name, names)}")


def _rules(settings: Settings, catalogue: Catalogue) -> list[Any]:
    """The rules of all suites, as they are when nothing is known yet."""
    gates, sides = settings.gates, compared.Sides(settings.gates)
    fields = {*RAW_ENTITIES.schema.names, *catalogue.standardised_schema.names}
    suites = [
        raw_entities.suite(settings.sources, gates),
        standardised_entities.suite(catalogue, gates, rows_in=1),
        pair_features.suite(catalogue, gates, linking=settings.linking, planned_pairs=1),
        suite_of("sources", compared.of_sources(sides, [s.name for s in settings.sources]), gates.severity),
        suite_of("fields", compared.of_fields(sides, sorted(fields)), gates.severity),
        suite_of("pairs", compared.of_pairs(sides, catalogue.pair_features), gates.severity),
    ]
    return [rule for suite in suites for rule in suite.expectations]
