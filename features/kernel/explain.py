"""Why a pair looks as it does: every feature's value, what it was made of, and the codes of what carries weight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from features.declare import PairFeature
from features.kernel.score import score_pairs
from features.statistics import UNITS_A_BIT


@dataclass(frozen=True)
class Evidence:
    """What one feature says of a pair.

    `value` is None where the feature is undefined, `state` names the value of a feature of states, `reason` is the
    stable code of what carries weight. `behind` says what it was made of: by column, the two values or, for words,
    those of both and those of one side; numbers alone unless values were asked for.
    """

    feature: str
    family: str
    value: float | int | None
    state: str | None
    reason: str | None
    behind: Mapping[str, Any]


def explain(
    left: pa.Table, right: pa.Table, features: Sequence[PairFeature], *, reveal: bool = False
) -> list[Evidence]:
    """The evidence of one pair of prepared records, a row each, in the features' order.

    `reveal` puts the records' own values into `behind`: for whoever may see the records.
    """
    values = score_pairs(left, right, features).to_pylist()[0]
    return [
        Evidence(
            feature=feature.name,
            family=feature.family,
            value=value,
            state=feature.returns.states[int(value)] if feature.returns.states and value is not None else None,
            reason=feature.reason(value),
            behind=_behind(feature, left.select(feature.inputs), right.select(feature.inputs), reveal=reveal),
        )
        for feature in features
        for value in [values[feature.name]]
    ]


def _behind(feature: PairFeature, left: pa.Table, right: pa.Table, *, reveal: bool) -> dict[str, Any]:
    """By column what both sides hold; a column of weights goes with the words it weighs."""
    one, other = left.to_pylist()[0], right.to_pylist()[0]
    words = [column for column in feature.inputs if _is_list_of(pa.types.is_string, left, column)]
    weights = [column for column in feature.inputs if _is_list_of(pa.types.is_integer, left, column)]
    bits = _bits((one, other), words[0], weights[0]) if words and weights else {}
    return {
        column: _words(set(one[column] or ()), set(other[column] or ()), bits, reveal=reveal)
        if column in words
        else _values(one[column], other[column], reveal=reveal)
        for column in feature.inputs
        if column not in weights
    }


def _is_list_of(kind: Callable[[pa.DataType], bool], table: pa.Table, column: str) -> bool:
    found = table.schema.field(column).type
    return bool(pa.types.is_list(found) and kind(found.value_type))


def _words(left: set[str], right: set[str], bits: Mapping[str, float], *, reveal: bool) -> dict[str, Any]:
    """Words of both and of one side alone: each with its bits where it may be seen, else their number and bits."""
    parts = {"both": left & right, "left": left - right, "right": right - left}
    if reveal:
        return {side: {word: bits.get(word) for word in sorted(words)} for side, words in parts.items()}
    return {
        side: {"words": len(words), "bits": round(sum(bits.get(word, 0) for word in words), 2) if bits else None}
        for side, words in parts.items()
    }


def _values(left: Any, right: Any, *, reveal: bool) -> dict[str, Any]:
    if reveal and not isinstance(left, bytes) and not isinstance(right, bytes):
        return {"left": left, "right": right}
    return {"left": left is not None, "right": right is not None, "equal": left is not None and left == right}


def _bits(records: Sequence[Mapping[str, Any]], words: str, weights: str) -> dict[str, float]:
    """Bits of every word of the records, where there are as many weights as words."""
    return {
        word: weight / UNITS_A_BIT
        for record in records
        for word, weight in zip(record[words] or (), record[weights] or (), strict=False)
    }
