"""What all kinds of blocking rule share: parameters checked in words, values of fields as lists, keys within places."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import pyarrow as pa

from features.declare import BlockingRule, DeclarationError
from features.statistics import Split

TEXTS = (pa.string(), pa.list_(pa.string()))
"""Types of columns with one text a record, or several."""

VECTORS = (pa.binary(),)
"""Types of columns with a vector a record."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")

Value = str | list[str] | None


def made(
    function: Callable[..., Any],
    said: Mapping[str, Any],
    reads: Mapping[str, tuple[pa.DataType, ...]],
    *,
    required: Sequence[str],
    given: tuple[str, ...] = (),
    batch: bool = False,
    splits: tuple[Split, ...] = (),
) -> BlockingRule:
    """The rule of a kind. `said` is what the kind was called with: `kind`, `name`, `doc`, `max_pairs` and its own.

    `reads` are the columns in the order in which the function takes them, with the types they may have.
    """
    kind, name, doc, limit = (said[key] for key in ("kind", "name", "doc", "max_pairs"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DeclarationError(
            f"a blocking rule ({kind}) is called {name!r}; wanted lower case, digits and underscores, a letter first"
        )
    if limit is not None:
        whole(said, "max_pairs", 1)
    if not isinstance(doc, str):
        raise refused(said, f"doc is {doc!r}; wanted a sentence")
    own = {key: value for key, value in said.items() if key not in ("kind", "name", "doc", "max_pairs")}
    spoken = ", ".join(f"{key} = {_spoken(value)}" for key, value in own.items() if value not in (None, (), {}, False))
    return BlockingRule(
        name=name,
        module=function.__module__,
        inputs=tuple(reads),
        required=tuple(dict.fromkeys(required)),
        doc=doc or f"{kind}: {spoken}",
        version=1,
        function=function,
        max_pairs=limit,
        given=given,
        batch=batch,
        kind=f"{kind}({spoken})",
        accepts=dict(reads),
        splits=splits,
    )


def refused(said: Mapping[str, Any], what: str) -> DeclarationError:
    """The error that says which rule cannot be, and why."""
    return DeclarationError(f"the blocking rule {said['name']!r} ({said['kind']}): {what}")


def whole(said: Mapping[str, Any], parameter: str, low: int, high: int | None = None) -> int:
    """A parameter that is a whole number from `low` to `high`."""
    value = said[parameter]
    if not isinstance(value, int) or isinstance(value, bool) or value < low or (high is not None and value > high):
        wanted = f"{low} to {high}" if high is not None else f"{low} or more"
        raise refused(said, f"{parameter} is {value!r}; wanted a whole number, {wanted}")
    return value


def columns(said: Mapping[str, Any], parameter: str, *, some: bool = True) -> tuple[str, ...]:
    """A parameter that names columns, one or several, each once."""
    value = said[parameter]
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) and name for name in names):
        raise refused(said, f"{parameter} is {value!r}; wanted the name of a column, or a list of such names")
    if (some and not names) or len(set(names)) < len(names):
        raise refused(said, f"{parameter} is {value!r}; wanted {'at least one column, ' if some else ''}each once")
    return tuple(names)


def column(said: Mapping[str, Any], parameter: str) -> str:
    """A parameter that names one column."""
    name = said[parameter]
    if not isinstance(name, str) or not name:
        raise refused(said, f"{parameter} is {name!r}; wanted the name of a column")
    return name


def places(said: Mapping[str, Any], own: Sequence[str]) -> tuple[str, ...]:
    """The columns of `within`, none of which may be the rule's own."""
    names = columns(said, "within", some=False)
    for name in names:
        if name in own:
            raise refused(said, f"within names {name!r}, which the rule reads already")
    return names


def texts(value: Value) -> Sequence[str]:
    """The texts of a field, which holds one, several or none."""
    return (value,) if isinstance(value, str) else value or ()


def in_places(keys: Sequence[str], values: Sequence[Value]) -> list[str]:
    """The keys, each with every combination of the values of the places."""
    return ["|".join(parts) for parts in product(keys, *map(texts, values))] if values else list(keys)


def _spoken(value: Any) -> str:
    """A parameter as TOML would have it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_spoken(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_spoken, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
