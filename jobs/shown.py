"""What a person reads: the catalogue, a run's summary, an online lookup."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from features.catalogue import Catalogue
from features.declare import PairFeature
from features.run import KEPT, Fallback
from features.tables import PAIR_FEATURES

if TYPE_CHECKING:
    from features.kernel.cost import Cost
    from features.kernel.explain import Evidence
    from features.store.cost import OnlineCost
    from features.store.lookup import Candidate, LookupResult


def catalogue_table(console: Console, catalogue: Catalogue) -> None:
    """The pair features and the blocking rules, a line each."""
    table = _table("Pair features", "feature", "family", "reads", "values", "says")
    for feature in catalogue.pair_features:
        says = _sentence(feature)
        table.add_row(feature.name, feature.family, ", ".join(feature.inputs), feature.returns.range, says)
    console.print(table)
    rules = _table("Blocking rules, in order", "rule", "made by", "most pairs of a key", "says")
    for rule in catalogue.rules:
        limit = f"{rule.max_pairs:,}" if rule.max_pairs else ""
        rules.add_row(rule.name, escape(rule.kind or rule.module), limit, escape(rule.doc.partition("\n")[0]))
    console.print(rules)
    console.print(f"{len(catalogue.pair_features)} features, catalogue {catalogue.fingerprint}", highlight=False)


def cost_table(
    console: Console,
    costs: Sequence[Cost],
    together: tuple[float, float],
    preparing: float,
    online: Sequence[OnlineCost],
) -> None:
    """Microseconds a pair of each feature alone, of all together, and of all in a lookup, by number of candidates."""
    table = _table("Cost, microseconds a pair", "feature", "family", "listed", "in a block")
    for cost in sorted(costs, key=lambda c: c.listed, reverse=True):
        table.add_row(cost.feature.name, cost.feature.family, f"{cost.listed:.3f}", f"{cost.in_block:.3f}")
    in_block, listed = together
    table.add_row("all together", "", f"{listed:.3f}", f"{in_block:.3f}")
    console.print(table)
    console.print(f"A lookup, besides its store: one typed record prepared in {preparing:,.0f} µs", highlight=False)
    for one in online:
        console.print(
            f"Against {one.candidates}, all features: {one.decode:,.0f} µs to decode the packed records, "
            f"{one.compare:,.0f} µs to compare them",
            highlight=False,
        )


def evidence_table(console: Console, evidence: Sequence[Evidence]) -> None:
    """The evidence of a pair: what says something, the features with a reason code first."""
    table = _table("Evidence", "feature", "family", "value", "reason", "behind")
    said = [one for one in evidence if one.value is not None and one.state != "both_missing"]
    for one in sorted(said, key=lambda e: e.reason is None):
        value = one.state or format(one.value, ".3g")
        behind = escape(json.dumps(one.behind, ensure_ascii=False))
        table.add_row(one.feature, one.family, value, one.reason or "", behind)
    console.print(table)
    console.print(f"{len(evidence) - len(said)} features say nothing: a side is missing", highlight=False)


def catalogue_page(catalogue: Catalogue) -> str:
    """The catalogue as the page docs/features.md."""
    lines = [
        "# Features",
        "",
        "Rendered from the declarations by `pairlake features --write docs/features.md`; do not edit it by hand.",
        "",
        "## Pair features",
    ]
    families = dict.fromkeys(feature.family for feature in catalogue.pair_features)
    for family in families:
        lines += ["", f"### {family.replace('_', ' ').capitalize()}", ""]
        lines += [
            "| feature | reads | values | null | symmetric | version | meaning |",
            "|---|---|---|---|---|---|---|",
        ]
        lines += [_feature_line(f) for f in catalogue.pair_features if f.family == family]
    lines += ["", "## Entity features", "", "| column | reads | meaning |", "|---|---|---|"]
    lines += [_record_line(f) for f in catalogue.entity_features]
    lines += ["", "## Standardised fields", "", "| column | reads | meaning |", "|---|---|---|"]
    lines += [_record_line(f) for f in catalogue.standardisers]
    lines += [
        "",
        "## Blocking rules, in order",
        "",
        "| rule | reads | made by | most pairs of a key | meaning |",
        "|---|---|---|---|---|",
    ]
    for rule in catalogue.rules:
        limit = f"{rule.max_pairs:,}" if rule.max_pairs else "no limit of its own"
        made_by = f"`{_cell(rule.kind)}`" if rule.kind else "a function"
        lines.append(f"| `{rule.name}` | {_code(rule.inputs)} | {made_by} | {limit} | {_cell(rule.doc)} |")
    return "\n".join(lines) + "\n"


def run_summary(console: Console, row: Mapping[str, Any]) -> None:
    """A run from its row in run_manifest."""
    details = json.loads(row["details"])
    counts, plan = details["counts"], details["plan"]
    console.print(f"\n[bold]Run {row['run_id']}[/]: {row['outcome']}, mode {row['mode']}", highlight=False)
    _records(console, counts)
    _verdicts(console, details["verdicts"])
    if plan:
        console.print(f"Blocks {plan['blocks']:,}, pairs planned {plan['pairs']:,} of a budget of {plan['budget']:,}")
    if row["checksum"]:
        pairs = f"Pairs published {counts[PAIR_FEATURES.name]:,}, features each {counts['features']}"
        console.print(f"{pairs}, checksum {row['checksum']}, fingerprint {row['fingerprint']}")
    if counts.get("pairs pruned"):
        console.print(f"Pairs left out because they reach no floor of \\[prune]: {counts['pairs pruned']:,}")
    for fallback in details["fallbacks"]:
        console.print(f"[yellow]Fallback[/]: {escape(str(Fallback(**fallback)))}")
    if counts.get("online"):
        loaded = ", ".join(f"{name} {count:,}" for name, count in counts["online"].items())
        console.print(f"Online store: {loaded}")
    _times(console, details["seconds"])
    if row["outcome"] == KEPT:
        console.print("[yellow]Nothing was published[/]: the last published version stays in force", highlight=False)
    if row["published_version"] is not None:
        console.print(f"[bold]Published[/] pair_features version {row['published_version']}", highlight=False)
    _where(console, details.get("report"))


def _times(console: Console, seconds: Mapping[str, float]) -> None:
    stages = _table("Time", "stage", "seconds")
    for stage, taken in seconds.items():
        stages.add_row(stage, f"{taken:.1f}")
    stages.add_row("all", f"{sum(seconds.values()):.1f}")
    console.print(stages)


def _where(console: Console, report: str | None) -> None:
    if report:
        console.print(f"Report: {escape(report)}", highlight=False, soft_wrap=True)


def _records(console: Console, counts: Mapping[str, Any]) -> None:
    """What came in, and what became of it before anything was compared."""
    if counts.get("records read"):
        records = _table("Records", "source", "read")
        for source, count in counts["records read"].items():
            records.add_row(source, f"{count:,}")
        console.print(records)
    if counts.get("corrections"):
        console.print(f"Rows as corrected: {counts['corrections']['taken']:,}")
    if counts.get("copies merged"):
        console.print(f"Exact copies of a record merged into one: {counts['copies merged']:,}")
    for source, fields in counts.get("fields not carried", {}).items():
        console.print(f"Nothing reads of {source}, so it is not carried: {', '.join(fields)}", highlight=False)
    if counts.get("values emptied"):
        emptied = ", ".join(f"{field} {count:,}" for field, count in counts["values emptied"].items())
        console.print(f"Values that standardisation found to be placeholders or unreadable: {emptied}")


def runs_table(console: Console, rows: Sequence[Mapping[str, Any]]) -> None:
    """Runs, a line each, the last one first."""
    columns = ("run", "kind", "outcome", "mode", "version", "checksum", "pairs", "seconds", "stepped down", "error")
    table = _table("Runs", *columns)
    for row in rows:
        details = json.loads(row["details"])
        version = "" if row["published_version"] is None else str(row["published_version"])
        pairs = details["counts"].get(PAIR_FEATURES.name)
        seconds = f"{sum(details['seconds'].values()):.0f}"
        table.add_row(
            row["run_id"],
            details.get("kind", "run"),
            row["outcome"],
            row["mode"],
            version,
            row["checksum"] or "",
            f"{pairs:,}" if pairs is not None else "",
            seconds,
            ", ".join(dict.fromkeys(step["rung"] for step in details["plan"].get("ladder", []))),
            (row["error"] or "")[:80],
        )
    console.print(table)


def candidates(
    console: Console,
    record: Mapping[str, str],
    result: LookupResult,
    catalogue: Catalogue,
    *,
    limit: int,
    reveal: bool = False,
) -> None:
    """An online lookup: the candidates most alike, each with the features that say something.

    Values, typed or found, are shown where they are to be revealed alone: what a run prints is kept in logs.
    """
    typed = ", ".join(f"{field} {value!r}" if reveal else field for field, value in record.items())
    console.print(f"\n[bold]Online lookup[/] of {escape(typed)}", highlight=False)
    names = result.texts("name_core") if reveal else [""] * len(result.candidates)
    ranked = sorted(zip(result.candidates, names, strict=True), key=lambda pair: _likeness(pair[0]), reverse=True)
    for candidate, name in ranked[:limit]:
        keys = "key" if candidate.shared == 1 else "keys"
        console.print(
            f"  [bold]{escape(name)}[/]  {escape(candidate.entity_id)}  "
            f"({candidate.shared} shared {keys}, first {candidate.rule})",
            highlight=False,
        )
        said = (_said(f, candidate.features[f.name]) for f in catalogue.pair_features)
        console.print(Padding("  ".join(text for text in said if text), (0, 0, 0, 6)), highlight=False)
    if result.unread:
        console.print(f"[yellow]The online store did not answer[/]: {escape(result.unread)}", highlight=False)
    if result.found is None:
        console.print("Whether there are candidates is not known", highlight=False)
        return
    shown = f", the {limit} most alike by name_token_sort shown" if result.found > limit else ""
    cut = "; the list was cut, see [online] max_records_per_key" if result.truncated else ""
    missing = "".join(f"; {n} without features: {why}" for why, n in Counter(result.missing.values()).items())
    console.print(
        f"{result.found} candidates share a blocking key with it{shown}{escape(cut + missing)}", highlight=False
    )


def _said(feature: PairFeature, value: float | int | None) -> str:
    """`feature value`, in words for a state; nothing where there is nothing to say."""
    states = feature.returns.states
    if value is None or (states and states[int(value)] == "both_missing"):
        return ""
    return f"{feature.name} [bold]{states[int(value)] if states else format(value, '.3g')}[/]"


def _likeness(candidate: Candidate) -> float:
    return float(candidate.features.get("name_token_sort") or 0)


def _verdicts(console: Console, verdicts: list[dict[str, Any]]) -> None:
    table = _table("Gates", "table", "verdict", "rows", "quarantined", "why")
    for verdict in verdicts:
        why = ", ".join(f"{reason} {count:,}" for reason, count in verdict["reasons"].items())
        passed = "passed" if verdict["passed"] else "[red]failed[/]"
        table.add_row(verdict["table"], passed, *_numbers(verdict["rows"], verdict["quarantined"]), why)
    console.print(table)
    for verdict in verdicts:
        for rule in verdict["rules"]:
            if rule["on_breach"] == "warn" and not rule["passed"]:
                warning = f"{verdict['table']}, {rule['name']}: found {rule['observed']}, wanted {rule['wanted']}"
                console.print(f"[yellow]Warning[/]: {escape(warning)}", highlight=False)


def _feature_line(feature: PairFeature) -> str:
    null = "when a side is missing" if feature.returns.nullable else "never"
    symmetric = "yes" if feature.symmetric else "no"
    return (
        f"| `{feature.name}` | {_code(feature.inputs)} | {feature.returns.range} | {null} | {symmetric} "
        f"| {feature.version} | {_cell(feature.doc)} |"
    )


def _record_line(function: Any) -> str:
    return f"| `{function.name}` | {_code(function.inputs)} | {_cell(function.doc)} |"


def _sentence(feature: PairFeature) -> str:
    return feature.doc.partition("\n")[0]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _numbers(*values: int) -> tuple[str, ...]:
    return tuple(f"{value:,}" for value in values)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    words = {"source", "rule", "table", "verdict", "why", "stage", "feature", "family", "reads", "made by", "values"}
    words |= {"says", "reason", "behind", "run", "kind", "outcome", "mode", "error", "checksum", "candidate", "key"}
    words.add("stepped down")
    for column in columns:
        table.add_column(column, justify="left" if column in words else "right", overflow="fold")
    return table
