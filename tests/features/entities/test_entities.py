"""What is prepared on a record, once."""

from __future__ import annotations

from typing import Any

import pytest

from features.entities.names import (
    name_acronym,
    name_bigrams,
    name_compact,
    name_phonetics,
    name_sorted,
    name_tokens,
    phonetic,
)


@pytest.mark.parametrize(
    ("declared", "given", "wanted"),
    [
        (name_tokens, "bank of the bank", ["bank", "of", "the"]),
        (name_sorted, "first ohio bank", "bank first ohio"),
        (name_compact, "data pipe", "datapipe"),
        (name_acronym, "international business machines", "ibm"),
        (name_acronym, "ibm", None),
        (name_phonetics, ["meyer", "maier", "123", "株式"], ["MR", "MYR"]),
        (name_bigrams, "abab", ["ab", "ba"]),
        (name_bigrams, "a", []),
    ],
)
def test_prepared_forms(declared: Any, given: Any, wanted: Any) -> None:
    assert declared.function(given) == wanted


def test_a_word_without_latin_letters_has_no_sound() -> None:
    assert [phonetic(word) for word in ("", "42", "株式", "smith")] == ["", "", "", "SM0"]
