"""The two-rule, five-feature work in DuckDB, as SQL written by hand.

    python duckdb_arm.py RECORDS_FOLDER OUT_FOLDER THREADS

Runs in an environment of its own; see `scale.py`, which starts it, for what the lines it prints mean.
"""

import sys
from pathlib import Path

import duckdb

SQL = """
COPY (
  WITH keyed AS (SELECT row, unnest(keys) AS key FROM entities),
  pairs AS (SELECT DISTINCT l.row AS l, r.row AS r FROM keyed l JOIN keyed r ON l.key = r.key AND l.row < r.row)
  SELECT
    l.entity_id AS id_l,
    r.entity_id AS id_r,
    jaro_winkler_similarity(l.name_core, r.name_core)::FLOAT AS name_jaro_winkler,
    jaro_similarity(l.name_core, r.name_core)::FLOAT AS name_jaro,
    (1 - levenshtein(l.name_core, r.name_core) / greatest(length(l.name_core), length(r.name_core)))::FLOAT
      AS name_levenshtein,
    (l.country = r.country)::INT::FLOAT AS country_equal,
    (l.city = r.city)::INT::FLOAT AS city_equal
  FROM pairs JOIN entities l ON l.row = pairs.l JOIN entities r ON r.row = pairs.r
) TO '{out}/pairs.parquet' (FORMAT parquet)
"""


def main(records: str, out: str, threads: str) -> None:
    base = duckdb.connect()
    base.execute(f"SET threads = {threads}; SET preserve_insertion_order = false; SET temp_directory = '{out}/spilled'")
    print("begin DuckDB, SQL by hand", flush=True)
    base.execute(
        "CREATE TABLE entities AS SELECT row_number() OVER (ORDER BY entity_id)::INT AS row, entity_id, name_core, "
        f"country, city, keys FROM read_parquet('{records}/*.parquet')"
    )
    base.execute(SQL.format(out=out))
    print("end DuckDB, SQL by hand", flush=True)


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(parents=True)
    main(*sys.argv[1:4])
