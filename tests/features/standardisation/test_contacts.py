"""Web domains, e-mail addresses and phone numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.standardisation.contacts import email, email_domain, phone, registrable, web_domain


@pytest.mark.parametrize(
    ("text", "wanted", "why"),
    [
        ("https://www.Example.org:443/about?x=1", "example.org", "host only"),
        ("shop.example.org", "example.org", "what was registered"),
        ("www.example.co.uk", "example.co.uk", "two levels belong to the country"),
        ("a.b.example.com.au/x", "example.com.au", "two levels belong to the country"),
        ("www.gov.uk", "gov.uk", "a second level with a site of its own"),
        ("sister.blogspot.com", "sister.blogspot.com", "a host of many parties"),
        ("example.org.", "example.org", "full stop of the root"),
        ("xn--mnchen-3ya.de", "münchen.de", "punycode is the name it stands for"),
        ("info@example.org", "example.org", "an e-mail address in the wrong field"),
        ("gmail.com", None, "a free provider's domain says nothing of the party"),
        ("hotmail.fr", None, "a free provider's, of another country"),
        ("https://facebook.com/somebody", None, "a site on which everybody has a page"),
        ("192.168.1.1", None, "an address, no name"),
        ("localhost", None, "no domain"),
        ("http://[::1", None, "broken"),
        ("n/a", None, "placeholder"),
    ],
)
def test_web_domain(text: str, wanted: str | None, why: str) -> None:
    assert web_domain.function(text, None) == wanted, why


def test_the_web_domain_is_that_of_the_e_mail_address_only_where_there_is_no_other() -> None:
    assert web_domain.function(None, "example.org") == "example.org"
    assert web_domain.function("example.com", "example.org") == "example.com"
    assert web_domain.function("facebook.com/x", "example.org") is None


@pytest.mark.parametrize(
    ("text", "address", "domain", "why"),
    [
        ("A@Example.ORG", "a@example.org", "example.org", "lower case"),
        ("a.b+c@mail.example.co.uk", "a.b+c@mail.example.co.uk", "example.co.uk", "plus and full stops stay"),
        ("mailto:a@example.org", "a@example.org", "example.org", "out of a link"),
        ("<a@example.org>;", "a@example.org", "example.org", "out of a list"),
        ("a@gmail.com", "a@gmail.com", None, "a free provider's domain says nothing of the party"),
        ("a@yahoo.co.uk", "a@yahoo.co.uk", None, "a free provider's, of another country"),
        ("a@localhost", None, None, "no domain"),
        ("a b@example.org", None, None, "a space"),
        ("a@b@example.org", None, None, "two signs"),
        ("nobody", None, None, "no sign"),
    ],
)
def test_email(text: str, address: str | None, domain: str | None, why: str) -> None:
    found = email.function(text)
    assert found == address, why
    assert (email_domain.function(found) if found else None) == domain, why


@pytest.mark.parametrize(
    ("text", "wanted", "why"),
    [
        ("+49 (0)69 910-00", "496991000", "the zero in brackets is dialled at home only"),
        ("0049 69 91000", "496991000", "two zeros are a plus sign"),
        ("069/91000", "6991000", "a national number"),
        ("(212) 555-0100 ext. 12", "2125550100", "an extension"),
        ("212-555-0100x12", "2125550100", "an extension"),
        ("tel: 030 123456", "30123456", "a word before"),
        ("212 555 0100; 212 555 0101", "2125550100", "of two the first"),
        ("٠٣٠ ١٢٣٤٥٦٧", "301234567", "Arabic digits"),
        ("12345", None, "too short"),
        ("1234567890123456", None, "longer than any number"),
        ("000000000", None, "filler"),
        ("9999999999", None, "filler"),
        ("1234567890", None, "filler"),
        ("ask Anna", None, "no digits"),
    ],
)
def test_phone(text: str, wanted: str | None, why: str) -> None:
    assert phone.function(text) == wanted, why


@given(st.text(max_size=60))
def test_contacts_never_raise_and_twice_changes_nothing(text: str) -> None:
    for field in (email, phone):
        once = field.function(text)
        assert once is None or field.function(once) == once
    domain = registrable(text)
    assert domain is None or registrable(domain) == domain
    site = web_domain.function(text, None)
    assert site is None or web_domain.function(site, None) == site
