"""A worker's numbers as Prometheus metrics. docs/monitoring.md explains each; a test compares the names."""

from collections.abc import Iterator, Mapping

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gatemeter.clock import Clock
from gatemeter.monitoring.lag import LogEnd, lag_of, total_lag
from gatemeter.monitoring.log_ends import LogEnds
from gatemeter.monitoring.snapshot import Snapshot
from gatemeter.monitoring.worker_state import WorkerState

OUTCOMES = ("counted", "duplicates", "dead_letters", "other_kind")


class WorkerMetrics(Collector):
    """Computes all metrics of one worker when they are collected."""

    def __init__(self, state: WorkerState, ends: LogEnds, clock: Clock) -> None:
        self._state = state
        self._ends = ends
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Every metric family; all but the histogram are of one snapshot."""
        now, ends = self._state.snapshot(), self._ends.known
        yield from _events(now)
        yield from _lag(now, ends, self._clock.now().timestamp())
        yield from _offsets(now, ends)
        yield from _flushes(now, self._state.flush_seconds)
        yield from _memory(now)
        yield from _kafka(now, self._ends)


def _events(now: Snapshot) -> Iterator[Metric]:
    events = CounterMetricFamily(
        "gatemeter_events", "Events processed since the start, by what became of them.", labels=["outcome"]
    )
    for outcome in OUTCOMES:
        events.add_metric([outcome], getattr(now.events, outcome))
    yield events
    yield _counter("gatemeter_fields_left_out", "Unusable fields of counted events.", now.events.ignored_fields)
    yield _counter("gatemeter_folded_rows", "Rows of events whose names are counted under (other).", now.folded_rows)
    yield _counter("gatemeter_rewinds", "Reads repeated because messages were missing.", now.rewinds)
    yield _counter("gatemeter_lost_offsets", "Offsets deleted from the log before they were counted.", now.lost_offsets)
    yield _counter(
        "gatemeter_unkeyed_messages", "Messages without a key in a topic of several partitions.", now.unkeyed_messages
    )
    yield _gauge("gatemeter_two_paths", "Pairs of paths that seem to tell the same requests.", now.two_paths)


def _lag(now: Snapshot, ends: Mapping[int, LogEnd], now_s: float) -> Iterator[Metric]:
    messages = _by_partition("gatemeter_lag_messages", "Messages that wait to be processed.")
    for number, partition in now.partitions.items():
        if number in ends:
            messages.add_metric([str(number)], lag_of(partition, ends[number], now_s).messages)
    yield messages
    events = GaugeMetricFamily("gatemeter_lag_events", "Events that wait, by the mean number in a message of late.")
    seconds = GaugeMetricFamily("gatemeter_lag_seconds", "Age of the oldest message that waits; 0 if none does.")
    if ends or not now.partitions:  # otherwise the lag is unknown, which is not 0
        total = total_lag(now.partitions, ends, now_s)
        events.add_metric([], total.events)
        seconds.add_metric([], total.seconds)
    yield from (events, seconds)


def _offsets(now: Snapshot, ends: Mapping[int, LogEnd]) -> Iterator[Metric]:
    following = _by_partition("gatemeter_next_offset", "The first offset that is not processed yet.")
    committed = _by_partition(
        "gatemeter_committed_offset", "The offset committed last, where a successor would warm up."
    )
    log_end = _by_partition("gatemeter_log_end_offset", "The end of the log when the brokers were asked last.")
    for number, partition in now.partitions.items():
        following.add_metric([str(number)], partition.next_offset)
        if partition.committed_offset is not None:
            committed.add_metric([str(number)], partition.committed_offset)
        if number in ends:
            log_end.add_metric([str(number)], ends[number].offset)
    yield from (following, committed, log_end)
    yield _gauge("gatemeter_assigned_partitions", "Partitions that this worker reads.", len(now.partitions))


def _flushes(now: Snapshot, flush_seconds: Histogram) -> Iterator[Metric]:
    flush = now.flush
    rows = CounterMetricFamily("gatemeter_rows_written", "Rows that the sink has acknowledged.", labels=["table"])
    for table, number in sorted(flush.written_rows.items()):
        rows.add_metric([table], number)
    yield rows
    for family in flush_seconds.collect():
        family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
        yield family
    yield _counter("gatemeter_flush_failures", "Tries to write that failed.", flush.failures)
    yield _stamp("gatemeter_last_flush_timestamp_seconds", "When the sink acknowledged last.", flush.last_success_s)
    yield _gauge("gatemeter_last_flush_rows", "Rows of the last flush.", flush.last_rows)
    yield _gauge("gatemeter_flush_running_seconds", "For how long a flush has been under way.", flush.running_s)
    yield _gauge("gatemeter_sink_up", "Whether the sink takes rows, in time (1 or 0).", int(flush.sink_answers))


def _memory(now: Snapshot) -> Iterator[Metric]:
    yield _gauge("gatemeter_open_epochs", "Epochs held in memory.", now.open_epochs)
    yield _gauge("gatemeter_waiting_rows", "Changed rows, at most, that wait to be written.", now.waiting_rows)
    yield _gauge("gatemeter_back_pressure", "Whether reading waits for the sink (1 or 0).", int(now.is_held))
    yield _counter("gatemeter_back_pressure_seconds", "For how long reading has waited for the sink.", now.held_s)


def _kafka(now: Snapshot, ends: LogEnds) -> Iterator[Metric]:
    yield _stamp("gatemeter_last_commit_timestamp_seconds", "When Kafka took a commit last.", now.last_commit_s)
    yield _stamp("gatemeter_log_end_timestamp_seconds", "When the brokers last told the ends.", ends.answered_s)


def _by_partition(name: str, help_text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=["partition"])


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=value)


def _stamp(name: str, help_text: str, unix_s: float | None) -> GaugeMetricFamily:
    """A gauge that has no value as long as `unix_s` is None."""
    family = GaugeMetricFamily(name, help_text)
    if unix_s is not None:
        family.add_metric([], unix_s)
    return family


def _counter(name: str, help_text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, help_text, value=value)
