"""Brokers that answer what a test sets, and the state of a worker that reads from them."""

from collections.abc import Collection
from datetime import UTC, datetime

from gatemeter.clock import ManualClock
from gatemeter.errors import KafkaUnavailable
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import LogChunk
from gatemeter.monitoring.worker_state import WorkerState

START = datetime(2026, 2, 1, tzinfo=UTC)
START_S = START.timestamp()


def manual_clock() -> ManualClock:
    return ManualClock(START)


class FakeBrokers:
    """An `EndReader`. `ends` None is an outage; `probes` records the calls of `has_message`."""

    def __init__(self, **ends: int) -> None:
        self.ends: dict[int, int] | None = {int(name[1:]): offset for name, offset in ends.items()}
        self.has_messages: bool | None = True
        self.probes: list[tuple[int, int]] = []

    def end_offsets(self, partitions: Collection[int]) -> dict[int, int]:
        if self.ends is None:
            raise KafkaUnavailable("away")
        return {number: self.ends[number] for number in partitions if number in self.ends}

    def has_message(self, partition: int, offset: int) -> bool | None:
        self.probes.append((partition, offset))
        return self.has_messages


def chunk(first: int, end: int, time_ms: int | None = None) -> LogChunk:
    """A chunk of `end - first` messages."""
    times_ms = None if time_ms is None else [time_ms] * (end - first)
    return LogChunk(first, end, list(range(first, end)), [b"{}"] * (end - first), times_ms, "kong-log")


def process(state: WorkerState, partition: int, first: int, end: int, counted: int, time_ms: int | None = None) -> None:
    """Record that the counter took the messages from `first` up to `end`, and has counted `counted` events in all."""
    totals = EventCounts(consumed=counted, counted=counted)
    state.processed(partition, end, totals, chunk(first, end, time_ms))
