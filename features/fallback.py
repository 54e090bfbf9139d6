"""What a run goes on with when a part of it gives way: a source's last good rows, another encoder, another attempt.

Nothing here decides whether it may: `[fallback]` of the settings does, and whoever steps down notes it in the run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import tenacity

from features.catalogue import Catalogue
from features.encoders.hashed_ngrams import HashedNgrams
from features.encoders.wordllama import EncoderError
from features.lake import Lake, LakeError
from features.run import Run
from features.sections import Fallback, Source
from features.tables import PAIR_FEATURES, RAW_ENTITIES

Result = TypeVar("Result")


# --- a source ---


@dataclass(frozen=True)
class SourceState:
    """What a publication says of a source: under which settings its rows were read, by which run, as of when."""

    settings: str
    run_id: str
    as_of: str


@dataclass(frozen=True)
class LastGood:
    """A source's rows that are published: in which version of raw_entities they stand, and what is said of them."""

    version: int
    state: SourceState


class NothingGoodError(LakeError):
    """No rows of a source are published that may stand for it; the message says why."""


def settings_of(source: Source) -> str:
    """Hash of the settings of a source that decide what its rows are."""
    decisive = source.model_dump_json(exclude={"max_age"})
    return hashlib.blake2b(decisive.encode(), digest_size=8).hexdigest()


def states(run: Run, kept: Mapping[str, LastGood]) -> dict[str, dict[str, str]]:
    """What the publication of a run says of each source: as it was read, or as it was when it was kept."""
    read = {s.name: SourceState(settings_of(s), run.run_id, run.as_of.isoformat()) for s in run.settings.sources}
    return {name: asdict(kept[name].state if name in kept else state) for name, state in read.items()}


def last_good(lake: Lake, source: Source) -> LastGood:
    """The rows of a source that the pairs in force were made from.

    NothingGoodError where there are none, or where they were read under other settings: other columns, another
    `where` or other options make other rows.
    """
    if not lake.exists(PAIR_FEATURES):
        raise NothingGoodError("nothing was published yet that could stand in its place")
    published = lake.last_commit(PAIR_FEATURES)["metadata"]
    state = published.get("sources", {}).get(source.name)
    if not state:
        raise NothingGoodError("no rows of it are published that could stand in its place")
    if state["settings"] != settings_of(source):
        raise NothingGoodError("its rows that are published were read under other settings, and cannot stand for it")
    return LastGood(published["made_from"][RAW_ENTITIES.name], SourceState(**state))


# --- the encoder ---


def without_encoder(catalogue: Catalogue, run: Run, error: EncoderError) -> Catalogue:
    """The catalogue with hashed 3-grams in the place of an encoder that broke, noted in the run.

    Raises `error` where the settings want that, or where there is nothing to fall back on.
    """
    if run.settings.fallback.encoder == "fail" or isinstance(catalogue.encoder, HashedNgrams):
        raise error
    other = replace(catalogue, encoder=HashedNgrams())
    run.fall_back("encoder", f"{other.encoder.name} instead, as {error}")
    run.fingerprint = other.fingerprint
    return other


# --- a store ---


def patiently(
    action: Callable[[], Result],
    settings: Fallback,
    transient: type[Exception],
    sleep: Callable[[float], Any] = time.sleep,
) -> Result:
    """What `action` returns, tried again after each `transient` error, up to the settings' number of attempts.

    Waits double and are drawn evenly from nought up to that ("full jitter": M. Brooker, "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015), so that writers turned away together do not come back together. The last
    error is raised as it is; any other at once.
    """
    attempts = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(settings.store_attempts),
        wait=tenacity.wait_random_exponential(multiplier=settings.store_first_wait, max=settings.store_longest_wait),
        retry=tenacity.retry_if_exception_type(transient),
        sleep=sleep,
        reraise=True,
    )
    return attempts(action)
