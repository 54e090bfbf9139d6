"""A diagnosis of blocking as a report: the same parts for the console and for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from features.kernel.diagnostics import Completeness, Diagnosis, RuleFigures
from features.kernel.recapture import Estimate
from features.kernel.shared_rules import STATUS
from features.spark.given import REASONS
from jobs.page import html_page
from jobs.report import Bar, Bars, Part, Table, Text

_ROWS = {
    "no_match": "no match by its label, not judged",
    "contradicted": "a match here and none in another row, not judged",
    "copies": "another row of the same pair",
    **REASONS,
}


def parts_of(diagnosis: Diagnosis, *, listed: int) -> list[Part]:
    """The report of a diagnosis, with at most so many missed pairs one by one."""
    return [
        _summary(diagnosis),
        *(_completeness(diagnosis.completeness, listed) if diagnosis.completeness else ()),
        _rules(diagnosis),
        *_pictures(diagnosis),
        _estimate(diagnosis.estimate),
    ]


def page(diagnosis: Diagnosis, made_by: Mapping[str, Any]) -> str:
    """The report as an HTML page, with pictures."""
    subtitle = f"Run {made_by['run_id']}, fingerprint {made_by['fingerprint']}"
    return html_page("Diagnosis of blocking", subtitle, parts_of(diagnosis, listed=200))


def _summary(diagnosis: Diagnosis) -> Text:
    records = " × ".join(f"{count:,}" for count in diagnosis.records.values() if count)
    ratio = diagnosis.reduction_ratio
    saved = "" if ratio is None else f"; reduction ratio {ratio:.4%}, the share of them that is not published"
    return Text(
        "Blocking",
        (
            f"{diagnosis.published_pairs:,} pairs published of {diagnosis.possible_pairs:,} that {records} records "
            f"could make{saved}.",
        ),
    )


def _rules(diagnosis: Diagnosis) -> Table:
    known = diagnosis.completeness is not None
    rows = tuple(
        (
            of.rule,
            *_numbers(of.blocks, of.block_pairs, of.dropped_blocks, of.pairs),
            f"{of.share:.1%}",
            f"{of.only:,}",
            *(_numbers(of.matches or 0, of.matches_only or 0) if known else ()),
        )
        for of in _at_work(diagnosis)
    )
    idle = ", ".join(of.rule for of in diagnosis.rules if of not in _at_work(diagnosis))
    judged = ("true pairs", "true, only by it") if known else ()
    return Table(
        "Rules",
        ("rule", "blocks", "pairs in blocks", "blocks dropped", "pairs", "share", "only by it", *judged),
        rows,
        words=("rule",),
        note="Pairs in blocks are planned, and a pair counts in each of its blocks; pairs are published and count "
        "once a rule. Several rules may bring a pair, so shares may come to more than 100 %."
        + (f" No two records share a key of: {idle}." if idle else ""),
    )


def _at_work(diagnosis: Diagnosis) -> list[RuleFigures]:
    """The rules that have a block at all."""
    return [of for of in diagnosis.rules if of.blocks or of.dropped_blocks]


def _pictures(diagnosis: Diagnosis) -> Iterator[Bars]:
    rules = _at_work(diagnosis)
    yield Bars(
        "Pairs by rule",
        tuple(Bar(of.rule, of.pairs, f"{of.pairs:,}, {of.only:,} of them alone", of.only) for of in rules),
        note="Dark: pairs that no other rule brings.",
    )
    sizes = [(f"{of.smallest:,} to {of.largest:,}" if of.largest > 1 else "1", of) for of in diagnosis.block_sizes]
    scale = "By the pairs a block makes, in powers of two; lengths are logarithmic."
    yield Bars(
        "Blocks by size",
        tuple(Bar(label, of.blocks, _blocks_said(of.blocks, of.dropped_blocks)) for label, of in sizes),
        note=scale,
        logarithmic=True,
    )
    yield Bars(
        "Pairs in blocks by size of block",
        tuple(Bar(label, of.pairs, f"{of.pairs:,}") for label, of in sizes),
        note=scale,
        logarithmic=True,
    )
    known = diagnosis.completeness
    if known:
        so_far = [(of.rule, (of.matches_so_far or 0) / known.matches) for of in rules]
        yield Bars(
            "Pair completeness, rule by rule",
            tuple(Bar(rule, share, f"{share:.2%}") for rule, share in so_far),
            note="The share of true pairs that the rules find up to and with each, in order.",
            full=1.0,
        )


def _blocks_said(blocks: int, dropped: int) -> str:
    return f"{blocks:,}" + (f" and {dropped:,} dropped" if dropped else "")


def _completeness(known: Completeness, listed: int) -> Iterator[Part]:
    given = known.given
    share = "" if known.share is None else f"{known.share:.2%}"
    paragraphs = [
        f"{share}: {known.found:,} of {known.matches:,} true pairs are published; 95 % interval (Wilson) "
        f"{known.low:.2%} to {known.high:.2%}.",
        f"The truth table has {given['rows']:,} rows. " + _account(given),
    ]
    if known.unknown_ids:
        paragraphs.append(
            f"{known.share_of_given:.2%} are found when the pairs of which an id names no one record of the lake count "
            "as missed. Unknown ids, the first ones: " + ", ".join(repr(name) for name in known.unknown_ids) + "."
        )
    yield Text("Pair completeness", tuple(paragraphs))
    if not known.matches - known.found:
        return
    yield Table(
        "Missed true pairs by reason",
        ("reason", "pairs", "means"),
        tuple((reason, f"{count:,}", STATUS[reason]) for reason, count in known.missed_by_status.items()),
        words=("reason", "means"),
    )
    shown, missed = known.missed[:listed], known.matches - known.found
    yield Table(
        "Missed true pairs",
        ("id_l", "id_r", "reason", "rules whose keys they share"),
        tuple((of.id_l, of.id_r, of.status, ", ".join(of.rules)) for of in shown),
        words=("id_l", "id_r", "reason", "rules whose keys they share"),
        note=f"{len(shown):,} of {missed:,}" + ("; --json lists more" if len(shown) < missed else ""),
    )


def _account(given: Mapping[str, int]) -> str:
    parts = [f"{given[key]:,} × {words}" for key, words in _ROWS.items() if given.get(key)]
    return f"Of these: {'; '.join(parts)}." if parts else "Each names a pair of records of its own."


def _estimate(estimate: Estimate) -> Text:
    floors = " and ".join(f"{name} {floor}" for name, floor in estimate.floors.items()) or "not declared"
    first, second = (", ".join(group) or "none" for group in estimate.groups)
    return Text(
        "Matches that no rule finds, estimated",
        (
            f"Without a truth table one can only estimate. A likely match is a published pair that reaches: {floors}.",
            f"One group of rules: {first}. The other: {second}.",
            f"They find {estimate.found[0]:,} and {estimate.found[1]:,} likely matches, {estimate.found_by_both:,} of "
            f"them both, {estimate.seen:,} in all.",
            _verdict(estimate),
            *(f"Assumed: {assumption}" for assumption in estimate.assumptions),
        ),
    )


def _verdict(estimate: Estimate) -> str:
    if estimate.reason:
        return f"No estimate: {estimate.reason}."
    return (
        f"About {estimate.missed:,.0f} more likely matches are found by no rule (95 % interval "
        f"{estimate.missed_low:,.0f} to {estimate.missed_high:,.0f}): {estimate.completeness:.1%} are found "
        f"({estimate.completeness_low:.1%} to {estimate.completeness_high:.1%}). Chapman's estimator of two lists, "
        "interval after Sadinle."
    )


def _numbers(*values: int) -> tuple[str, ...]:
    return tuple(f"{value:,}" for value in values)
