"""A plan as a person reads it, with a picture of its blocks, and as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.kernel.plan import BlockSizes, Plan
from jobs.planning import Outlook

_WIDTH = 24
"""Characters of the longest bar."""


def summary(console: Console, outlook: Outlook) -> None:
    """Pairs by rule, the largest blocks, block sizes, the ladder, what the run will take, and the budget."""
    plan = outlook.plan
    _rules(console, outlook)
    _largest(console, plan)
    _picture(console, plan.sizes)
    for step in plan.ladder:
        console.print(f"[yellow]Stepped down[/]: {escape(str(step))}", highlight=False)
    _distinct(console, outlook)
    _truth(console, outlook)
    _takes(console, outlook)
    for source, fields in outlook.not_carried.items():
        console.print(f"Nothing reads of {source}, so it is not carried: {', '.join(fields)}", highlight=False)
    verdict = "within" if plan.pairs <= outlook.budget else "OVER"
    console.print(
        f"{plan.pairs:,} pairs in {plan.blocks:,} blocks, {verdict} the budget of {outlook.budget:,}; "
        f"{len(plan.cut)} blocks cut into tiles, the largest tile has at most {plan.largest_tile:,} pairs"
    )


def as_data(outlook: Outlook) -> dict[str, Any]:
    """All that `summary` shows, and nothing of a record."""
    plan, union = outlook.plan, outlook.union
    first = union.first or [None] * len(plan.rules)
    data: dict[str, Any] = {
        "pairs": plan.pairs,
        "blocks": plan.blocks,
        "budget": outlook.budget,
        "within_budget": plan.pairs <= outlook.budget,
        "distinct_pairs": {"low": union.low, "high": union.high, "exact": union.exact},
        "rules": [
            {**asdict(rule), "share": _share(rule.pairs, plan), "credited_pairs": n}
            for rule, n in zip(plan.rules, first, strict=True)
        ],
        "largest": [{"key": k, "rule": r, "pairs": n, "share": _share(n, plan)} for k, r, n in plan.largest],
        "largest_tile": plan.largest_tile,
        "cut_blocks": len(plan.cut),
        "sizes": [asdict(size) for size in plan.sizes],
        "ladder": [asdict(step) for step in plan.ladder],
        "estimate": asdict(outlook.estimate),
        "fields_not_carried": {source: list(fields) for source, fields in outlook.not_carried.items()},
    }
    if outlook.matches is not None:
        data["truth"] = {
            "labelled": len(outlook.matches.pairs),
            "found": outlook.found,
            "given": outlook.matches.account,
        }
    return data


def _rules(console: Console, outlook: Outlook) -> None:
    counted = ["credited"] if outlook.union.exact else []
    columns = ("blocks", "pairs", "share", *counted, "keys dropped", "pairs dropped")
    table = _table("Plan", ["rule"], columns)
    first = outlook.union.first or ()
    for place, rule in enumerate(outlook.plan.rules):
        share = f"{rule.pairs / outlook.plan.pairs:.1%}" if outlook.plan.pairs else "–"
        credited = [f"{first[place]:,}"] if first else []
        dropped = f"{rule.dropped_blocks:,}", f"{rule.dropped_pairs:,}"
        table.add_row(rule.rule, f"{rule.blocks:,}", f"{rule.pairs:,}", share, *credited, *dropped)
    console.print(table)


def _largest(console: Console, plan: Plan) -> None:
    table = _table("Largest blocks", ["rule", "key"], ["pairs", "share"])
    for key, rule, pairs in plan.largest:
        table.add_row(rule, str(key), f"{pairs:,}", f"{pairs / plan.pairs:.2%}")
    console.print(table)


def _picture(console: Console, sizes: tuple[BlockSizes, ...]) -> None:
    """Blocks and pairs by block size; a bar grows by the logarithm, so that one block still shows."""
    table = _table("Block sizes (bars are logarithmic)", [], ["pairs of a block", "blocks", "", "pairs", ""])
    table.columns[2].justify = table.columns[4].justify = "left"
    most = max((size.pairs for size in sizes), default=1)
    for size in sizes:
        span = f"{size.low:,} – {size.high:,}"
        table.add_row(span, f"{size.blocks:,}", _bar(size.blocks, most), f"{size.pairs:,}", _bar(size.pairs, most))
    console.print(table)


def _bar(count: int, most: int) -> str:
    return "█" * math.ceil(_WIDTH * math.log(count + 1) / math.log(most + 1))


def _distinct(console: Console, outlook: Outlook) -> None:
    union = outlook.union
    if union.exact:
        console.print(f"Distinct pairs: {union.low:,}, counted; a pair is credited to the first rule that brings it")
    else:
        console.print(f"Distinct pairs: between {union.low:,} and {union.high:,}; too many to count beforehand")


def _truth(console: Console, outlook: Outlook) -> None:
    if outlook.matches is None or outlook.found is None:
        return
    labelled = len(outlook.matches.pairs)
    console.print(
        f"Pair completeness {outlook.found / labelled:.4f}: {outlook.found:,} of {escape(str(outlook.matches))}",
        highlight=False,
    )


def _takes(console: Console, outlook: Outlook) -> None:
    about = outlook.estimate
    quick, slow = (seconds / (about.cores or 1) for seconds in about.core_seconds)
    on = f"on {about.cores} cores" if about.cores else "of one core, to be divided by those the platform gives"
    low, high = about.pair_microseconds
    console.print(
        f"Moves {about.rows:,} rows, about {about.bytes / 1e6:,.0f} MB; blocking and comparing takes about "
        f"{_time(quick)} to {_time(slow)} {on} ({low:.1f} to {high:.1f} µs a pair, measured now on made-up records, "
        "before any pruning)",
        highlight=False,
    )


def _time(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:,.0f} min" if minutes >= 10 else f"{minutes:.1f} min" if minutes >= 1 else f"{seconds:.0f} s"


def _share(pairs: int, plan: Plan) -> float | None:
    return pairs / plan.pairs if plan.pairs else None


def _table(title: str, words: Sequence[str], figures: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in words:
        table.add_column(column, overflow="fold")
    for column in figures:
        table.add_column(column, justify="right", overflow="fold")
    return table
