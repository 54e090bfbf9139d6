"""Person names and the kind of party."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rigour.names import remove_person_prefixes

from features.declare import record_feature
from features.standardisation.text import MAX_TOKENS, capped, clean_text, latin, words

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

_TITLES = """
    dr drs prof doktor dipl ing mag lic capt mlle srta rev
    mr mrs ms mx herr frau fraulein monsieur mme senor senora
"""
_TITLE_WORDS = frozenset(_TITLES.split())
"""Titles that rigour does not know without their full stop."""

_FACULTIES = frozenset(("habil", "hc", "iur", "jur", "med", "nat", "oec", "pol", "rer", "techn"))
"""What follows a doctor's title; no title by itself (`Nat`)."""

_SUFFIXES = "jr sr jnr snr junior senior ii iii iv phd md dds dvm esq esquire mba llm llb msc bsc cpa cfa obe mbe cbe"
_SUFFIX_WORDS = frozenset(_SUFFIXES.split())

_PARTICLE_WORDS = """
    van von vom zu zum zur der den dem ter ten de del della dello dei degli di da das do dos du des la le las los lo
    el al bin ibn bint ben abu af av st
"""
PARTICLES = frozenset(_PARTICLE_WORDS.split())
"""Words that begin a family name of several words: `van der Berg`, `de la Cruz`, `al-Hassan`."""

_ALSO_GIVEN = frozenset(("abu", "al", "ben", "bin", "da", "del", "della", "di", "do", "el", "la", "le", "lo", "van"))
"""Particles that are given names as well."""


class PersonName(NamedTuple):
    """Given and family names as words in Latin letters, without titles; empty when unknown."""

    given: str
    family: str


@record_feature()
def party_type(raw_party_type: str) -> str | None:
    """`organisation` or `person`, where the source says so."""
    text = clean_text(raw_party_type)
    if text in _PERSON_WORDS:
        return "person"
    return "organisation" if text in _ORGANISATION_WORDS else None


@record_feature(version=2)
def given_name(
    raw_given_name: str | None, raw_family_name: str | None, raw_name: str | None, party_type: str | None
) -> str | None:
    """Given names as words in Latin letters, titles out; of a person with nothing but a full name, read from that."""
    return _read(raw_given_name, raw_family_name, raw_name, party_type).given or None


@record_feature(version=2)
def family_name(
    raw_given_name: str | None, raw_family_name: str | None, raw_name: str | None, party_type: str | None
) -> str | None:
    """Family names as words in Latin letters, particles kept, titles and suffixes (`Jr.`, `PhD`) out.

    Of a person with nothing but a full name, read from that.
    """
    return _read(raw_given_name, raw_family_name, raw_name, party_type).family or None


def full_name(text: str) -> PersonName:
    """A cleaned full name in parts: `Müller, Dr. Anna` and `Dr. Anna Müller`; a single word is a family name.

    Without a comma the last word is the family name, together with the particles before it.
    """
    before, _, behind = text.partition(",")
    family, given = _bare(before), _bare(behind)
    if family and given:
        return PersonName(_joined(given), _joined(family))
    tokens = family or given or _words(text)
    start = _family_start(tokens)
    return PersonName(_joined(tokens[:start]), _joined(tokens[start:]))


def _read(given: str | None, family: str | None, name: str | None, kind: str | None) -> PersonName:
    first, last = (capped(clean_text(text) or "") for text in (given, family))
    if not first and not last:
        return full_name(capped(clean_text(name) or "")) if kind == "person" else PersonName("", "")
    if not first and "," in last:
        return full_name(last)
    if not last and "," in first:
        return full_name(first)
    given_words, family_words = (_bare(text) or _words(text) for text in (first, last))
    return PersonName(_joined(given_words), _joined(family_words))


def _family_start(tokens: tuple[str, ...]) -> int:
    """Where the family name begins in a name without a comma: at the first particle, else at the last word."""
    if tokens[:1] and tokens[0] in PARTICLES and (tokens[0] not in _ALSO_GIVEN or tokens[1:2] == ("der",)):
        return 0
    return next((n for n, token in enumerate(tokens[:-1]) if n and token in PARTICLES), max(len(tokens) - 1, 0))


@lru_cache(maxsize=32_768)  # both columns ask for both names of a batch of records
def _bare(text: str) -> tuple[str, ...]:
    """Words without titles before and suffixes behind; nothing if there is nothing else."""
    tokens = _words(text)
    longer: tuple[str, ...] = ()
    while tokens and tokens != longer:
        longer = tokens
        tokens = _words(remove_person_prefixes(" ".join(longer)))
        titled = len(tokens) < len(longer)
        while tokens and (tokens[0] in _TITLE_WORDS or (titled and tokens[0] in _FACULTIES)):
            tokens, titled = tokens[1:], True
        while tokens and (tokens[-1] in _SUFFIX_WORDS or tokens[-1] in _TITLE_WORDS):
            tokens = tokens[:-1]
    return tuple(tokens)


def _words(text: str) -> tuple[str, ...]:
    return tuple(words(latin(text))[:MAX_TOKENS])


def _joined(tokens: Sequence[str]) -> str:
    return clean_text(capped(" ".join(tokens))) or ""
