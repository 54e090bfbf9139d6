"""Address lines: one spelling, then the parts that can be told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation.addresses import address, address_line, parts
from features.standardisation.text import MAX_LENGTH, clean_text

SPELLINGS: list[tuple[str, str, str]] = [
    ("12 Main Street", "12 main st", "English"),
    ("12 Main St.", "12 main st", "short"),
    ("Hauptstraße 5", "haupt st 5", "German, in one word"),
    ("Hauptstr.5", "haupt st 5", "German, short and without a space"),
    ("Haupt Str. 5", "haupt st 5", "German, in two words"),
    ("Kalverstraat 1", "kalver st 1", "Dutch"),
    ("1, rue de la Paix", "1 st de la paix", "French"),
    ("Via Roma 10", "st roma 10", "Italian"),
    ("C/ Mayor, 5", "st mayor 5", "Spanish, short"),
    ("Calle Mayor 5", "st mayor 5", "Spanish"),
    ("ul. Długa 7", "st dluga 7", "Polish"),
    ("вул. Садова 3", "st sadova 3", "Ukrainian"),
    ("Fifth Avenue", "5th av", "ordinal in words"),
    ("100 Elm Ave. North West", "100 elm av nw", "side in words"),
    ("100 Elm Av N.W.", "100 elm av nw", "side as letters"),
    ("Hauptstr. 12 - 14", "haupt st 12-14", "a range with spaces"),
    ("5 Elm Rd #7", "5 elm rd unt 7", "a sign for unit"),
    ("5 Elm Rd Apt. # 7", "5 elm rd apt 7", "sign and word"),
    ("Calle 50 No. 12", "st 50 12", "`number` says nothing"),
    ("P.O. Box 12", "pobox 12", "P.O. box"),
    ("Post Office Box 12", "pobox 12", "in full"),
    ("Postfach 12", "pobox 12", "German"),
    ("Boîte postale 12", "pobox 12", "French"),
    ("Apartado de Correos 12", "pobox 12", "Spanish"),
]

PARTS: list[tuple[str, dict[str, str], str]] = [
    ("12 Main Street", {"street": "main st", "house_number": "12"}, "number first"),
    ("Hauptstr. 12", {"street": "haupt st", "house_number": "12"}, "number last"),
    ("12a Main Street", {"street": "main st", "house_number": "12a"}, "letter"),
    ("Hauptstr. 12 a", {"street": "haupt st", "house_number": "12a"}, "letter after a space"),
    ("12-14 Main Street", {"street": "main st", "house_number": "12"}, "of a range the first"),
    ("12 1/2 Main Street", {"street": "main st", "house_number": "12"}, "a half house"),
    ("12 A Street", {"street": "a st", "house_number": "12"}, "a street of one letter"),
    ("12 St. Mark's Place", {"street": "st marks sq", "house_number": "12"}, "a saint does not end the street"),
    ("Rose Cottage, 12 Elm Lane", {"street": "elm ln", "house_number": "12"}, "the house has a name as well"),
    ("c/o Somebody, 12 Elm Lane", {"street": "elm ln", "house_number": "12"}, "at somebody's"),
    ("Building 5, 12 Elm Lane", {"street": "elm ln", "house_number": "12"}, "a building's number is not the house's"),
    ("12 Civic Plaza Drive", {"street": "civic sq dr", "house_number": "12"}, "two street words"),
    ("One Elm Street", {"street": "elm st", "house_number": "1"}, "a number in words, as on towers"),
    ("12 Elm Ave NW, Springfield", {"street": "elm av nw", "house_number": "12"}, "the town is not the street's"),
    ("Hauptstr. 12, 60325 Musterstadt", {"street": "haupt st", "house_number": "12"}, "nor the postal code"),
    ("ul. 3 Maja 5", {"street": "st 3 maja", "house_number": "5"}, "a number in the street's name"),
    ("Highway 61 North", {"street": "hwy 61 n", "house_number": ""}, "a number that is the road's name"),
    ("12 Main St, Suite 400", {"street": "main st", "house_number": "12", "unit": "400"}, "suite"),
    ("12 Main St Apt 4B", {"house_number": "12", "unit": "4b"}, "apartment"),
    ("12 Main St #400", {"house_number": "12", "unit": "400"}, "sign"),
    ("3/12 George St", {"house_number": "12", "unit": "3"}, "unit before the number, as in Australia"),
    ("ul. Prosta 12/3", {"house_number": "12", "unit": "3"}, "unit behind the number, as in Poland"),
    ("12 Main St, 21st Floor", {"house_number": "12", "floor": "21", "unit": ""}, "a floor is no unit"),
    ("Level 5, 12 George St", {"street": "george st", "house_number": "12", "floor": "5"}, "floor first"),
    ("Hauptstr. 12, 2. OG", {"house_number": "12", "floor": "2"}, "German floor"),
    ("PO Box 12, 5 Main St", {"po_box": "12", "street": "main st", "house_number": "5"}, "box and street"),
    ("Postfach 1234", {"po_box": "1234", "street": "", "house_number": ""}, "nothing but a box"),
    ("The Old Mill", {"street": "the old mill", "house_number": ""}, "a house with a name"),
    ("1-2-3 Marunouchi", {"house_number": ""}, "block and building: no house number"),
]


@pytest.mark.parametrize(("text", "wanted", "why"), SPELLINGS, ids=[case[0] for case in SPELLINGS])
def test_one_spelling(text: str, wanted: str, why: str) -> None:
    assert address.function(text) == wanted, why


@pytest.mark.parametrize(("text", "wanted", "why"), PARTS, ids=[case[0] for case in PARTS])
def test_parts(text: str, wanted: dict[str, str], why: str) -> None:
    found = parts(address.function(text))._asdict()
    assert {part: found[part] for part in wanted} == wanted, why


def test_an_address_that_is_none_is_missing() -> None:
    assert [address.function(text) for text in ("n/a", "...", " ", "Nr.")] == [None] * 4


@pytest.mark.parametrize("text", ["00 no", "/ 00", "noné", "firststrasse 3", "strassestrasse", "and Andstrasse"])
def test_standardising_an_address_again_changes_nothing(text: str) -> None:
    once = address.function(text)
    assert once is None or address.function(once) == once


PIECES = "12 12a 5-7 3/4 # st Street Hauptstr. ul. c/ North West fl 2nd P.O. Box Apt , 60325 Elm 1/2 N"
pieces = st.sampled_from(PIECES.split())
lines = st.one_of(st.text(max_size=300), st.lists(pieces, max_size=40).map(" ".join))


@given(lines)
def test_any_line_is_capped_stable_and_has_parts(text: str) -> None:
    cleaned = clean_text(text)
    once = address_line(cleaned) if cleaned else ""
    assert len(once) <= MAX_LENGTH
    assert address_line(once) == once
    found = parts(once)
    assert found.house_number == "" or found.house_number[0].isdigit()
    assert set(" ".join(found).split()) <= {*once.replace("-", " ").replace("/", " ").split(), *once.split()} | {
        found.house_number,
        found.floor,
    }
