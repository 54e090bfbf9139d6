"""What a comparison prints: both tables' facts beside each other, what they cost, and the verdict."""

from __future__ import annotations

import sys

from benchmarks.measure import Cost

Facts = dict[str, str]


def report(costs: dict[str, Cost], facts: dict[str, Facts], *, cores: int, least_pairs: int) -> int:
    """Print the arms, ours first, theirs second. Returns the exit status: 1 when they differ or pairs are too few."""
    found, expected = facts.values()
    differ = [name for name in found if found[name] != expected[name]]
    pairs = int(found["pairs"].replace(",", ""))
    _print_facts(facts, differ)
    _print_costs(costs, pairs, cores)
    if differ:
        print(f"\nThe two tables differ in {', '.join(differ)}.", file=sys.stderr)
        return 1
    if pairs < least_pairs:
        print(f"\n{pairs:,} pairs are fewer than {least_pairs:,}: ask for more --records.", file=sys.stderr)
        return 1
    print("\nSame pairs, same numbers.")
    return 0


def _print_facts(facts: dict[str, Facts], differ: list[str]) -> None:
    """The facts, sums of features among them, one a line."""
    found, expected = facts.values()
    print(f"\n{'':34}" + "".join(f"{name:>26}" for name in facts))
    for name in found:
        print(f"{name:34}{found[name]:>26}{expected[name]:>26}{'  DIFFERS' if name in differ else ''}")


def _print_costs(costs: dict[str, Cost], pairs: int, cores: int) -> None:
    theirs = list(costs.values())[-1]
    heads = ("wall, s", "CPU, s", "peak, GB", "pairs/s", "pairs/s/core", "wall ratio", "CPU ratio")
    print(f"\n{'':16}" + "".join(f"{head:>14}" for head in heads))
    for name, cost in costs.items():
        rate = pairs / cost.wall
        cells = (
            f"{cost.wall:,.1f}",
            f"{cost.cpu:,.1f}",
            f"{cost.peak / 1e9:.1f}",
            f"{rate:,.0f}",
            f"{rate / cores:,.0f}",
            f"{theirs.wall / cost.wall:.1f}",
            f"{theirs.cpu / cost.cpu:.1f}",
        )
        print(f"{name:16}" + "".join(f"{cell:>14}" for cell in cells))
