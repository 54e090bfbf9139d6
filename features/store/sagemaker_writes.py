"""Loads of the SageMaker Feature Store: layers of records written, folded into each other and swept away."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from features.store import StaleWriteError, StoreUnavailableError
from features.store.feature_groups import EVENT_TIME, FeatureGroup
from features.store.sagemaker_layers import Held, Layers, Online, after, floored, is_over
from features.store.sagemaker_records import MOST_READ, Record, Records, asking, chunks
from features.store.sagemaker_rows import under
from features.tables import Table

_COMPARED_AT_ONCE = 5_000
"""Rows whose event times are compared with those online at once."""


class Writes:
    """What a load does to the records of the groups, by table, whose names begin with `prefix`.

    `grace` is how many seconds pass before what was replaced is removed: readers that began before are done by then.
    """

    def __init__(
        self,
        records: Records,
        layers: Layers,
        groups: Mapping[str, FeatureGroup],
        prefix: str,
        grace: float,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._records = records
        self._layers = layers
        self._groups = groups
        self._prefix = prefix
        self._grace = grace
        self._sleep = sleep

    def write(self, table: Table, layer: str, rows: Iterable[Record]) -> int:
        """Write rows under a layer, and return their number."""
        group = self._groups[table.name]
        records = under(layer, group, table.key[0], rows)
        return self._records.put(group.name(self._prefix), records, group.identifier)

    def mark_gone(self, table: Table, layer: str, keys: Iterable[str], event_time: str) -> None:
        """Write under a layer that the layers below have nothing of these keys."""
        group = self._groups[table.name]
        marks = ({group.identifier: f"{layer}/{key}", EVENT_TIME: event_time} for key in keys)
        self._records.put(group.name(self._prefix), marks, group.identifier)

    def not_older(self, table: Table, rows: Iterable[Record], online: Online | None) -> Iterator[Record]:
        """The same rows. StaleWriteError where rows online are newer than those to be written in their place."""
        iterator, newer = iter(rows), 0
        while some := list(islice(iterator, _COMPARED_AT_ONCE)):
            # Usually a row is no older than all that is online, and there is nothing to be asked.
            asked = {row[table.key[0]]: row[EVENT_TIME] for row in some if online and row[EVENT_TIME] < online.newest}
            found = self._layers.read(
                self._groups[table.name], table.key[0], [EVENT_TIME], list(asked), Held(online, 0)
            )
            newer += sum(record[EVENT_TIME] > asked[key] for key, record in found.items())
            yield from () if newer else some
        if newer:
            raise StaleWriteError(
                f"{table.name} holds {newer:,} rows that are newer than those to be written in their place. "
                "Nothing was written; run again on the current sources"
            )

    def fold(
        self, online: Online, before: Online, kept: Mapping[Table, list[str]], gone: Mapping[Table, list[str]]
    ) -> None:
        """Make one layer of the two online: what the upper one keeps and marks as gone is so in the lower one too."""
        above, below = online.layers
        self._settle(online)
        for table in kept:
            self._copy(table, above, below, kept[table], before)
            self._remove(table, below, gone[table], later_than(before))
        one = self._layers.commit(Online((below,), online.loaded, online.oldest, online.newest), online)
        self._settle(one)
        for table in kept:
            self._blank(table, above, [*kept[table], *gone[table]], later_than(online))

    def sweep(self, online: Online) -> None:
        """Remove the records of all layers that were replaced, and of loads that broke off or can no longer win.

        A first load waits too: of two of them the other may put its own in force at the same moment.
        """
        self._settle(online)
        event_time = max(later_than(online), floored(datetime.now(UTC)))
        for group in self._groups.values():
            name = group.name(self._prefix)
            left = [each for each in self._records.ids(name) if is_over(each.partition("/")[0], online)]
            self._records.blank(name, left, group.identifier, event_time)

    def _settle(self, online: Online) -> None:
        """Wait until nobody reads what was replaced. StaleWriteError where another load took its place meanwhile."""
        self._sleep(self._grace)
        self._layers.refuse_overtaken(online)

    def _copy(self, table: Table, above: str, below: str, keys: Sequence[str], before: Online) -> None:
        """The records of these keys from one layer to another, in the place of what is there."""
        group = self._groups[table.name]
        features = [name for name, _ in group.definitions if name != group.identifier]

        def read(some: Sequence[str]) -> list[Record]:
            wanted = [f"{above}/{key}" for key in some]
            found = self._records.get([asking(group.name(self._prefix), wanted, features)])
            rows = [row for row in found.values() if table.key[0] in row]  # another load may have blanked some
            if len(rows) != len(some):
                raise StoreUnavailableError(f"{len(some) - len(rows)} records of {table.name} do not show")
            return rows

        for rows in self._records.spread(read, chunks(keys, MOST_READ)):
            # A record is not replaced by one of the same event time: those are taken out first.
            as_old = [row[table.key[0]] for row in rows if row[EVENT_TIME] <= before.newest]
            self._remove(table, below, as_old, later_than(before))
            self.write(table, below, rows)

    def _blank(self, table: Table, layer: str, keys: Iterable[str], event_time: str) -> None:
        group = self._groups[table.name]
        record_ids = (f"{layer}/{key}" for key in keys)
        self._records.blank(group.name(self._prefix), record_ids, group.identifier, event_time)

    def _remove(self, table: Table, layer: str, keys: Iterable[str], event_time: str) -> None:
        group = self._groups[table.name]
        self._records.delete(group.name(self._prefix), (f"{layer}/{key}" for key in keys), event_time)


def later_than(online: Online) -> str:
    """A time after that of every row online, and of the load."""
    return after(max(online.newest, online.event_time))
