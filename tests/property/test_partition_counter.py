"""The rows of a log are a pure function of its messages, whatever the chunks, flushes, crashes and restarts."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import RetryableError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition, decide_start
from gatemeter.schema import API_USAGE, EPOCH_LEDGER, TableRows
from tests.support import logs
from tests.support.kong_events import MARCH_MS, event_text, recorded, request_line
from tests.support.logs import chunk_at, commit_of, flush_to, kafka_log, without_version

METERING = replace(logs.METERING, event_ledger=True)
EPOCH_SIZE = 4
LOG = kafka_log(EPOCH_SIZE)

# One id always comes with the same event; the last test has two events that share an id.
LINES = st.one_of(
    st.integers(0, 10).map(lambda n: request_line(f"e{n}", consumer=f"c{n % 2}", started_at=MARCH_MS + n - 4)),
    st.integers(0, 4).map(lambda n: event_text(event_id=f'"odd{n}"', request_size=f'"{n}"')),
    st.sampled_from([b"nonsense", recorded("stream_session"), event_text(event_id=None)]),
)
MESSAGES = st.lists(LINES, min_size=1, max_size=3).map(b"\n".join)


@dataclass
class TopicLog:
    """Messages by offset; some offsets do not exist."""

    message_at: dict[int, bytes]
    end: int


@dataclass
class Schedule:
    """The offsets at which a chunk ends, those at which rows are flushed after it, and during it."""

    cuts: set[int]
    flushes: set[int] = field(default_factory=set)
    slow_flushes: set[int] = field(default_factory=set)


@st.composite
def topic_logs(draw: st.DrawFn) -> TopicLog:
    slots = draw(st.lists(st.one_of(MESSAGES, MESSAGES, MESSAGES, st.none()), min_size=1, max_size=22))
    return TopicLog({offset: value for offset, value in enumerate(slots) if value is not None}, len(slots))


_OFFSETS = st.sets(st.integers(0, 22))
SCHEDULES = st.builds(Schedule, _OFFSETS, _OFFSETS, _OFFSETS)


def run(counter: PartitionCounter, log: TopicLog, schedule: Schedule, sink: MemorySink, until: int) -> None:
    """Count from where the counter stands up to `until`."""
    ends = schedule.cuts | schedule.flushes | schedule.slow_flushes
    for edge in [*sorted(edge for edge in ends if counter.next_offset < edge < until), until]:
        first = counter.next_offset
        inside = {offset: value for offset, value in log.message_at.items() if first <= offset < edge}
        taken = counter.take_flush() if edge in schedule.slow_flushes else None
        counter.add(chunk_at(first, edge, inside))
        if taken is not None:
            sink.write(taken.rows)
            counter.flushed(taken)
        if edge in schedule.flushes:
            flush_to(counter, sink)


def counted_at_once(log: TopicLog) -> MemorySink:
    sink = MemorySink()
    counter = PartitionCounter(LOG, 0, StartPosition(0, 0), METERING)
    run(counter, log, Schedule(set()), sink, log.end)
    flush_to(counter, sink)
    return sink


@given(topic_logs(), SCHEDULES)
def test_chunks_and_flushes_leave_no_trace(log: TopicLog, schedule: Schedule) -> None:
    sink = MemorySink()
    counter = PartitionCounter(LOG, 0, StartPosition(0, 0), METERING)
    run(counter, log, schedule, sink, log.end)
    flush_to(counter, sink)
    assert without_version(sink) == without_version(counted_at_once(log))
    assert counter.totals.holds


class Torn(MemorySink):
    """Stores the rows of the first `tables` tables, then fails."""

    def __init__(self, stored: MemorySink, tables: int) -> None:
        self._stored = stored
        self._tables_left = tables

    def write(self, batch: Sequence[TableRows]) -> None:
        self._stored.write(batch[: self._tables_left])
        raise RetryableError("gone")


@given(topic_logs(), st.lists(st.tuples(SCHEDULES, st.integers(1, 22), st.integers(0, 10)), max_size=3))
def test_crashes_in_mid_flush_leave_no_trace(log: TopicLog, crashes: list[tuple[Schedule, int, int]]) -> None:
    sink, committed = MemorySink(), None
    for schedule, dies_after, tables in [*crashes, (Schedule(set()), log.end, 0)]:
        stored = sink.stored_epochs(LOG.identity)
        start = decide_start(LOG, 0, METERING.ruleset_version, commit=committed, log_start=0, stored=stored).position
        counter = PartitionCounter(LOG, 0, start, METERING)
        run(counter, log, schedule, sink, min(start.read_from + dies_after, log.end))
        committed = commit_of(counter) or committed
        with pytest.raises(RetryableError):
            Torn(sink, tables).write(counter.take_flush().rows)
    stored = sink.stored_epochs(LOG.identity)
    start = decide_start(LOG, 0, METERING.ruleset_version, commit=committed, log_start=0, stored=stored).position
    counter = PartitionCounter(LOG, 0, start, METERING)
    run(counter, log, Schedule(set(), slow_flushes=set(range(log.end))), sink, log.end)
    flush_to(counter, sink)
    assert without_version(sink) == without_version(counted_at_once(log))


@given(topic_logs())
def test_every_event_is_accounted_for_in_rows_and_ledger(log: TopicLog) -> None:
    sink = counted_at_once(log)
    ledger = EventCounts()
    for row in sink.rows(EPOCH_LEDGER):
        ledger.add(EventCounts.of(row))
    assert ledger.holds
    assert ledger.consumed == sum(value.count(b"\n") + 1 for value in log.message_at.values())
    assert ledger.counted == sum(row["requests"] for row in sink.rows(API_USAGE))


def test_chunks_do_not_decide_which_of_two_copies_counts() -> None:
    common = event_text(extra='"consumer":{"id":"common"}')
    odd = event_text(request_size='"1"', extra='"consumer":{"id":"odd"}')
    log, sink = TopicLog({0: common, 1: odd}, 2), MemorySink()
    counter = PartitionCounter(LOG, 0, StartPosition(0, 0), METERING)
    run(counter, log, Schedule({1}), sink, log.end)
    flush_to(counter, sink)
    assert without_version(sink) == without_version(counted_at_once(log))
