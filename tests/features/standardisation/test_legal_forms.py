"""Legal forms of many countries, before, behind and within a name; what is a word stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation.legal_forms import FORMS, form_of, strip_forms, strip_unspaced
from features.standardisation.names import core, legal_form, legal_form_class, without_form
from features.standardisation.text import clean_text
from features.standardisation.wording import wording

FORMS_OF_AMBER: list[tuple[str, str, str | None]] = [
    ("Amber S.à r.l.", "sarl", "llc"),
    ("Amber S. à r.l.", "sarl", "llc"),
    ("Amber S.A R.L", "sarl", "llc"),
    ("Amber Sarl", "sarl", "llc"),
    ("Amber Corp.", "corp", "llc"),
    ("Amber Corporation", "corp", "llc"),
    ("Amber, Inc.", "inc", "llc"),
    ("The Amber Company", "co", "llc"),
    ("Amber & Co", "co", "llc"),
    ("Amber & Cie", "co", "llc"),
    ("Cia. Amber", "co", "llc"),
    ("Amber Co., Ltd.", "coltd", "llc"),
    ("Amber Co.Ltd", "coltd", "llc"),
    ("Amber Private Limited", "ltd", "llc"),
    ("Amber Pvt. Ltd.", "ltd", "llc"),
    ("Amber (Pvt) Ltd", "ltd", "llc"),
    ("Amber Pte. Ltd.", "pte ltd", "llc"),
    ("Amber Pty Limited", "ltd", "llc"),
    ("SCI Amber", "sci", "gp"),
    ("Amber Sp. z o.o.", "spzoo", "llc"),
    ("Amber Sp. z.o.o.", "spzoo", "llc"),
    ("Amber Sp.z o.o.", "spzoo", "llc"),
    ("Amber Spółka z ograniczoną odpowiedzialnością", "spzoo", "llc"),
    ("Amber S.p.A.", "spa", "jsc"),
    ("Amber Società per Azioni", "spa", "jsc"),
    ("AMBER SOCIETA' A RESPONSABILITA' LIMITATA", "srl", "llc"),
    ("Amber S.R.L. in liquidazione", "srl", "llc"),
    ("Amber S.A. de C.V.", "sacv", "jsc"),
    ("Amber S. de R.L. de C.V.", "srl", "llc"),
    ("Amber S A", "sa", "jsc"),
    ("Amber S/A", "sa", "jsc"),
    ("SOCIETE ANONYME Amber", "sa", "jsc"),
    ("Amber d.o.o.", "doo", "llc"),
    ("Amber d.d.", "dd", "jsc"),
    ("Amber EOOD", "ood", "llc"),
    ("Amber Ltda.", "ltda", "llc"),
    ("Amber, Lda", "ltda", "llc"),
    ("Amber s.r.o.", "sro", "llc"),
    ("Amber spol. s r.o.", "sro", "llc"),
    ("Amber Kft.", "kft", "llc"),
    ("Amber Nyrt", "nyrt", "jsc"),
    ("Amber KGaA", "kgaa", "lp"),
    ("Amber GmbH", "gmbh", "llc"),
    ("Amber Gesellschaft mit beschränkter Haftung", "gmbh", "llc"),
    ("Amber GmbH & Co. KG", "gmbhcokg", "lp"),
    ("Amber GmbH und Co. KG", "gmbhcokg", "lp"),
    ("Amber UG (haftungsbeschränkt)", "ug", "llc"),
    ("Amber e. V.", "ev", "ngo"),
    ("Amber N.V.", "nv", "jsc"),
    ("Amber Coöperatief U.A.", "coop", "coop"),
    ("Amber A/S", "as", "jsc"),
    ("Amber ApS", "aps", "llc"),
    ("Amber AB", "ab", "llc"),
    ("Amber AB (publ)", "ab", "jsc"),
    ('AB "Amber"', "ab", "llc"),
    ("Amber OÜ", "ou", "llc"),
    ("Amber Oyj", "oyj", "jsc"),
    ("UAB Amber", "uab", "llc"),
    ("Amber ehf.", "ehf", "llc"),
    ("PJSC Amber", "pjsc", "jsc"),
    ("Amber JSC", "jsc", "jsc"),
    ("Amber JSС", "jsc", "jsc"),  # its last letter is Cyrillic
    ("Amber National Association", "na", "fin"),
    ("Amber, N. A.", "na", "fin"),
    ("Amber FSB", "fsb", "fin"),
    ("Amber F.S.B.", "fsb", "fin"),
    ("Amber Federal Savings Bank", "fsb", "fin"),
    ("Amber SSB", "ssb", "fin"),
    ("Amber Corp /DE/", "corp", "llc"),
    ("Amber Corp /NEW", "corp", "llc"),
    ("Amber Inc/CA", "inc", "llc"),
    ("Amber Corp/Cayman Islands", "corp", "llc"),
    ("Amber Public Ltd Co", "plc", "jsc"),
    ("Amber Inc. (MD)", "inc", "llc"),
    ("Amber LLC (The)", "llc", "llc"),
    ("Amber A.Ş.", "as", "jsc"),
    ("Amber Limited Şirketi", "ltd", "llc"),
    ("Amber Sdn. Bhd.", "sdn bhd", "llc"),
    ("PT Amber Tbk", "tbk", "jsc"),
    ("Amber K.K.", "kk", "jsc"),
    ("Amber Public Company Limited", "pcl", "jsc"),
    ("Amber Designated Activity Company", "dac", "llc"),
    ("Amber L.L.P.", "llp", "llp"),
    ("Amber P.S.C.", "jsc", "jsc"),
    ("Công ty TNHH Amber", "llc", "llc"),
    ("Amber SICAV", "sicav", "fin"),
]

IN_OTHER_SCRIPTS: list[tuple[str, str, str, str]] = [
    ("ООО Ромашка", "romashka", "ooo", "llc"),
    ("АТ «Ромашка»", "romashka", "ao", "jsc"),
    ("ПАТ Ромашка", "romashka", "ao", "jsc"),
    ("ТОВ Ромашка", "romashka", "ooo", "llc"),
    ("акціонерне товариство Ромашка", "romashka", "ao", "jsc"),
    ("ПУБЛІЧНОГО АКЦІОНЕРНОГО ТОВАРИСТВА «РОМАШКА»", "romashka", "ao", "jsc"),
    ("товариства з обмеженою відповідальністю Ромашка", "romashka", "ooo", "llc"),
    ("株式会社アンバー", "anba", "kk", "jsc"),
    ("アンバー㈱", "anba", "kk", "jsc"),
    ("北京有限公司", "bei jing", "coltd", "llc"),
    ("北京股份有限公司", "bei jing", "jsc", "jsc"),
    ("(주)삼성", "samseong", "jsc", "jsc"),
    ("ΑΜΒΕΡ Α.Ε.", "amver", "sa", "jsc"),
]

NO_FORM: list[tuple[str, str, str]] = [
    ("AG Insurance", "ag insurance", "the word stands first"),
    ("SA Water", "sa water", "South Australia"),
    ("SAS Automation", "sas automation", "a name, though a form behind one"),
    ("Bank of CO", "bank of co", "Colorado"),
    ("Amber in London", "amber in london", "a preposition"),
    ("Fund II", "fund 2", "a number, though rigour has a form of these letters"),
    ("Amber EV", "amber ev", "electric vehicles; the association writes full stops"),
    ("Amber Capital GP", "amber capital gp", "the general partner is not the fund"),
    ("First Federal Savings Bank", "first federal savings bank", "hardly anything would be left"),
    ("First National Bank of Omaha", "first national bank of omaha", "national distinguishes"),
    ("Hospital Corporation of Amber", "hospital corporation of amber", "`of` makes it part of the name"),
]


@pytest.mark.parametrize(("name", "form", "kind"), FORMS_OF_AMBER, ids=[case[0] for case in FORMS_OF_AMBER])
def test_the_form_is_named_and_taken_out(name: str, form: str, kind: str | None) -> None:
    cleaned = clean_text(name)
    assert cleaned is not None
    found = core(cleaned), legal_form.function(cleaned, None, None), legal_form_class.function(cleaned, None, None)
    assert found == ("amber", form, kind)


@pytest.mark.parametrize(("name", "wanted", "form", "kind"), IN_OTHER_SCRIPTS)
def test_forms_of_other_scripts(name: str, wanted: str, form: str, kind: str) -> None:
    cleaned = clean_text(name)
    assert cleaned is not None
    found = core(cleaned), legal_form.function(cleaned, None, None), legal_form_class.function(cleaned, None, None)
    assert found == (wanted, form, kind)


@pytest.mark.parametrize(("name", "wanted", "why"), NO_FORM, ids=[case[2] for case in NO_FORM])
def test_words_that_only_look_like_a_form_stay(name: str, wanted: str, why: str) -> None:
    cleaned = clean_text(name)
    assert cleaned is not None
    assert (core(cleaned), legal_form.function(cleaned, None, None)) == (wanted, None), why


@pytest.mark.parametrize("name", ["ag", "s.a.", "gmbh & co. kg", "co", "llc llc", "株式会社"])
def test_a_name_that_is_nothing_but_a_form_keeps_words(name: str) -> None:
    assert core(name)


def test_the_form_in_the_middle_goes_and_so_does_one_before_a_comma() -> None:
    assert core("deutsche amber ag london branch") == "deutsche amber london branch"
    assert core("amber s.a., luxembourg") == "amber luxembourg"


def test_a_foundation_is_not_the_company_of_its_name() -> None:
    assert core("amber stiftung") == "amber stiftung"
    assert legal_form.function("amber stiftung", None, None) == "stiftung"


def test_the_telling_form_comes_before_the_general_one() -> None:
    assert legal_form.function("amber company, inc.", None, None) == "inc"


def test_a_person_has_no_legal_form() -> None:
    assert legal_form.function("maria de sa", "person", None) is None
    assert legal_form.function("maria de sa", None, "de sa") is None


def test_without_form_keeps_the_script() -> None:
    assert without_form("ооо ромашка") == "ромашка"


@pytest.mark.parametrize("spelling", sorted(FORMS))
def test_every_spelling_of_the_table_is_found_behind_a_name(spelling: str) -> None:
    name = wording(f"zyx qwerty {spelling}")
    found = strip_forms(name, f"zyx qwerty {spelling}")
    assert name.words == ["zyx", "qwerty"]
    assert found


@given(st.text(max_size=30))
def test_any_text_is_or_is_not_a_form(text: str) -> None:
    form = form_of(text)
    assert form is None or form.name
    rest, _ = strip_unspaced(text)
    assert not text.strip() or rest.strip() or not any(map(str.isalnum, text))
