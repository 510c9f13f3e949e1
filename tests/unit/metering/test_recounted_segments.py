"""What is stored never shrinks, though a log has lost messages that were counted; epochs have 100 offsets."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.start_position import decide_start
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, EVENT_LEDGER, TABLES
from gatemeter.schema.bookkeeping import COUNTED, DUPLICATE
from tests.support.kong_events import request_line
from tests.support.logs import (
    METERING,
    chunk_at,
    counts,
    flush_to,
    kafka_log,
    lost_chunk,
    requests_by_consumer,
    without_version,
)

LOG = kafka_log(100)
Messages = Mapping[int, bytes]


def requests(count: int) -> dict[int, bytes]:
    return {number: request_line(f"e{number}") for number in range(count)}


def without(messages: Messages, *gone: int) -> dict[int, bytes]:
    return {offset: value for offset, value in messages.items() if offset not in gone}


def started(sink: MemorySink, metering: Metering = METERING) -> PartitionCounter:
    """The counter of a worker that has just got the partition, whose log still begins at offset 0."""
    stored = sink.stored_epochs(LOG.identity)
    start = decide_start(LOG, 0, METERING.ruleset_version, commit=None, log_start=0, stored=stored).position
    return PartitionCounter(LOG, 0, start, metering)


def count(
    sink: MemorySink, messages: Messages, end: int, flush_every: int = 10, metering: Metering = METERING
) -> PartitionCounter:
    """Let a new worker count up to `end`, flushing often."""
    counter = started(sink, metering)
    while counter.next_offset < end:
        first, next_offset = counter.next_offset, min(counter.next_offset + flush_every, end)
        inside = {offset: value for offset, value in messages.items() if first <= offset < next_offset}
        counter.add(chunk_at(first, next_offset, inside))
        flush_to(counter, sink)
    return counter


def ledger(sink: MemorySink) -> list[tuple[int, int, int]]:
    """First offset, version and counted events of each stored segment."""
    return [(row["epoch_first_offset"], row["version"], row["counted"]) for row in sink.rows(EPOCH_LEDGER)]


def billed(sink: MemorySink) -> int:
    return requests_by_consumer(sink, API_USAGE).total()


@pytest.mark.parametrize("flush_every", [1, 7, 50, 100])
def test_events_whose_messages_are_gone_stay_counted(flush_every: int) -> None:
    sink = MemorySink()
    count(sink, requests(60), 60)
    compacted = without(requests(70), *range(50))
    counter = count(sink, compacted, 70, flush_every)
    assert ledger(sink) == [(0, 60, 60), (60, 70, 10)]
    assert billed(sink) == 70
    (segment,) = counter.take_unrepeatable()
    assert (segment.offsets, segment.stored, segment.recounted) == (
        range(60),
        counts(60, counted=60),
        counts(10, counted=10),
    )
    assert counter.take_unrepeatable() == []


def test_a_worker_that_starts_once_more_stores_the_same_again() -> None:
    sink = MemorySink()
    count(sink, requests(60), 60)
    compacted = without(requests(130), *range(50))
    count(sink, compacted, 70)
    before = without_version(sink)
    count(sink, compacted, 70)
    assert without_version(sink) == before
    count(sink, compacted, 130)
    assert ledger(sink) == [(0, 60, 60), (60, 100, 40), (100, 130, 30)]
    assert billed(sink) == 130


def test_a_log_that_loses_more_and_more_keeps_every_segment() -> None:
    sink = MemorySink()
    count(sink, requests(60), 60)
    count(sink, without(requests(80), *range(50)), 80)
    count(sink, without(requests(90), *range(75)), 90)
    assert ledger(sink) == [(0, 60, 60), (60, 80, 20), (80, 90, 10)]
    assert billed(sink) == 90


def test_a_complete_epoch_that_lost_messages_stays_as_it_is() -> None:
    sink = MemorySink()
    count(sink, requests(120), 120)
    counter = count(sink, without(requests(140), 3), 140)
    assert ledger(sink) == [(0, 100, 100), (100, 140, 40)]
    assert [segment.offsets for segment in counter.take_unrepeatable()] == [range(100)]


def test_a_copy_whose_first_event_is_gone_is_not_counted_in_its_place() -> None:
    messages = {**requests(110), 105: request_line("e7")}
    sink = MemorySink()
    count(sink, messages, 110)
    count(sink, without({**messages, 112: request_line("e8")}, 7), 113)
    assert ledger(sink) == [(0, 100, 100), (100, 110, 9), (110, 113, 0)]


def test_no_running_value_is_written_before_it_caught_up() -> None:
    sink = MemorySink()
    count(sink, requests(60), 60)
    counter = started(sink)
    counter.add(chunk_at(0, 59, without(requests(59), 59)))
    assert (counter.take_flush().rows, counter.dirty_count) == ([], 0)
    counter.add(chunk_at(59, 60, {59: request_line("e59")}))
    assert counter.dirty_count > 0
    flush_to(counter, sink)
    assert ledger(sink) == [(0, 60, 60)]


def test_retention_that_overtakes_a_recount_takes_nothing_back() -> None:
    sink = MemorySink()
    count(sink, requests(60), 60)
    counter = started(sink)
    counter.add(chunk_at(0, 20, requests(20)))
    counter.add(lost_chunk(20, 40))
    counter.add(chunk_at(40, 70, without(requests(70), *range(40))))
    flush_to(counter, sink)
    assert ledger(sink) == [(0, 60, 60), (60, 70, 10)]


def test_dead_letters_need_not_wait_for_the_stored_count() -> None:
    sink = MemorySink()
    count(sink, {0: b"poison", **without(requests(60), 0)}, 60)
    counter = started(sink)
    counter.add(chunk_at(0, 1, {0: b"poison"}))
    assert [rows.table for rows in counter.take_flush().rows] == [DEAD_LETTERS]


def test_a_whole_log_is_counted_again_to_the_same_rows() -> None:
    straight, interrupted = MemorySink(), MemorySink()
    count(straight, requests(130), 130)
    count(interrupted, requests(130), 60)
    counter = count(interrupted, requests(130), 130)
    assert without_version(interrupted) == without_version(straight)
    assert counter.take_unrepeatable() == []


def test_copies_are_known_after_a_segment_that_stays() -> None:
    sink = MemorySink()
    count(sink, requests(160), 160)
    count(sink, {**without(requests(160), 110), 160: request_line("e20"), 161: request_line("e120")}, 162)
    assert ledger(sink) == [(0, 100, 100), (100, 160, 60), (160, 162, 0)]
    assert sink.rows(EPOCH_LEDGER)[-1]["duplicates"] == 2


def stored_by(*spans: tuple[int, int]) -> MemorySink:
    """What workers stored that were started one after the other; each found that the log had lost messages."""
    sink = MemorySink()
    for first, end in spans:
        count(sink, {offset: value for offset, value in requests(end).items() if offset >= first}, end)
    return sink


def kept_counter(sink: MemorySink, until: int) -> PartitionCounter:
    counter = started(sink)
    counter.add(chunk_at(0, until, requests(until)))
    return counter


@pytest.mark.parametrize(
    ("sink", "until", "is_kept"),
    [
        pytest.param(stored_by((0, 40)), 60, True, id="ahead of what another worker stored"),
        pytest.param(stored_by((0, 70)), 60, False, id="behind what another worker stored"),
        pytest.param(stored_by((0, 40), (30, 60)), 60, False, id="over a segment that begins elsewhere"),
        pytest.param(MemorySink(), 60, True, id="nothing was stored"),
    ],
)
def test_a_counter_goes_on_only_with_what_is_stored(sink: MemorySink, until: int, *, is_kept: bool) -> None:
    counter = kept_counter(MemorySink(), until)
    stored = sink.stored_epochs(LOG.identity)
    start = decide_start(LOG, 0, METERING.ruleset_version, commit=None, log_start=0, stored=stored).position
    assert counter.can_continue(start) is is_kept


def test_a_counter_that_still_counts_again_goes_on() -> None:
    sink = stored_by((0, 70))
    counter = kept_counter(sink, 20)
    stored = sink.stored_epochs(LOG.identity)
    start = decide_start(LOG, 0, METERING.ruleset_version, commit=None, log_start=0, stored=stored).position
    assert counter.can_continue(start)


def test_lost_counts_are_those_of_the_moment() -> None:
    sink = MemorySink()
    count(sink, requests(60), 60)
    counter = count(sink, without(requests(90), 0), 90)
    (segment,) = counter.take_unrepeatable()
    assert segment.recounted == EventCounts(consumed=59, counted=59)


WITH_EVENTS = Metering(METERING.prices, event_ledger=True)
COPIED = {**requests(70), 30: request_line("e5"), 31: b"no event"}
"""The event at offset 5 comes again at offset 30."""


def outcomes(sink: MemorySink) -> dict[int, str]:
    """What the event ledger says became of each event, by offset."""
    return {row["offset"]: row["outcome"] for row in sink.rows(EVENT_LEDGER)}


@pytest.mark.parametrize("flush_every", [1, 7, 50, 100])
@pytest.mark.parametrize("gone", [[5], [0, 5, 31], range(30)], ids=["a first copy", "more", "half"])
def test_events_of_a_segment_that_stays_keep_their_outcomes(gone: Sequence[int], flush_every: int) -> None:
    sink = MemorySink()
    count(sink, COPIED, 60, metering=WITH_EVENTS)
    before = {table.name: sink.rows(table) for table in TABLES}
    count(sink, without(COPIED, *gone), 60, flush_every, WITH_EVENTS)
    assert {table.name: sink.rows(table) for table in TABLES} == before
    count(sink, without(COPIED, *gone), 70, flush_every, WITH_EVENTS)
    assert outcomes(sink)[30] == DUPLICATE
    assert Counter(outcomes(sink).values()) == {COUNTED: 68, DUPLICATE: 1}
    assert [row["outcome"] for row in sink.rows(EVENT_LEDGER) if row["offset"] >= 60] == [COUNTED] * 10


@pytest.mark.parametrize("flush_every", [1, 100])
def test_an_event_ledger_that_is_switched_on_later_holds_what_was_counted(flush_every: int) -> None:
    sink = MemorySink()
    count(sink, COPIED, 60)
    count(sink, COPIED, 70, flush_every, WITH_EVENTS)
    assert Counter(outcomes(sink).values()) == {COUNTED: 68, DUPLICATE: 1}
    assert [epoch.has_events for epoch in sink.stored_epochs(LOG.identity)] == [True]


def test_the_ledgers_of_interrupted_and_straight_counting_are_equal() -> None:
    straight, interrupted = MemorySink(), MemorySink()
    count(straight, COPIED, 70, metering=WITH_EVENTS)
    for end, flush_every in ((33, 7), (60, 100), (70, 1)):
        count(interrupted, COPIED, end, flush_every, WITH_EVENTS)
    assert without_version(interrupted) == without_version(straight)
