"""Decoded events, column by column: what every decoder produces and the accumulator consumes."""

from dataclasses import dataclass, field, replace

ApiUsageKey = tuple[int, str, str, str, str, str, str, str, str, str, int, str]
"""Values of `tables.API_USAGE_DIMENSIONS` in order; the hour is the Unix second it begins at."""

NOT_MEASURED = -1.0
"""Stands in a latency column where the event has no such measurement; 0 is a measured value."""

RAW_LIMIT_BYTES = 16 * 1024
"""How many bytes of a rejected event are kept."""


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


@dataclass(slots=True)
class EventBatch:
    """The events of some consecutive messages: row i of each column belongs to one API request.

    `event_ids` identify events for the duplicate filter; latencies are ms or `NOT_MEASURED`. `other_kind` counts
    events that are no API requests (stream sessions).
    """

    event_ids: list[str] = field(default_factory=list)
    keys: list[ApiUsageKey] = field(default_factory=list)
    request_bytes: list[int] = field(default_factory=list)
    response_bytes: list[int] = field(default_factory=list)
    request_ms: list[float] = field(default_factory=list)
    upstream_ms: list[float] = field(default_factory=list)
    gateway_ms: list[float] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    other_kind: int = 0

    def extend(self, other: "EventBatch", *, first_value_index: int) -> None:
        """Append `other`, whose first message has the index `first_value_index` among all."""
        self.event_ids += other.event_ids
        self.keys += other.keys
        self.request_bytes += other.request_bytes
        self.response_bytes += other.response_bytes
        self.request_ms += other.request_ms
        self.upstream_ms += other.upstream_ms
        self.gateway_ms += other.gateway_ms
        self.rejections += [
            replace(rejection, value_index=rejection.value_index + first_value_index) for rejection in other.rejections
        ]
        self.other_kind += other.other_kind

    @property
    def event_count(self) -> int:
        """All events of the messages: requests, rejected ones and those of another kind."""
        return len(self.event_ids) + len(self.rejections) + self.other_kind
