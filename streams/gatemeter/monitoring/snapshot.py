"""The numbers of a worker at one moment, and of each partition that is assigned to it."""

from dataclasses import dataclass, field, replace
from enum import Enum

from gatemeter.metering.counts import EventCounts
from gatemeter.monitoring.flush_state import FlushState

_KEPT_SHARE = 0.95
"""The share of the older messages' weight that each new chunk leaves: a mean over about twenty chunks."""


@dataclass(slots=True)
class PartitionState:
    """The progress of one assigned partition.

    `next_offset` is the first offset that is not processed; `last_time_ms` the time of the message before it.

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


class Flow(Enum):
    """The phases of a worker around an assignment, in their order. A phase ends by itself unless the engine hangs."""

    JOINING = "waiting for its group's first decision on partitions"
    REBALANCING = "waiting for its group's decision on partitions"
    SEEKING = "finding out where to read its partitions from"
    SOUGHT = "waiting for the engine to let messages flow"
    FLOWING = "processing"
    STOPPING = "stopping"


@dataclass(slots=True)
class Snapshot:
    """All numbers count since the process started; `partitions` holds the assigned ones.

    `beats` grows whenever the event loop answers. `held_since_s` is the monotonic time since which reading waits for
    the sink, `held_s` the sum of all such waits. `last_commit_s` is in Unix seconds, None before the first commit.
    """

    flow: Flow = Flow.JOINING
    flow_changes: int = 0
    partitions: dict[int, PartitionState] = field(default_factory=dict)
    events: EventCounts = field(default_factory=EventCounts)
    flush: FlushState = field(default_factory=FlushState)
    open_epochs: int = 0
    waiting_rows: int = 0
    held_s: float = 0.0
    held_since_s: float | None = None
    beats: int = 0
    rewinds: int = 0
    lost_offsets: int = 0
    unkeyed_messages: int = 0
    folded_rows: int = 0
    two_paths: int = 0
    last_commit_s: float | None = None

    @property
    def is_held(self) -> bool:
        """Whether reading waits until the sink has taken what was counted (back-pressure)."""
        return self.held_since_s is not None

    def at(self, monotonic_s: float) -> "Snapshot":
        """An independent copy; waits and flushes under way are measured up to `monotonic_s`."""
        held_s = 0.0 if self.held_since_s is None else monotonic_s - self.held_since_s
        return replace(
            self,
            partitions={number: partition.copy() for number, partition in self.partitions.items()},
            events=replace(self.events),
            flush=self.flush.at(monotonic_s),
            held_s=self.held_s + held_s,
        )
