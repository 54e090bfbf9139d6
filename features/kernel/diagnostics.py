"""How good the blocking of published pairs is: by rule, by size of block, and in the true pairs that it finds.

A pair is reduced to the set of rules whose keys it shares. Pairs are then counted by that set, and every figure
follows from these few counts, whoever made them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.arrays import BoolArray, IntArray, member
from features.errors import PairlakeError
from features.kernel.census import possible_pairs
from features.kernel.intervals import wilson
from features.kernel.plan import Plan
from features.kernel.recapture import Estimate, estimate
from features.kernel.refine import Keys
from features.kernel.shared_rules import FOUND, STATUS, unpacked


class DiagnosisError(PairlakeError):
    """What is published does not follow from the records and the plan that it is to be diagnosed by."""


@dataclass(frozen=True)
class RuleFigures:
    """What one rule does. `blocks` and `block_pairs` count a pair in each of its blocks, `pairs` counts it once.

    `share` is of all published pairs, `only` counts pairs that no other rule brings. With a truth table, `matches`
    are true pairs found, `matches_only` those that no other rule finds, `matches_so_far` those found by this rule or
    one before it; else null.
    """

    rule: str
    blocks: int
    block_pairs: int
    dropped_blocks: int
    dropped_pairs: int
    pairs: int
    share: float
    only: int
    matches: int | None = None
    matches_only: int | None = None
    matches_so_far: int | None = None


@dataclass(frozen=True)
class BlockSize:
    """Blocks that make `smallest` to `largest` pairs each: their number, their pairs, and those the plan dropped."""

    smallest: int
    largest: int
    blocks: int
    pairs: int
    dropped_blocks: int


@dataclass(frozen=True)
class Missed:
    """A true pair that is not published: what became of it (a key of STATUS), and the rules whose keys it shares."""

    id_l: str
    id_r: str
    status: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Completeness:
    """Pair completeness: the share of true pairs that are published, 0 to 1, with its 95 % interval (Wilson).

    `given` counts the rows of the truth table by what became of them; only `matches` are judged. `share_of_given`
    counts the pairs of which an id names no one record as missed too, each once. Null where there is nothing to judge.
    `missed` may be cut; `missed_by_status` is not.
    """

    given: Mapping[str, int]
    unknown_ids: tuple[str, ...]
    matches: int
    found: int
    share: float | None
    low: float
    high: float
    share_of_given: float | None
    missed_by_status: Mapping[str, int]
    missed: tuple[Missed, ...]


@dataclass(frozen=True)
class Diagnosis:
    """Blocking in figures. `reduction_ratio` is the share of all possible pairs that is not published, null of none."""

    records: Mapping[str, int]
    possible_pairs: int
    published_pairs: int
    reduction_ratio: float | None
    rules: tuple[RuleFigures, ...]
    block_sizes: tuple[BlockSize, ...]
    completeness: Completeness | None
    estimate: Estimate


@dataclass(frozen=True)
class Truth:
    """A truth table against the published pairs.

    `judged` counts true pairs (rules, status, pairs), `missed` holds JUDGED rows, possibly not all. `given` and
    `unknown_ids` are as in `Completeness`; `unknown` counts the further matches of which an id names no one record.
    """

    given: Mapping[str, int]
    unknown: int
    unknown_ids: tuple[str, ...]
    judged: pa.Table
    missed: pa.Table


def diagnose(
    plan: Plan,
    census: pa.Table,
    counted: pa.Table,
    records: Mapping[str, int],
    floors: Mapping[str, float | str],
    first_group: Sequence[str],
    truth: Truth | None,
) -> Diagnosis:
    """All figures, from the plan, its census, the published pairs as COUNTED and the number of records by side.

    DiagnosisError where published pairs do not follow from the plan.
    """
    names = [rule.rule for rule in plan.rules]
    rules, pairs = unpacked(counted["rules"].to_pylist(), len(names)), counted["pairs"].to_numpy()
    strangers, published = int(pairs[~rules.any(axis=1)].sum()), int(pairs.sum())
    if strangers:
        raise DiagnosisError(
            f"{strangers:,} of the {published:,} published pairs share no blocking key in force: the records, "
            "the rules or their limits are not those of the run that published. `pairlake run` makes them agree"
        )
    possible = possible_pairs(records["left"], records["right"], linking=plan.linking)
    alike = counted["likely"].to_numpy()
    return Diagnosis(
        records=dict(records),
        possible_pairs=possible,
        published_pairs=published,
        reduction_ratio=1 - published / possible if possible else None,
        rules=_rule_figures(plan, rules, pairs, truth),
        block_sizes=block_sizes(census, plan.dropped),
        completeness=_completeness(truth, names) if truth else None,
        estimate=estimate(rules[alike], pairs[alike], names, floors, first_group, possible - published),
    )


def block_sizes(census: pa.Table, dropped: Keys) -> tuple[BlockSize, ...]:
    """The blocks of a census by the pairs they make, in powers of two; those in `dropped` are counted apart."""
    pairs, gone = census["pairs"].to_numpy(), member(census["key"].to_numpy(), dropped)[0]
    power = np.frexp(pairs)[1] - 1
    return tuple(
        BlockSize(
            smallest=2**n,
            largest=2 ** (n + 1) - 1,
            blocks=int((~gone & (power == n)).sum()),
            pairs=int(pairs[~gone & (power == n)].sum()),
            dropped_blocks=int((gone & (power == n)).sum()),
        )
        for n in range(int(power.max(initial=-1)) + 1)
    )


def _rule_figures(plan: Plan, rules: BoolArray, pairs: IntArray, truth: Truth | None) -> tuple[RuleFigures, ...]:
    brought, only = _by_rule(rules, pairs)
    everything = max(int(pairs.sum()), 1)
    matched: list[tuple[int | None, ...]] = [(None, None, None)] * len(plan.rules)
    if truth:
        found = truth.judged.filter(pc.equal(truth.judged["status"], FOUND))
        sets, matches = unpacked(found["rules"].to_pylist(), len(plan.rules)), found["pairs"].to_numpy()
        by_first = sets & (np.cumsum(sets, axis=1) == 1)
        so_far = np.cumsum(_by_rule(by_first, matches)[0])
        matched = list(zip(*(c.tolist() for c in (*_by_rule(sets, matches), so_far)), strict=True))
    return tuple(
        RuleFigures(
            of.rule,
            of.blocks,
            of.pairs,
            of.dropped_blocks,
            of.dropped_pairs,
            int(brought[n]),
            int(brought[n]) / everything,
            int(only[n]),
            *matched[n],
        )
        for n, of in enumerate(plan.rules)
    )


def _by_rule(rules: BoolArray, pairs: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs that each rule brings, and those that it alone brings."""
    alone = rules & (rules.sum(axis=1, keepdims=True) == 1)
    return pairs @ rules.astype(np.int64), pairs @ alone.astype(np.int64)


def _completeness(truth: Truth, names: Sequence[str]) -> Completeness:
    by_status = dict.fromkeys(STATUS, 0)
    for row in truth.judged.to_pylist():
        by_status[row["status"]] += row["pairs"]
    matches, found = sum(by_status.values()), by_status.pop(FOUND)
    low, high = wilson(found, matches)
    return Completeness(
        given=truth.given,
        unknown_ids=truth.unknown_ids,
        matches=matches,
        found=found,
        share=found / matches if matches else None,
        low=low,
        high=high,
        share_of_given=found / (matches + truth.unknown) if matches + truth.unknown else None,
        missed_by_status=by_status,
        missed=tuple(
            Missed(row["id_l"], row["id_r"], row["status"], _shared(row, names)) for row in truth.missed.to_pylist()
        ),
    )


def _shared(missed: Mapping[str, bytes], names: Sequence[str]) -> tuple[str, ...]:
    rules = unpacked([missed["rules"]], len(names))[0] | unpacked([missed["dropped"]], len(names))[0]
    return tuple(name for name, shared in zip(names, rules, strict=True) if shared)
