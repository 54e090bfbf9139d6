"""What is prepared on a record, once."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from features.entities.names import (
    MOST_OF_A_KNOWN_WORD,
    name_acronyms,
    name_bigrams,
    name_compact,
    name_phonetics,
    name_sorted,
    name_tokens,
    name_translated_weights,
    names_short,
    phonetic,
)
from features.statistics import Statistics


@pytest.mark.parametrize(
    ("declared", "given", "wanted"),
    [
        (name_tokens, "bank of the bank", ["bank", "of", "the"]),
        (name_sorted, "first ohio bank", "bank first ohio"),
        (name_compact, "data pipe", "datapipe"),
        (name_phonetics, ["meyer", "maier", "123", "株式"], ["MR", "MYR"]),
        (name_bigrams, "abab", ["ab", "ba"]),
        (name_bigrams, "a", []),
    ],
)
def test_prepared_forms(declared: Any, given: Any, wanted: Any) -> None:
    assert declared.function(given) == wanted


@pytest.mark.parametrize(
    ("core", "aliases", "in_english", "acronyms", "short"),
    [
        ("international business machines", None, None, ["ibm"], []),
        ("ibm", None, ["ibm"], [], ["ibm"]),
        ("pershyi mizhnarodnyi bank", ["pmb"], ["first international bank"], ["fib", "pmb"], ["pmb"]),
        ("a b c d e f g h i", None, None, [], []),
    ],
)
def test_acronyms_and_names_that_may_be_one(
    core: str, aliases: list[str] | None, in_english: list[str] | None, acronyms: list[str], short: list[str]
) -> None:
    assert name_acronyms.function(core, aliases, in_english) == acronyms
    assert names_short.function(core, aliases) == short


def test_a_word_that_was_translated_weighs_little_whatever_the_corpus_says() -> None:
    corpus = Statistics.of(pa.table({"token": ["bank"], "records": [50_000]}), 100_000)
    weights = name_translated_weights.function([["bank", "savings", "orion"], ["savings"]], corpus)
    assert weights == [[100, MOST_OF_A_KNOWN_WORD, 1660], [MOST_OF_A_KNOWN_WORD]]


def test_a_word_without_latin_letters_has_no_sound() -> None:
    assert [phonetic(word) for word in ("", "42", "株式", "smith")] == ["", "", "", "SM0"]
