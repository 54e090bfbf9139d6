"""Records, one batch at a time: raw → standardised → prepared (entity features and blocking keys).

The batch job, the direct call and the online lookup all pass here, so a typed record and a row of a
hundred million are prepared by the same lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa

from features.catalogue import RAW, Catalogue
from features.declare import BlockingRule, DeclarationError, RecordFunction
from features.tables import PARTY_FIELDS, RAW_ENTITIES, RECORD_KEY, TIMESTAMP

Column = list[Any]

RULE_BITS = 56
"""Bits of a blocking key below the number of its rule."""

_EMPTY: tuple[Any, ...] = ("", b"", [])
"""Results that mean the same as no result: empty is missing."""


def standardise(batch: pa.RecordBatch, catalogue: Catalogue) -> pa.RecordBatch:
    """raw_entities → standardised_entities."""
    columns = {RAW + name: batch.column(name).to_pylist() for name in PARTY_FIELDS}
    _compute(catalogue.standardisers, columns, batch.num_rows, catalogue.given)
    for field in RECORD_KEY:
        columns[field.name] = batch.column(field.name)
    return _batch(columns, catalogue.standardised_schema)


def prepare(batch: pa.RecordBatch, catalogue: Catalogue, as_of: datetime) -> pa.RecordBatch:
    """standardised_entities → entity_features, as of the time their sources were read."""
    columns: dict[str, Any] = {name: batch.column(name).to_pylist() for name in batch.schema.names}
    _compute(catalogue.entity_features, columns, batch.num_rows, catalogue.given)
    columns["keys"] = blocking_keys(columns, catalogue, batch.num_rows)
    columns["event_timestamp"] = pa.repeat(pa.scalar(as_of, type=TIMESTAMP), batch.num_rows)
    return _batch(columns, catalogue.entity_schema)


def prepare_one(record: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Column]:
    """Party fields of one record → the columns of entity_features, each a list of one Python value.

    What `standardise` and `prepare` make of it, for a lookup: through Arrow it takes twice as long.
    """
    columns: dict[str, Column] = {RAW + name: [record.get(name)] for name in PARTY_FIELDS}
    _compute((*catalogue.standardisers, *catalogue.entity_features), columns, 1, catalogue.given)
    columns["keys"] = blocking_keys(columns, catalogue, 1)
    return columns


def raw_batch(records: Sequence[dict[str, Any]], *, side: str = "left", source: str = "query") -> pa.RecordBatch:
    """Records given as dictionaries of party fields, as a batch of raw_entities."""
    rows = [
        {**record, "entity_id": f"{source}:{record.get('id', number)}", "source": source, "side": side}
        for number, record in enumerate(records)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=RAW_ENTITIES.schema)


def blocking_keys(columns: dict[str, Column], catalogue: Catalogue, rows: int) -> list[list[int]]:
    """Each record's distinct keys in ascending order, and so in the rules' order. An empty key is none.

    DeclarationError for a rule that returns what is no key.
    """
    keys: list[set[int]] = [set() for _ in range(rows)]
    secret = catalogue.keying.secret
    for place, rule in enumerate(catalogue.rules):
        results = _results(rule, columns, rows, catalogue.given)
        found: Any = None
        try:
            for row, found in results:
                texts = [found] if isinstance(found, str) else () if found is None else found
                keys[row].update(key_number(place, text, secret) for text in texts if text != "")
        except (AttributeError, TypeError):
            raise _no_key(rule, found) from None
    return [sorted(of_record) for of_record in keys]


def key_number(place: int, text: str, secret: bytes = b"") -> int:
    """The 64-bit number of a rule's key: its place in the list above 56 bits of a BLAKE2b hash of the text.

    With a secret the hash is keyed (RFC 7693), and cannot be computed without it. Keys sort by rule and never collide
    across rules. Two texts of one rule that collide share a block, which adds a candidate and loses none.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=RULE_BITS // 8, key=secret).digest()
    return place << RULE_BITS | int.from_bytes(digest, "big")


def rule_of(key: Any) -> Any:
    """The place in the rule list of a key, or of an array of keys."""
    return key >> RULE_BITS


def _no_key(rule: BlockingRule, found: Any) -> DeclarationError:
    """That a rule returned what is no key, in words that quote nothing of it."""
    kind = type(found).__name__
    if isinstance(found, list | tuple | set | frozenset):
        kind += " of " + " and ".join(sorted({type(one).__name__ for one in found}))
    return DeclarationError(
        f"the blocking rule {rule.name!r} of {rule.module} returned a {kind} for a record; wanted a text, a list of "
        "texts, or None for no key"
    )


def _compute(
    functions: Sequence[RecordFunction], columns: dict[str, Column], rows: int, given: Mapping[str, Any]
) -> None:
    """Add each function's column to `columns`, in order."""
    for function in functions:
        result: Column = [None] * rows
        for row, value in _results(function, columns, rows, given):
            result[row] = None if value in _EMPTY else value
        columns[function.name] = result


def _results(
    declared: RecordFunction | BlockingRule, columns: dict[str, Column], rows: int, given: Mapping[str, Any]
) -> Sequence[tuple[int, Any]]:
    """Row number and result of every row in which the function has what it needs."""
    calls = _calls(declared, columns, rows)
    if not calls:
        return []
    call = declared.function
    if declared.given:
        call = partial(call, **{name: given[name] for name in declared.given})
    if not declared.batch:
        return [(row, call(*arguments)) for row, arguments in calls]
    values = call(*map(list, zip(*(arguments for _, arguments in calls), strict=True)))
    return [(row, value) for (row, _), value in zip(calls, values, strict=True)]


def _calls(
    function: RecordFunction | BlockingRule, columns: dict[str, Column], rows: int
) -> list[tuple[int, tuple[Any, ...]]]:
    """Row numbers and arguments of the rows in which every required input is there."""
    if rows == 1:  # a lookup
        if None in [columns[name][0] for name in function.required]:
            return []
        return [(0, tuple([columns[name][0] for name in function.inputs]))]
    required = [columns[name] for name in function.required]
    lacking = [column for column in required if None in column]
    if any(column.count(None) == rows for column in lacking):
        return []  # a field that no record of the batch has
    arguments = enumerate(zip(*[columns[name] for name in function.inputs], strict=True))
    if not lacking:
        return list(arguments)
    present = [None not in values for values in zip(*lacking, strict=True)]
    return [(row, values) for (row, values), there in zip(arguments, present, strict=True) if there]


def _batch(columns: dict[str, Any], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        values if isinstance(values, pa.Array) else pa.array(values, type=field.type)
        for field in schema
        for values in [columns[field.name]]
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
