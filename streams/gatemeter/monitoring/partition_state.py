"""The progress of one assigned partition."""

from dataclasses import dataclass, field, replace

from gatemeter.metering.counts import EventCounts

_KEPT_SHARE = 0.95
"""The share of the older messages' weight that each new chunk leaves: a mean over about twenty chunks."""


@dataclass(slots=True)
class PartitionState:
    """`next_offset` is the first offset that is not processed; `last_time_ms` the time of the message before it.

    `last_time_ms` is in Unix milliseconds, and None until a message was processed since the assignment. `totals` is
    what the partition's counter had counted at the last chunk.
    """

    next_offset: int
    last_time_ms: int | None = None
    committed_offset: int | None = None
    totals: EventCounts = field(default_factory=EventCounts)
    recent_events: float = 0.0
    recent_messages: float = 0.0

    def processed(self, next_offset: int, last_time_ms: int | None, messages: int, events: int) -> None:
        """Record `messages` that held `events`; both are 0 for messages that only warmed up the duplicate filter."""
        self.next_offset = next_offset
        self.last_time_ms = last_time_ms if last_time_ms is not None else self.last_time_ms
        self.recent_events = self.recent_events * _KEPT_SHARE + events
        self.recent_messages = self.recent_messages * _KEPT_SHARE + messages

    @property
    def events_per_message(self) -> float:
        """The mean over recent messages; 1 until something was counted."""
        return self.recent_events / self.recent_messages if self.recent_messages else 1.0

    def copy(self) -> "PartitionState":
        """An independent copy."""
        return replace(self, totals=replace(self.totals))
