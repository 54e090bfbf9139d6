"""Person names and the kind of party."""

from __future__ import annotations

from features.declare import record_feature
from features.standardisation.text import capped, clean_text, latin, words

_PERSON_WORDS = frozenset(("person", "individual", "natural person", "natural", "p"))
_ORGANISATION_WORDS = frozenset(
    (
        "organisation",
        "organization",
        "company",
        "corporate",
        "legal entity",
        "legal person",
        "bank",
        "fund",
        "o",
    )
)


@record_feature()
def party_type(raw_party_type: str) -> str | None:
    """`organisation` or `person`, where the source says so."""
    text = clean_text(raw_party_type)
    if text in _PERSON_WORDS:
        return "person"
    return "organisation" if text in _ORGANISATION_WORDS else None


@record_feature()
def given_name(raw_given_name: str) -> str | None:
    """Given names as words in Latin letters."""
    return _person(raw_given_name)


@record_feature()
def family_name(raw_family_name: str) -> str | None:
    """Family names as words in Latin letters."""
    return _person(raw_family_name)


def _person(value: str) -> str | None:
    text = clean_text(value)
    return capped(" ".join(words(latin(text)))) or None if text else None
