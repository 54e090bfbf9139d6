"""Block and compare: Pairlake against the usual plan with compiled scorers, six features, a million records.

See README.md beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.comparison import RULES, Comparison, main
from benchmarks.usual_plan import with_compiled_scorers
from features import catalogue

FEATURES = (
    "name_jaro_winkler",
    "name_levenshtein",
    "name_subsequence",
    "name_token_sort",
    "country_equal",
    "city_equal",
)

if __name__ == "__main__":
    comparison = Comparison(
        name="block and compare",
        catalogue=catalogue.load(("benchmarks.declared", "benchmarks.declared_rules")).select(FEATURES, RULES),
        usual=with_compiled_scorers,
        records=1_100_000,
        small=200_000,
        pairs=20_000_000,
    )
    sys.exit(main(comparison))
