"""Tells a worker that is alive but does nothing from one that waits for a good reason.

A worker may stand still in three ways that nothing else notices: its event loop hangs; the engine never lets messages
flow after an assignment (it took a slow seek for its own end, docs/adr/0001); messages flow, and yet none is processed
although some wait. Waiting for the sink, for the brokers, or for messages to come is none of these.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gatemeter.clock import Clock
from gatemeter.monitoring.lag import LogEnd, waiting_messages
from gatemeter.monitoring.partition_state import Flow
from gatemeter.monitoring.worker_state import Snapshot

ONE_PARTITION = 5
"""How many times as long one partition may stand still while others move: they share the fetches."""

_AFTER_THE_SEEK_S = 10.0

LONGEST_GAP_S = 10.0
"""What of the time between two looks counts at most: a machine or a process that was frozen has not stood still."""


@dataclass(frozen=True, slots=True)
class Stall:
    """What stands still, for how long, and for how long it may, in seconds in which the watchdog was awake."""

    what: str
    lasts_s: float
    limit_s: float

    @property
    def share(self) -> float:
        """How much of its time has passed."""
        return self.lasts_s / self.limit_s


class Watchdog:
    """Looks at a worker every so often; pure but for the clock."""

    def __init__(self, clock: Clock, *, stall_timeout_s: float, seek_timeout_s: float = 0.0) -> None:
        self._clock = clock
        self._stall_timeout_s = stall_timeout_s
        self._seek_timeout_s = seek_timeout_s
        self._awake_s = 0.0
        self._looked_s: float | None = None
        self._beats = _Mark()
        self._flow = _Mark()
        self._progress = _Mark()
        self._partitions: dict[int, _Mark] = defaultdict(_Mark)

    def look(self, now: Snapshot, ends: Mapping[int, LogEnd], *, brokers_answer: bool) -> Stall | None:
        """What has used up most of its time; None if nothing stands still. `ends` are the log's, as far as known."""
        self._wake()
        loop_s = self._beats.age_s(self._awake_s, now.beats)
        waiting = _waiting(now, ends)
        should_flow = (brokers_answer and now.flow is not Flow.FLOWING) or now.flow is Flow.STOPPING
        flow_s = self._flow.age_s(self._awake_s, (now.flow, now.flow_changes) if should_flow else object())
        should_move = now.flow is Flow.FLOWING and bool(waiting) and not now.is_held
        offsets = tuple(partition.next_offset for partition in now.partitions.values())
        moved_s = self._progress.age_s(self._awake_s, (now.flow_changes, offsets) if should_move else object())
        limit_s = self._stall_timeout_s
        stalls = [
            Stall("the event loop does not answer", loop_s, limit_s),
            Stall(f"the worker is {now.flow.value}", flow_s, self._limit_s(now.flow)),
            Stall(f"messages flow and none is processed, though some wait: {_places(now, waiting)}", moved_s, limit_s),
            *self._standing_partitions(now, waiting if should_move else {}),
        ]
        worst = max(stalls, key=lambda stall: stall.share)
        return worst if worst.lasts_s > 0 else None

    @property
    def loop_silent_s(self) -> float:
        """For how long, at the last look, the event loop had not answered."""
        return self._beats.since_s_ago(self._awake_s)

    def is_over(self, stall: Stall | None) -> bool:
        """Whether `stall` has lasted so long that only another process helps."""
        return stall is not None and stall.share >= 1

    def is_doubtful(self, stall: Stall | None) -> bool:
        """Whether half of that time has passed."""
        return stall is not None and stall.share >= 1 / 2

    def _limit_s(self, flow: Flow) -> float:
        """A seek ends by itself, and may wait for a server until then."""
        if flow is Flow.SEEKING:
            return max(self._stall_timeout_s, self._seek_timeout_s + _AFTER_THE_SEEK_S)
        return self._stall_timeout_s

    def _standing_partitions(self, now: Snapshot, waiting: Mapping[int, int]) -> Iterator[Stall]:
        for number, partition in now.partitions.items():
            value = (now.flow_changes, partition.next_offset) if number in waiting else object()
            lasts_s = self._partitions[number].age_s(self._awake_s, value)
            yield Stall(
                f"one partition is not processed: {_places(now, {number: waiting.get(number, 0)})}",
                lasts_s,
                ONE_PARTITION * self._stall_timeout_s,
            )

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
