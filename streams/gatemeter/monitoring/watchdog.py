"""Distinguishes a worker that is stuck from one that waits for a good reason.

Nothing else notices three ways to be stuck: the event loop hangs; the engine never lets messages flow after an
assignment (it gave up on a slow seek, docs/adr/0001); messages flow, but none is processed although some wait. A worker
may wait for the sink, for the brokers, or for messages to come.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gatemeter.clock import Clock
from gatemeter.monitoring.lag import LogEnd, waiting_messages
from gatemeter.monitoring.snapshot import Flow, Snapshot

ONE_PARTITION_FACTOR = 5
"""One partition may stand still for this many times the limit while others move, because they share the fetches."""

_SEEK_MARGIN_S = 10.0

LONGEST_GAP_S = 10.0
"""The longest gap between two looks that counts: a machine or process that was frozen was not stuck."""


@dataclass(frozen=True, slots=True)
class Stall:
    """What stands still, for how long, and the limit, in seconds in which the watchdog was awake."""

    what: str
    lasts_s: float
    limit_s: float

    @property
    def share(self) -> float:
        """The share of the limit that has passed."""
        return self.lasts_s / self.limit_s

    @property
    def is_suspected(self) -> bool:
        """Whether half of the limit has passed."""
        return self.share >= 1 / 2

    @property
    def is_over(self) -> bool:
        """Whether the limit has passed: only a new process helps."""
        return self.share >= 1


class Watchdog:
    """Compares a worker's snapshots, one after the other; reads nothing else but the clock."""

    def __init__(self, clock: Clock, *, stall_timeout_s: float, seek_timeout_s: float = 0.0) -> None:
        self._clock = clock
        self._stall_timeout_s = stall_timeout_s
        self._seek_timeout_s = seek_timeout_s
        self._awake_s = 0.0
        self._looked_s: float | None = None
        self._beats = _LastChange()
        self._flow = _LastChange()
        self._progress = _LastChange()
        self._partitions: dict[int, _LastChange] = defaultdict(_LastChange)

    def look(self, now: Snapshot, ends: Mapping[int, LogEnd], *, brokers_answer: bool) -> Stall | None:
        """The stall that has used most of its limit; None if nothing stands still. `ends` holds the known log ends."""
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
        """For how long the event loop had not answered at the last look."""
        return self._beats.since_s_ago(self._awake_s)

    def _limit_s(self, flow: Flow) -> float:
        """The limit for a phase; a seek may wait for a server, and ends by itself."""
        if flow is Flow.SEEKING:
            return max(self._stall_timeout_s, self._seek_timeout_s + _SEEK_MARGIN_S)
        return self._stall_timeout_s

    def _standing_partitions(self, now: Snapshot, waiting: Mapping[int, int]) -> Iterator[Stall]:
        for number, partition in now.partitions.items():
            value = (now.flow_changes, partition.next_offset) if number in waiting else object()
            lasts_s = self._partitions[number].age_s(self._awake_s, value)
            yield Stall(
                f"one partition is not processed: {_places(now, {number: waiting.get(number, 0)})}",
                lasts_s,
                ONE_PARTITION_FACTOR * self._stall_timeout_s,
            )

    def _wake(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._looked_s is not None:
            self._awake_s += min(now_s - self._looked_s, LONGEST_GAP_S)
        self._looked_s = now_s


class _LastChange:
    """A value that should change, and the time at which it last did."""

    def __init__(self) -> None:
        self._value: object = None
        self._since_s = 0.0

    def age_s(self, now_s: float, value: object) -> float:
        """How long the value has been `value` at `now_s`, in the watchdog's awake time."""
        if value != self._value:
            self._value, self._since_s = value, now_s
        return self.since_s_ago(now_s)

    def since_s_ago(self, now_s: float) -> float:
        """How long the last value has been unchanged at `now_s`."""
        return now_s - self._since_s


def _waiting(now: Snapshot, ends: Mapping[int, LogEnd]) -> dict[int, int]:
    """By partition: how many messages wait, if any do."""
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
