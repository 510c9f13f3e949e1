"""What decoded events used, column by column: the rows of one rollup."""

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

from gatemeter.events.usage_keys import Key
from gatemeter.schema.rollups import Rollup

NOT_MEASURED = -1.0
"""The value of a latency column where the event has no such measurement; 0 is a measured value."""


def measured(latency_ms: float | None) -> float:
    """`latency_ms` as it stands in a latency column."""
    return NOT_MEASURED if latency_ms is None else latency_ms


class UsageRows:
    """Rows of one rollup: row i of each column is usage of the event `event_indexes[i]` of its batch.

    Columns are in the rollup's order. Latencies are ms or `NOT_MEASURED`, amounts yoctos, members 64-bit hashes or
    None. `times_ms` are the times of the events in Unix ms, and stay empty unless the rollup `is_timed`.
    `event_indexes` is None while every event has exactly one row, in order.
    """

    __slots__ = ("amounts", "columns", "event_indexes", "keys", "latencies_ms", "members", "rollup", "sums", "times_ms")

    def __init__(self, rollup: Rollup, event_indexes: list[int] | None) -> None:
        self.rollup = rollup
        self.event_indexes = event_indexes
        self.keys: list[Key] = []
        self.sums: list[list[int]] = [[] for _ in rollup.sums]
        self.latencies_ms: list[list[float]] = [[] for _ in rollup.latencies]
        self.amounts: list[list[int]] = [[] for _ in rollup.amounts]
        self.members: list[list[int | None]] = [[] for _ in rollup.members]
        self.times_ms: list[int] = []
        # All columns except the event indexes, in the rollup's order.
        self.columns: list[list[Any]] = [self.keys, *self.sums, *self.latencies_ms, *self.amounts, *self.members]
        if rollup.is_timed:
            self.columns.append(self.times_ms)

    def append(
        self,
        event_index: int,
        key: Key,
        *,
        sums: Sequence[int] = (),
        latencies_ms: Sequence[float] = (),
        amounts: Sequence[int] = (),
        members: Sequence[int | None] = (),
        times_ms: Sequence[int] = (),
    ) -> None:
        """Add one row; each sequence holds one value for every measure that the rollup has of that kind."""
        if self.event_indexes is not None:
            self.event_indexes.append(event_index)
        for column, value in zip(self.columns, (key, *sums, *latencies_ms, *amounts, *members, *times_ms), strict=True):
            column.append(value)

    def extend(self, other: "UsageRows", *, first_event_index: int) -> None:
        """Append the rows of `other`, whose first event has the index `first_event_index` here."""
        if self.event_indexes is not None:
            self.event_indexes += [first_event_index + index for index in other.event_indexes or ()]
        for column, values in zip(self.columns, other.columns, strict=True):
            column += values

    def of_events(self, kept: bytearray) -> "UsageRows":
        """The rows of the events whose flag in `kept` is 1."""
        flags = kept if self.event_indexes is None else [kept[index] for index in self.event_indexes]
        selected = UsageRows(self.rollup, None if self.event_indexes is None else [])
        for column, values in zip(selected.columns, self.columns, strict=True):
            column += compress(values, flags)
        if self.event_indexes is not None:
            selected.event_indexes = list(compress(self.event_indexes, flags))
        return selected

    def row_numbers(self) -> Mapping[int, Sequence[int]]:
        """The rows of each event that has any."""
        numbers: dict[int, list[int]] = {}
        for number, event_index in enumerate(
            range(len(self.keys)) if self.event_indexes is None else self.event_indexes
        ):
            numbers.setdefault(event_index, []).append(number)
        return numbers

    def of_one_event(self, row_numbers: Sequence[int]) -> "UsageRows":
        """The rows with these numbers, as those of event 0 of a batch."""
        selected = UsageRows(self.rollup, None if self.event_indexes is None else [0] * len(row_numbers))
        for column, values in zip(selected.columns, self.columns, strict=True):
            column += [values[number] for number in row_numbers]
        return selected
