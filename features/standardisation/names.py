"""Names: one normal form, then what it says: its core in Latin letters, legal form, numbers, markers, other names."""

from __future__ import annotations

import html
import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from rigour.names import remove_person_prefixes
from rigour.text.scripts import codepoint_script

from features.declare import record_feature
from features.standardisation.legal_forms import Form, form_of, strip_forms, strip_unspaced
from features.standardisation.name_markers import markers
from features.standardisation.name_words import LOAN_WORDS, one_spelling
from features.standardisation.numerals import numbers, with_figures
from features.standardisation.other_names import quoted_names, split_acronym, split_names
from features.standardisation.securities import cut_security
from features.standardisation.text import MAX_LENGTH, MAX_TOKENS, capped, clean_text, latin, normal_form, words
from features.standardisation.translation import translated
from features.standardisation.wording import wording

_MAX_READ = 4 * MAX_LENGTH
"""Characters of a name that are looked at: a longer one is no name, and every step costs its length."""

MAX_NAMES = 100
"""Further names of a record that are read: each makes blocking keys, and those of two records cost their square."""

_STATES = (
    "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa"
    " pr ri sc sd tn tx ut vt va wa wv wi wy dc new"
)
_REGISTER_STATE = re.compile(
    r"\s*[/\\] ?[a-z]{2,5} ?[/\\]$|\s/ ?[a-z]{2,3}$"
    r"|(?<=inc|.co|orp|ltd|plc|llc)\.?(?:/ ?[a-z]{2,6}$| ?[/(][a-z]{2,9} islands\)?$)"
    rf"|(?<=inc|.co|orp)\.? \((?:{_STATES.replace(' ', '|')})\)$"
)
"""The state of incorporation behind a registrant's name: `Amber Corp /DE/`."""

_MESSRS = re.compile(r"^m/s\.? (?=.*\w)")


class Reading(NamedTuple):
    """What a name says. `spoken` are the words of its core in their own script, where that is not ASCII."""

    core: str | None
    truncated: bool
    form: Form | None
    markers: list[str]
    others: list[str]
    spoken: list[str]


@record_feature()
def name(raw_name: str | None, raw_given_name: str | None, raw_family_name: str | None) -> str | None:
    """The name in normal form: NFKC, casefolded, white space squashed, original script.

    A person without a full name gets given and family name joined.
    """
    parts = [part for part in (clean_text(raw_given_name), clean_text(raw_family_name)) if part]
    return clean_text(raw_name) or " ".join(parts) or None


@record_feature(version=2)
def name_core(name: str, party_type: str | None, family_name: str | None) -> str | None:
    """The name without legal form, security, former names and punctuation, in Latin letters, at most 256 characters.

    Words and numbers that have several spellings are in one. A person's name loses only its honorifics.
    """
    return _read(name, person=_is_person(name, party_type, family_name)).core


@record_feature()
def name_translated(name: str, party_type: str | None, family_name: str | None) -> str | None:
    """The words of `name_core` in English as far as they are known, without small words between them.

    Compounds are taken apart where a known word ends them; what is not known is in Latin letters. A person has none.
    """
    if _is_person(name, party_type, family_name):
        return None
    return _in_english(_read_organisation(name))


@record_feature(version=2)
def names_translated(
    raw_aliases: list[str] | None,
    name: str | None,
    name_translated: str | None,
    party_type: str | None,
    family_name: str | None,
) -> list[str]:
    """Every name in the form of `name_translated`: the name, its aliases and the names within them; sorted."""
    if _is_person(name, party_type, family_name):
        return []
    found = {_in_english(reading) for reading in _other_readings(raw_aliases, name, person=False)}
    return sorted(form for form in {name_translated, *found} if form)


@record_feature(version=3)
def name_truncated(
    raw_aliases: list[str] | None, name: str | None, party_type: str | None, family_name: str | None
) -> bool | None:
    """Whether `name_core` lost characters or tokens to the length caps, or further names are left out.

    Of aliases and the names within names, 100 are read.
    """
    person = _is_person(name, party_type, family_name)
    if len(_other_names(raw_aliases, name, person=person)) > MAX_NAMES:
        return True
    return _read(name, person=person).truncated if name else None


@record_feature(version=4)
def alias_cores(
    raw_aliases: list[str] | None, name: str | None, party_type: str | None, family_name: str | None
) -> list[str]:
    """Further names of the record in the form of `name_core`, distinct and sorted.

    Those are its aliases and the former, trading, bracketed and quoted names within its name.
    """
    person = _is_person(name, party_type, family_name)
    found = {reading.core for reading in _other_readings(raw_aliases, name, person=person)}
    own = _read(name, person=person).core if name else None
    return sorted(form for form in found if form and form != own)


@record_feature(version=2)
def legal_form(name: str, party_type: str | None, family_name: str | None) -> str | None:
    """The legal form named in the name, in rigour's comparison spelling (`gmbh`, `ag`, `spa`)."""
    form = _read(name, person=_is_person(name, party_type, family_name)).form
    return form.name if form else None


@record_feature(version=2)
def legal_form_class(name: str, party_type: str | None, family_name: str | None) -> str | None:
    """The kind of legal form across countries, in rigour's generic spelling (`llc`, `jsc`, `lp`)."""
    form = _read(name, person=_is_person(name, party_type, family_name)).form
    return form.kind if form else None


@record_feature()
def name_numbers(name_core: str) -> list[str]:
    """Numbers of the name in figures, and its series and classes (`2`, `series a`); distinct and sorted."""
    return numbers(name_core.split())


@record_feature()
def name_markers(name: str, party_type: str | None, family_name: str | None) -> list[str]:
    """What the name says besides a company: branch, estate, fund, holding, representative_office, trust, trustee."""
    return _read(name, person=_is_person(name, party_type, family_name)).markers


@record_feature()
def name_script(name: str) -> str | None:
    """The script of the name's letters (`latin`, `cyrillic`, `han`, `kana` …); null without letters.

    `mixed` when no script has two letters in three.
    """
    letters = [character for character in name if character.isalpha()]
    if not letters:
        return None
    if name.isascii():
        return "latin"
    scripts = Counter(_script(letter) for letter in letters)
    script, count = min(scripts.items(), key=lambda item: (-item[1], item[0]))
    return script if 3 * count > 2 * len(letters) else "mixed"


def core(name: str) -> str | None:
    """A cleaned name without its legal form, as words in Latin letters; the whole name if it is nothing else."""
    return _read_organisation(name).core


def without_form(name: str) -> str:
    """The words of a cleaned name without every legal form, in their own script."""
    text, _ = strip_unspaced(name)
    spoken = wording(text)
    strip_forms(spoken, text)
    return " ".join(spoken.words)


def _is_person(name: str | None, party_type: str | None, family_name: str | None) -> bool:
    """Whether the source says so, or says no type and a family name that the name has too."""
    if party_type or not family_name or not name:
        return party_type == "person"
    return f" {family_name} " in f" {' '.join(words(latin(name)))} "


def _other_readings(raw_aliases: list[str] | None, name: str | None, *, person: bool) -> list[Reading]:
    """Readings of the aliases, and of the names within the name and them, of as many as are read."""
    return [_read(text, person=person) for text in _other_names(raw_aliases, name, person=person)[:MAX_NAMES]]


def _other_names(raw_aliases: list[str] | None, name: str | None, *, person: bool) -> list[str]:
    """The names within the name, the aliases and the names within them, each once, whatever the order of aliases."""
    own = _read(name, person=person).others if name else []
    aliases = sorted({alias for alias in map(clean_text, raw_aliases or ()) if alias})
    within = [other for alias in aliases[:MAX_NAMES] for other in _read(alias, person=person).others]
    return list(dict.fromkeys((*own, *aliases, *within)))


def _in_english(reading: Reading) -> str | None:
    found = translated(reading.spoken or (reading.core or "").split())
    return capped(" ".join(found[:MAX_TOKENS])) or None


def _read(name: str, *, person: bool) -> Reading:
    return _read_person(name) if person else _read_organisation(name)


@lru_cache(maxsize=1 << 15)  # a batch asks for one column after the other
def _read_organisation(name: str) -> Reading:
    """Read a name, then read the core again until nothing changes: reading a core gives that core."""
    first = _read_once(name[:_MAX_READ])
    last = first
    for _ in range(MAX_TOKENS):
        again = _read_once(last.core or "") if last.core != name else last
        if again.core == last.core:
            break
        last = again
    truncated = first.truncated or len(name) > _MAX_READ
    return first._replace(core=last.core, truncated=truncated)


@lru_cache(maxsize=1 << 12)
def _read_person(name: str) -> Reading:
    text, others = split_names(name[:_MAX_READ])
    spoken = words(latin(text))
    while (plain := words(remove_person_prefixes(" ".join(spoken)))) and plain != spoken:
        spoken = plain
    kept, truncated = _capped(spoken)
    return Reading(kept, truncated or len(name) > _MAX_READ, None, [], others, [])


def _read_once(text: str) -> Reading:
    text, others = _name_itself(text)
    text, forms = strip_unspaced(text)
    spoken = wording(text)
    said = _latin_words(spoken.words)
    cut_security(spoken, form_of)
    forms += strip_forms(spoken, text)
    plain = with_figures(one_spelling(_latin_words(spoken.words))) or said
    kept, truncated = _capped(plain)
    form = forms[0] if forms else (form_of("".join(said)) if len(spoken) == 1 else None)
    own = [] if text.isascii() else spoken.words
    return Reading(kept, truncated, form, markers(text, said), others, own)


def _name_itself(text: str) -> tuple[str, list[str]]:
    """The name without what registers put around it and the other names in it, and those."""
    plain = text
    if "&" in plain and ";" in plain:
        plain = normal_form(html.unescape(plain)) or ""
    if "/" in plain or "(" in plain or "\\" in plain:
        plain = _REGISTER_STATE.sub("", _MESSRS.sub("", plain))
    plain, others = split_names(plain if any(map(str.isalnum, plain)) else text)
    plain, acronym = split_acronym(plain)
    return plain, others + acronym + quoted_names(plain)


def _capped(spoken: list[str]) -> tuple[str | None, bool]:
    text = " ".join(spoken[:MAX_TOKENS])
    return capped(text) or None, len(spoken) > MAX_TOKENS or len(text) > MAX_LENGTH


def _latin_words(spoken: list[str]) -> list[str]:
    joined = "".join(spoken)
    if joined.isascii() and "%" not in joined:
        return list(spoken)
    return [word for original in spoken for word in _latin(original)]


@lru_cache(maxsize=1 << 15)
def _latin(word: str) -> tuple[str, ...]:
    return (LOAN_WORDS[word],) if word in LOAN_WORDS else tuple(words(latin(word)))


@lru_cache(maxsize=1 << 12)
def _script(letter: str) -> str:
    script = (codepoint_script(ord(letter)) or "unknown").casefold()
    return "kana" if script in ("hiragana", "katakana") else script
