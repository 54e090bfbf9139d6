"""The online path: one typed record in, candidates and their features out. No Spark."""

from __future__ import annotations

from collections.abc import Mapping

from features.lake import Lake
from features.settings import Settings
from features.store.lookup import Lookup, LookupResult
from jobs.pipeline import chosen_catalogue, open_store


def lookup(settings: Settings, record: Mapping[str, str]) -> LookupResult:
    """Candidates of one record, given by canonical party fields."""
    catalogue = chosen_catalogue(settings)
    store = open_store(Lake(settings.lake), catalogue)
    return Lookup(store, catalogue).lookup(dict(record))
