"""The online path: one typed record in, candidates and their features out. No Spark, no gate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import feature_repo
from feature_repo.definitions import define
from features import catalogue as catalogues
from features import tables
from features.catalogue import Catalogue
from features.lake import Lake
from features.settings import Settings
from features.store.feast_store import FeastStore
from features.store.lookup import Lookup, LookupResult


def open_store(lake: Lake, catalogue: Catalogue) -> FeastStore:
    """The feature store of a lake."""
    paths = {table.name: lake.path(table) for table in tables.ALL}
    return FeastStore(Path(feature_repo.__path__[0]), lake.root, define(catalogue, paths))


def lookup(settings: Settings, record: Mapping[str, str]) -> tuple[LookupResult, Catalogue]:
    """Candidates of one record, given by canonical party fields, and the catalogue that describes them."""
    catalogue = catalogues.chosen(settings)
    store = open_store(Lake(settings.lake), catalogue)
    return Lookup(store, catalogue).lookup(record), catalogue
