"""Kinds of rule that take their keys from fields as they are: composite keys, and values wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from features.blocking.making import TEXTS, Value, columns, in_places, made, places, refused, texts
from features.declare import BlockingRule

_CUTS = ("start", "end", "words")

Cuts = Mapping[str, Mapping[str, int]]


def composite(
    *,
    name: str,
    fields: str | Sequence[str],
    start: Mapping[str, int] | None = None,
    end: Mapping[str, int] | None = None,
    words: Mapping[str, int] | None = None,
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """The same value in every one of the fields.

    `start`, `end` and `words` cut a field to that many characters from its start or its end, or to its first words.
    A field that holds several values makes a key of each, with each of the other fields' values; a record that lacks
    one of the fields has no key. The oldest kind of blocking (Newcombe et al. 1959).
    """
    said = {"kind": "composite", **locals()}
    names = columns(said, "fields")
    cuts = _cuts(said, names)

    def keys(*values: Value) -> list[str]:
        parts = [_cut(cuts, field, value) for field, value in zip(names, values, strict=True)]
        return in_places(parts[0], parts[1:])

    return made(keys, said, dict.fromkeys(names, TEXTS), required=names)


def any_of(
    *,
    name: str,
    fields: str | Sequence[str],
    within: str | Sequence[str] = (),
    start: Mapping[str, int] | None = None,
    end: Mapping[str, int] | None = None,
    words: Mapping[str, int] | None = None,
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """The same value in any of the fields on either side: names and aliases, identifiers whose kind is not sure.

    Cut as in `composite`; `within` names fields that must be equal besides. A record without a value in any of the
    fields has no key, nor has one that lacks a field of `within`.
    """
    said = {"kind": "any_of", **locals()}
    names = columns(said, "fields")
    besides = places(said, names)
    cuts = _cuts(said, names)

    def keys(*values: Value) -> list[str]:
        found = [text for field, value in zip(names, values, strict=False) for text in _cut(cuts, field, value)]
        return in_places(found, values[len(names) :])

    return made(keys, said, dict.fromkeys((*names, *besides), TEXTS), required=besides)


def _cuts(said: Mapping[str, Any], names: Sequence[str]) -> Cuts:
    """The cuts of a rule, after refusing those of other fields and of no length."""
    cuts = {how: said[how] or {} for how in _CUTS}
    for how, of_fields in cuts.items():
        if not isinstance(of_fields, Mapping):
            raise refused(said, f"{how} is {of_fields!r}; wanted a table, for example {{ {names[0]} = 8 }}")
        for field, length in of_fields.items():
            if field not in names:
                raise refused(said, f"{how} cuts {field!r}, which is not among its fields {', '.join(names)}")
            if not isinstance(length, int) or isinstance(length, bool) or length < 1:
                raise refused(said, f"{how} of {field!r} is {length!r}; wanted a whole number, 1 or more")
    return cuts


def _cut(cuts: Cuts, field: str, value: Value) -> list[str]:
    """The texts of a field, cut; none that is empty."""
    found = texts(value)
    if field in cuts["words"]:
        found = [" ".join(text.split()[: cuts["words"][field]]) for text in found]
    if field in cuts["start"]:
        found = [text[: cuts["start"][field]] for text in found]
    if field in cuts["end"]:
        found = [text[-cuts["end"][field] :] for text in found]
    return [text for text in found if text]
