"""The online path: one typed record in, candidates and their features out. No Spark, no gate."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files

import feature_repo
from feature_repo.definitions import define
from features import catalogue as catalogues
from features import tables
from features.catalogue import Catalogue
from features.lake import Lake
from features.settings import Settings
from features.store import FeatureStore, Loaded, OnlineReads, StoreError
from features.store.feast_reads import FeastReads
from features.store.feast_store import FeastStore
from features.store.lookup import Lookup, LookupResult, checked_record
from features.versions import as_made
from jobs.serving.current import Opened

_EXAMPLE = {
    "name": "Example Trading Company Ltd",
    "country": "GB",
    "city": "London",
    "postal_code": "EC1A 1BB",
    "lei": "00000000000000000000",
    "phone": "+44 20 7946 0000",
}
"""Made up: what a service looks up before it says that it is ready."""

_WARMING = 3


def open_store(settings: Settings, catalogue: Catalogue) -> FeatureStore:
    """The feature store of a lake, as its settings choose it."""
    lake = Lake(settings.lake)
    paths = {table.name: lake.path(table) for table in tables.ALL}
    if settings.online.store == "sagemaker":
        return _sagemaker(settings, catalogue, paths)
    definitions = define(catalogue, paths)
    if settings.online.feature_store:
        return FeastStore(settings.online.feature_store, lake.root, definitions)
    with as_file(files(feature_repo) / "feature_store.yaml") as ours:  # the code may lie in an archive
        return FeastStore(ours, lake.root, definitions)


def _sagemaker(settings: Settings, catalogue: Catalogue, paths: Mapping[str, str]) -> FeatureStore:
    try:
        from features.store.sagemaker_store import SageMakerStore  # noqa: PLC0415  boto3 is not needed by all
    except ImportError as error:
        raise StoreError("[online] store is sagemaker, which wants boto3; install pairlake[aws]") from error
    return SageMakerStore(settings.sagemaker, catalogue, paths)


def open_training_store(settings: Settings) -> FeatureStore:
    """The feature store of a lake to take training frames from. FingerprintError as in `as_made`."""
    lake = Lake(settings.lake)
    fingerprint = lake.last_commit(tables.PAIR_FEATURES)["metadata"]["fingerprint"]
    return open_store(settings, as_made(lake, catalogues.chosen(settings), fingerprint))


def open_lookup(settings: Settings) -> tuple[Lookup, Catalogue]:
    """A lookup on what is online, and the catalogue that made it. FingerprintError as in `as_made`."""
    store, catalogue, _ = _online(settings)
    return _lookup(settings, store, catalogue), catalogue


def open_served(settings: Settings) -> Opened:
    """A lookup for a service, on the one load that is online now, warm. Errors as of `open_lookup`."""
    store, catalogue, loaded = _online(settings)
    # One connection more than lookups at once: to look whether the load still is in force.
    reads = store.pinned(settings.serve.concurrency + 1) if isinstance(store, FeastStore) else store
    lookup = _lookup(settings, reads, catalogue)
    for _ in range(_WARMING):
        lookup.lookup(_EXAMPLE)
    stays = isinstance(reads, FeastReads) and reads.stays
    return Opened(lookup, catalogue, loaded, lambda: reads.loaded() == loaded, stays)


def _online(settings: Settings) -> tuple[FeatureStore, Catalogue, Loaded]:
    lake, catalogue = Lake(settings.lake), catalogues.chosen(settings)
    store = open_store(settings, catalogue)
    loaded = store.loaded()
    if loaded is None:
        raise StoreError(f"nothing is online in the lake {lake.root}; `pairlake run` loads it")
    return store, as_made(lake, catalogue, loaded.fingerprint, makes_keys=True), loaded


def _lookup(settings: Settings, store: OnlineReads, catalogue: Catalogue) -> Lookup:
    fail = settings.fallback.lookup == "fail"
    return Lookup(store, catalogue, deadline_ms=settings.online.deadline_ms, fail=fail)


def lookup(settings: Settings, record: Mapping[str, str]) -> tuple[LookupResult, Catalogue]:
    """Candidates of one record, given by canonical party fields, and the catalogue that describes them."""
    checked_record(record)
    opened, catalogue = open_lookup(settings)
    return opened.lookup(record), catalogue
