"""Locality-sensitive keys: the same in every batch, and shared as often as theory says."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.blocking import signatures
from features.blocking.signatures import embedding_neighbours, min_hashes, minhash, planes

texts = st.text(st.sampled_from("ab é銀🏦"), min_size=1, max_size=12)


def grams(text: str, size: int) -> set[str]:
    padded = f" {text} ".ljust(size)
    return {padded[n : n + size] for n in range(len(padded) - size + 1)}


@given(st.lists(texts, min_size=1, max_size=6), st.integers(1, 4))
def test_keys_follow_from_the_set_of_a_texts_ngrams_alone(batch: list[str], ngram: int) -> None:
    rule = minhash(name="x", field="f", ngram=ngram, bands=3, rows=2)
    found = rule.function(batch)
    assert found == [rule.function([text])[0] for text in batch]
    for one, keys in zip(batch, found, strict=True):
        assert len(keys) == 3
        for two, others in zip(batch, found, strict=True):
            assert grams(one, ngram) != grams(two, ngram) or keys == others


@given(st.lists(texts, min_size=1, max_size=6), st.integers(1, 9), st.integers(1, 200))
def test_hash_values_do_not_depend_on_how_many_are_made_at_once(batch: list[str], functions: int, most: int) -> None:
    wanted = min_hashes(batch, 3, functions)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(signatures, "_MOST_AT_ONCE", most)
        assert np.array_equal(min_hashes(batch, 3, functions), wanted)


def test_equal_hash_values_are_as_frequent_as_the_jaccard_similarity() -> None:
    functions = 4_000
    for one, two in (("orion savings bank", "orion saving bank"), ("harbour", "harbor"), ("acme", "zenith")):
        left, right = min_hashes([one, two], 3, functions)
        similarity = len(grams(one, 3) & grams(two, 3)) / len(grams(one, 3) | grams(two, 3))
        spread = math.sqrt(similarity * (1 - similarity) / functions)
        assert abs((left == right).mean() - similarity) <= 5 * spread


def test_a_key_is_shared_as_often_as_bands_and_rows_promise() -> None:
    rng = random.Random(5)
    bands, rows, shared, promised = 4, 3, 0, 0.0
    pairs = []
    for _ in range(600):
        base = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=14))
        at = rng.randrange(14)
        pairs.append((base, base[:at] + "?" + base[at + 1 :]))
    left, right = (
        minhash(name="x", field="f", bands=bands, rows=rows).function(list(s)) for s in zip(*pairs, strict=True)
    )
    for (one, two), mine, theirs in zip(pairs, left, right, strict=True):
        similarity = len(grams(one, 3) & grams(two, 3)) / len(grams(one, 3) | grams(two, 3))
        promised += 1 - (1 - similarity**rows) ** bands
        shared += bool(set(mine) & set(theirs))
    assert abs(shared - promised) < 5 * math.sqrt(len(pairs) / 4)


def test_each_of_several_texts_has_keys_and_a_place_parts_them() -> None:
    alone = minhash(name="x", field="f", bands=2, rows=2)
    several = minhash(name="x", field="f", bands=2, rows=2, within="country")
    (first,), (second,) = alone.function(["acme"]), alone.function(["orion"])
    assert several.function([["acme", "orion"], []], ["DE", "DE"]) == [[f"{key}|DE" for key in first + second], []]


def test_signs_against_planes_agree_as_often_as_the_angle_says() -> None:
    rng = np.random.default_rng(3)
    normals = planes(256, 5_000)
    assert abs(normals.mean()) < 1
    for mixed in (0.2, 0.6, 1.5):
        one = rng.normal(size=256)
        two = one + mixed * rng.normal(size=256)
        angle = math.acos(float(one @ two / np.linalg.norm(one) / np.linalg.norm(two)))
        agree = ((one @ normals >= 0) == (two @ normals >= 0)).mean()
        assert abs(agree - (1 - angle / math.pi)) < 0.03


@given(st.lists(st.lists(st.integers(-127, 127), min_size=8, max_size=8), min_size=1, max_size=5))
def test_keys_of_a_vector_do_not_depend_on_the_batch_nor_on_its_length(batch: list[list[int]]) -> None:
    rule = embedding_neighbours(name="x", bands=3, bits=5)
    vectors = [np.array(vector, dtype=np.int8).tobytes() for vector in batch]
    found = rule.function(vectors)
    assert found == [rule.function([vector])[0] for vector in vectors]
    assert [len(keys) for keys in found] == [3 if any(vector) else 0 for vector in batch]
    halved = [np.array([entry // 2 * 2 // 2 for entry in vector], dtype=np.int8) for vector in batch]
    doubled = [np.clip(np.array(vector, dtype=np.int16) // 2 * 2, -127, 127).astype(np.int8) for vector in batch]
    same = [n for n, (h, d) in enumerate(zip(halved, doubled, strict=True)) if (h * 2 == d).all()]
    assert [rule.function([halved[n].tobytes()]) for n in same] == [rule.function([doubled[n].tobytes()]) for n in same]


def test_the_same_keys_on_every_machine() -> None:
    """Values of this moment: whoever changes them parts new keys from those that are stored."""
    assert minhash(name="x", field="f", bands=1, rows=1).function(["acme"]) == [["0:3d29c31198e65018"]]
    vector = np.arange(-32, 32, dtype=np.int8).tobytes()
    assert embedding_neighbours(name="x", bands=2, bits=12).function([vector]) == [["0:0b40", "1:3b30"]]
