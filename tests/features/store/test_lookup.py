"""A typed record finds its candidates online, with the numbers that the batch job gives."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from features.catalogue import Catalogue
from features.kernel.plan import make_plan, scatter
from features.kernel.records import prepare, raw_batch, standardise
from features.kernel.tile import block_and_compare
from features.keying import Keying
from features.sections import Privacy
from features.store import IndexEntry, Loaded, PackedEntity, StoreUnavailableError
from features.store.lookup import Lookup, RecordError
from features.store.packing import Packing
from features.versions import FingerprintError

NOW = datetime(2026, 1, 1, tzinfo=UTC)

REFERENCE: list[dict[str, Any]] = [
    {"name": "Deutsche Bank Aktiengesellschaft", "country": "Germany", "bic": "DEUTDEFFXXX"},
    {"name": "Deutsche Bundesbank", "country": "DE"},
    {"name": "Bank Deutsche AG", "country": "DE"},
    {"name": "Banca d'Italia", "country": "IT"},
    {"name": "International Business Machines Corp", "country": "US", "city": "Armonk"},
    {"name": "Société Générale S.A.", "country": "FR"},
    {"name": "Socie\u0301te\u0301 Ge\u0301ne\u0301rale", "country": "FR"},
    {"name": "株式会社みずほ銀行", "country": "JP"},
]

QUERIES: list[dict[str, Any]] = [
    {"name": "DEUTSCHE BANK AG", "country": "DE"},
    {"name": "Deutsche Bank", "country": "DE", "bic": "DEUTDEFF500"},
    {"name": "International Busines Machines", "country": "US"},
    {"name": "SOCIETE GENERALE SA", "country": "France"},
    {"name": "Banca d Italia", "aliases": ["Bank of Italy"], "country": "IT"},
    {"name": "みずほ銀行", "country": "JP"},
]


class InMemory:
    """Prepared records as a store: what a lookup asks, answered from dictionaries."""

    def __init__(self, prepared: pa.RecordBatch, catalogue: Catalogue, *, most: int = 200) -> None:
        carriers: dict[str, list[str]] = {}
        ids = prepared.column("entity_id").to_pylist()
        for entity_id, keys in zip(ids, prepared.column("keys").to_pylist(), strict=True):
            for key in keys:
                carriers.setdefault(str(key), []).append(entity_id)
        self.index = {key: IndexEntry(tuple(sorted(of)[:most]), len(of)) for key, of in carriers.items()}
        self.fingerprint = catalogue.fingerprint
        self.entities = {
            entity_id: PackedEntity(packed, catalogue.fingerprint)
            for entity_id, packed in zip(ids, Packing(catalogue).pack_batch(prepared), strict=True)
        }

    @contextmanager
    def one_state(self) -> Iterator[InMemory]:
        yield self

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        return {key: self.index[key] for key in keys if key in self.index}

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        return {entity_id: self.entities[entity_id] for entity_id in ids if entity_id in self.entities}

    def loaded(self) -> Loaded:
        return Loaded(NOW, self.fingerprint)


def prepared(records: list[dict[str, Any]], side: str, catalogue: Catalogue) -> pa.RecordBatch:
    return prepare(standardise(raw_batch(records, side=side, source=side), catalogue), catalogue, NOW)


@pytest.fixture
def store(catalogue: Catalogue) -> InMemory:
    return InMemory(prepared(REFERENCE, "right", catalogue), catalogue)


def batch_job(left: pa.RecordBatch, right: pa.RecordBatch, catalogue: Catalogue) -> dict[tuple[str, str], Any]:
    """What the batch job computes for the same records."""
    both = pa.Table.from_batches([left, right]).combine_chunks().to_batches()[0]
    counts = [Counter(key for keys in side.column("keys").to_pylist() for key in keys) for side in (left, right)]
    shared = sorted(counts[0].keys() & counts[1].keys())
    census = pa.table(
        {
            "key": pa.array(shared, pa.int64()),
            "left": pa.array([counts[0][key] for key in shared], pa.int64()),
            "right": pa.array([counts[1][key] for key in shared], pa.int64()),
            "pairs": pa.array([counts[0][key] * counts[1][key] for key in shared], pa.int64()),
        }
    )
    plan = make_plan(census, catalogue.rules, linking=True, tile_pairs=10_000)
    order = [(name, "ascending") for name in ("key", "tile", "role")]
    tiles = pa.Table.from_batches(scatter(both, plan)).sort_by(order).to_batches()
    rows = [row for out in block_and_compare(tiles, catalogue.pair_features, linking=True) for row in out.to_pylist()]
    return {(row.pop("id_l"), row.pop("id_r")): (catalogue.rules[row.pop("rule")].name, row) for row in rows}


def test_lookup_equals_the_batch_job_bit_for_bit(catalogue: Catalogue, store: InMemory) -> None:
    right = prepared(REFERENCE, "right", catalogue)
    expected = batch_job(prepared(QUERIES, "left", catalogue), right, catalogue)
    found = {
        (f"left:{n}", candidate.entity_id): (candidate.rule, dict(candidate.features))
        for n, query in enumerate(QUERIES)
        for candidate in Lookup(store, catalogue).lookup(query).candidates
    }
    assert found == expected
    assert {pair[1] for pair in found} >= {"right:0", "right:3", "right:4", "right:5", "right:6", "right:7"}


def test_candidates_that_share_most_keys_come_first(catalogue: Catalogue, store: InMemory) -> None:
    result = Lookup(store, catalogue).lookup({"name": "Deutsche Bank AG", "country": "DE", "bic": "DEUTDEFF"})
    shared = [candidate.shared for candidate in result.candidates]
    assert result.candidates[0].entity_id == "right:0"
    assert result.candidates[0].rule == "bic_equal"
    assert shared == sorted(shared, reverse=True)
    assert not result.truncated
    assert (result.missing, result.unread) == ({}, None)


def test_equally_shared_candidates_stand_in_rule_order_then_by_id(catalogue: Catalogue) -> None:
    twins = [{"name": "Alpha Beta", "country": "DE"}] * 3
    result = Lookup(InMemory(prepared(twins, "right", catalogue), catalogue), catalogue).lookup(twins[0])
    assert [candidate.entity_id for candidate in result.candidates] == ["right:0", "right:1", "right:2"]


def test_a_limit_cuts_the_candidates_and_says_so(catalogue: Catalogue, store: InMemory) -> None:
    whole = Lookup(store, catalogue).lookup(QUERIES[0])
    cut = Lookup(store, catalogue).lookup(QUERIES[0], limit=1)
    assert whole.found == cut.found == len(whole.candidates) > 1
    assert cut.candidates == whole.candidates[:1]
    assert cut.truncated
    assert not whole.truncated


def test_a_key_of_more_records_than_the_index_holds_is_flagged(catalogue: Catalogue) -> None:
    twins = [{"name": "Alpha Beta", "country": "DE"}] * 5
    store = InMemory(prepared(twins, "right", catalogue), catalogue, most=2)
    result = Lookup(store, catalogue).lookup(twins[0])
    assert len(result.candidates) == 2
    assert result.truncated


def test_an_entity_that_the_index_names_but_the_store_lacks_is_reported(catalogue: Catalogue, store: InMemory) -> None:
    del store.entities["right:0"]
    result = Lookup(store, catalogue).lookup(QUERIES[0])
    assert result.missing == {"right:0": "the store has no record of it"}
    assert "right:0" not in {candidate.entity_id for candidate in result.candidates}


@pytest.mark.parametrize("record", [{}, {"name": "N/A"}, {"name": None}, {"name": "Nobody Knows Us", "country": "NZ"}])
def test_a_record_without_partners_has_no_candidates(
    catalogue: Catalogue, store: InMemory, record: dict[str, Any]
) -> None:
    result = Lookup(store, catalogue).lookup(record)
    assert result.candidates == ()
    assert result.found == 0


def test_a_store_loaded_by_another_catalogue_is_refused_naming_both(catalogue: Catalogue, store: InMemory) -> None:
    other = catalogue.select(["name_equal"], None)
    with pytest.raises(FingerprintError) as refused:
        Lookup(store, other).lookup(QUERIES[0])
    assert catalogue.fingerprint in str(refused.value)
    assert other.fingerprint in str(refused.value)


def test_nothing_found_in_a_store_loaded_with_another_secret_is_refused_and_no_empty_answer(
    catalogue: Catalogue, store: InMemory
) -> None:
    other = replace(catalogue, keying=Keying.of(Privacy(key_env="OTHER"), {"OTHER": "another secret of the keys " * 2}))
    with pytest.raises(FingerprintError, match="the stored values were made by the catalogue"):
        Lookup(store, other).lookup(QUERIES[0])
    assert Lookup(InMemory(prepared(REFERENCE, "right", other), other), other).lookup(QUERIES[0]).found > 0


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"nmae": "Deutsche Bank"}, "'nmae' is not a party field; did you mean 'name'"),
        ({"id": "7"}, "'id' is not a party field"),
        ({"name": 7}, "name is int; wanted text"),
        ({"name": ["Deutsche Bank"]}, "name is list; wanted text"),
        ({"aliases": "DB"}, "aliases is str; wanted a list of texts"),
        ({"aliases": ["DB", 7]}, "aliases is list; wanted a list of texts"),
        ({"name": b"\xff".decode("utf-8", "surrogateescape")}, "name is not valid Unicode"),
    ],
)
def test_what_is_not_a_record_is_refused_in_words(
    catalogue: Catalogue, store: InMemory, record: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        Lookup(store, catalogue).lookup(record)


@pytest.mark.parametrize("name", ["x" * 1_000_000, "👋🏽" * 50, "שלום עולם בע״מ", "e\u0301" * 40])
def test_hard_names_are_looked_up_like_others(catalogue: Catalogue, store: InMemory, name: str) -> None:
    Lookup(store, catalogue).lookup({"name": name, "country": "DE"})


# --- a store that breaks ---


class Away(InMemory):
    """A store of which a part does not answer."""

    def __init__(self, whole: InMemory, fails: str, error: Exception) -> None:
        self.index, self.entities, self.fingerprint = whole.index, whole.entities, whole.fingerprint
        self._fails, self._error = fails, error

    def read_index(self, keys: Sequence[str]) -> dict[str, IndexEntry]:
        if self._fails == "index":
            raise self._error
        return super().read_index(keys)

    def read_entities(self, ids: Sequence[str]) -> dict[str, PackedEntity]:
        if self._fails == "entities":
            raise self._error
        return super().read_entities(ids)


AWAY = [StoreUnavailableError("the store is throttling"), ConnectionRefusedError("refused"), TimeoutError("no answer")]


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_without_an_index_nothing_is_known_of_candidates_and_the_result_says_so(
    catalogue: Catalogue, store: InMemory, error: Exception
) -> None:
    result = Lookup(Away(store, "index", error), catalogue).lookup(QUERIES[0])
    assert (result.candidates, result.found, result.truncated, result.unread) == ((), None, True, str(error))
    assert (result.compared.size, result.texts("name_core")) == (0, [])


@pytest.mark.parametrize("error", AWAY, ids=lambda error: type(error).__name__)
def test_candidates_whose_records_cannot_be_had_are_flagged_each_with_the_reason(
    catalogue: Catalogue, store: InMemory, error: Exception
) -> None:
    whole = Lookup(store, catalogue).lookup(QUERIES[0])
    result = Lookup(Away(store, "entities", error), catalogue).lookup(QUERIES[0])
    assert (result.candidates, result.found, result.unread) == ((), whole.found, str(error))
    assert result.missing == {candidate.entity_id: str(error) for candidate in whole.candidates}


def test_a_store_that_hangs_is_flagged_after_the_deadline(catalogue: Catalogue, store: InMemory) -> None:
    over = threading.Event()
    try:
        hanging = Away(store, "", OSError())
        hanging.read_entities = lambda _: over.wait() or {}  # type: ignore[method-assign]
        result = Lookup(hanging, catalogue, deadline_ms=300).lookup(QUERIES[0])
        assert "did not answer within" in str(result.unread)
        assert len(result.missing) == result.found
    finally:
        over.set()


@pytest.mark.parametrize("part", ["index", "entities"])
def test_a_store_that_is_away_fails_a_lookup_where_that_is_declared(
    catalogue: Catalogue, store: InMemory, part: str
) -> None:
    with pytest.raises(StoreUnavailableError, match="throttling"):
        Lookup(Away(store, part, AWAY[0]), catalogue, fail=True).lookup(QUERIES[0])


def test_an_error_that_is_none_of_the_store_being_away_is_not_hidden(catalogue: Catalogue, store: InMemory) -> None:
    with pytest.raises(KeyError):
        Lookup(Away(store, "index", KeyError("a mistake")), catalogue).lookup(QUERIES[0])


@pytest.mark.parametrize("damage", [b"", b"\x00", b"cut", b"longer", b"text"])
def test_a_broken_packed_record_is_flagged_and_the_others_are_as_without_it(
    catalogue: Catalogue, store: InMemory, damage: bytes
) -> None:
    whole = Lookup(store, catalogue).lookup(QUERIES[0])
    broken = store.entities["right:0"]
    bad = {b"cut": broken.packed[:-1], b"longer": broken.packed + b"x"}.get(damage, damage)
    if damage == b"text":
        bad = broken.packed.replace(b"deutsche", b"deuts\xff\xfee")
    store.entities["right:0"] = PackedEntity(bad, broken.fingerprint)
    result = Lookup(store, catalogue).lookup(QUERIES[0])
    assert result.missing == {"right:0": "its packed record is broken"}
    assert result.candidates == tuple(c for c in whole.candidates if c.entity_id != "right:0")
    assert result.found == whole.found
    assert len(result.texts("name_core")) == result.compared.size == len(result.candidates)
