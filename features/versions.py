"""What a fingerprint stands for, kept in the lake: its parts, and the corpus statistics it names.

Stored values carry the fingerprint of the catalogue that made them. Whoever reads them takes the encoder and the
statistics of that fingerprint, and refuses, saying what differs, when its own code would compute other values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import KEYED_BY, Catalogue
from features.encoders import choose
from features.errors import PairlakeError
from features.keying import Keying
from features.lake import Lake
from features.sections import nearest
from features.statistics import Split, Splits, Statistics
from features.tables import CATALOGUE_VERSIONS, SPLIT_POINTS, TOKEN_STATISTICS

_SHOWN = 5

NO_TOKEN = ""
"""Stands in the rows of every version, so that statistics of nothing are kept as well."""


class FingerprintError(PairlakeError):
    """What is stored was made by another catalogue than the one that reads it; the message says what differs."""


def keep(lake: Lake, catalogue: Catalogue, counted: pa.Table) -> None:
    """Write down what the catalogue's fingerprint stands for, and its statistics (token, records), once each."""
    statistics = catalogue.statistics
    if not _statistics_rows(lake, statistics.version).num_rows:
        none = pa.table({"token": [NO_TOKEN], "records": [0]}, counted.select(["token", "records"]).schema)
        rows = pa.concat_tables([none, counted.select(["token", "records"])])
        rows = rows.append_column("version", pa.repeat(statistics.version, rows.num_rows))
        _keep_splits(lake, statistics)  # before the tokens, whose presence says that all is there
        lake.write_rows(rows.append_column("corpus", pa.repeat(statistics.records, rows.num_rows)), TOKEN_STATISTICS)
    if not parts_of(lake, catalogue.fingerprint):
        parts = catalogue.fingerprint_parts
        columns = {
            "fingerprint": [catalogue.fingerprint] * len(parts),
            "part": list(parts),
            "value": list(parts.values()),
        }
        lake.write_rows(pa.table(columns), CATALOGUE_VERSIONS)


def statistics_of(lake: Lake, version: str) -> tuple[Statistics, pa.Table]:
    """The statistics of a version, and what they were made from. FingerprintError for a version that is not kept."""
    rows = _statistics_rows(lake, version)
    if version == Statistics().version:
        return Statistics(), rows
    if not rows.num_rows:
        kept = pc.unique(lake.rows(TOKEN_STATISTICS)["version"]).to_pylist() if lake.exists(TOKEN_STATISTICS) else []
        raise FingerprintError(
            f"the lake {lake.root} keeps no corpus statistics of version {version!r}" + nearest(version, kept)
        )
    counted = rows.filter(pc.not_equal(rows["token"], NO_TOKEN))
    return Statistics.of(counted, rows["corpus"][0].as_py(), _splits_of(lake, version)), counted


def parts_of(lake: Lake, fingerprint: str) -> dict[str, str]:
    """What a fingerprint is made of, by name; empty for one that is not kept."""
    if not lake.exists(CATALOGUE_VERSIONS):
        return {}
    rows = lake.rows(CATALOGUE_VERSIONS, fingerprint=fingerprint)
    return dict(zip(rows["part"].to_pylist(), rows["value"].to_pylist(), strict=True))


def as_made(lake: Lake, catalogue: Catalogue, fingerprint: str, *, makes_keys: bool = False) -> Catalogue:
    """The catalogue with the encoder and the statistics of stored values of this fingerprint.

    FingerprintError, in words, where this code and these settings would compute other values. Who `makes_keys` needs
    the secret that the stored ones were made with, else SecretError; other readers need none.
    """
    parts = parts_of(lake, fingerprint)
    if parts:
        encoder = choose.by_full_name(parts["encoder"]) or catalogue.encoder
        catalogue = replace(catalogue, encoder=encoder, statistics=statistics_of(lake, parts["statistics"])[0])
        keying = Keying.stored(parts.get(KEYED_BY, ""))
        if makes_keys:
            catalogue.keying.refuse_other(keying)
        elif catalogue.keying != keying:
            catalogue = replace(catalogue, keying=keying)
    refuse_other(fingerprint, parts, catalogue)
    return catalogue


def refuse_other(fingerprint: str, parts: Mapping[str, str], catalogue: Catalogue) -> None:
    """FingerprintError when `fingerprint`, made of `parts` as far as they are known, is not the catalogue's."""
    if fingerprint == catalogue.fingerprint:
        return
    here = catalogue.fingerprint_parts
    differ = [
        f"{part} ({parts.get(part, 'not there')}, here {here.get(part, 'not there')})"
        for part in dict.fromkeys((*parts, *here))
        if parts.get(part) != here.get(part)
    ]
    more = f" and {len(differ) - _SHOWN} more" if len(differ) > _SHOWN else ""
    what = f"; they differ in {', '.join(differ[:_SHOWN])}{more}" if parts else ", of which nothing more is known"
    raise FingerprintError(
        f"the stored values were made by the catalogue {fingerprint}, this one is {catalogue.fingerprint}{what}. "
        "Their values must not be compared: make them again (`pairlake run`), or read them with the version and "
        "settings that made them"
    )


def _keep_splits(lake: Lake, statistics: Statistics) -> None:
    kept = [
        {"version": statistics.version, **split._asdict(), "place": place, "value": value}
        for split, points in sorted(statistics.splits.items())
        for place, value in enumerate(("", *points))
    ]
    if kept:
        lake.write_rows(pa.Table.from_pylist(kept, SPLIT_POINTS.schema), SPLIT_POINTS)


def _splits_of(lake: Lake, version: str) -> Splits:
    """The split points of a version, each kept once however often a run that broke off began to keep them."""
    if not lake.exists(SPLIT_POINTS):  # a lake of before, or one whose rules sort nothing
        return {}
    rows = lake.rows(SPLIT_POINTS, version=version).to_pylist()
    points = {(Split(row["column"], row["records"]), row["place"]): row["value"] for row in rows}
    splits: dict[Split, list[str]] = {}
    for (split, _), value in sorted(points.items()):
        splits.setdefault(split, []).append(value)
    return {split: tuple(values[1:]) for split, values in splits.items()}


def _statistics_rows(lake: Lake, version: str) -> pa.Table:
    there = lake.exists(TOKEN_STATISTICS)
    return lake.rows(TOKEN_STATISTICS, version=version) if there else TOKEN_STATISTICS.schema.empty_table()
