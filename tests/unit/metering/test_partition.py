"""A partition is cut into epochs, finds duplicates in two of them, and never commits too far."""

from collections.abc import Sequence

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import ConflictError, RetryableError
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition, decide_start
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, TableRows
from tests.support.kong_events import recorded, request_line
from tests.support.logs import (
    METERING,
    as_records,
    chunk_at,
    chunk_of,
    commit_of,
    counter_of,
    counts,
    flush_to,
    kafka_log,
    lost_chunk,
    requests_by_consumer,
    without_version,
)


def lines(count: int, first: int = 0) -> list[bytes]:
    return [request_line(f"e{number}") for number in range(first, first + count)]


def ledger(counter: PartitionCounter) -> list[tuple[int, int, int]]:
    """First offset, version and counted events of each epoch to be written."""
    rows = as_records(counter.take_flush().rows, EPOCH_LEDGER)
    return [(row["epoch_first_offset"], row["version"], row["counted"]) for row in rows]


def test_a_chunk_is_cut_where_epochs_begin() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_of(0, lines(25)))
    assert ledger(counter) == [(0, 10, 10), (10, 20, 10), (20, 25, 5)]


def test_a_chunk_up_to_an_epochs_end_does_not_open_the_next() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_of(0, lines(10)))
    assert ledger(counter) == [(0, 10, 10)]


def test_after_a_gap_over_a_whole_epoch_older_events_are_forgotten() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_at(0, 22, {9: request_line("a"), 21: request_line("a")}))
    assert ledger(counter) == [(0, 10, 1), (10, 20, 0), (20, 22, 1)]


@pytest.mark.parametrize("first_offset", [4, 6])
def test_a_chunk_after_a_gap_is_refused_and_not_counted(first_offset: int) -> None:
    counter = counter_of()
    counter.add(chunk_of(0, lines(5)))
    with pytest.raises(ConflictError, match=rf"access\[0\]: expected offset 5, was handed {first_offset}"):
        counter.add(chunk_of(first_offset, lines(1, first=90)))
    assert (counter.next_offset, counter.totals.consumed) == (5, 5)


@pytest.mark.parametrize(("epochs_apart", "duplicates"), [(0, 1), (1, 1), (2, 0)])
def test_duplicates_are_found_in_this_epoch_and_the_one_before(epochs_apart: int, duplicates: int) -> None:
    counter = counter_of(epoch_size=2)
    counter.add(chunk_of(0, [request_line("a"), *lines(2 * epochs_apart), request_line("a")]))
    assert counter.totals.duplicates == duplicates
    assert counter.totals.holds


def test_a_third_copy_is_found_in_the_epoch_after_the_second_copy() -> None:
    counter = counter_of(epoch_size=1)
    counter.add(chunk_of(0, [request_line("a")] * 3))
    assert counter.totals == counts(3, counted=1, duplicates=2)


def test_counting_again_from_the_start_gives_identical_rows() -> None:
    first, second = counter_of(epoch_size=4), counter_of(epoch_size=4)
    messages = [*lines(5), b"nonsense", request_line("e4"), *lines(4, first=3)]
    for counter in (first, second):
        counter.add(chunk_of(0, messages[:6]))
        counter.add(chunk_of(6, messages[6:]))
    assert list(first.take_flush().rows) == list(second.take_flush().rows)


def test_the_first_commit_waits_for_the_third_epoch_to_be_flushed() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_of(0, lines(20)))
    counter.flushed(counter.take_flush())
    assert counter.commit_offset is None
    counter.add(chunk_of(20, lines(1)))
    flush = counter.take_flush()
    assert counter.commit_offset is None
    counter.flushed(flush)
    assert counter.commit_offset == 10


def test_events_added_after_a_flush_was_taken_stay_dirty() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_of(0, lines(25)))
    flush = counter.take_flush()
    counter.add(chunk_of(25, lines(20)))
    counter.flushed(flush)
    assert counter.commit_offset == 10
    assert ledger(counter) == [(20, 30, 10), (30, 40, 10), (40, 45, 5)]


def test_the_commit_pointer_never_moves_back() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_of(0, lines(25)))
    early = counter.take_flush()
    counter.add(chunk_of(25, lines(20)))
    late = counter.take_flush()
    counter.flushed(late)
    counter.flushed(early)
    assert counter.commit_offset == 30


def test_a_takeover_alone_does_not_move_the_commit() -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(30, 40))
    counter.add(chunk_of(30, lines(20)))
    assert counter.commit_offset in {None, 30}
    counter.add(chunk_of(50, lines(1, first=20)))
    counter.flushed(counter.take_flush())
    assert counter.commit_offset == 40


def test_a_log_that_begins_late_is_committed_only_once_stored() -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(523, 523))
    counter.add(chunk_of(523, lines(2)))
    assert counter.commit_offset is None


def test_the_warm_up_writes_nothing_and_finds_duplicates() -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(10, 20))
    counter.add(chunk_of(10, lines(8)))
    assert list(counter.take_flush().rows) == []
    counter.add(chunk_of(18, [*lines(2, first=8), request_line("e0"), request_line("new")]))
    assert counter.totals == counts(2, counted=1, duplicates=1)
    assert ledger(counter) == [(20, 22, 1)]


def test_a_flush_that_is_slower_than_the_warm_up_leaves_its_events_known() -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(10, 20))
    of_other_partitions = counter.take_flush()
    counter.add(chunk_of(10, lines(10)))
    counter.flushed(of_other_partitions)
    counter.add(chunk_of(20, [request_line("e0"), request_line("new")]))
    assert counter.totals == counts(2, counted=1, duplicates=1)


@pytest.mark.parametrize(("read_from", "count_from"), [(10, 13), (12, 13), (13, 13)])
def test_the_warm_up_ends_with_the_offset_before_the_first_counted(read_from: int, count_from: int) -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(read_from, count_from))
    counter.add(chunk_of(read_from, lines(14 - read_from)))
    assert ledger(counter) == [(13, 14, 1)]


def test_a_piece_of_a_chunk_keeps_the_times_of_its_messages() -> None:
    counter = counter_of(epoch_size=10)
    counter.add(chunk_at(0, 20, {3: request_line("a"), 9: b"x", 11: b"y"}))
    rows = as_records(counter.take_flush().rows, DEAD_LETTERS)
    assert [(row["offset"], row["message_time"]) for row in rows] == [(9, 1_009), (11, 1_011)]


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_piece_of_a_lost_chunk_is_lost_too(*, is_lost: bool) -> None:
    chunk = lost_chunk(0, 25) if is_lost else chunk_of(0, lines(25))
    assert [piece.is_lost for piece in chunk.by_epoch(10)] == [is_lost] * 3


def test_the_warm_up_finds_copies_of_events_of_another_kind() -> None:
    counter, session = counter_of(epoch_size=10, start=StartPosition(10, 20)), recorded("stream_session")
    counter.add(chunk_of(10, [session, *lines(9)]))
    counter.add(chunk_of(20, [session]))
    assert counter.totals == counts(1, duplicates=1)


def test_a_start_in_mid_epoch_warms_up_and_begins_a_segment() -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(13, 16))
    counter.add(chunk_of(13, [*lines(3), request_line("e1"), request_line("new")]))
    assert counter.totals == counts(2, counted=1, duplicates=1)
    assert ledger(counter) == [(16, 18, 1)]


def test_a_late_start_without_warm_up_begins_a_segment() -> None:
    counter = counter_of(epoch_size=10, start=StartPosition(13, 13))
    counter.add(chunk_of(13, lines(10)))
    assert ledger(counter) == [(13, 20, 7), (20, 23, 3)]


def test_a_takeover_from_the_commit_stores_the_same_numbers() -> None:
    messages = [*lines(24), request_line("e14"), *lines(9, first=24)]
    straight, interrupted = MemorySink(), MemorySink()
    whole = counter_of(epoch_size=10)
    whole.add(chunk_of(0, messages))
    flush_to(whole, straight)
    first = counter_of(epoch_size=10)
    first.add(chunk_of(0, messages[:27]))
    flush_to(first, interrupted)
    stored = interrupted.stored_epochs("topic-id-1")
    start = decide_start(
        kafka_log(), 0, METERING.ruleset_version, commit=commit_of(first), log_start=0, stored=stored
    ).position
    second = counter_of(epoch_size=10, start=start)
    second.add(chunk_of(start.read_from, messages[start.read_from :]))
    flush_to(second, interrupted)
    assert without_version(interrupted) == without_version(straight)


class DiesAfterFirstTable(MemorySink):
    """Stores the first table of a batch, then fails."""

    def write(self, batch: Sequence[TableRows]) -> None:
        super().write(batch[:1])
        raise RetryableError("away")


def test_a_crash_in_a_flush_after_a_mid_epoch_start_counts_once() -> None:
    log, sink, messages = kafka_log(100), DiesAfterFirstTable(), lines(60)
    first = PartitionCounter(log, 0, StartPosition(23, 23), METERING)
    first.add(chunk_of(23, messages[:30]))
    MemorySink.write(sink, first.take_flush().rows)
    first.add(chunk_of(53, messages[30:]))
    with pytest.raises(RetryableError):
        sink.write(first.take_flush().rows)
    stored = sink.stored_epochs(log.identity)
    start = decide_start(log, 0, METERING.ruleset_version, commit=None, log_start=23, stored=stored).position
    second = PartitionCounter(log, 0, start, METERING)
    second.add(chunk_of(start.read_from, messages[start.read_from - 23 :]))
    MemorySink.write(sink, second.take_flush().rows)
    assert requests_by_consumer(sink, API_USAGE) == {"con-1": 60}


def test_a_resumed_segment_follows_lost_offsets() -> None:
    counter, sink = counter_of(epoch_size=100), MemorySink()
    counter.add(chunk_of(0, lines(30)))
    counter.add(lost_chunk(30, 70))
    counter.add(chunk_of(70, lines(20, first=70)))
    flush_to(counter, sink)
    ledger = [(row["epoch_first_offset"], row["version"], row["counted"]) for row in sink.rows(EPOCH_LEDGER)]
    assert ledger == [(0, 30, 30), (70, 90, 20)]
    assert requests_by_consumer(sink, API_USAGE) == {"con-1": 50}


def test_copies_are_found_across_lost_offsets() -> None:
    counter = counter_of(epoch_size=100)
    counter.add(chunk_of(0, lines(3)))
    counter.add(lost_chunk(3, 50))
    counter.add(chunk_of(50, lines(3)))
    assert counter.totals.duplicates == 3


def test_copies_are_not_looked_for_beyond_a_lost_epoch() -> None:
    """Else who starts after the loss, and cannot warm up with what is older, would count other rows."""
    counter = counter_of(epoch_size=10)
    counter.add(chunk_of(0, lines(10)))
    counter.add(lost_chunk(10, 20))
    counter.add(chunk_of(20, lines(3)))
    assert counter.totals == counts(13, counted=13)


def test_what_is_stored_stays_when_it_is_lost_while_counted_again() -> None:
    counter = counter_of(epoch_size=100, start=StartPosition(0, 0, stored_until=60))
    counter.add(chunk_of(0, lines(10)))
    assert counter.never_stored(range(10, 80)) == range(60, 80)
    counter.add(lost_chunk(10, 40))
    counter.add(chunk_of(40, lines(30, first=40)))
    assert ledger(counter) == [(0, 10, 10), (60, 70, 10)]


def test_a_wholly_lost_epoch_leaves_no_row() -> None:
    counter, sink = counter_of(epoch_size=10), MemorySink()
    counter.add(chunk_of(0, lines(5)))
    counter.add(lost_chunk(5, 40))
    counter.add(chunk_of(40, lines(1, first=40)))
    flush_to(counter, sink)
    assert [row["epoch_first_offset"] for row in sink.rows(EPOCH_LEDGER)] == [0, 40]


def test_epochs_that_wait_to_be_written_keep_no_event_ids() -> None:
    counter = counter_of(epoch_size=2)
    counter.add(chunk_of(0, [request_line("a"), request_line("b")]))
    first = counter.open_epoch
    assert first is not None
    assert len(first.event_ids) == 2
    counter.add(chunk_of(2, [request_line("a"), request_line("c")]))
    assert first.event_ids == set()
    assert counter.totals.duplicates == 1
