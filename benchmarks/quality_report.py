"""The figures as tables to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from benchmarks.quality_measure import BLENDED, BOOSTED, COSINE, LOGISTIC, STRING, Measured

_HEADS = {
    "f1": "F1",
    "f1_flattered": "F1 *",
    "f1_one_to_one": "F1 1:1",
    "f1_one_to_one_flattered": "F1 1:1 *",
    "precision_at_recall": "P at R 0.9",
    "average_precision": "AP",
}
_ALL = (BOOSTED, LOGISTIC, BLENDED, STRING, COSINE)
LEGEND = (
    "F1 at thresholds chosen on the training entities; * at the one best for the labels, which flatters. 1:1: a record "
    "is\ntaken once, the best pair first, on each side where the truth is so. AP: average precision. True pairs that "
    "blocking\nmissed count as missed everywhere; '-' is not defined or not reached. Loss: the boosted model without "
    "the family."
)
MOST_IMPORTANT = 10


def one_set(measured: Measured) -> str:
    """All that was measured of a set."""
    blocking = measured["blocking"]
    baseline = blocking["baseline"]
    low, high = blocking["interval"]
    kind = "link" if measured["linking"] else "deduplicate"
    records = " x ".join(f"{n:,}" for n in measured["records"].values())
    lines = [
        f"== {measured['set']}: {kind} {records} records, {measured['true_pairs']:,} true pairs in "
        f"{measured['matched_entities']:,} entities, the largest of {measured['largest_entity']:,} records",
        *_columns(measured),
        f"blocking: {blocking['candidates']:,} candidates, {blocking['per_left_record']:.2f} a left record; pair "
        f"completeness {blocking['pair_completeness']:.4f} [{low:.4f}, {high:.4f}]; "
        f"reduction ratio {blocking['reduction_ratio']:.5f}",
        f"TF-IDF, top 10: {baseline['candidates']:,} candidates, {baseline['per_left_record']:.2f} a left "
        f"record; pair completeness {baseline['pair_completeness']:.4f}",
        "",
        *_rules(measured),
        "",
        *_rankings(measured),
        "",
        *_families(measured),
        *_importance(measured),
    ]
    return "\n".join(lines)


def summary(all_measured: Sequence[Measured]) -> str:
    """One line a set."""
    heads = ["completeness", "95 %", "a left", "completeness", "a left"]
    rows = [["", *heads, *["F1", "F1 1:1", "AP"] * len(_ALL)]]
    for measured in all_measured:
        low, high = measured["blocking"]["interval"]
        cells = [
            measured["set"],
            _number(measured["blocking"]["pair_completeness"]),
            f"{low:.3f}-{high:.3f}",
            f"{measured['blocking']['per_left_record']:.2f}",
            _number(measured["blocking"]["baseline"]["pair_completeness"]),
            f"{measured['blocking']['baseline']['per_left_record']:.2f}",
        ]
        for name in _ALL:
            figures = measured["figures"][name]
            cells += [_number(figures[key]) for key in ("f1", "f1_one_to_one", "average_precision")]
        rows.append(cells)
    over = f"{'':24}  {' blocking':->33}  {' 3-gram TF-IDF, top 10':->21}" + "".join(
        f"  {' ' + name:->24}" for name in _ALL
    )
    widths = [24, 13, 13, 9, 14, 9] + [10, 8, 8] * len(_ALL)
    return "\n".join(["== all sets", over, *_table(rows, widths)])


def _columns(measured: Measured) -> Iterable[str]:
    for side, fields in measured["columns"].items():
        read = ", ".join(f"{field} = {' + '.join(names)}" for field, names in fields.items())
        rest = ", ".join(measured["not_read"][side])
        yield f"{side}: {read or 'no column'}" + (f"; not read: {rest}" if rest else "")


def _rules(measured: Measured) -> list[str]:
    """The rules that add a candidate or drop a block; a pair counts for the first of its rules.

    What leaving a rule out would lose comes behind: the pairs that no other rule makes.
    """
    rows = [["rule", "candidates", "true pairs", "dropped blocks", "of it alone", "true pairs"]]
    for rule in measured["blocking"]["rules"]:
        counts = [rule[key] for key in ("candidates", "true_pairs", "dropped_blocks", "alone", "true_alone")]
        if any(counts):
            rows.append([rule["rule"], *(f"{count:,}" for count in counts)])
    return _table(rows, [32, 12, 12, 16, 14, 12])


def _rankings(measured: Measured) -> list[str]:
    figures = measured["figures"]
    title = {name: name for name in figures} | {STRING: f"{STRING} ({measured['scorer']})"}
    rows = [["ranking", *_HEADS.values()]]
    rows += [[title[name], *(_number(figures[name][key]) for key in _HEADS)] for name in figures]
    for ours, baseline in product((BOOSTED, BLENDED), (STRING, COSINE)):
        gains = [_difference(figures[ours][key], figures[baseline][key]) for key in _HEADS]
        rows.append([f"{ours} less {baseline}", *gains])
    return _table(rows, [34] + [11] * len(_HEADS))


def _families(measured: Measured) -> list[str]:
    rows = [["family left out", "features", "F1 loss", "AP loss"]]
    for family, lost in measured["families"].items():
        rows.append([family, str(lost["features"]), f"{lost['f1']:+.4f}", f"{lost['average_precision']:+.4f}"])
    return _table(rows, [34] + [11] * 3)


def _importance(measured: Measured) -> list[str]:
    if "importance" not in measured:
        return []
    rows = [["feature shuffled", "AP loss"]]
    rows += [[name, f"{lost:+.4f}"] for name, lost in list(measured["importance"].items())[:MOST_IMPORTANT]]
    return ["", *_table(rows, [34, 11])]


def _table(rows: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """Rows with the first column to the left and the others to the right."""
    return [
        (f"{row[0]:<{widths[0]}}" + "".join(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True))).rstrip()
        for row in rows
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _difference(value: float | None, baseline: float | None) -> str:
    return "-" if value is None or baseline is None else f"{value - baseline:+.4f}"
