"""Names: one normal form, then the name without its legal form, in Latin letters."""

from __future__ import annotations

from rigour.names import extract_org_types, remove_org_types

from features.declare import record_feature
from features.standardisation.text import MAX_LENGTH, MAX_TOKENS, capped, clean_text, latin, words


@record_feature()
def name(raw_name: str | None, raw_given_name: str | None, raw_family_name: str | None) -> str | None:
    """The name in normal form: NFKC, casefolded, white space squashed, original script.

    A person without a full name gets given and family name joined.
    """
    parts = [part for part in (clean_text(raw_given_name), clean_text(raw_family_name)) if part]
    return clean_text(raw_name) or " ".join(parts) or None


@record_feature()
def name_core(name: str) -> str | None:
    """The name without legal form and punctuation, in Latin letters, at most 256 characters."""
    return core(name)


@record_feature()
def name_truncated(name: str) -> bool:
    """Whether `name_core` lost characters or tokens to the length caps."""
    tokens = words(latin(without_form(name)))
    return len(tokens) > MAX_TOKENS or len(" ".join(tokens)) > MAX_LENGTH


@record_feature()
def alias_cores(raw_aliases: list[str] | None) -> list[str]:
    """Further names of the record in the form of `name_core`, distinct and sorted."""
    cleaned = (clean_text(alias) for alias in raw_aliases or ())
    return sorted({form for alias in cleaned if alias for form in [core(alias)] if form})


@record_feature()
def legal_form(name: str) -> str | None:
    """The legal form named in the name, in rigour's comparison spelling (`gmbh`, `ag`, `spa`)."""
    return _form(name, generic=False)


@record_feature()
def legal_form_class(name: str) -> str | None:
    """The kind of legal form across countries, in rigour's generic spelling (`llc`, `jsc`, `lp`)."""
    return _form(name, generic=True)


def core(name: str) -> str | None:
    """A cleaned name without its legal form, as words in Latin letters; the whole name if it is nothing else."""
    tokens = words(latin(without_form(name)))[:MAX_TOKENS] or words(latin(name))[:MAX_TOKENS]
    return capped(" ".join(tokens)) or None


def without_form(name: str) -> str:
    """The cleaned name with every legal form taken out."""
    return str(remove_org_types(name, replacement=" "))


def _form(name: str, *, generic: bool) -> str | None:
    found = extract_org_types(name, generic=generic)
    return found[-1][1] if found else None
