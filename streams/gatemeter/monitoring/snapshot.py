"""The numbers of a worker at one moment."""

from dataclasses import dataclass, field, replace
from enum import Enum

from gatemeter.metering.counts import EventCounts
from gatemeter.monitoring.flush_state import FlushState
from gatemeter.monitoring.partition_state import PartitionState


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
