"""Quality of blocking and of the features on labelled sets, against plain string similarity in the same run.

Each set is a folder of tables with their true pairs. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.quality_columns import ColumnError, by_hand
from benchmarks.quality_folds import SEVEN_FOLDS, THREE_FOLDS
from benchmarks.quality_measure import measure
from benchmarks.quality_report import LEGEND, one_set, summary
from benchmarks.quality_sets import InputError, LabelledSet, read_set
from features import catalogue
from features.errors import PairlakeError


def main(arguments: list[str] | None = None) -> int:
    """The benchmark. Returns the exit status: 2 for input that cannot be used."""
    options = _options(arguments)
    try:
        return _run(options)
    except PairlakeError as error:
        print(f"{error}.", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    if options.json and not options.json.parent.is_dir():
        raise InputError(f"{options.json.parent} is not a folder to write figures to")
    chosen = catalogue.load(options.modules)
    sets = _sets(options)
    groups = THREE_FOLDS if options.fast else SEVEN_FOLDS
    results = []
    for labelled in sets:
        started = time.perf_counter()
        results.append(measure(labelled, chosen, groups, importance=options.importance, say=_say(labelled.name)))
        _say(labelled.name)(f"done in {time.perf_counter() - started:.0f} s")
        print(one_set(results[-1]), end="\n\n", flush=True)
    print(summary(results), end="\n\n")
    print(LEGEND)
    if options.json:
        data: dict[str, Any] = {"fingerprint": chosen.fingerprint, "fast": options.fast, "sets": results}
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


def _sets(options: argparse.Namespace) -> list[LabelledSet]:
    """All sets, read before anything is measured, so that a mistake shows at once."""
    mapping = by_hand(options.columns)
    sets = [read_set(folder, mapping, unknown=options.unknown) for folder in options.sets]
    there = {(side.name, column) for labelled in sets for side in labelled.sides for column in side.columns}
    strange = sorted(".".join(key) for key in set(mapping) - there)
    if strange:
        raise ColumnError(f"--columns {strange[0]}: no set has this column")
    return sets


def _say(name: str) -> Any:
    return lambda text: print(f"{name}: {text}", file=sys.stderr, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Quality of blocking and features on labelled sets.")
    parser.add_argument("sets", type=Path, nargs="+", metavar="SET", help="folder of a labelled set")
    parser.add_argument("--fast", action="store_true", help="three models a ranking in place of seven, from less data")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as data, with the pairs missed")
    parser.add_argument("--importance", action="store_true", help="also shuffle each feature: which matter most")
    parser.add_argument(
        "--columns",
        nargs="+",
        action="extend",
        default=[],
        metavar="SIDE.COLUMN=FIELD",
        help="map a column by hand (left.zip=postal_code); without a field it is not read",
    )
    parser.add_argument(
        "--unknown",
        nargs="+",
        action="extend",
        default=[],
        choices=("left", "right", "records"),
        help="a side whose records without a match may have one: leave them out",
    )
    parser.add_argument("--modules", nargs="+", default=[], help="modules of further features and rules")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
