"""A histogram of durations as Prometheus understands it.

The numbers a worker tells about itself: written by its event loop, read by the threads that watch over it.

All of them count what this process did since it started. What was counted again after a rebalance or a restart is in
them again: the account to bill on is the ledger's, not this one.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from gatemeter.clock import Clock, SystemClock
from gatemeter.metering.counts import COUNT_NAMES, EventCounts
from gatemeter.metering.log import LogChunk
from gatemeter.monitoring.partition_state import Flow, PartitionState
from gatemeter.schema import TableRows

BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets, each included; what is longer goes into one more."""


@dataclass(slots=True)
class LatencyHistogram:
    """How many durations fell into each bucket, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def observe(self, duration_s: float) -> None:
        """Add one duration."""
        self.counts[bisect_left(BOUNDS_S, duration_s)] += 1
        self.sum_s += duration_s

    def copy(self) -> "LatencyHistogram":
        """The same numbers, apart from this one."""
        return LatencyHistogram(list(self.counts), self.sum_s)

    def cumulative(self) -> list[tuple[str, int]]:
        """Per upper bound, as text and "+Inf" last, how many durations were not longer."""
        total, rows = 0, []
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), self.counts, strict=True):
            total += count
            rows.append((bound, total))
        return rows


FLUSH_MAY_TAKE_S = 15.0
"""A flush under way for longer counts as a sink that does not answer: a server that hangs refuses nothing."""


@dataclass(slots=True)
class FlushState:
    """What became of writing to the sink. Stamps are Unix seconds, None for never.

    `running_s` is for how long a flush has been under way, 0 when none is.
    """

    written_rows: dict[str, int] = field(default_factory=dict)
    durations: LatencyHistogram = field(default_factory=LatencyHistogram)
    failures: int = 0
    last_error: str = ""
    last_success_s: float | None = None
    last_rows: int = 0
    last_duration_s: float = 0.0
    running_since_s: float | None = None
    running_s: float = 0.0

    @property
    def is_overdue(self) -> bool:
        """Whether a flush has been under way for longer than it may take."""
        return self.running_s >= FLUSH_MAY_TAKE_S

    @property
    def sink_answers(self) -> bool:
        """Whether the last try to write, if there was any, was taken, and none takes too long."""
        return not self.last_error and not self.is_overdue

    def at(self, monotonic_s: float) -> "FlushState":
        """A copy whose `running_s` is that of this moment."""
        running_s = 0.0 if self.running_since_s is None else monotonic_s - self.running_since_s
        return replace(self, written_rows=dict(self.written_rows), durations=self.durations.copy(), running_s=running_s)


@dataclass(slots=True)
class Snapshot:
    """All numbers at one moment. `beats` grows with every sign of life of the event loop."""

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
        """Whether reading stands still because the sink has not taken what waits (back-pressure)."""
        return self.held_since_s is not None


class WorkerState:
    """One per worker; every method may be called from any thread and never waits for long."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = Lock()
        self._now = Snapshot()

    def snapshot(self) -> Snapshot:
        """A copy of everything; `held_s` includes the wait that goes on."""
        with self._lock:
            now = self._now
            monotonic_s = self._clock.monotonic_s()
            going_on_s = 0.0 if now.held_since_s is None else monotonic_s - now.held_since_s
            return replace(
                now,
                partitions={number: partition.copy() for number, partition in now.partitions.items()},
                events=replace(now.events),
                flush=now.flush.at(monotonic_s),
                held_s=now.held_s + going_on_s,
            )

    def beat(self) -> None:
        """The event loop is alive."""
        with self._lock:
            self._now.beats += 1

    def enter(self, flow: Flow) -> None:
        """The worker is in another phase; once it stops it stays so."""
        with self._lock:
            if self._now.flow not in (flow, Flow.STOPPING):
                self._now.flow = flow
                self._now.flow_changes += 1

    def assigned(self, positions: Mapping[int, int], totals: Mapping[int, EventCounts]) -> None:
        """Exactly the partitions of `positions` are read, each from there on; `totals` is what is counted of each."""
        with self._lock:
            kept = self._now.partitions
            self._now.partitions = {
                number: PartitionState(
                    next_offset,
                    last_time_ms=kept[number].last_time_ms if number in kept else None,
                    committed_offset=kept[number].committed_offset if number in kept else None,
                    totals=replace(totals.get(number, EventCounts())),
                )
                for number, next_offset in positions.items()
            }

    def processed(self, number: int, next_offset: int, totals: EventCounts, chunk: LogChunk) -> None:
        """`chunk` was handed to a partition's counter, which stands at `next_offset` and has counted `totals` by now.

        A chunk that it did not take changes nothing.
        """
        with self._lock:
            partition = self._now.partitions.get(number)
            if partition is None or next_offset <= partition.next_offset:
                return
            events = _difference(totals, partition.totals)
            partition.totals = replace(totals)
            self._now.events.add(events)
            last_time_ms = chunk.times_ms[-1] if chunk.times_ms else None
            partition.processed(next_offset, last_time_ms, len(chunk.values) if events.consumed else 0, events.consumed)

    def waiting(self, *, rows: int, open_epochs: int) -> None:
        """How many changed rows, at most, wait to be written, and how many epochs are held in memory."""
        with self._lock:
            self._now.waiting_rows = rows
            self._now.open_epochs = open_epochs

    @contextmanager
    def held(self) -> Iterator[None]:
        """Inside the block reading stands still until the sink has taken what waits."""
        since_s = self._clock.monotonic_s()
        with self._lock:
            self._now.held_since_s = since_s
        try:
            yield
        finally:
            with self._lock:
                self._now.held_s += self._clock.monotonic_s() - since_s
                self._now.held_since_s = None

    def flush_begun(self) -> None:
        """A flush is under way until `flush_ended`; one that was cut off in between goes on with the next one."""
        with self._lock:
            if self._now.flush.running_since_s is None:
                self._now.flush.running_since_s = self._clock.monotonic_s()

    def flush_ended(self) -> None:
        """Nothing that was taken to be written is left."""
        with self._lock:
            self._now.flush.running_since_s = None

    def flushed(self, rows: Sequence[TableRows], duration_s: float) -> None:
        """The sink has acknowledged `rows`, `duration_s` after they were offered first."""
        with self._lock:
            flush = self._now.flush
            for table_rows in rows:
                name = table_rows.table.name
                flush.written_rows[name] = flush.written_rows.get(name, 0) + table_rows.row_count
            flush.durations.observe(duration_s)
            flush.last_error = ""
            flush.last_success_s = self._clock.now().timestamp()
            flush.last_rows = sum(table_rows.row_count for table_rows in rows)
            flush.last_duration_s = duration_s

    def flush_failed(self, error: BaseException) -> None:
        """One try to write failed."""
        with self._lock:
            self._now.flush.failures += 1
            self._now.flush.last_error = str(error) or type(error).__name__

    def committed(self, offsets: Mapping[int, int]) -> None:
        """Kafka has taken these offsets for the group."""
        with self._lock:
            self._now.last_commit_s = self._clock.now().timestamp()
            for number, offset in offsets.items():
                if number in self._now.partitions:
                    self._now.partitions[number].committed_offset = offset

    def rewound(self, partitions: int = 1) -> None:
        """So many partitions are read again, because messages were missing."""
        with self._lock:
            self._now.rewinds += partitions

    def lost(self, offsets: int) -> None:
        """So many offsets were deleted from the log before they were counted."""
        with self._lock:
            self._now.lost_offsets += offsets


def _difference(now: EventCounts, before: EventCounts) -> EventCounts:
    return EventCounts(**{name: getattr(now, name) - getattr(before, name) for name in COUNT_NAMES})
