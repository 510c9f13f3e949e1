"""One epoch: its rows are whole values, its account adds up, its dead letters have their locations."""

import random
from datetime import UTC, date, datetime

import pytest

from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER, MONTHLY_REQUESTS
from tests.support.dead_letters import SEALING
from tests.support.kong_events import HOUR_S, MARCH_MS, recorded, request_line
from tests.support.logs import FROM_THE_START, METERING, as_records, chunk_at, chunk_of, counter_of, counts, kafka_log

FEBRUARY = (date(2026, 2, 1) - date(1970, 1, 1)).days
MARCH = (date(2026, 3, 1) - date(1970, 1, 1)).days


def test_a_usage_row_holds_exact_sums_under_the_event_s_own_hour() -> None:
    counter = counter_of()
    counter.add(chunk_of(0, [request_line("a") + b"\n" + request_line("b")]))
    (row,) = as_records(counter.take_flush().rows, API_USAGE)
    assert datetime.fromtimestamp(row["hour"], UTC) == datetime(2026, 2, 3, 10, tzinfo=UTC)
    assert (row["consumer_id"], row["method"], row["status"], row["requests"]) == ("con-1", "GET", 200, 2)
    assert (row["request_bytes"], row["response_bytes"]) == (620, 2400)
    assert [row[f"latency_{name}_sum_ns"] for name in ("request", "upstream", "gateway")] == [
        92_000_000,
        82_000_000,
        6_000_000,
    ]


def test_rows_carry_log_partition_epoch_and_next_offset() -> None:
    counter = counter_of()
    counter.add(chunk_of(0, [request_line(f"e{n}") for n in range(13)]))
    lineages = [
        [row[name] for name in ("log", "partition", "epoch_first_offset", "version")]
        for row in as_records(counter.take_flush().rows, API_USAGE)
    ]
    assert lineages == [["topic-id-1", 0, 0, 10], ["topic-id-1", 0, 10, 13]]


def test_months_are_cut_by_the_event_s_own_utc_time() -> None:
    counter = counter_of()
    last_of_february = request_line("a", started_at=MARCH_MS - 1)
    counter.add(chunk_of(0, [last_of_february, request_line("b", started_at=MARCH_MS), request_line("c")]))
    rows = as_records(counter.take_flush().rows, MONTHLY_REQUESTS)
    assert {row["month"]: row["requests"] for row in rows} == {FEBRUARY: 2, MARCH: 1}


def test_the_ledger_accounts_for_every_event() -> None:
    counter = counter_of()
    frame = b"\n".join([request_line("a"), request_line("a"), b"nonsense", recorded("stream_session")])
    counter.add(chunk_of(0, [frame]))
    (row,) = as_records(counter.take_flush().rows, EPOCH_LEDGER)
    assert counter.totals == counts(4, counted=1, duplicates=1, dead_letters=1, other_kind=1)
    assert counter.totals.holds
    accounts = [row[name] for name in ("consumed", "counted", "duplicates", "dead_letters", "other_kind")]
    assert accounts == [4, 1, 1, 1, 1]
    assert (row["topic"], row["log_kind"], row["epoch_size"]) == ("access", "kafka", 10)


def test_the_second_flush_holds_changed_rows_as_whole_values() -> None:
    counter = counter_of()
    counter.add(chunk_of(0, [request_line("a", consumer="x"), request_line("b", consumer="y")]))
    counter.flushed(counter.take_flush())
    counter.add(chunk_of(2, [request_line("c", consumer="y")]))
    rows = as_records(counter.take_flush().rows, API_USAGE)
    assert [(row["consumer_id"], row["requests"], row["version"]) for row in rows] == [("y", 2, 3)]


def test_nothing_new_is_nothing_to_write() -> None:
    counter = counter_of()
    assert list(counter.take_flush().rows) == []
    counter.add(chunk_of(0, [request_line("a")]))
    counter.take_flush()
    assert list(counter.take_flush().rows) == []


def test_dead_letters_wait_to_be_written_by_their_size() -> None:
    counter = PartitionCounter(kafka_log(), 0, FROM_THE_START, SEALING)
    counter.add(chunk_of(0, [request_line("a"), b"x", b"y"]))
    assert counter.dirty_count == 3
    # Originals are compressed before they are encrypted; noise is not.
    counter.add(chunk_of(3, [random.Random(7).randbytes(5_120).replace(b"\n", b"")]))
    assert counter.dirty_count == 3 + 11  # as much memory as eleven rows of usage
    counter.take_flush()
    assert counter.dirty_count == 0


def test_offsets_without_messages_are_consumed_too() -> None:
    counter = counter_of()
    counter.add(chunk_at(0, 7, {}))
    (row,) = as_records(counter.take_flush().rows, EPOCH_LEDGER)
    assert (row["version"], row["consumed"]) == (7, 0)


def test_a_dead_letter_has_its_location() -> None:
    counter = counter_of()
    counter.add(chunk_at(0, 9, {2: request_line("a"), 7: request_line("b") + b"\n\nnonsense"}))
    (row,) = as_records(counter.take_flush().rows, DEAD_LETTERS)
    assert (row["offset"], row["line"], row["event_index"], row["message_time"]) == (7, 3, 0, 1_007)
    assert (row["raw"], row["raw_size_bytes"], row["reason"]) == (b"(text, 8 bytes)", 8, "invalid_json")
    assert (row["topic"], row["format"], row["is_deleted"]) == ("access", "kong-log", 0)


def test_a_dead_letters_version_depends_on_its_location_alone() -> None:
    early, late = counter_of(), counter_of()
    early.add(chunk_of(0, [b"x"]))
    written_early = as_records(early.take_flush().rows, DEAD_LETTERS)
    late.add(chunk_of(0, [b"x", request_line("a"), request_line("b")]))
    assert as_records(late.take_flush().rows, DEAD_LETTERS) == written_early


def test_a_files_dead_letter_has_the_line_of_the_file() -> None:
    counter = PartitionCounter(Log("hash", "a.log", LogKind.FILE, 10), 0, FROM_THE_START, METERING)
    counter.add(LogChunk(0, 3, [0, 2], [request_line("a"), b"x"], None, "kong-log"))
    (row,) = as_records(counter.take_flush().rows, DEAD_LETTERS)
    assert (row["line"], row["message_time"]) == (3, None)


@pytest.mark.parametrize("again", [False, True])
def test_a_forgotten_line_is_deleted_unless_rejected_again(*, again: bool) -> None:
    counter = counter_of()
    counter.add(chunk_of(0, [b"x" if again else request_line("a")]))
    assert counter.open_epoch is not None
    counter.open_epoch.forget_line(0)
    (row,) = as_records(counter.take_flush().rows, DEAD_LETTERS)
    assert (row["offset"], row["event_index"], row["is_deleted"]) == (0, 0, 0 if again else 1)
    assert row["version"] == (1 if again else 2)


def test_an_hour_begins_at_its_own_first_millisecond() -> None:
    counter = counter_of()
    first, before = HOUR_S * 1000, HOUR_S * 1000 - 1
    counter.add(chunk_of(0, [request_line("a", started_at=first), request_line("b", started_at=before)]))
    hours = [row["hour"] for row in as_records(counter.take_flush().rows, API_USAGE)]
    assert sorted(hours) == [HOUR_S - 3600, HOUR_S]
