"""Faults of the machine and of stored files in words: what Spark, Arrow or the system says of them is a trace.

A fault is known by what its trace holds. Of the trace, the path of a file alone is told: the rest may quote a record.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import deltalake
import pyarrow as pa

from features.errors import PairlakeError, outline


class DamageError(PairlakeError):
    """The machine or a stored file is at fault; what was published before stays, and the message says what to mend."""


_KNOWN = (
    (
        "No space left on device|Disk quota exceeded|File too large",
        "there is no space left for what is written (the lake {lake}, or Spark's scratch folder); free some, or set "
        "`lake`, or SPARK_LOCAL_DIRS, to another place",
    ),
    (
        "Read-only file system|Permission denied|Mkdirs failed|AccessDenied",
        "something in the lake {lake} cannot be written{file}; give this account the right to write there, or set "
        "`lake` to another folder",
    ),
    (
        "Not a directory|ParentNotDirectory|File exists|FileAlreadyExists|Is a directory",
        "a file stands where the lake {lake} wants a folder, or the other way round{file}; take it away",
    ),
    (
        "DELTA_CONCURRENT|Concurrent(?:Append|Delete|Write|Modification|Transaction)|ProtocolChangedException",
        "another program changed a table of the lake {lake} while it was written; see that one run writes at a time, "
        "and run again",
    ),
    (
        "OutOfMemoryError|Cannot allocate memory|MemoryError",
        "there is not enough memory; raise [spark] driver_memory, or lower the number of cores in [spark] master",
    ),
    (
        "Python worker exited unexpectedly|Python worker failed to connect back|worker process .* died",
        "a worker process ended before its work did, mostly because the machine had no memory left for it; give it "
        "more, or lower the number of cores in [spark] master, and run again",
    ),
    (
        "DELTA_(?:LOG|STATE|VERSION|TRUNCATED|INVALID|MISSING|FILE)|delta kernel|_delta_log/|MALFORMED_RECORD",
        "the log of a table in the lake {lake} cannot be read{file}; put it back from a copy, or take the table's "
        "folder away and let `pairlake run` make it anew",
    ),
    (
        "FAILED_READ_FILE|Encountered error while reading|FileNotFound|No such file|not a Parquet file|"
        "magic (?:bytes|number)|Parquet file size is|Couldn't deserialize thrift",
        "a stored file is missing or broken{file}; put it back from a copy, or let `pairlake run` make all tables anew "
        "from the sources",
    ),
    (
        "Py4JNetworkError|Answer from Java side is empty|Error while obtaining a new communication channel|"
        "Connection refused|SparkContext was shut down|stopped SparkContext|Error while sending or receiving",
        "Spark's process ended before the run did: it was killed, or the machine had no memory left for it; run again, "
        "with a smaller [spark] driver_memory or fewer cores in [spark] master if it happens twice",
    ),
    (
        "DatabaseError: |disk image is malformed|file is not a database",
        "the online file in {lake} is broken; take it away: `pairlake run` loads it anew",
    ),
    (
        "Could not parse Master URL|INVALID_MASTER|Invalid master",
        '[spark] master is none that Spark knows; wanted for example "local[*]" or "local[4]"',
    ),
    (
        "JAVA_GATEWAY_EXITED|Java gateway process exited",
        'Spark\'s process did not start; look at [spark] master (wanted for example "local[4]"), driver_memory (for '
        'example "4g", less than the machine has) and [spark.config]',
    ),
)


def told(error: BaseException, lake: str) -> str | None:
    """A fault in one sentence: what was found and what to do; None for one that is not known."""
    text = "\n".join(f"{type(cause).__name__}: {cause}" for cause in _causes(error))
    for pattern, words in _KNOWN:
        if re.search(pattern, text):
            return words.format(lake=lake, file=_file(text))
    return None


@contextmanager
def in_words(lake: str) -> Iterator[None]:
    """Around work on a lake: a fault that is known is a DamageError, any other goes on as it is."""
    try:
        yield
    except PairlakeError:
        raise
    except Exception as error:
        words = told(error, lake)
        if words is None:
            raise
        raise DamageError(f"{words}. What was published before stays in force") from error


def refuse_empty_entries(table: str, path: str) -> None:
    """DamageError when the log of a local Delta table has an empty entry, which readers take for a change of nothing.

    A machine that loses power leaves one: the name of the file was kept, what was written into it was not.
    """
    entries = sorted(Path(path, "_delta_log").glob("*.json"))
    for entry in entries:
        if not entry.stat().st_size:
            last = " or take it away: the version before it is then in force" if entry == entries[-1] else ""
            raise DamageError(
                f"the table {table} cannot be opened: {entry} of its log is empty, as a machine leaves a file when it "
                f"loses power; put it back from a copy{last}"
            )


def refuse_broken_files(table: str, path: str, opened: deltalake.DeltaTable) -> None:
    """DamageError when a file of a local Delta table is not there, or not as long as its log says."""
    actions = pa.table(opened.get_add_actions(flatten=True))
    for name, size in zip(actions["path"].to_pylist(), actions["size_bytes"].to_pylist(), strict=True):
        file = Path(path, unquote(name))
        found = f"has {file.stat().st_size:,} bytes, wanted {size:,}" if file.is_file() else "is not there"
        if found != f"has {size:,} bytes, wanted {size:,}":
            raise DamageError(
                f"{file} of the table {table} {found}; put it back from a copy, or take the table's folder away and "
                "let `pairlake run` make it anew"
            )


def cause(error: Exception) -> str:
    """What an error of Spark or Arrow says of names, options and paths, in one line; of any other error, its kind.

    A parser quotes what it read: of a record, or of a log whose entries hold the least and the greatest value.
    """
    text = str(error).strip()
    if "COLUMN_ALREADY_EXISTS" in text:
        column = re.search(r"column `(.*?)` already", text)
        return f"two of its columns are called {column.group(1) if column else 'the same'!r}, upper or lower case aside"
    if "Input Pattern" in text:
        return "Spark takes [ ] { } in a path for a pattern, also where it is a name; rename the file or its folder"
    kinds = re.findall(r"^(?:Caused by|An error occurred.*\n): (?:[\w$]+\.)*([\w$]+)", text, flags=re.MULTILINE)
    if kinds or not isinstance(error, _QUOTE_NOTHING) and type(error).__name__ not in _OF_NAMES:
        return f"its reader stopped: {kinds[-1] if kinds else re.sub(r' at .*', '', outline(error))}"
    lines = text.splitlines()
    return re.sub(r" SQLSTATE: \w+", "", lines[0])[:300].rstrip(". ;") if lines else type(error).__name__


_QUOTE_NOTHING = (pa.ArrowException, OSError, EOFError, zlib.error)
_OF_NAMES = ("AnalysisException", "IllegalArgumentException", "ParseException")
"""Errors of Spark about what it is asked to do, before it looks at a row."""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _file(text: str) -> str:
    """` (path)` of the file that a trace speaks of, where it names one."""
    found = re.search(r"(?:file:)?(/[^\s:'\"]+\.(?:parquet|json|bin|crc)|/[^\s:'\"]+/_delta_log)", text)
    return f" ({found.group(1)})" if found else ""
