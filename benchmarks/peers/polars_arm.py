"""The two-rule, five-feature work in Polars with its distance plugin, in batches so that strings of few pairs are held.

    python polars_arm.py RECORDS_FOLDER OUT_FOLDER

Runs in an environment of its own; see `scale.py`, which starts it, for what the lines it prints mean.
"""

import sys
from pathlib import Path

import polars as pl
import polars_distance  # noqa: F401  gives expressions `dist_str`

PAIRS_AT_ONCE = 4_000_000


def main(records: str, out: str) -> None:
    entities = pl.read_parquet(f"{records}/*.parquet", columns=["entity_id", "name_core", "country", "city", "keys"])
    print("begin Polars", flush=True)
    entities = entities.sort("entity_id")  # so that the order of row numbers is that of ids
    keyed = entities.lazy().select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "keys").explode("keys")
    keyed = keyed.filter(pl.len().over("keys") > 1)
    met = keyed.join(keyed, on="keys", suffix="_r").filter(pl.col("row") < pl.col("row_r"))
    pairs = met.select("row", "row_r").unique().collect(engine="streaming")
    texts = entities.select("entity_id", "name_core", "country", "city")
    for number, start in enumerate(range(0, pairs.height, PAIRS_AT_ONCE)):
        compared(texts, pairs.slice(start, PAIRS_AT_ONCE)).write_parquet(f"{out}/part-{number:05d}.parquet")
    print("end Polars", flush=True)


def compared(texts: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    left = texts[pairs["row"]].rename(lambda name: f"{name}_l")
    right = texts[pairs["row_r"]].rename(lambda name: f"{name}_r")
    one, other = pl.col("name_core_l").dist_str, "name_core_r"
    distances = {
        "name_jaro_winkler": one.jaro_winkler(other),
        "name_jaro": one.jaro(other),
        "name_levenshtein": one.levenshtein(other, normalized=True),
    }
    return pl.concat([left, right], how="horizontal").select(
        pl.col("entity_id_l").alias("id_l"),
        pl.col("entity_id_r").alias("id_r"),
        *((1 - distance).cast(pl.Float32).alias(name) for name, distance in distances.items()),
        (pl.col("country_l") == pl.col("country_r")).cast(pl.Float32).alias("country_equal"),
        (pl.col("city_l") == pl.col("city_r")).cast(pl.Float32).alias("city_equal"),
    )


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(parents=True)
    main(sys.argv[1], sys.argv[2])
