"""A prepared record survives packing exactly, whatever is in it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import catalogue as catalogues
from features.catalogue import Catalogue
from features.declare import Similarity, Text, pair_feature, scored
from features.kernel.cost import made_up, sample
from features.kernel.records import prepare, prepare_one, raw_batch, standardise
from features.kernel.score import first_against_rest, score
from features.store import packing as packing_module
from features.store.packing import Packing, online_rows
from features.store.plain_records import PackingError

CATALOGUE = catalogues.load()

text = st.text(st.characters(exclude_categories=["Cs"]))
"""Any Unicode: empty, emoji, right-to-left, NUL; lone surrogates are no Unicode and no Arrow string holds one."""


def values_of(kind: pa.DataType) -> st.SearchStrategy[object]:
    value: st.SearchStrategy[object] = st.binary() if pa.types.is_binary(kind) else text
    return st.lists(st.none() | text) if pa.types.is_list(kind) else value


def table(draw: st.DrawFn, catalogue: Catalogue, rows: int) -> pa.Table:
    fields = [catalogue.entity_schema.field(name) for name in catalogue.kernel_columns]
    column = {f.name: st.lists(st.none() | values_of(f.type), min_size=rows, max_size=rows) for f in fields}
    return pa.table({f.name: pa.array(draw(column[f.name]), f.type) for f in fields}, schema=pa.schema(fields))


@st.composite
def records(draw: st.DrawFn) -> pa.Table:
    return table(draw, few_columns(), draw(st.integers(0, 6)))


def turned_round(original: pa.Table, catalogue: Catalogue) -> pa.Table:
    packing = Packing(catalogue)
    return packing.unpack(packing.pack_batch(original))


def few_columns() -> Catalogue:
    """Enough features for a text, a list of texts and bytes."""
    return CATALOGUE.select(["name_embedding_cosine", "name_token_jaccard", "country_equal", "name_jaro_winkler"], None)


@given(records())
def test_what_is_unpacked_is_what_was_packed(original: pa.Table) -> None:
    catalogue = few_columns()
    assert turned_round(original, catalogue).equals(original)


@given(records(), st.randoms(use_true_random=False))
def test_records_are_packed_by_themselves_and_unpacked_in_any_company(original: pa.Table, random: object) -> None:
    catalogue = few_columns()
    packing = Packing(catalogue)
    packed = packing.pack_batch(original)
    assert packed == [record for n in range(len(packed)) for record in packing.pack_batch(original.slice(n, 1))]
    order = list(range(len(packed)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = original.take(pa.array(order, pa.int64())).combine_chunks()
    assert packing.unpack([packed[n] for n in order]).equals(shuffled)


@pytest.mark.parametrize("few", [0, 3, 100])
def test_packed_records_are_compared_as_those_of_a_table(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(packing_module, "FEW", few)
    raw = [*map(made_up, range(5)), {"name": "Aurora Capital Trade"}, {"birth_date": "03/04/1980"}, {}]
    table = prepare(standardise(raw_batch(raw), catalogue), catalogue, datetime(2026, 1, 1, tzinfo=UTC))
    packing = Packing(catalogue)
    packed = packing.pack_batch(table)
    for n, query in enumerate(packed):
        for rest in (packed, packed[5:], packed[:1], []):
            found = first_against_rest(packing.records([query, *rest]), catalogue.pair_features)
            others = pa.Table.from_batches([table]).slice(packed.index(rest[0]) if rest else 0, len(rest))
            wanted = score(table.slice(n, 1), others, catalogue.pair_features)
            assert found.columns() == wanted.columns
            assert [found.row(pair) for pair in range(len(rest))] == wanted.to_pylist()


@pytest.mark.parametrize("few", [0, 100])
def test_a_record_that_was_typed_is_compared_as_if_it_had_been_packed(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(packing_module, "FEW", few)
    packing = Packing(catalogue)
    queries = [prepare_one(typed, catalogue) for typed in (made_up(0), {"name": "Müller & Söhne"}, {})]
    packed = [record for query in queries for record in packing.pack(query)]
    for query, of_query in zip(queries, packed, strict=True):
        typed, known = packing.records(packed, query), packing.records([of_query, *packed])
        found, wanted = (first_against_rest(records, catalogue.pair_features) for records in (typed, known))
        assert found.columns() == wanted.columns()


def test_features_that_take_no_plain_values_stand_beside_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature of a user's own is given arrays, however few records there are."""

    @pair_feature()
    def own_initial(name_core_l: Text, name_core_r: Text) -> Similarity:
        """1 when both names begin with the same letter."""
        return np.char.equal(*(np.array([value[:1] for value in side.values]) for side in (name_core_l, name_core_r)))

    def own_same(left: Text, right: Text) -> Similarity:
        return np.where(left.lacking(right), np.nan, left.same(right))

    declared = CATALOGUE.pair_features
    own = [replace(scored(column, own_same, doc="The same."), name=f"own_{column}") for column in ("city", "lei")]
    features = (*declared[:9], own_initial, *own, *declared[9:])
    table = pa.Table.from_batches([sample(CATALOGUE).slice(0, 4)])
    packed = Packing(CATALOGUE).pack_batch(table)
    found = []
    for few in (0, 100):
        monkeypatch.setattr(packing_module, "FEW", few)
        found.append(first_against_rest(Packing(CATALOGUE).records(packed), features).columns())
    assert found[0] == found[1] == score(table.slice(0, 1), table.slice(1), features).columns


def test_null_empty_list_and_empty_text_stay_apart() -> None:
    catalogue = few_columns()
    original = pa.table(
        {
            "name_embedding": pa.array([None, b"", b"\x00\xff"], pa.binary()),
            "name_tokens": pa.array([None, [], ["", "a"]], pa.list_(pa.string())),
            "country": pa.array([None, "", "de"], pa.string()),
            "name_core": pa.array(["שלום 👋🏽", "e\u0301", "x" * 300], pa.string()),
        }
    )
    assert turned_round(original, catalogue).to_pydict() == original.select(catalogue.kernel_columns).to_pydict()


def test_every_column_of_the_catalogue_is_packed() -> None:
    fields = [CATALOGUE.entity_schema.field(name) for name in CATALOGUE.kernel_columns]
    original = pa.table({f.name: pa.array([None], f.type) for f in fields}, schema=pa.schema(fields))
    assert turned_round(original, CATALOGUE).equals(original)


def test_other_columns_than_text_and_bytes_keep_their_values() -> None:
    """A user's entity feature may be a number or a truth value."""

    def with_kinds(*kinds: pa.DataType) -> Catalogue:
        own = tuple(replace(CATALOGUE.entity_features[0], name=f"own_{n}", arrow=kind) for n, kind in enumerate(kinds))
        reader = replace(CATALOGUE.pair_features[0], inputs=tuple(f.name for f in own))
        return replace(CATALOGUE, entity_features=own, pair_features=(reader,), rules=())

    catalogue = with_kinds(pa.bool_(), pa.int32(), pa.float32())
    original = pa.table(
        {
            "own_0": pa.array([True, None, False], pa.bool_()),
            "own_1": pa.array([-(2**31), None, 7], pa.int32()),
            "own_2": pa.array([0.1, None, -0.0], pa.float32()),
        }
    )
    assert turned_round(original, catalogue).equals(original)


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b[:3], lambda b: b""])
def test_damaged_bytes_are_refused(damage: object) -> None:
    catalogue = few_columns()
    fields = [catalogue.entity_schema.field(name) for name in catalogue.kernel_columns]
    packing = Packing(catalogue)
    packed = packing.pack_batch(pa.table({f.name: pa.array([None], f.type) for f in fields}))
    for read in (packing.unpack, packing.records):
        with pytest.raises(PackingError, match=r"record 1 of 2 .* Materialise the online store anew"):
            read([*packed, damage(packed[0])])  # type: ignore[operator]


def test_a_list_that_announces_an_item_of_no_length_is_refused() -> None:
    packing = Packing(CATALOGUE.select(["name_token_jaccard"], None))
    (packed,) = packing.pack({"name_tokens": [["a", None]]})
    with pytest.raises(PackingError, match="not what it announces"):
        packing.records([packed])


def test_a_worker_that_packs_loads_neither_gates_nor_stores() -> None:
    program = (
        "import pickle, sys\n"
        "function, catalogue = pickle.load(sys.stdin.buffer)\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'great_expectations', 'feast', 'jobs'}))"
    )
    sent = pickle.dumps((online_rows, few_columns()))
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
