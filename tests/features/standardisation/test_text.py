"""Unicode once, first; missing is missing; doing it twice changes nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation.text import MOST_READ, capped, clean_text, latin, normal_form, words


@pytest.mark.parametrize(
    ("given_text", "wanted", "why"),
    [
        ("  Deutsche\u00a0Bank\tAG ", "deutsche bank ag", "any white space is one space"),
        ("Ｆｕｌｌｗｉｄｔｈ", "fullwidth", "compatibility forms are folded"),
        ("Straße", "strasse", "casefold, not lower case"),
        ("e\u0301cole", "école", "composed"),
        ("zero\u200bwidth\u200d\ufeff", "zerowidth", "format characters go"),
        ("nul\x00bell\x07", "nulbell", "control characters go"),
        ("line\nbreak", "line break", "a line break separates words"),
        ("", None, "empty"),
        (" \u3000 ", None, "blank"),
        (None, None, "missing"),
        ("N/A", None, "placeholder"),
        ("UNKNOWN", None, "placeholder"),
        ("999999", None, "placeholder"),
        ("1900-01-01", None, "placeholder date"),
        ("Test", None, "placeholder"),
        ("Testa", "testa", "a name that begins like a placeholder"),
        ("🏦 bank", "🏦 bank", "emoji stay: comparators decide"),
    ],
)
def test_clean_text(given_text: str | None, wanted: str | None, why: str) -> None:
    assert clean_text(given_text) == wanted, why


@given(st.text())
def test_cleaning_twice_changes_nothing_and_leaves_normalised_text(text: str) -> None:
    once = clean_text(text)
    assert once is None or clean_text(once) == once
    assert once is None or unicodedata.is_normalized("NFKC", once)


@given(st.text())
def test_normal_form_is_never_blank_and_never_padded(text: str) -> None:
    result = normal_form(text)
    assert result is None or (result and result == " ".join(result.split()))


@given(st.text(max_size=60))
def test_latin_words_are_stable(text: str) -> None:
    once = " ".join(words(latin(normal_form(text) or "")))
    assert " ".join(words(latin(once))) == once


def test_capped_never_ends_in_a_space() -> None:
    assert capped("ab cd", 3) == "ab"


@pytest.mark.parametrize("letter", ["x", "é", "ж", "漢", "ﷺ", "\u0301"])
def test_no_field_is_read_beyond_a_bound(letter: str) -> None:
    text = normal_form(letter * 1_000_000)
    assert text is None or len(text) <= MOST_READ
    assert normal_form(text) == text
