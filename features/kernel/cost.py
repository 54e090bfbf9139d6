"""What a feature costs: microseconds a pair, measured here and now on records that are made up."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from features.catalogue import Catalogue
from features.columns import Records
from features.declare import PairFeature
from features.kernel.compare import compare
from features.kernel.records import prepare, raw_batch, standardise
from features.pairing import Grid, Pairs

_SIDE = 256
"""Records of the sample, and so its square in pairs."""

_REPEATS = 3

_FIRST = ("Aurora", "Baltic", "Cedar", "Delta", "Everest", "Fjord", "Granite", "Harbour", "Indigo", "Juniper")
_SECOND = ("Capital", "Trade", "Marine", "Energy", "Credit", "Insurance", "Property", "Growth", "Savings", "Timber")
_FORMS = ("Ltd", "GmbH", "S.A.", "Inc.", "N.V.", "SpA", "")
_CITIES = (("London", "GB", "EC2V 7HN"), ("Frankfurt am Main", "DE", "60311"), ("Paris", "FR", "75001"))
_PEOPLE = (("Anna", "Müller"), ("John", "Smith"), ("Giulia", "Rossi"), ("Peter", "van den Berg"))


@dataclass(frozen=True)
class Cost:
    """Microseconds a pair of one feature: in a list of pairs, and in a block compared as a grid."""

    feature: PairFeature
    listed: float
    in_block: float


def costs(catalogue: Catalogue) -> list[Cost]:
    """The cost of every pair feature, each measured alone on decoded records, the median of three."""
    records = Records(pa.Table.from_batches([sample(catalogue)]))
    row, column = (np.ravel(side) for side in np.meshgrid(np.arange(_SIDE), np.arange(_SIDE), indexing="ij"))
    grid = Grid(0, len(row), slice(0, _SIDE), slice(0, _SIDE))
    listed, in_block = Pairs(row, column, None, ()), Pairs(row, column, None, (grid,))
    return [
        Cost(feature, *(_seconds(lambda: compare([feature], records, p)) / len(row) * 1e6 for p in (listed, in_block)))  # noqa: B023
        for feature in catalogue.pair_features
    ]


def rate(catalogue: Catalogue, side: int = 128) -> tuple[float, float]:
    """Microseconds a pair of all features together, in a block compared as a grid and in a list of pairs."""
    records = Records(pa.Table.from_batches([sample(catalogue).slice(0, side)]))
    row, column = (np.ravel(rows) for rows in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    grid = Grid(0, len(row), slice(0, side), slice(0, side))
    both = Pairs(row, column, None, (grid,)), Pairs(row, column, None, ())
    in_block, listed = (
        _seconds(lambda: compare(catalogue.pair_features, records, pairs), 1) / len(row) * 1e6  # noqa: B023
        for pairs in both
    )
    return in_block, listed


def _seconds(work: Callable[[], Any], repeats: int = _REPEATS) -> float:
    """Median of the seconds that the work takes."""
    return statistics.median(timed(work, repeats))


def timed(work: Callable[[], Any], repeats: int) -> list[float]:
    """The seconds that the work takes each time, after one run that counts for nothing."""
    work()
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def sample(catalogue: Catalogue) -> pa.RecordBatch:
    """Made-up records with every field filled, prepared."""
    records = [{"id": number, **made_up(number)} for number in range(_SIDE)]
    return prepare(standardise(raw_batch(records), catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))


def made_up(number: int) -> dict[str, Any]:
    """The party fields of one of them."""
    first, second, form = _at(_FIRST, number), _at(_SECOND, number // 3), _at(_FORMS, number // 5)
    city, country, postal_code = _at(_CITIES, number)
    given, family = _at(_PEOPLE, number // 2)
    return {
        "name": f"{first} {second} {_at(_SECOND, number // 7 + 4)} {form}".strip(),
        "aliases": [f"{first[:4]} {second}"],
        "party_type": "organisation",
        "address": f"{number % 90 + 1} {_at(_FIRST, number // 11)} Street",
        "city": city,
        "region": city,
        "postal_code": postal_code,
        "country": country,
        "incorporation_date": f"19{number % 90 + 10}-0{number % 9 + 1}-1{number % 10}",
        "birth_date": f"19{number % 80 + 10}-0{number % 9 + 1}-2{number % 9}",
        "lei": "7LTWFZYICNSX8D621K86",
        "bic": "DEUTDEFFXXX",
        "isin": "DE0005140008",
        "registration_number": f"HRB {number // 2}",
        "tax_id": f"DE {number // 2:09d}",
        "web_domain": f"www.{first}-{second}.com",
        "email": f"info@{first}{number // 4}.com",
        "phone": f"+49 69 {910000 + number // 2}",
        "given_name": given,
        "family_name": family,
    }


def _at(values: Sequence[Any], number: int) -> Any:
    return values[number % len(values)]
