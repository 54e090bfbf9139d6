"""The two-rule, five-feature work in Splink on DuckDB: pairs of the same keys, compared, comparison columns kept.

    python splink_arm.py RECORDS_FOLDER OUT_FOLDER THREADS

What Splink keeps of a comparison is its level, not the similarity. Its model is not trained, which takes nothing from
what is measured. Runs in an environment of its own; see `scale.py`, which starts it, for what the lines mean.
"""

import logging
import sys
from pathlib import Path

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import Linker, SettingsCreator
from splink.backends.duckdb import DuckDBAPI
from splink.blocking_rule_library import CustomRule


def string_comparison(name: str, level: type) -> comparisons.CustomComparison:
    floors = [0.95, 0.88, 0.7]
    return comparisons.CustomComparison(
        output_column_name=name,
        comparison_levels=[
            levels.NullLevel("name_core"),
            *(level(floor) for floor in floors),
            levels.ElseLevel(),
        ],
    )


def levenshtein_level(floor: float) -> levels.CustomLevel:
    longest = "greatest(length(name_core_l), length(name_core_r))"
    return levels.CustomLevel(f"1 - levenshtein(name_core_l, name_core_r) / {longest} >= {floor}", f"at least {floor}")


def settings() -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="entity_id",
        blocking_rules_to_generate_predictions=[CustomRule("l.keys = r.keys", arrays_to_explode=["keys"])],
        comparisons=[
            string_comparison("name_jaro_winkler", lambda floor: levels.JaroWinklerLevel("name_core", floor)),
            string_comparison("name_jaro", lambda floor: levels.JaroLevel("name_core", floor)),
            string_comparison("name_levenshtein", levenshtein_level),
            comparisons.ExactMatch("country"),
            comparisons.ExactMatch("city"),
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def main(records: str, out: str, threads: str) -> None:
    base = duckdb.connect()
    base.execute(f"SET threads = {threads}; SET preserve_insertion_order = false; SET temp_directory = '{out}/spilled'")
    print("begin Splink on DuckDB", flush=True)
    base.execute(
        "CREATE TABLE entities AS SELECT entity_id, name_core, country, city, keys "
        f"FROM read_parquet('{records}/*.parquet')"
    )
    found = DuckDBAPI(connection=base)
    linker = Linker(found.register("entities"), settings(), log_level=logging.ERROR)
    scored = linker.inference.predict(warning_mode="never")
    base.execute(f"COPY (FROM {scored.physical_name}) TO '{out}/pairs.parquet' (FORMAT parquet)")
    print("end Splink on DuckDB", flush=True)


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(parents=True)
    main(*sys.argv[1:4])
