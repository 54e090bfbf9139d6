"""A plan as it is shown: every figure says whether it was counted or is about, and the picture and the data agree."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace

import pyarrow as pa
import pytest
from rich.console import Console

from features.declare import BlockingRule
from features.kernel.estimate import Union, bounds, estimate
from features.kernel.plan import Step, make_plan
from features.kernel.records import RULE_BITS
from features.settings import Settings
from features.spark.truth import Known
from jobs import planned
from jobs.planning import Outlook, cores

RULES = tuple(BlockingRule(name, __name__, (), (), "A rule.", 1, lambda: None, None) for name in ("strict", "loose"))
SIZES = [(0, 2), (0, 3), (1, 5), (1, 40)]
CENSUS = pa.table(
    {
        "key": pa.array([rule << RULE_BITS | n for n, (rule, _) in enumerate(SIZES)], pa.int64()),
        "left": pa.array([size for _, size in SIZES], pa.int64()),
        "right": pa.array([0] * len(SIZES), pa.int64()),
        "pairs": pa.array([size * (size - 1) // 2 for _, size in SIZES], pa.int64()),
    }
)
PLAN = make_plan(CENSUS, RULES, linking=False, tile_pairs=4_000_000)
STEP = Step("drop_rules", "looser (9,000 pairs, alone in reaching 2 labelled pairs)", 9_794, 794, 10, 10, 8)
GIVEN = {"rows": 13, "no_match": 1, "unknown_id": 2, "ambiguous_id": 0, "contradicted": 0, "matches": 10}
MATCHES = Known((("a:1", "a:2"),) * 10, GIVEN)


def outlook(union: Union | None = None, *, number: int | None = 4) -> Outlook:
    union = union or Union(790, 790, (4, 786))
    about = estimate(PLAN, union, record_bytes=1e6, pair_microseconds=(5e6, 1e7), cores=number)
    return Outlook(replace(PLAN, ladder=(STEP,)), union, about, 800, MATCHES, 8)


def shown(of: Outlook) -> str:
    out = io.StringIO()
    planned.summary(Console(file=out, width=300), of)
    return out.getvalue()


def test_the_summary_says_what_is_counted_and_what_is_about() -> None:
    said = shown(outlook())
    assert "794 pairs in 4 blocks, within the budget of 800" in said
    assert "Distinct pairs: 790, counted" in said
    assert f"Stepped down: {STEP}" in said
    assert "Pair completeness 0.8000: 8 of 10 labelled pairs" in said
    assert "labelled pairs of which both records are there; rows that are not used: 2 unknown_id\n" in said
    assert "Moves 50 rows, about 50 MB; blocking and comparing takes about 16 min to 33 min on 4 cores" in said
    assert "of one core, to be divided by those the platform gives" in shown(outlook(number=None))


def test_too_many_pairs_to_count_are_given_as_bounds() -> None:
    said = shown(outlook(bounds(PLAN)))
    assert "Distinct pairs: between 780 and 794; too many to count beforehand" in said
    assert "credited" not in said


def test_the_picture_has_a_line_for_every_size_and_its_bars_grow_by_the_logarithm() -> None:
    lines = [line.split() for line in shown(outlook()).splitlines() if "–" in line and "█" in line]
    assert [line[:3] for line in lines] == [["1", "–", "9"], ["10", "–", "99"], ["100", "–", "999"]]
    assert [(line[3], line[-2]) for line in lines] == [("2", "4"), ("1", "10"), ("1", "780")]
    bars = [len(line[-1]) for line in lines]
    assert bars == sorted(bars)
    assert bars[-1] < 10 * bars[0]


def test_as_data_it_is_all_that_is_shown() -> None:
    data = json.loads(json.dumps(planned.as_data(outlook())))
    assert data["distinct_pairs"] == {"low": 790, "high": 790, "exact": True}
    assert [rule["credited_pairs"] for rule in data["rules"]] == [4, 786]
    assert sum(rule["share"] for rule in data["rules"]) == pytest.approx(1)
    assert sum(size["pairs"] for size in data["sizes"]) == data["pairs"] == 794
    assert data["truth"] == {"labelled": 10, "found": 8, "given": GIVEN}
    assert data["ladder"][0]["found_after"] == 8
    assert data["estimate"]["rows"] == 50
    assert [rule["credited_pairs"] for rule in planned.as_data(outlook(bounds(PLAN)))["rules"]] == [None, None]


def test_fields_that_nothing_reads_are_named() -> None:
    unread = replace(outlook(), not_carried={"clients": ["birth_date", "phone"]})
    assert "Nothing reads of clients, so it is not carried: birth_date, phone" in shown(unread)
    assert planned.as_data(unread)["fields_not_carried"] == {"clients": ["birth_date", "phone"]}
    assert "not carried" not in shown(outlook())


def test_a_plan_of_nothing_is_shown_too() -> None:
    nothing = make_plan(CENSUS.slice(0, 0), RULES, linking=False, tile_pairs=4_000_000)
    empty = replace(outlook(bounds(nothing)), plan=nothing, matches=None, found=None)
    assert "0 pairs in 0 blocks, within the budget" in shown(empty)
    assert "truth" not in planned.as_data(empty)


@pytest.mark.parametrize(
    ("spark", "number"),
    [
        ({"master": "local[3]"}, 3),
        ({"master": "local"}, 1),
        ({"master": "local[*]"}, os.cpu_count()),
        ({"master": "local[2,4]"}, 2),
        ({"master": "yarn"}, None),
        ({"provided": True}, None),
    ],
)
def test_cores_are_those_of_this_machine_or_unknown(spark: dict[str, object], number: int | None) -> None:
    source = {"name": "a", "format": "csv", "path": "a.csv", "id": "id", "columns": {"name": "name"}}
    settings = Settings.model_validate({"mode": "dedupe", "lake": "lake", "sources": [source], "spark": spark})
    assert cores(settings) == number
