"""The kinds of blocking rule by name: a rule of the settings is a kind and its parameters.

The parameters of a kind are the same in Python and in TOML. What is not a parameter, or cannot be one, is refused in
words when the settings are read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from features.blocking.fields import any_of, composite
from features.blocking.neighbours import sorted_neighbourhood
from features.blocking.signatures import embedding_neighbours, minhash
from features.blocking.words import rare_words, rarest_words
from features.declare import BlockingRule, DeclarationError
from features.sections import nearest

KINDS: Mapping[str, Callable[..., BlockingRule]] = {
    kind.__name__: kind
    for kind in (composite, any_of, rare_words, rarest_words, sorted_neighbourhood, minhash, embedding_neighbours)
}
"""What a rule can be made by."""


def of_settings(rule: Mapping[str, Any]) -> BlockingRule:
    """The rule that a `[[blocking.rule]]` declares. DeclarationError, in words, for one that cannot be."""
    parameters = {key: value for key, value in rule.items() if key != "kind"}
    kind, name = str(rule.get("kind")), rule.get("name")
    if kind not in KINDS:
        raise DeclarationError(f"the blocking rule {name!r} is of the kind {kind!r}" + nearest(kind, KINDS))
    known = inspect.signature(KINDS[kind]).parameters
    for key in parameters:
        if key not in known:
            raise DeclarationError(
                f"the blocking rule {name!r} ({kind}) has the unknown parameter {key!r}" + nearest(key, known)
            )
    missing = [key for key, one in known.items() if one.default is one.empty and key not in parameters]
    if missing:
        raise DeclarationError(f"the blocking rule {name!r} ({kind}) lacks the parameter {missing[0]!r}")
    return KINDS[kind](**parameters)
