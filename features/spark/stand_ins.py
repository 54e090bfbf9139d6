"""The rows of all sources, each as it is now or, where it gives way, as it was when it was published last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import TypeVar

import deltalake
import pyarrow.fs
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from features.damage import cause
from features.fallback import LastGood, NothingGoodError, last_good
from features.lake import Lake
from features.run import Run
from features.sections import Source
from features.spark.files import SourceError, paths_of, reading
from features.spark.sources import MALFORMED, read_source
from features.storage import file_system
from features.tables import KEPT_FROM, RAW_ENTITIES

Result = TypeVar("Result")


class EmptySourceError(SourceError):
    """Sources gave no row that had rows when they were published last."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"no row came from {', '.join(map(repr, names))}; check the path and `where`")


class Sources:
    """The sources of a run. One that cannot be read, gives no row any more or is too old is kept as it was, and noted.

    With `[fallback] source = "fail"`, or with nothing to keep, its error is raised instead.
    """

    def __init__(self, spark: SparkSession, lake: Lake, run: Run, of: Sequence[Source]) -> None:
        self._spark = spark
        self._lake = lake
        self._run = run
        self.of = of
        """The sources with the columns that are read of them."""
        self.kept: dict[str, LastGood] = {}
        """By name, the sources that gave way, and what stands in for them."""

    def through(self, stage: Callable[[DataFrame], Result]) -> Result:
        """What `stage` makes of the rows, begun anew with less whenever a source turns out to be broken in it.

        What it writes before it has read the sources to their end it must write again.
        """
        while True:
            try:
                return stage(self.rows())
            except SourceError as error:
                self._give_up(error)

    def rows(self) -> DataFrame:
        """The columns of raw_entities, and `malformed`, of all sources."""
        return reduce(DataFrame.unionByName, [self._rows_of(source) for source in self.of])

    def read(self) -> DataFrame:
        """The same of all sources as they are now: none is kept."""
        return reduce(DataFrame.unionByName, [read_source(self._spark, source) for source in self.of])

    def refuse_empty(self, read: Mapping[str, int]) -> None:
        """EmptySourceError for sources of which no row was read while there is something to stand in for them."""
        empty = []
        for source in self.of:
            if not read.get(source.name) and source.name not in self.kept and self._may_be_kept(source):
                empty.append(source.name)
        if empty:
            raise EmptySourceError(empty)

    def _may_be_kept(self, source: Source) -> bool:
        """False leaves an empty source to the gate, which says what it says of any."""
        if self._run.settings.fallback.source == "fail":
            return False
        try:
            self._last_good(source)
        except NothingGoodError:
            return False
        return True

    def _rows_of(self, source: Source) -> DataFrame:
        if source.name not in self.kept:
            try:
                refuse_stale_source(source, self._run.as_of)
                return read_source(self._spark, source)
            except SourceError as error:
                self._keep(source, error)
        return self._kept_rows(source, self.kept[source.name])

    def _give_up(self, error: SourceError) -> None:
        """Keep the sources that are behind an error of a stage; raises it where none is found to be."""
        fresh = [source for source in self.of if source.name not in self.kept]
        broken = {source.name: found for source in fresh if (found := self._fault(source, error))}
        if not broken:
            raise error
        for source in fresh:
            if source.name in broken:
                self._keep(source, broken[source.name])

    def _fault(self, source: Source, error: SourceError) -> SourceError | None:
        """What is wrong with one source, by reading it to its end: an error of Spark may not name it."""
        if isinstance(error, EmptySourceError):
            return EmptySourceError([source.name]) if source.name in error.names else None
        try:
            with reading():
                read_source(self._spark, source).write.format("noop").mode("overwrite").save()
        except SourceError as found:
            return found
        return None

    def _keep(self, source: Source, error: SourceError) -> None:
        if self._run.settings.fallback.source == "fail":
            raise error
        try:
            good, rows = self._last_good(source)
        except NothingGoodError as nothing:
            raise SourceError(f"{error}. {nothing}") from error
        self.kept[source.name] = good
        read = f"as the run {good.state.run_id} read them"
        self._run.fall_back("source", f"{error}: its {rows:,} published rows are kept, {read}")

    def _last_good(self, source: Source) -> tuple[LastGood, int]:
        """The rows of a source that are published, counted to see that they can be read. NothingGoodError."""
        good = last_good(self._lake, source)
        try:
            rows = self._kept_rows(source, good).count()
        except Exception as error:  # vacuumed, or damaged: whatever it is, there is nothing to go on with
            raise NothingGoodError(
                f"its rows stand in version {good.version} of raw_entities, which cannot be read any more "
                f"({type(error).__name__})"
            ) from error
        if not rows:
            raise NothingGoodError("no row of it is published that could stand in its place")
        return good, rows

    def _kept_rows(self, source: Source, good: LastGood) -> DataFrame:
        published = self._lake.read(self._spark, RAW_ENTITIES, version=good.version)
        return published.where(F.col("source") == source.name).withColumns(
            {KEPT_FROM: F.lit(good.state.run_id), MALFORMED: F.lit(None).cast("string")}
        )


def refuse_stale_source(source: Source, as_of: datetime) -> None:
    """SourceError for a source that has not changed within its `max_age` before `as_of`."""
    if source.oldest is None:
        return
    changed = _last_changed(source)
    if as_of - changed > source.oldest:
        raise SourceError(
            f"source {source.name!r} last changed at {changed:%Y-%m-%d %H:%M} UTC, longer ago than its max_age "
            f"{source.max_age}; see whether it is still delivered, or raise `max_age`"
        )


def _last_changed(source: Source) -> datetime:
    """When the newest of a source's files was written, or its Delta table last changed."""
    try:
        paths = paths_of(source)
        if source.format == "delta":
            return datetime.fromtimestamp(deltalake.DeltaTable(paths[0]).history(1)[0]["timestamp"] / 1000, UTC)
        times = _times_stored(paths[0]) if "://" in paths[0] else _times_of(paths)
    except deltalake.exceptions.DeltaError as error:
        raise SourceError(f"source {source.name!r}: {paths[0]} cannot be read as a Delta table") from error
    except OSError as error:  # a file that was taken away while we looked, among others
        raise SourceError(
            f"source {source.name!r}: when {source.path} last changed cannot be told: {cause(error)}; put it right, or "
            "run again once it is delivered"
        ) from error
    if not times:
        raise SourceError(
            f"source {source.name!r}: when {source.path} last changed cannot be told, as `max_age` asks: no file is "
            "found there; name a file or a folder of files, without wildcards in an object store, or leave it out"
        )
    return datetime.fromtimestamp(max(times), UTC)


def _times_of(paths: Sequence[str]) -> list[float]:
    """When each file that is read was written, those inside folders too."""
    times = []
    for path in map(Path, paths):
        inside = (file for file in path.rglob("*") if _is_read(file.relative_to(path).parts) and file.is_file())
        times += [file.stat().st_mtime for file in ([path] if path.is_file() else inside)]
    return times


def _times_stored(address: str) -> list[float]:
    """The same for an object, or all objects under a prefix."""
    store, inside = file_system(address)
    found = store.get_file_info(inside)
    if found.is_file:
        return [found.mtime.timestamp()] if found.mtime else []
    infos = store.get_file_info(pyarrow.fs.FileSelector(inside, recursive=True, allow_not_found=True))
    read = (info for info in infos if info.is_file and _is_read(info.path.removeprefix(inside).split("/")))
    return [info.mtime.timestamp() for info in read if info.mtime]


def _is_read(parts: Iterable[str]) -> bool:
    """Whether Spark reads a file by the parts of its path; `_SUCCESS` or `.part.crc` says nothing of a delivery."""
    return not any(part.startswith(".") or (part.startswith("_") and "=" not in part) for part in parts)
