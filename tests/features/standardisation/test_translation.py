"""Names in English, word for word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation import meanings_money, meanings_trade, meanings_world
from features.standardisation.names import name_translated
from features.standardisation.text import normal_form
from features.standardisation.translation import looked_up, spellings, translated, vocabulary

TABLES = (meanings_money.FINANCE, meanings_money.KINDS, meanings_world.WORLD, meanings_trade.TRADES)
HEADS = sorted({line.partition(":")[0] for table in TABLES for line in table.strip().splitlines()})

CASES = [
    ("Державний ощадний банк України", "state savings bank ukraine", "inflected adjectives and a genitive"),
    ("Oschadbank", "savings bank", "a compound of a clipped word"),
    ("Kreissparkasse Köln", "district savings bank koln", "parts all known; what is not is in Latin letters"),
    ("Crystalbank", "crystal bank", "only the end is known"),
    ("Укрексімбанк", "ukraine export import bank", "clipped words one behind the other"),
    ("Banco Nacional de Desarrollo", "bank national development", "small words between others go"),
    ("Bank for Investments and Savings", "bank investment savings", "so do English ones"),
    ("Банк інвестицій та заощаджень", "bank investment savings", "the same bank"),
    ("Compagnie d'assurance vie", "company insurance life", "an elided article"),
    ("Intl Svgs Bk", "international savings bank", "abbreviations are spelled out first"),
    ("Εθνική Τράπεζα της Ελλάδος", "national bank greece", "Greek"),
    ("البنك الأهلي المصري", "bank national egypt", "Arabic, with its article"),
    ("中国工商银行", "china industry commercial bank", "a script without spaces is cut into known words"),
    ("국민은행", "national bank", "Korean compounds are no other"),
    ("Türkiye Ziraat Bankası", "turkey agriculture bank", "ICU knows what a country is called at home"),
    ("Промислово-інвестиційний банк", "industry investment bank", "the first half of a compound adjective"),
    ("Orion Shipyard Fund II", "orion shipyard fund 2", "words that are not known stay, numbers in figures"),
    ("of the Orion", "of orion", "a small word at the end of a name is part of it"),
]


def english(name: str) -> str | None:
    found: str | None = name_translated.function(normal_form(name), None, None)
    return found


@pytest.mark.parametrize(("name", "wanted", "why"), CASES, ids=[case[0] for case in CASES])
def test_names_in_english(name: str, wanted: str, why: str) -> None:
    assert english(name) == wanted, why


@pytest.mark.parametrize("word", ["newport", "interest", "eubanks", "transfer", "riverside", "shutter", "dart"])
def test_words_that_only_look_like_compounds_stay_whole(word: str) -> None:
    assert translated([word]) == [word]


def test_a_spelling_that_is_written_out_has_one_meaning() -> None:
    meanings: dict[str, set[str]] = {}
    for table in TABLES:
        for line in table.strip().splitlines():
            meaning, _, forms = line.partition(":")
            for form in forms.split():
                meanings.setdefault(looked_up(form) if form[-1] not in "~+" else form, set()).add(meaning)
    assert not {form: found for form, found in meanings.items() if len(found) > 1}


def test_no_english_word_of_the_tables_is_a_spelling_of_another() -> None:
    assert {head: " ".join(translated(head.split())) for head in HEADS} == {head: head for head in HEADS}


@given(
    st.lists(st.sampled_from(sorted({spelling for table in TABLES for spelling, _ in spellings(table)})), max_size=5)
)
def test_a_translation_is_its_own_translation_and_known(spoken: list[str]) -> None:
    once = translated(spoken)
    assert translated(once) == once
    assert vocabulary().issuperset(once)
