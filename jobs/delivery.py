"""Loads of the online store: that of a run, and those that earlier runs left in the outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime

from pyspark.sql import SparkSession

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.errors import PairlakeError
from features.lake import Lake
from features.outbox import Load, Outbox
from features.run import Run
from features.sections import Fallback
from features.settings import Settings
from features.store import FeatureStore, Loaded, Materialised, StoreUnavailableError, Told, delivery, untold
from features.versions import as_made
from jobs.online import open_store

StoreWrite = Callable[[FeatureStore, Mapping[str, str], Loaded], Materialised]
"""Puts tables, found by name, online as of a time."""


def put_online(run: Run, lake: Lake, catalogue: Catalogue, write: StoreWrite, as_of: datetime | None = None) -> bool:
    """Load the online store with what the run made; whether that was done, or waits in the outbox.

    `as_of` is that of the state in force where it is one that the run did not make.
    """
    outbox, fallback = Outbox(lake), run.settings.fallback
    load, written = outbox.post(run, as_of), _with_store(outbox, run.settings, catalogue, write)
    try:
        done = delivery.deliver(outbox, load, written, fallback)
    except StoreUnavailableError as error:
        if fallback.store == "fail":
            raise
        tried = "once" if fallback.store_attempts == 1 else f"{fallback.store_attempts} times"
        run.fall_back("store", f"{error}: tried {tried}; the load waits in the outbox, see `pairlake outbox`")
        return False
    run.counts["online"] = asdict(done)
    return True


def settle(run: Run, lake: Lake, catalogue: Catalogue, spark: SparkSession) -> bool:
    """Before a run does anything, deliver what those before it left in the outbox; whether nothing is due any more.

    Tried once, and never the end of the run: what it publishes takes the place of what is due.
    """
    outbox = Outbox(lake)
    try:
        done = _replay(outbox, lake, catalogue, spark, run.settings, Fallback(store_attempts=1))
    except Exception as error:  # also what Spark says of tables that are gone, which may be long
        why = str(error) if isinstance(error, PairlakeError) else type(error).__name__
        run.fall_back("store", f"the load that an earlier run left in the outbox could not be delivered: {why}")
        return not outbox.due()
    if done:
        run.counts["delivered from the outbox"] = {"run": done[0].run_id, **asdict(done[1])}
    return True


def replay(
    settings: Settings, spark: Callable[[], SparkSession], told: Told = untold
) -> tuple[Load, Materialised] | None:
    """Deliver what is due in a lake, patiently; None where nothing is, and no Spark is started."""
    lake = Lake(settings.lake)
    outbox = Outbox(lake)
    if not outbox.due():
        return None
    with lake.writing("outbox replay"):
        return _replay(outbox, lake, catalogues.chosen(settings), spark(), settings, settings.fallback, told)


def _replay(
    outbox: Outbox,
    lake: Lake,
    catalogue: Catalogue,
    spark: SparkSession,
    settings: Settings,
    fallback: Fallback,
    told: Told = untold,
) -> tuple[Load, Materialised] | None:
    def write(load: Load) -> Materialised:
        made = as_made(lake, catalogue, load.fingerprint)
        written = _with_store(outbox, settings, made, lambda store, *given: store.materialise(spark, *given, told=told))
        return written(load)

    return delivery.replay(outbox, write, fallback)


def _with_store(outbox: Outbox, settings: Settings, catalogue: Catalogue, write: StoreWrite) -> delivery.Write:
    def written(load: Load) -> Materialised:
        store = open_store(settings, catalogue)
        store.apply()
        return write(store, outbox.paths(load), Loaded(load.as_of, load.fingerprint))

    return written
