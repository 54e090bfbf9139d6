"""A job with the arguments of Glue, and then, in the same session: where each side imported what it ran.

where.py FILE ARGUMENT…    # writes to FILE, as JSON
"""

import json
import sys
import time
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession

from jobs.entry import start


def imported() -> str:
    """What this process imports from where."""
    import numpy as np  # noqa: PLC0415

    import features  # noqa: PLC0415  in the process that is asked

    origins = {module.__name__: str(Path(module.__file__).absolute()) for module in (features, np)}
    path = [str(Path(place).absolute()) for place in sys.path]
    return json.dumps({"folder": str(Path.cwd()), "python": sys.executable, "path": path, "from": origins})


def of_worker(batches):
    for _ in batches:
        time.sleep(0.5)  # so that no executor is done with all before the other begins
        yield pa.RecordBatch.from_pydict({"imported": [imported()]})


code = start(sys.argv[2:])
spark = SparkSession.builder.getOrCreate()
asked = spark.range(8, numPartitions=8).mapInArrow(of_worker, "imported string").collect()
told = {"code": code, "driver": json.loads(imported()), "workers": [json.loads(row[0]) for row in asked]}
Path(sys.argv[1]).write_text(json.dumps(told), encoding="utf-8")
