"""Kinds of rule that go by how rare words are in the corpus statistics.

A word's rarity comes from frozen counts (ADR 0004), so a record's keys follow from the record and the version of the
statistics alone: batch, refresh and lookup agree on them, and no record that is added later changes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from features.blocking.making import TEXTS, Value, columns, in_places, made, places, refused, texts, whole
from features.comparators.sounds import phonetic
from features.declare import BlockingRule
from features.sections import nearest
from features.statistics import Statistics

MOST_WORDS = 10
"""Words of a name that take part in combinations, the rarest first: two names of 32 words make 496 pairs each."""

SHORTEST_SOUND = 3
"""Metaphone letters that a word must have for its sound to be a key: shorter ones stand for too many words."""

WORD, SOUND = "word", "sound"
"""Forms of a word besides its first characters."""

Weighed = list[tuple[int, str]]
"""Distinct words of a name with their weights, the heaviest first."""


def rare_words(
    *,
    name: str,
    most: float,
    fields: str | Sequence[str] = "name_core",
    together: int = 1,
    form: str | int = WORD,
    within: str | Sequence[str] = (),
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """Words that few records carry, alone or, where each alone is too common, up to `together` of them at once.

    A set of words is a key when at most `most` records are expected to carry all of them (below 1: that share of the
    records), were words independent of each other, and more without any one of them. So two names share a key exactly
    when up to `together` words that are rare enough are common to both, wherever they stand (of each name the
    MOST_WORDS rarest count).
    Words by themselves: token blocking with a cap on frequency (Papadakis et al. 2013); rarity is inverse document
    frequency (Sparck Jones 1972).

    `form` is "word" as it is, its "sound" (Metaphone: other spellings, other alphabets), or a number of its first
    characters (abbreviations, endings). Each of several names is read by itself.
    """
    said = {"kind": "rare_words", **locals()}
    names = columns(said, "fields")
    whole(said, "together", 1, 3)
    if form not in (WORD, SOUND):
        if isinstance(form, str):
            raise refused(
                said, f"form is {form!r}" + nearest(form, (WORD, SOUND)) + "; or wanted a number of characters"
            )
        whole(said, "form", 1)
    enough = _threshold(said)

    def chosen(weighed: Weighed, statistics: Statistics) -> Iterator[Sequence[str]]:
        return _least(weighed[:MOST_WORDS], enough(statistics), together)

    return _rule(said, names, chosen, form)


def rarest_words(
    *,
    name: str,
    fields: str | Sequence[str] = "name_core",
    count: int = 2,
    together: int = 1,
    within: str | Sequence[str] = (),
    max_pairs: int | None = None,
    doc: str = "",
) -> BlockingRule:
    """Each of the `count` rarest words of a name, or each `together` of them, however rare they are.

    Every record with words has a key; where all words are common its blocks are large, so give it `max_pairs`.
    """
    said = {"kind": "rarest_words", **locals()}
    names = columns(said, "fields")
    whole(said, "together", 1, 3)
    whole(said, "count", 1, MOST_WORDS)
    if together > count:
        raise refused(said, f"together is {together} of {count} words; wanted at most count")

    def chosen(weighed: Weighed, _: Statistics) -> Iterator[Sequence[str]]:
        return combinations([word for _, word in weighed[:count]], together)

    return _rule(said, names, chosen)


def _rule(
    said: Mapping[str, Any],
    names: Sequence[str],
    chosen: Callable[[Weighed, Statistics], Iterator[Sequence[str]]],
    form: str | int = WORD,
) -> BlockingRule:
    """A rule whose keys are sets of words that `chosen` picks from each name."""
    besides = places(said, names)

    def key(words: Sequence[str]) -> str | None:
        forms = sorted(_formed(word, form) for word in words)
        return " ".join(forms) if form != SOUND or min(map(len, forms)) >= SHORTEST_SOUND else None

    def keys(*values: Sequence[Value], statistics: Statistics) -> list[list[str]]:
        rows = zip(*values[: len(names)], strict=True)
        read = [[text.split() for value in row for text in texts(value)] for row in rows]
        weight = _weights(read, statistics)
        found = []
        for spoken, *row in zip(read, *values[len(names) :], strict=True):
            weighed = [sorted(((weight[w], w) for w in set(words)), reverse=True) for words in spoken]
            made_of = (key(words) for one in weighed for words in chosen(one, statistics))
            found.append(in_places([text for text in dict.fromkeys(made_of) if text], row))
        return found

    reads = dict.fromkeys((*names, *besides), TEXTS)
    required = (*(names if len(names) == 1 else ()), *besides)
    return made(keys, said, reads, required=required, given=("statistics",), batch=True)


def _formed(word: str, form: str | int) -> str:
    if form == SOUND:
        return phonetic(word)
    return word[:form] if isinstance(form, int) else word


def _threshold(said: Mapping[str, Any]) -> Callable[[Statistics], int]:
    """What the words of a key must weigh together in given statistics."""
    most = said["most"]
    number = isinstance(most, float | int) and not isinstance(most, bool)
    if not number or not 0 < most < math.inf or (most >= 1 and most != int(most)):
        raise refused(said, f"most is {most!r}; wanted a whole number of records, or a share of them between 0 and 1")
    if most >= 1:
        return lambda statistics: statistics.weight_of(int(most))
    return lambda statistics: statistics.weight_of(max(int(most * statistics.records), 1))


def _least(weighed: Weighed, enough: int, together: int) -> Iterator[Sequence[str]]:
    """Sets of words that weigh enough, and without their lightest word would not."""
    alone = 0
    while alone < len(weighed) and weighed[alone][0] >= enough:
        yield [weighed[alone][1]]
        alone += 1
    rest = weighed[alone:]  # a word that is enough alone needs no other
    for size in range(2, together + 1):
        for chosen in combinations(rest, size) if rest and size * rest[0][0] >= enough else ():
            total = sum(weight for weight, _ in chosen)
            if total - chosen[-1][0] < enough <= total:
                yield [word for _, word in chosen]


def _weights(read: Sequence[Sequence[Sequence[str]]], statistics: Statistics) -> dict[str, int]:
    """The weight of every word of a batch."""
    distinct = sorted({word for spoken in read for words in spoken for word in words})
    return dict(zip(distinct, statistics.weights(distinct).tolist(), strict=True))
