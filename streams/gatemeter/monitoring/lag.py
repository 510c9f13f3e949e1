"""How far a worker is behind the end of its log."""

from collections.abc import Mapping
from dataclasses import dataclass

from gatemeter.monitoring.snapshot import PartitionState


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of a partition as of the last answer of the brokers; times in Unix seconds.

    `since_s` is the first answer since the worker got the partition; `caught_up_s` the last answer after which no
    message waited (None: never). `empty` are offsets below the end without a message, as transactions leave them.
    """

    offset: int
    since_s: float
    caught_up_s: float | None = None
    empty: range = range(0)


@dataclass(frozen=True, slots=True)
class Lag:
    """What waits: exact `messages`, estimated `events`, and `seconds` since the oldest message came."""

    messages: int
    events: float
    seconds: float


def lag_of(partition: PartitionState, end: LogEnd, now_s: float) -> Lag:
    """The lag of one partition at the Unix time `now_s`.

    The oldest waiting message came after the last processed one, and after the last time at which none waited. The
    later of these two times is used, so `seconds` is never too short. Before the first message after an assignment is
    processed, it is the time since the assignment.
    """
    messages = waiting_messages(partition, end)
    if not messages:
        return Lag(0, 0.0, 0.0)
    last_s = None if partition.last_time_ms is None else partition.last_time_ms / 1000
    known = [time_s for time_s in (last_s, end.caught_up_s) if time_s is not None]
    return Lag(messages, messages * partition.events_per_message, max(0.0, now_s - max(known, default=end.since_s)))


def waiting_messages(partition: PartitionState, end: LogEnd) -> int:
    """The number of offsets before the end; 0 if none of them holds a message."""
    if end.empty and partition.next_offset >= end.empty.start and end.offset <= end.empty.stop:
        return 0
    return max(0, end.offset - partition.next_offset)


def total_lag(partitions: Mapping[int, PartitionState], ends: Mapping[int, LogEnd], now_s: float) -> Lag:
    """Over all partitions whose end is known: the sums of messages and events, and the longest time."""
    lags = [lag_of(partition, ends[number], now_s) for number, partition in partitions.items() if number in ends]
    return Lag(
        sum(lag.messages for lag in lags),
        sum(lag.events for lag in lags),
        max((lag.seconds for lag in lags), default=0.0),
    )
