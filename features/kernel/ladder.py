"""The ladder: what a plan over its budget gives up, rung by rung, in the declared order.

- `refine`: the members of oversized blocks must agree on one more thing;
- `drop_rules`: the loosest rule goes, then the next;
- `keep`: nothing is compared, so its step ends at 0, and the last published version stays in force.

Each step is recorded with what it cost. What a rung needs to know of the records it asks of a `Corpus`, in counts
alone, so that the same lines decide on a cluster and in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pyarrow as pa

from features.arrays import BoolArray, IntArray, member
from features.declare import BlockingRule
from features.kernel.oversized import Blocks, Split, waterline
from features.kernel.plan import Plan, RulePlan, Step, make_plan
from features.kernel.records import rule_of
from features.kernel.refine import Keys, Refinement, key_list, refined
from features.kernel.shared_rules import packed, unpacked
from features.sections import Blocking

OVERSIZED = 1_000
"""A block of no more pairs (45 records of one source) is never oversized, however small the budget."""

ROUNDS = 8
"""Most times that blocks are refined; each time the records are gone over once."""


class Corpus(Protocol):
    """What the ladder asks of the prepared records."""

    def split(self, refinement: Refinement, keys: Keys, allowed: BoolArray) -> pa.Table:
        """The counts of `refine.split`: (key, by, sub, left, right), of sub keys those that make a pair."""

    def reach(self, plan: Plan) -> pa.Table:
        """Records by the rules that bring them a partner: (rules, records), `rules` as `rules_of` gives them."""


@dataclass(frozen=True)
class Labelled:
    """Labelled matches: prepared records, and the row numbers of the two of each pair."""

    records: pa.RecordBatch
    left: IntArray
    right: IntArray

    def __len__(self) -> int:
        return len(self.left)

    def found(self, plan: Plan) -> int:
        """How many of the pairs share a key of the plan."""
        return sum(bool(shared) for shared in self._shared(plan))

    def rules(self, plan: Plan) -> BoolArray:
        """By pair and rule: whether they share a key of the rule."""
        there = np.zeros((len(self), len(plan.rules)), dtype=bool)
        for pair, shared in enumerate(self._shared(plan)):
            there[pair, [rule_of(key) for key in shared]] = True
        return there

    def _shared(self, plan: Plan) -> list[set[int]]:
        keys, rows = key_list(refined(self.records, plan.refinement).column("keys"))
        kept = member(keys, plan.keys)[0]
        of_record: list[set[int]] = [set() for _ in range(self.records.num_rows)]
        for key, row in zip(keys[kept].tolist(), rows[kept].tolist(), strict=True):
            of_record[row].add(key)
        return [of_record[one] & of_record[other] for one, other in zip(self.left, self.right, strict=True)]


def descend(
    census: pa.Table,
    rules: Sequence[BlockingRule],
    corpus: Corpus,
    blocking: Blocking,
    *,
    linking: bool,
    labelled: Labelled | None = None,
    secret: bytes = b"",
) -> Plan:
    """The plan for a census, taken down the declared rungs as far as the budget asks; see `check_budget`.

    `secret` is what the keys of refined blocks are hashed with.
    """
    ladder = _Ladder(Blocks.of(census), tuple(rules), corpus, blocking, linking, labelled, secret)
    rungs: dict[str, Callable[[], None]] = {
        "refine": ladder.refine,
        "drop_rules": ladder.drop_rules,
        "keep": ladder.keep,
    }
    for rung in blocking.over_budget:
        if ladder.over:
            rungs[rung]()
    return ladder.plan


def rules_of(batch: pa.RecordBatch, plan: Plan) -> pa.Array:
    """For each prepared record the rules that bring it a partner, `packed`."""
    keys, rows = key_list(refined(batch, plan.refinement).column("keys"))
    kept = member(keys, plan.keys)[0]
    there = np.zeros((batch.num_rows, len(plan.rules)), dtype=bool)
    there[rows[kept], rule_of(keys[kept])] = True
    return packed(there)


def loosest(pairs: IntArray, reached: BoolArray, each: IntArray, budget: int) -> list[int]:
    """Places of the rules to drop, in order, for the others to come within the budget; none where none would.

    `reached` says by what is reached (a labelled pair, or records alike, `each` so many) and rule whether the rule
    reaches it. Loosest is the rule of most pairs for each that it alone reaches, one added. A rule that fits in again
    in the end stays, those of fewest pairs first.
    """
    left = pairs > 0
    dropped: list[int] = []
    while pairs[left].sum() > budget:
        place = int(np.argmax(np.where(left, pairs / (alone(reached & left, each) + 1), -1)))
        left[place] = False
        dropped.append(place)
    for place in sorted(dropped, key=lambda n: (pairs[n], n)):
        left[place] = pairs[left].sum() + pairs[place] <= budget
    return [place for place in dropped if not left[place]] if left.any() else []


def alone(reached: BoolArray, each: IntArray) -> IntArray:
    """By rule, how many it alone reaches."""
    single = reached.sum(axis=1) == 1
    return np.asarray(each[single] @ reached[single].astype(np.int64))


@dataclass
class _Ladder:
    """A plan on its way down."""

    blocks: Blocks
    rules: tuple[BlockingRule, ...]
    corpus: Corpus
    blocking: Blocking
    linking: bool
    labelled: Labelled | None
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        columns = tuple(dict.fromkeys(column for rule in self.rules for column in rule.refine_by))
        self.rank = np.full((len(self.rules), len(columns)), len(columns))
        for place, rule in enumerate(self.rules):
            self.rank[place, [columns.index(column) for column in rule.refine_by]] = np.arange(len(rule.refine_by))
        self.refinement = Refinement(columns=columns, secret=self.secret)
        self.gone: dict[str, RulePlan] = {}
        self.steps: tuple[Step, ...] = ()
        self.plan = self._planned()

    @property
    def over(self) -> bool:
        return self.plan.pairs > self.blocking.pair_budget

    def refine(self) -> None:
        """Oversized blocks by the next column of their rule, until the plan fits or no column would help."""
        for _ in range(ROUNDS):
            compared = self.blocks.where(member(self.blocks.keys, self.plan.keys)[0])
            line = max(waterline(compared.pairs, self.blocking.pair_budget), OVERSIZED)
            over = compared.where(np.asarray(compared.pairs > line))
            allowed = self._allowed(over)
            open_to = np.flatnonzero(allowed.any(axis=1))
            over, allowed = over.where(open_to), allowed[open_to]
            if not len(over.keys):
                return
            counts = self.corpus.split(self.refinement, over.keys, allowed)
            split = Split.of(counts, over, self.rank[rule_of(over.keys)], allowed, linking=self.linking)
            # A block that no column would help is not asked again.
            self.blocks.used[np.searchsorted(self.blocks.keys, over.keys[split.by < 0])] = -1
            if (split.by >= 0).any():
                self._refined(over, split, line)
            if not self.over:
                return

    def _refined(self, over: Blocks, split: Split, line: int) -> None:
        chosen = split.by >= 0
        left_over = self.blocks.where(~member(self.blocks.keys, over.keys[chosen])[0])
        self.blocks = left_over.beside(split.blocks)
        self.refinement = self.refinement.further(over.keys[chosen], split.by[chosen])
        counted = np.bincount(split.by[chosen], minlength=len(self.refinement.columns))
        by = ", ".join(f"{self.refinement.columns[n]} {counted[n]:,}" for n in np.flatnonzero(counted))
        self._step(
            "refine",
            f"{int(chosen.sum()):,} blocks of more than {line:,} pairs, by {by}; "
            f"{split.fallen:,} memberships lack the value and fall out",
        )

    def drop_rules(self) -> None:
        """The loosest rules; see `loosest`."""
        what, reached, each = self._reached()
        pairs = np.array([rule.pairs for rule in self.plan.rules])
        for place in loosest(pairs, reached, each, self.blocking.pair_budget):
            only = alone(reached, each)[place]
            reached[:, place] = False
            rule = self.plan.rules[place]
            self.gone[rule.rule] = replace(
                rule,
                blocks=0,
                pairs=0,
                dropped_blocks=rule.blocks + rule.dropped_blocks,
                dropped_pairs=rule.pairs + rule.dropped_pairs,
            )
            self.blocks = self.blocks.where(np.asarray(rule_of(self.blocks.keys) != place, dtype=bool))
            self._step("drop_rules", f"{rule.rule} ({rule.pairs:,} pairs, alone in reaching {only:,} {what})")

    def keep(self) -> None:
        """Nothing is compared; the plan stays, so that it can be looked at."""
        self._step("keep", "nothing is published, the last published version stays in force")

    def _step(self, rung: str, done: str) -> None:
        before, plan, kept = self.plan, self._planned(), rung == "keep"
        labelled, found_before, found_after = None, None, None
        if self.labelled is not None:
            labelled = len(self.labelled)
            found_before = self.steps[-1].found_after if self.steps else self.labelled.found(before)
            found_after = 0 if kept else self.labelled.found(plan)
        pairs = 0 if kept else plan.pairs
        self.steps += (Step(rung, done, before.pairs, pairs, labelled, found_before, found_after),)
        self.plan = replace(plan, ladder=self.steps)

    def _planned(self) -> Plan:
        plan = make_plan(self.blocks.census, self.rules, linking=self.linking, tile_pairs=self.blocking.tile_pairs)
        rules = tuple(self.gone.get(rule.rule, rule) for rule in plan.rules)
        return replace(plan, rules=rules, refinement=self.refinement, ladder=self.steps)

    def _allowed(self, blocks: Blocks) -> BoolArray:
        """By block and column: whether its rule may be refined by it and it has not been."""
        unused = (blocks.used[:, None] >> np.arange(self.rank.shape[1])) & 1 == 0
        return np.asarray(unused & (self.rank[rule_of(blocks.keys)] < self.rank.shape[1]))

    def _reached(self) -> tuple[str, BoolArray, IntArray]:
        """What rules are judged by, in words; which rules reach each of them, and how many each stands for."""
        if self.labelled:
            return "labelled pairs", self.labelled.rules(self.plan), np.ones(len(self.labelled), dtype=np.int64)
        reach = self.corpus.reach(self.plan)
        there = unpacked(reach["rules"].to_pylist(), len(self.rules))
        return "records", there, np.asarray(reach["records"].to_numpy(), dtype=np.int64)
