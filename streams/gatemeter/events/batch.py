"""Decoded events, column by column: what every decoder produces and the accumulators consume."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any, NamedTuple

from gatemeter.events.redaction import redact
from gatemeter.schema.rollups import API_USAGE_ROLLUP, Rollup

NOT_MEASURED = -1.0
"""Stands in a latency column where the event has no such measurement; 0 is a measured value."""

RAW_LIMIT_BYTES = 16 * 1024
"""How many bytes of a rejected event are kept."""

REJECTIONS_PER_MESSAGE = 1_000
"""How many rejected events of a message are kept one by one: twice what a full frame holds of events."""

TOO_MANY_REJECTED = "too_many_rejected"
"""The reason of the rejection that stands for all further ones of its message."""

Key = tuple[Any, ...]
"""Values of a rollup's dimensions in order; the hour is the Unix second it begins at."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that cannot be counted, and where it stood.

    `value_index` is the index of its message among the decoded ones, `line` its 1-based line there, `event_index` its
    0-based place in a line that holds an array of events. `raw` holds the first `RAW_LIMIT_BYTES` of `raw_size_bytes`.
    """

    value_index: int
    line: int
    event_index: int
    reason: str
    detail: str
    raw: bytes
    raw_size_bytes: int


Place = tuple[int, int, int]
"""The value index, line and event index of an event, as in `Rejection`."""


class EventRef(NamedTuple):
    """Where an event that could be read stood, as in `Rejection`, its own time (Unix ms), and who is counted for it."""

    value_index: int
    line: int
    event_index: int
    time_ms: int
    consumer_id: str


class UsageRows:
    """What events used, as rows of one rollup: row i of each column is the usage of event `event_indexes[i]`.

    Columns are in the rollup's order. Latencies are ms or `NOT_MEASURED`, amounts yoctos, members 64-bit hashes or
    None. `event_indexes` is None while every event has exactly one row, in order.
    """

    __slots__ = ("amounts", "event_indexes", "keys", "latencies_ms", "members", "rollup", "sums")

    def __init__(self, rollup: Rollup, event_indexes: list[int] | None) -> None:
        self.rollup = rollup
        self.event_indexes = event_indexes
        self.keys: list[Key] = []
        self.sums: list[list[int]] = [[] for _ in rollup.sums]
        self.latencies_ms: list[list[float]] = [[] for _ in rollup.latencies]
        self.amounts: list[list[int]] = [[] for _ in rollup.amounts]
        self.members: list[list[int | None]] = [[] for _ in rollup.members]

    @property
    def columns(self) -> list[list[Any]]:
        """All columns but the event indexes."""
        return [self.keys, *self.sums, *self.latencies_ms, *self.amounts, *self.members]

    def append(
        self,
        event_index: int,
        key: Key,
        *,
        sums: Sequence[int] = (),
        latencies_ms: Sequence[float] = (),
        amounts: Sequence[int] = (),
        members: Sequence[int | None] = (),
    ) -> None:
        """Add one row; every sequence has a value for each of the rollup's measures of that kind."""
        if self.event_indexes is not None:
            self.event_indexes.append(event_index)
        for column, value in zip(self.columns, (key, *sums, *latencies_ms, *amounts, *members), strict=True):
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


@dataclass(slots=True)
class IdentifiedEvents:
    """Events with an identity for the duplicate filter, and their usage by the rollup's name.

    `event_refs` are the events' own, in the order of `event_ids`; empty unless the decoders were asked for them.
    """

    event_ids: list[str] = field(default_factory=list)
    usage: dict[str, UsageRows] = field(default_factory=dict)
    event_refs: list[EventRef] = field(default_factory=list)

    @property
    def identities(self) -> list[str]:
        """What the duplicate filter knows them by; never those of requests: a batch keeps no order between both."""
        return [f"other {event_id}" for event_id in self.event_ids]

    def rows(self, rollup: Rollup) -> UsageRows:
        """The rows of `rollup`, of which an event may have any number."""
        found = self.usage.get(rollup.name)
        if found is None:
            found = self.usage[rollup.name] = UsageRows(rollup, [])
        return found

    def extend(self, other: "IdentifiedEvents", *, first_value_index: int) -> None:
        """Append the events of `other`, whose first message has the index `first_value_index` here."""
        first_event_index = len(self.event_ids)
        self.event_ids += other.event_ids
        self.event_refs += [
            mark._replace(value_index=mark.value_index + first_value_index) for mark in other.event_refs
        ]
        for rows in other.usage.values():
            self.rows(rows.rollup).extend(rows, first_event_index=first_event_index)


class ApiRequests(IdentifiedEvents):
    """API requests: each has exactly one row of API usage, and any number of other rows."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__([], {API_USAGE_ROLLUP.name: UsageRows(API_USAGE_ROLLUP, None)})

    @property
    def identities(self) -> list[str]:
        """What the duplicate filter knows them by."""
        return self.event_ids

    @property
    def api_usage(self) -> UsageRows:
        """The row of each request."""
        return self.usage[API_USAGE_ROLLUP.name]


@dataclass(slots=True)
class EventBatch:
    """The events of some consecutive messages.

    `others` are events that are no API requests (stream sessions, metering events of model calls). `fields_left_out`
    counts fields of a type that could not be used, in events that were read without them.
    """

    requests: ApiRequests = field(default_factory=ApiRequests)
    others: IdentifiedEvents = field(default_factory=IdentifiedEvents)
    rejections: list[Rejection] = field(default_factory=list)
    fields_left_out: int = 0
    _rejected_in_message: int = 0

    def reject(self, place: Place, reason: str, detail: str, text: bytes) -> None:
        """Keep of an event that cannot be counted what may be stored; messages are rejected from in order.

        What a message holds beyond `REJECTIONS_PER_MESSAGE` is one event, whose letter says how many it stands for.
        """
        last = self.rejections[-1] if self.rejections else None
        if last is None or last.value_index != place[0]:
            self._rejected_in_message = 0
        self._rejected_in_message += 1
        beyond = self._rejected_in_message - REJECTIONS_PER_MESSAGE
        if last is not None and beyond > 1:
            size_bytes = last.raw_size_bytes + len(text)
            self.rejections[-1] = replace(last, detail=_beyond(beyond), raw_size_bytes=size_bytes)
            return
        if beyond == 1:
            reason, detail = TOO_MANY_REJECTED, _beyond(beyond)
        self.rejections.append(Rejection(*place, reason, detail, redact(text[:RAW_LIMIT_BYTES]), len(text)))

    def extend(self, other: "EventBatch", *, first_value_index: int) -> None:
        """Append `other`, whose first message has the index `first_value_index` among all."""
        self.requests.extend(other.requests, first_value_index=first_value_index)
        self.others.extend(other.others, first_value_index=first_value_index)
        self.rejections += [
            replace(rejection, value_index=rejection.value_index + first_value_index) for rejection in other.rejections
        ]
        self.fields_left_out += other.fields_left_out

    @property
    def event_count(self) -> int:
        """All events of the messages: requests, others and rejected ones."""
        return len(self.requests.event_ids) + len(self.others.event_ids) + len(self.rejections)


def _beyond(count: int) -> str:
    return f"{count} events from here on; {REJECTIONS_PER_MESSAGE} more stand before them"
