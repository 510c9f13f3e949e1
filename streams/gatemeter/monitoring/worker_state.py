"""The state of a worker: written by its event loop, read by the threads that watch over it.

All numbers count what this process did since it started. Events that are counted again after a rebalance or a restart
are in them twice: bill on the ledger, not on these.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock

from prometheus_client import Histogram

from gatemeter.clock import Clock, SystemClock
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import LogChunk
from gatemeter.monitoring.snapshot import Flow, PartitionState, Snapshot
from gatemeter.schema import TableRows

FLUSH_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets, inclusive; a longer flush is in the bucket +Inf only."""


class WorkerState:
    """The state of one worker. Every method may be called from any thread, and returns at once."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = Lock()
        self._current = Snapshot()
        self.flush_seconds = Histogram(
            "gatemeter_flush_seconds",
            "From the first try to write a flush to its acknowledgement.",
            buckets=FLUSH_BUCKETS_S,
            registry=None,
        )

    def snapshot(self) -> Snapshot:
        """The state at this moment, as an independent copy."""
        with self._lock:
            return self._current.at(self._clock.monotonic_s())

    def beat(self) -> None:
        """Record that the event loop has answered."""
        with self._lock:
            self._current.beats += 1

    def enter(self, flow: Flow) -> None:
        """Record that the worker is in phase `flow`. After STOPPING no other phase is recorded."""
        with self._lock:
            if self._current.flow not in (flow, Flow.STOPPING):
                self._current.flow = flow
                self._current.flow_changes += 1

    def assigned(self, positions: Mapping[int, int], totals: Mapping[int, EventCounts]) -> None:
        """Record an assignment: exactly the partitions of `positions` are read, each from its offset on.

        `totals` is what the counter of each partition, if it was kept, has counted before.
        """
        with self._lock:
            kept = self._current.partitions
            self._current.partitions = {
                number: PartitionState(
                    next_offset,
                    last_time_ms=kept[number].last_time_ms if number in kept else None,
                    committed_offset=kept[number].committed_offset if number in kept else None,
                    totals=replace(totals.get(number, EventCounts())),
                )
                for number, next_offset in positions.items()
            }

    def processed(self, number: int, next_offset: int, totals: EventCounts, chunk: LogChunk) -> None:
        """Record that a partition's counter got `chunk`, is at `next_offset` and has counted `totals`.

        A chunk that the counter did not take changes nothing.
        """
        with self._lock:
            partition = self._current.partitions.get(number)
            if partition is None or next_offset <= partition.next_offset:
                return
            events = totals.minus(partition.totals)
            partition.totals = replace(totals)
            self._current.events.add(events)
            last_time_ms = chunk.times_ms[-1] if chunk.times_ms else None
            partition.processed(next_offset, last_time_ms, len(chunk.values) if events.consumed else 0, events.consumed)

    def waiting(self, *, rows: int, open_epochs: int) -> None:
        """Record how many changed rows, at most, wait to be written, and how many epochs are in memory."""
        with self._lock:
            self._current.waiting_rows = rows
            self._current.open_epochs = open_epochs

    @contextmanager
    def held(self) -> Iterator[None]:
        """Record that reading waits for the sink inside the block."""
        since_s = self._clock.monotonic_s()
        with self._lock:
            self._current.held_since_s = since_s
        try:
            yield
        finally:
            with self._lock:
                self._current.held_s += self._clock.monotonic_s() - since_s
                self._current.held_since_s = None

    def flush_begun(self) -> None:
        """Record that a flush is under way until `flush_ended`; a cancelled flush continues with the next one."""
        with self._lock:
            if self._current.flush.running_since_s is None:
                self._current.flush.running_since_s = self._clock.monotonic_s()

    def flush_ended(self) -> None:
        """Record that all rows that were taken are written."""
        with self._lock:
            self._current.flush.running_since_s = None

    def flushed(self, rows: Sequence[TableRows], duration_s: float) -> None:
        """Record that the sink has acknowledged `rows`, `duration_s` after the first attempt to write them."""
        with self._lock:
            flush = self._current.flush
            for table_rows in rows:
                name = table_rows.table.name
                flush.written_rows[name] = flush.written_rows.get(name, 0) + table_rows.row_count
            flush.last_error = ""
            flush.last_success_s = self._clock.now().timestamp()
            flush.last_rows = sum(table_rows.row_count for table_rows in rows)
        self.flush_seconds.observe(duration_s)

    def flush_failed(self, error: BaseException) -> None:
        """Record that an attempt to write failed."""
        with self._lock:
            self._current.flush.failures += 1
            self._current.flush.last_error = str(error) or type(error).__name__

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Record that Kafka has accepted these offsets, by partition."""
        with self._lock:
            self._current.last_commit_s = self._clock.now().timestamp()
            for number, offset in offsets.items():
                if number in self._current.partitions:
                    self._current.partitions[number].committed_offset = offset

    def rewound(self, partitions: int = 1) -> None:
        """Record that so many partitions are read again because messages were missing."""
        with self._lock:
            self._current.rewinds += partitions

    def folded(self, rows: int) -> int:
        """Record that so many rows of events lost names to `(other)`; how many did so far."""
        with self._lock:
            self._current.folded_rows += rows
            return self._current.folded_rows

    def lost(self, offsets: int) -> None:
        """Record that so many offsets were deleted from the log before they were counted."""
        with self._lock:
            self._current.lost_offsets += offsets

    def unkeyed(self, messages: int) -> None:
        """Record so many messages without a key, of a topic that has several partitions."""
        with self._lock:
            self._current.unkeyed_messages += messages

    def two_paths(self, pairs: int) -> None:
        """Record how many pairs of paths seem to tell the same requests now."""
        with self._lock:
            self._current.two_paths = pairs
