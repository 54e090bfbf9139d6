"""All features of the catalogue: Pairlake against the usual plan with one Python function a feature, row by row.

See README.md beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.comparison import RULES, Comparison, main
from benchmarks.usual_plan import with_scalar_functions
from features import catalogue

if __name__ == "__main__":
    comparison = Comparison(
        name="all features",
        catalogue=catalogue.load(("benchmarks.declared_rules",)).select(None, RULES),
        usual=with_scalar_functions,
        records=70_000,
        small=10_000,
        pairs=200_000,
        all_fields=True,
    )
    sys.exit(main(comparison))
