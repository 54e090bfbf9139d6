"""What comparators need of a name, prepared once a record."""

from __future__ import annotations

from itertools import accumulate, pairwise

from features.comparators.sounds import phonetic
from features.declare import Statistics, record_feature
from features.standardisation.text import capped, latin, words


@record_feature()
def name_latin(name: str) -> str | None:
    """The whole name, legal form and all, as words in Latin letters, at most 256 characters."""
    return capped(" ".join(words(latin(name)))) or None


@record_feature()
def name_tokens(name_core: str) -> list[str]:
    """Distinct words of the name without legal form, sorted."""
    return sorted(set(name_core.split()))


@record_feature(batch=True)
def name_token_weights(name_tokens: list[list[str]], statistics: Statistics) -> list[list[int]]:
    """Weight of each word of `name_tokens` in hundredths of a bit: how rare it is in the corpus statistics."""
    weights = statistics.weights([word for words in name_tokens for word in words]).tolist()
    ends = accumulate(map(len, name_tokens))
    return [weights[end - len(words) : end] for words, end in zip(name_tokens, ends, strict=True)]


@record_feature()
def name_variants(name_sorted: str | None, alias_cores: list[str] | None) -> list[str]:
    """Every name of the record, the name itself and its aliases, each with its words sorted; distinct."""
    aliases = (" ".join(sorted(alias.split())) for alias in alias_cores or ())
    return sorted({name for name in (name_sorted, *aliases) if name})


@record_feature()
def name_initials(name_core: str) -> str:
    """First letters of the words, sorted, so that neither order nor abbreviation of a word counts."""
    return "".join(sorted(word[0] for word in name_core.split()))


@record_feature()
def name_sorted(name_core: str) -> str:
    """The words of the name in sorted order, so that word order does not count."""
    return " ".join(sorted(name_core.split()))


@record_feature()
def name_compact(name_core: str) -> str:
    """The name without spaces."""
    return name_core.replace(" ", "")


@record_feature()
def name_acronym(name_core: str) -> str | None:
    """First letters of the words, for names of two words or more."""
    words = name_core.split()
    return "".join(word[0] for word in words) if len(words) > 1 else None


@record_feature()
def name_phonetics(name_tokens: list[str]) -> list[str]:
    """Metaphone codes (Philips 1990) of the words that have letters; distinct, sorted."""
    return sorted({code for word in name_tokens for code in [phonetic(word)] if code})


@record_feature()
def name_bigrams(name_compact: str) -> list[str]:
    """Distinct pairs of neighbouring characters of the name without spaces, sorted."""
    return sorted({a + b for a, b in pairwise(name_compact)})
