"""Whether messages flow to the agent, and what they wait for if not.

What is known of one assigned partition.
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from gatemeter.metering.counts import EventCounts


class Flow(Enum):
    """The phases between two assignments, in their order; each is left by itself unless the engine hangs."""

    JOINING = "waiting for its group's first decision on partitions"
    REBALANCING = "waiting for its group's decision on partitions"
    SEEKING = "finding out where to read its partitions from"
    SOUGHT = "waiting for the engine to let messages flow"
    FLOWING = "processing"
    STOPPING = "stopping"


_KEPT_SHARE = 0.95
"""How much of the older messages' weight stays with each chunk: a mean over some twenty chunks."""


@dataclass(slots=True)
class PartitionState:
    """`next_offset` is the first offset not processed yet; `last_time_ms` the Unix ms of the message before it.

    `last_time_ms` is None as long as nothing was processed since the assignment.
    """

    next_offset: int
    last_time_ms: int | None = None
    committed_offset: int | None = None
    totals: EventCounts = field(default_factory=EventCounts)
    recent_events: float = 0.0
    recent_messages: float = 0.0

    def processed(self, next_offset: int, last_time_ms: int | None, messages: int, events: int) -> None:
        """`messages` holding `events` were processed; both 0 where they only warmed the duplicate filter."""
        self.next_offset = next_offset
        self.last_time_ms = last_time_ms if last_time_ms is not None else self.last_time_ms
        self.recent_events = self.recent_events * _KEPT_SHARE + events
        self.recent_messages = self.recent_messages * _KEPT_SHARE + messages

    @property
    def events_per_message(self) -> float:
        """The mean of late; 1 as long as nothing was counted."""
        return self.recent_events / self.recent_messages if self.recent_messages else 1.0

    def copy(self) -> "PartitionState":
        """The same numbers, apart from this one."""
        return replace(self, totals=replace(self.totals))
