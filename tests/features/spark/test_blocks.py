"""Blocks in Spark: an exact census, every candidate pair once, the same bits whatever the rows' order or place."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from datetime import UTC, datetime
from itertools import combinations, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chispa import assert_df_equality

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.kernel.plan import Plan, make_plan
from features.kernel.records import prepare, raw_batch, rule_of, standardise
from features.kernel.score import score_pairs
from features.spark.blocks import blocking_index, census, compare_blocks
from features.spark.data_files import read_files
from features.spark.frames import checksum, from_rows, to_arrow
from features.spark.table_files import DataFiles, Rows
from features.tables import BLOCKING_INDEX

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

pytestmark = pytest.mark.spark

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
DECLARED = (
    {"name": "any_word", "kind": "any_of", "fields": "name_tokens", "max_pairs": 20_000},
    {"name": "two_words", "kind": "rarest_words", "count": 4, "together": 2, "within": "country"},
    {"name": "start", "kind": "any_of", "fields": ["name_compact", "country"], "start": {"name_compact": 8}},
)
RULES = ("any_word", "bic_equal", "name_words", "start", "two_words", "name_ngrams_alike")
"""The rule with a limit first: a pair that shares a dropped key must still be found by a later one."""

FEATURES = ("name_jaro_winkler", "name_token_jaccard", "country_equal", "bic_agreement", "name_embedding_cosine")
TILE_PAIRS = 100

WORDS = ("northern", "southern", "trust", "capital", "harbour", "savings", "orion", "délta", "Ωmega", "銀行")


class Corpus:
    """Prepared records, as Arrow and as Spark has them, half of them on the right where they are linked."""

    def __init__(self, spark: SparkSession, catalogue: Catalogue, folder: Path, *, linking: bool) -> None:
        self.spark = spark
        self.folder = folder
        self.linking = linking
        self.catalogue = catalogue
        batches = [_prepared(records, side, catalogue) for side, records in _records(linking).items()]
        self.table = pa.Table.from_batches(batches)
        self.rows = self.table.to_pylist()
        self.frame = from_rows(spark, self.rows, catalogue.entity_schema)
        counted = to_arrow(census(self.frame, catalogue, linking=linking))
        self.plan = make_plan(counted, catalogue.rules, linking=linking, tile_pairs=TILE_PAIRS)

    def pairs(self, partitions: int | None = None, frame: DataFrame | None = None) -> DataFrame:
        entities = self.frame if frame is None else frame
        return self.written(entities, self.plan, partitions)

    def written(self, entities: Rows, plan: Plan, partitions: int | None) -> DataFrame:
        folder = tempfile.mkdtemp(dir=self.folder)
        files, _ = compare_blocks(entities, plan, self.catalogue, AS_OF, folder, partitions=partitions)
        return read_files(self.spark, folder, files, self.catalogue.pair_schema)


@pytest.fixture(scope="module", params=["link", "dedupe"])
def corpus(
    spark: SparkSession,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Corpus:
    folder = tmp_path_factory.mktemp("pairs")
    catalogue = catalogues.load((), DECLARED).select(FEATURES, RULES)
    return Corpus(spark, catalogue, folder, linking=request.param == "link")


def test_the_census_is_a_plain_count(corpus: Corpus, spark: SparkSession) -> None:
    counts: dict[int, Counter[str]] = {}
    for row in corpus.rows:
        for key in row["keys"]:
            counts.setdefault(key, Counter())[row["side"]] += 1
    wanted = []
    for key, sides in counts.items():
        left, right = sides["left"], sides["right"]
        pairs = left * right if corpus.linking else left * (left - 1) // 2
        if pairs:
            wanted.append((key, corpus.catalogue.rules[rule_of(key)].name, left, right, pairs))
    assert_df_equality(
        census(corpus.frame, corpus.catalogue, linking=corpus.linking),
        spark.createDataFrame(wanted, "key long, rule string, left long, right long, pairs long"),
        ignore_row_order=True,
        ignore_nullable=True,
    )


def test_pairs_are_those_of_a_brute_force_search_each_once_with_the_same_bits(corpus: Corpus) -> None:
    assert len(corpus.plan.cut) > 0
    assert len(corpus.plan.dropped) > 0
    found = to_arrow(corpus.pairs(2))
    wanted = oracle(corpus.rows, corpus.plan)
    ids = list(zip(found["id_l"].to_pylist(), found["id_r"].to_pylist(), strict=True))
    assert len(ids) == len(set(ids)) == len(wanted)
    rules = [rule.name for rule in corpus.catalogue.rules]
    assert dict(zip(ids, found["rule"].to_pylist(), strict=True)) == {pair: rules[n] for pair, n in wanted.items()}
    place = {row["entity_id"]: n for n, row in enumerate(corpus.rows)}
    left, right = (corpus.table.take(pa.array([place[pair[side]] for pair in ids])) for side in (0, 1))
    direct = score_pairs(left, right, corpus.catalogue.pair_features)
    for feature in corpus.catalogue.pair_features:
        batch = found[feature.name].combine_chunks().cast(feature.returns.arrow)
        assert _bits(batch) == _bits(direct[feature.name]), feature.name


def test_neither_row_order_nor_partitions_change_a_bit(corpus: Corpus, spark: SparkSession) -> None:
    shuffled = corpus.rows[:]
    random.Random(7).shuffle(shuffled)
    permuted = from_rows(spark, shuffled, corpus.catalogue.entity_schema).repartition(3)
    first = checksum(corpus.pairs(1))
    assert first.partition("-")[0] == str(len(oracle(corpus.rows, corpus.plan)))
    for partitions in (7,) if corpus.linking else (7, 64):
        assert checksum(corpus.pairs(partitions, permuted)) == first


def test_rows_that_workers_read_from_files_are_those_that_spark_reads(corpus: Corpus, tmp_path: Path) -> None:
    files = [str(tmp_path / f"{part}.parquet") for part in range(3)]
    for part, path in enumerate(files):  # several row groups each, of which tasks take a share; the last one is empty
        pq.write_table(corpus.table.slice(30 * part, 30 if part < 2 else 0), path, row_group_size=11)
    pq.write_table(corpus.table.slice(60), tmp_path / "rest.parquet", row_group_size=7)
    rows = DataFiles(corpus.spark, [*files, str(tmp_path / "rest.parquet")])
    counted = to_arrow(census(rows, corpus.catalogue, linking=corpus.linking)).sort_by("key")
    assert counted == to_arrow(census(corpus.frame, corpus.catalogue, linking=corpus.linking)).sort_by("key")
    assert checksum(corpus.written(rows, corpus.plan, 3)) == checksum(corpus.pairs(2))


def test_a_plan_without_pairs_gives_an_empty_table(spark: SparkSession, corpus: Corpus) -> None:
    alone = from_rows(spark, corpus.rows[:1], corpus.catalogue.entity_schema)
    counted = to_arrow(census(alone, corpus.catalogue, linking=corpus.linking))
    plan = make_plan(counted, corpus.catalogue.rules, linking=corpus.linking, tile_pairs=TILE_PAIRS)
    assert (plan.pairs, plan.largest) == (0, ())
    pairs = corpus.written(alone, plan, 1)
    assert pairs.columns == corpus.catalogue.pair_schema.names
    assert pairs.count() == 0


def test_the_blocking_index_holds_the_first_ids_of_a_key_and_counts_all(corpus: Corpus) -> None:
    cap = 3
    carriers: dict[int, list[str]] = {}
    for row in corpus.rows:
        for key in row["keys"]:
            carriers.setdefault(key, []).append(row["entity_id"])
    dropped = set(corpus.plan.dropped.tolist())
    wanted = {str(key): (sorted(ids)[:cap], len(ids)) for key, ids in carriers.items() if key not in dropped}
    index = blocking_index(corpus.frame, corpus.plan, AS_OF, cap=cap)
    assert index.columns == BLOCKING_INDEX.schema.names
    assert {row["key"]: (row["entity_ids"], row["records"]) for row in index.collect()} == wanted
    assert max(records for _, records in wanted.values()) > cap


def test_a_checksum_tells_values_and_counts_apart_but_not_times(spark: SparkSession) -> None:
    rows = [(1, "a", AS_OF), (1, "a", AS_OF), (2, None, AS_OF)]
    columns = "n int, t string, event_timestamp timestamp"
    frame = spark.createDataFrame(rows, columns)
    later = spark.createDataFrame([(n, t, datetime(2027, 1, 1, tzinfo=UTC)) for n, t, _ in rows[::-1]], columns)
    assert checksum(later) == checksum(frame)
    others = [rows[:2], [*rows, rows[0]], [rows[0], rows[0], (2, "", AS_OF)], []]
    assert len({checksum(spark.createDataFrame(other, columns)) for other in others} | {checksum(frame)}) == 5


def oracle(rows: list[dict[str, Any]], plan: Plan) -> dict[tuple[str, str], int]:
    """Brute force: every pair that shares a key of the plan, with the place of the first rule."""
    allowed = set(plan.keys.tolist())
    keys = {row["entity_id"]: allowed.intersection(row["keys"]) for row in rows}
    left = [row["entity_id"] for row in rows if row["side"] == "left"]
    right = [row["entity_id"] for row in rows if row["side"] == "right"]
    pairs = product(left, right) if plan.linking else combinations(sorted(left), 2)
    return {(one, other): rule_of(min(keys[one] & keys[other])) for one, other in pairs if keys[one] & keys[other]}


def _records(linking: bool) -> dict[str, list[dict[str, Any]]]:
    """Names of few words, so that records share several keys; one block too large for a tile; one word too common."""
    rng = random.Random(11)
    records = [_record(rng, n) for n in range(90)]
    records += [{"id": f"big{n}", "name": "Grand Orion Bank", "country": "FR"} for n in range(40)]
    records += [
        {"id": f"common{n}", "name": f"Common {_code(n)}", "country": "DE", "bic": None if n % 9 else "COBADEFF"}
        for n in range(290)
    ]
    return {"left": records[::2], "right": records[1::2]} if linking else {"left": records}


def _record(rng: random.Random, number: int) -> dict[str, Any]:
    bic = rng.choice([None, "DEUTDEFF", "BNPAFRPP", "not a bic"])
    name = " ".join(rng.choices(WORDS, k=rng.randint(1, 4)))
    return {"id": f"{number}", "name": rng.choice([name, name, None]), "country": rng.choice(["DE", None]), "bic": bic}


def _code(number: int) -> str:
    """A word of its own for every number."""
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(3))


def _prepared(records: list[dict[str, Any]], side: str, catalogue: Catalogue) -> pa.RecordBatch:
    raw = raw_batch(records, side=side, source=side)
    return prepare(standardise(raw, catalogue), catalogue, AS_OF)


def _bits(array: pa.Array) -> list[Any]:
    """Values that are equal only when every bit is."""
    return [value.hex() if isinstance(value, float) else value for value in array.to_pylist()]
