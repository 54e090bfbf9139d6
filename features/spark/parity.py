"""The pairs that are replayed: drawn by the workers from data files, and rows of other tables for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from features.catalogue import Catalogue
from features.kernel.parity import chosen, smallest, with_draw
from features.spark.frames import to_arrow
from features.spark.table_files import DataFiles


def drawn(files: DataFiles, catalogue: Catalogue, count: int, seed: int) -> pa.Table:
    """At most `count` pairs with all features, in the order of ids: the same whatever files hold them."""
    read = pa.schema([field for field in catalogue.pair_schema if field.name != "event_timestamp"])

    def over(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        held = with_draw(read.empty_table(), seed)
        for batch in batches:
            held = smallest(pa.concat_tables([held, with_draw(pa.Table.from_batches([batch]), seed)]), count)
        yield from held.select(read.names).cast(read).to_batches()

    rows = to_arrow(files.stream(read, over, read)).cast(read) if files.paths else read.empty_table()
    return chosen(with_draw(rows, seed), count)


def rows_with(frame: DataFrame, keys: pa.Table) -> pa.Table:
    """The rows of a frame whose values in the columns of `keys` are a row of it."""
    wanted = frame.sparkSession.createDataFrame(keys.to_pandas())
    return to_arrow(frame.join(F.broadcast(wanted), keys.schema.names, "left_semi"))
