"""Records prepared by the workers, and written by them; an encoder that breaks there, told as what it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pyarrow as pa
from pyspark.sql import DataFrame

from features.catalogue import Catalogue
from features.encoders.wordllama import EncoderError
from features.kernel.records import prepare
from features.spark.data_files import write_files


def write_prepared(standardised: DataFrame, catalogue: Catalogue, as_of: datetime, folder: str) -> pa.Table:
    """Standardised records → data files of entity_features, in no table yet: DATA_FILES.

    EncoderError where the encoder breaks.
    """

    def prepared(batches: Iterable[pa.RecordBatch], _: Counter[str]) -> Iterator[pa.RecordBatch]:
        return (prepare(batch, catalogue, as_of) for batch in batches if batch.num_rows)

    with _encoding():
        files, _ = write_files(standardised, prepared, folder)
    return files


@contextmanager
def _encoding() -> Iterator[None]:
    """Around an action that encodes: an EncoderError of a worker is raised as one, not as Spark's account of it."""
    try:
        yield
    except EncoderError:
        raise
    except Exception as error:
        found = re.search(r"^\s*(?:[\w.]+\.)?EncoderError: (.+)$", str(error), flags=re.MULTILINE)
        if found is None:
            raise
        raise EncoderError(found[1]) from error
