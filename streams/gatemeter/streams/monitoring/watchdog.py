"""Tells a worker that is alive but does nothing from one that waits for a good reason.

A worker may stand still in three ways that nothing else notices: its event loop hangs; the engine never lets messages
flow after an assignment (it took a slow seek for its own end, docs/adr/0001); messages flow, and yet none is processed
although some wait. Waiting for the sink, for the brokers, or for messages to come is none of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gatemeter.contracts.clock import Clock
from gatemeter.streams.monitoring.flow import Flow
from gatemeter.streams.monitoring.lag import LogEnd, waiting_messages
from gatemeter.streams.monitoring.worker_state import Snapshot

LONGEST_GAP_S = 10.0
"""What of the time between two looks counts at most: a machine or a process that was frozen has not stood still."""


@dataclass(frozen=True, slots=True)
class Stall:
    """What stands still, for how long, in seconds in which the watchdog was awake."""

    what: str
    lasts_s: float


class Watchdog:
    """Looks at a worker every so often; pure but for the clock."""

    def __init__(self, clock: Clock, *, stall_timeout_s: float) -> None:
        self._clock = clock
        self._stall_timeout_s = stall_timeout_s
        self._awake_s = 0.0
        self._looked_s: float | None = None
        self._beats = _Mark()
        self._flow = _Mark()
        self._progress = _Mark()

    def look(self, now: Snapshot, ends: Mapping[int, LogEnd], *, brokers_answer: bool) -> Stall | None:
        """What has stood still the longest; None if nothing has. `ends` are the log's, as far as they are known."""
        self._wake()
        loop_s = self._beats.age_s(self._awake_s, now.beats)
        waiting = _waiting(now, ends)
        should_flow = (brokers_answer and now.flow is not Flow.FLOWING) or now.flow is Flow.STOPPING
        flow_s = self._flow.age_s(self._awake_s, (now.flow, now.flow_changes) if should_flow else object())
        should_move = now.flow is Flow.FLOWING and bool(waiting) and not now.is_held
        offsets = tuple(partition.next_offset for partition in now.partitions.values())
        moved_s = self._progress.age_s(self._awake_s, (now.flow_changes, offsets) if should_move else object())
        stalls = [
            Stall("the event loop does not answer", loop_s),
            Stall(f"the worker is {now.flow.value}", flow_s),
            Stall(f"messages flow and none is processed, though some wait: {_places(now, waiting)}", moved_s),
        ]
        longest = max(stalls, key=lambda stall: stall.lasts_s)
        return longest if longest.lasts_s > 0 else None

    @property
    def loop_silent_s(self) -> float:
        """For how long, at the last look, the event loop had not answered."""
        return self._beats.since_s_ago(self._awake_s)

    def is_over(self, stall: Stall | None) -> bool:
        """Whether `stall` has lasted so long that only another process helps."""
        return stall is not None and stall.lasts_s >= self._stall_timeout_s

    def is_doubtful(self, stall: Stall | None) -> bool:
        """Whether half of that time has passed."""
        return stall is not None and stall.lasts_s >= self._stall_timeout_s / 2

    def _wake(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._looked_s is not None:
            self._awake_s += min(now_s - self._looked_s, LONGEST_GAP_S)
        self._looked_s = now_s


class _Mark:
    """A value that ought to change, and since when it has not."""

    def __init__(self) -> None:
        self._value: object = None
        self._since_s = 0.0

    def age_s(self, now_s: float, value: object) -> float:
        """How long ago, in the watchdog's own time, the value was seen to be this for the first time."""
        if value != self._value:
            self._value, self._since_s = value, now_s
        return self.since_s_ago(now_s)

    def since_s_ago(self, now_s: float) -> float:
        """How long ago the last value was seen first."""
        return now_s - self._since_s


def _waiting(now: Snapshot, ends: Mapping[int, LogEnd]) -> dict[int, int]:
    """The partitions in which messages wait, and how many."""
    waiting = {
        number: waiting_messages(partition, ends[number])
        for number, partition in now.partitions.items()
        if number in ends
    }
    return {number: messages for number, messages in waiting.items() if messages}


def _places(now: Snapshot, waiting: Mapping[int, int]) -> str:
    return ", ".join(
        f"[{number}]@{now.partitions[number].next_offset} of {now.partitions[number].next_offset + messages}"
        for number, messages in sorted(waiting.items())
    )
