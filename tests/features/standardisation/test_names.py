"""Names in one spelling: words, numbers, other names, markers, script; and the laws that hold for any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from features.standardisation import name_words
from features.standardisation.legal_forms import FORMS
from features.standardisation.names import (
    MAX_NAMES,
    alias_cores,
    core,
    name_core,
    name_markers,
    name_numbers,
    name_script,
    name_truncated,
)
from features.standardisation.text import clean_text, latin, words

SAME: list[tuple[str, list[str], str]] = [
    ("amber beryl", ["Amber & Beryl", "Amber and Beryl", "Amber und Beryl", "Amber et Beryl"], "and"),
    ("amber beryl", ["Amber y Beryl", "Amber &amp; Beryl", "Amber + Beryl"], "and, in Spanish, in HTML, as a sign"),
    ("amber", ["Amber and Company", "Amber & Co", "Amber et Cie", "Amber und Co. KG"], "and before a form"),
    ("ab", ["A & B", "A and B", "A&B", "A.B.", "A B Ltd"], "single letters are initials"),
    ("ao smith", ["A. O. Smith Corp", "A.O. Smith", "A O SMITH"], "initials, however spaced"),
    ("jp amber", ["J.P. Amber", "J. P. Amber & Co.", "J.P.Amber", "JP Amber"], "initials"),
    ("amber com", ["Amber.com, Inc.", "AMBER COM INC"], "a full stop between words parts them"),
    ("oneill sons", ["O'Neill & Sons Ltd", "O’Neill and Sons"], "apostrophe inside a word vanishes"),
    ("ft amber bank", ["FORT AMBER BANK, THE", "The Fort Amber Bank", "Ft. Amber Bank (The)"], "article and fort"),
    ("st amber", ["Saint Amber", "St. Amber"], "saint"),
    ("international amber", ["Intl Amber", "Int'l Amber", "International Amber"], "international"),
    ("national amber association", ["Nat'l Amber Assn", "Natl. Amber Assoc."], "national association within a name"),
    ("amber holdings", ["Amber Holding", "Amber Hldgs", "Amber Holdings"], "holdings"),
    ("amber services", ["Amber Svcs", "Amber Services"], "services"),
    ("amber management", ["Amber Mgmt", "Amber Mgt."], "management"),
    ("amber manufacturing", ["Amber Mfg. Co.", "Amber Manufacturing"], "manufacturing"),
    ("amber brothers", ["Amber Bros.", "Amber Brothers"], "brothers"),
    ("amber group", ["Amber Grp", "Amber Group"], "group"),
    ("amber centre", ["Amber Ctr", "Amber Center"], "centre"),
    ("amber cooperative", ["Amber Co-op", "Amber Coop", "Amber Co-operative"], "cooperative"),
    ("amber trust company of ohio", ["Amber Trust Co of Ohio", "Amber Trust Company of Ohio"], "company within a name"),
    ("sparkasse amber", ["Spk Amber", "Sparkasse Amber"], "German savings bank"),
    ("amber fund 2", ["Amber Fund II", "Amber Fund 2", "Amber Fund Two", "Amber Fund No. 2"], "number of a fund"),
    ("amber fund 2", ["Amber Fund 02", "Amber Fund II, L.P.", "Amber Fund LP II", "Amber Fund Second"], "number"),
    ("amber fund 7", ["Amber Fund #7", "Amber Fund №7", "Amber Fund Nr. 7", "Amber Fund VII"], "number of a fund"),
    ("amber trust 5", ["Amber Trust V", "Amber Trust 5"], "a single Roman numeral behind a word that is counted"),
    ("first national bank", ["1st National Bank", "First National Bank"], "ordinal"),
    ("second street", ["2nd Street", "Second Street"], "ordinal"),
    ("bank alliance", ["БАНК АЛЬЯНС", 'JSC "BANK ALLIANCE"'], "loan word"),
    ("amber", ["M/S Amber", "D/B/A Amber", "Amber Ltd. - in liquidation"], "what registers put around a name"),
]

DIFFERENT: list[tuple[str, str, str]] = [
    ("Amber Fund II", "Amber Fund III", "another fund"),
    ("Amber Fund Series A", "Amber Fund Series B", "another series"),
    ("Capital One", "Capital 1st", "a name made of a number word"),
    ("Amber Class C", "Amber Class 100", "a class is a letter, not a Roman hundred"),
    ("Amber XL", "Amber 40", "not a number in names"),
    ("Amber MC", "Amber 1100", "not a number in names"),
    ("Amber I", "Amber 1", "a single letter is a letter"),
    ("Amber Bank", "Amber Banco", "two banks"),
    ("Amber Ltd (UK)", "Amber Ltd (HK)", "two countries"),
    ("Amber Tech", "Amber Technologies", "`tech` is short for several words"),
    ("Amber Associates", "Amber Association", "two words"),
    ("Amber Property", "Amber Properties", "two words"),
]

OTHER_NAMES: list[tuple[str, str, list[str]]] = [
    ("Amber, formerly Beryl Ltd", "amber", ["beryl"]),
    ("Amber Ltd (f/k/a Beryl Inc.)", "amber", ["beryl"]),
    ("Amber (formerly known as Beryl Ltd) Inc.", "amber", ["beryl"]),
    ("Amber Inc. d/b/a Beryl", "amber", ["beryl"]),
    ("Amber LLC DBA Beryl", "amber", ["beryl"]),
    ("Amber trading as Beryl", "amber", ["beryl"]),
    ('Branch "Centre" of JSC "Beryl Bank" in Riga', "branch centre of beryl bank in riga", ["beryl bank"]),
    ('JSC "Bank "Beryl"', "bank beryl", ["beryl"]),
    ('Commercial Bank "Beryl"', "commercial bank beryl", ["bank beryl", "beryl"]),
    ("Відділення №2 Акціонерного банку «Берил»", "viddilennya 2 aktsionernoho banku beril", ["banku beril", "beril"]),
    ('ТОВ "Берил"', "beril", []),
    ('Amber "Beryl" Partners', "amber beryl partners", []),
    ("Amber t/a Beryl", "amber", ["beryl"]),
    ("Amber also known as Beryl a/k/a Coral", "amber", ["beryl", "coral"]),
    ("Amber AG vormals Beryl AG", "amber", ["beryl"]),
    ("International Amber Partners (IAP)", "international amber partners", ["iap"]),
    ("Bank of Green Amber (BGA) Ltd", "bank of green amber", ["bga"]),
    ("Union Steel Amber (USA) Inc", "union steel amber usa", []),
    ("Amber (India) Private Limited", "amber india", []),
    ("Formerly Amber", "formerly amber", []),
    ("Amber U/T/A dated 2003", "amber uta dated 2003", []),
    ("Nordic Trading AS", "nordic trading", []),
]

NUMBERS: list[tuple[str, list[str], str]] = [
    ("Amber Fund II Series A", ["2", "series a"], "number and series"),
    ("Amber Class B", ["class b"], "class"),
    ("Amber Series 3", ["series 3"], "a series may have a number"),
    ("Amber Fund 2029", ["2029"], "a year is a number"),
    ("Second Amber", ["2"], "ordinal in words"),
    ("2nd Amber", ["2"], "ordinal in figures"),
    ("Amber No. 007", ["7"], "leading zeros"),
    ("3M", [], "figures within a word"),
    ("Amber", [], "none"),
]

MARKERS: list[tuple[str, list[str]]] = [
    ("Amber AG, Zweigniederlassung Wien", ["branch"]),
    ("Amber S.A. succursale de Paris", ["branch"]),
    ("Відділення №1 АТ «АМБЕР»", ["branch"]),
    ("Филиал АО Амбер", ["branch"]),
    ("アンバー銀行 東京支店", ["branch"]),
    ("Amber Holdings Ltd", ["holding"]),
    ("Amber Beteiligungsholding GmbH", ["holding"]),
    ("Amber Family Trust", ["trust"]),
    ("Amber Trust Company", []),
    ("Amber Ltd as Trustee for the Beryl Trust", ["trust", "trustee"]),
    ("Stichting Pensioenfonds Amber", ["fund"]),
    ("Amber Fondo de Inversión", ["fund"]),
    ("Estate of John Amber", ["estate"]),
    ("Amber Real Estate", []),
    ("Amber Bank Representative Office", ["representative_office"]),
    ("Представництво Амбер", ["representative_office"]),
]

SCRIPTS: list[tuple[str, str | None]] = [
    ("amber", "latin"),
    ("ångström 12", "latin"),
    ("ромашка", "cyrillic"),
    ("αλφα", "greek"),
    ("بنك الكويت", "arabic"),
    ("בנק", "hebrew"),
    ("三菱銀行", "han"),
    ("トヨタ", "kana"),
    ("삼성", "hangul"),
    ("三菱ufj", "mixed"),
    ("amber 三", "latin"),
    ("123 !", None),
]


def columns(name: str) -> tuple[str | None, list[str]]:
    cleaned = clean_text(name)
    assert cleaned is not None
    return core(cleaned), alias_cores.function(None, cleaned, None, None)


@pytest.mark.parametrize(("wanted", "names", "why"), SAME, ids=[f"{case[0]}: {case[2]}" for case in SAME])
def test_spellings_of_one_name_have_one_core(wanted: str, names: list[str], why: str) -> None:
    assert {name: columns(name)[0] for name in names} == dict.fromkeys(names, wanted), why


@pytest.mark.parametrize(("one", "other", "why"), DIFFERENT, ids=[case[2] for case in DIFFERENT])
def test_different_names_stay_different(one: str, other: str, why: str) -> None:
    assert columns(one)[0] != columns(other)[0], why


@pytest.mark.parametrize(("name", "wanted", "aliases"), OTHER_NAMES, ids=[case[0] for case in OTHER_NAMES])
def test_other_names_within_a_name_become_aliases(name: str, wanted: str, aliases: list[str]) -> None:
    assert columns(name) == (wanted, aliases)


@pytest.mark.parametrize(("name", "wanted", "why"), NUMBERS, ids=[case[2] for case in NUMBERS])
def test_numbers(name: str, wanted: list[str], why: str) -> None:
    assert name_numbers.function(columns(name)[0]) == wanted, why


@pytest.mark.parametrize(("name", "wanted"), MARKERS, ids=[case[0] for case in MARKERS])
def test_markers(name: str, wanted: list[str]) -> None:
    assert name_markers.function(clean_text(name), None, None) == wanted


@pytest.mark.parametrize(("name", "wanted"), SCRIPTS)
def test_script(name: str, wanted: str | None) -> None:
    assert name_script.function(name) == wanted


def test_aliases_of_the_record_and_within_them_join_those_of_the_name() -> None:
    assert alias_cores.function(["Coral Ltd dba Dolomite", "N/A"], "amber aka beryl", None, None) == [
        "beryl",
        "coral",
        "dolomite",
    ]


def test_a_vowel_sign_stays_in_its_word() -> None:
    assert words("हिन्दी बैंक, กำไร") == ["हिन्दी", "बैंक", "กำไร"]


def test_a_person_loses_honorifics_and_nothing_else() -> None:
    assert name_core.function("dr. maria de sá", "person", None) == "maria de sa"
    assert name_core.function("john fund ii", None, "fund") == "john fund ii"
    assert name_core.function("john fund ii", "organisation", "fund") == "john fund 2"


def test_a_long_name_is_capped_and_flagged() -> None:
    assert name_truncated.function(None, "x" * 300, None, None)
    assert name_truncated.function(None, "amber " * 40, None, None)
    assert name_truncated.function(None, "amber " * 5, None, None) is False
    assert name_truncated.function([], None, None, None) is None
    assert len(core("amber " * 400) or "") <= 256


@pytest.mark.parametrize("person", ["person", None])
def test_more_further_names_than_are_read_are_flagged_and_the_same_ones_are_read_in_any_order(
    person: str | None,
) -> None:
    names = [f"amber {''.join(chr(97 + int(digit)) for digit in str(n))}" for n in range(1_000, 1_000 + 3 * MAX_NAMES)]
    some = names[:MAX_NAMES]
    assert alias_cores.function(some, "orion", person, None) == sorted(some)
    assert name_truncated.function([*some, some[0], " ", "N/A"], "orion", person, None) is False
    read = alias_cores.function(names, "orion fka coral", person, None)
    assert len(read) == MAX_NAMES
    assert "coral" in read
    assert read == alias_cores.function(names[::-1], "orion fka coral", person, None)
    assert name_truncated.function(names, "orion", person, None)
    assert name_truncated.function(some, "orion fka coral", person, None)
    assert name_truncated.function(names, None, person, None)
    nested = [" fka ".join(names[n : n + 20]) for n in range(0, len(names), 20)]
    assert len(alias_cores.function(nested, None, person, None)) == MAX_NAMES


def test_no_canonical_word_is_itself_a_spelling_of_another() -> None:
    tables = {**name_words.SPELLINGS, **name_words.BEHIND_ANOTHER_WORD}
    assert not {(wanted,) for wanted in tables.values()} & tables.keys()


WORDS = st.one_of(
    st.sampled_from(sorted(FORMS)),
    st.sampled_from([" ".join(key) for key in (*name_words.SPELLINGS, *name_words.BEHIND_ANOTHER_WORD)]),
    st.sampled_from(["amber", "bank", "trust", "fund", "series", "class", "no", "the", "of", "and", "y", "ii", "v"]),
    st.sampled_from(["&", "-", ",", "(", ")", ".", "/", "'", '"', "1st", "02", "$0.01", "7.5%"]),
    st.sampled_from(
        ["common stock", "units", "each", "due", "formerly", "d/b/a", "aka", "(the)", "/de/", "s.a.", "№3"]
    ),
    st.sampled_from(["ооо", "банк", "товариство", "株式会社", "三菱", "société", "a", "b", "&amp;", "o.", "in", "m/s"]),
)
NAMES = st.one_of(
    st.lists(WORDS, max_size=9).map(" ".join),
    st.lists(WORDS, max_size=6).map("".join),
    st.text(max_size=40),
)


@given(NAMES)
@example("doing-business-as (also) known as b")
@example("i-n-t-l co co op")
@example("&#65; &lt; ltd")
def test_a_core_read_again_is_the_same_core(text: str) -> None:
    cleaned = clean_text(text)
    once = core(cleaned) if cleaned else None
    assert once is None or core(once) == once


@given(NAMES)
def test_composed_and_decomposed_names_are_one(text: str) -> None:
    one, other = (clean_text(unicodedata.normalize(form, text)) for form in ("NFC", "NFD"))
    assert one == other


@given(NAMES)
def test_a_name_with_a_latin_letter_has_a_core_of_plain_words(text: str) -> None:
    cleaned = clean_text(text)
    if cleaned and any(c.isascii() and c.isalnum() for c in cleaned):
        found = core(cleaned)
        assert found
        assert found == " ".join(found.split())
        assert found == found.casefold()
        assert found.replace(" ", "").isalnum()


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x24F), max_size=30))
def test_taking_accents_off_agrees_with_transliteration(text: str) -> None:
    assert latin(text).isascii() or not text.isascii()
    assert latin(latin(text)) == latin(text)
