"""Requests per minute: derived from the rows of hours, whole values of the epoch, and only where they are kept."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.clock import ManualClock
from gatemeter.metering import accumulator
from gatemeter.metering.kept_minutes import KeptMinutes
from gatemeter.metering.partition import PartitionCounter
from gatemeter.schema import API_USAGE, EPOCH_LEDGER, MINUTE_USAGE
from tests.support.kong_events import HOUR_S, request_line
from tests.support.logs import FROM_THE_START, METERING, as_records, chunk_of, counter_of, flush_to, kafka_log

HOUR_MS = HOUR_S * 1000
SUMS = ("requests", "request_bytes", "response_bytes", "latency_request_count", "latency_request_sum_ns")


def at(*seconds: float) -> list[bytes]:
    """Requests so many seconds after the begin of an hour."""
    return [request_line(f"e{n}", started_at=HOUR_MS + int(s * 1000)) for n, s in enumerate(seconds)]


def changed(line: bytes, **members: object) -> bytes:
    return json.dumps(json.loads(line) | members).encode()


def minutes_of(counter: PartitionCounter) -> list[dict[str, Any]]:
    return sorted(as_records(counter.take_flush().rows, MINUTE_USAGE), key=lambda row: (row["minute"], row["version"]))


def requests(rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """Requests by the seconds from the begin of the hour to that of the minute."""
    found: Counter[int] = Counter()
    for row in rows:
        found[row["minute"] - HOUR_S] += row["requests"]
    return dict(found)


def test_each_minute_has_the_requests_that_began_in_it() -> None:
    counter = counter_of()
    counter.add(chunk_of(0, at(0, 59.999, 60, 3_599.999, 3_600)))
    assert requests(minutes_of(counter)) == {0: 2, 60: 1, 3_540: 1, 3_600: 1}


def test_a_minute_has_the_dimensions_and_measures_of_its_requests() -> None:
    counter = counter_of()
    counter.add(chunk_of(0, [request_line("a"), request_line("b", consumer="other")]))
    rows = counter.take_flush().rows
    (minute,), hours = as_records(rows, MINUTE_USAGE), as_records(rows, API_USAGE)
    assert len(hours) == 2, "a consumer is no dimension of a minute"
    shared = set(MINUTE_USAGE.dimension_names) & set(API_USAGE.dimension_names)
    assert {name: minute[name] for name in shared} == {name: hours[0][name] for name in shared}
    assert {name: minute[name] for name in SUMS} == {name: sum(hour[name] for hour in hours) for name in SUMS}
    assert minute["latency_request_buckets"] == hours[0]["latency_request_buckets"]
    assert minute["latency_request_bucket_counts"] == [2]


def test_a_minute_is_written_whole_whenever_it_changes() -> None:
    counter = counter_of(epoch_size=100)
    counter.add(chunk_of(0, at(1, 61)))
    assert requests(minutes_of(counter)) == {0: 1, 60: 1}
    counter.add(chunk_of(2, [request_line("later", started_at=HOUR_MS + 2_000)]))
    (row,) = minutes_of(counter)
    assert (row["minute"] - HOUR_S, row["requests"], row["version"]) == (0, 2, 3)
    assert minutes_of(counter) == []


@pytest.mark.parametrize("fold_at", [1, 2, 16_384])
def test_how_requests_are_folded_changes_no_minute(fold_at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        changed(request_line(f"e{n}", started_at=HOUR_MS + n * 7_919), response={"status": 200 + n % 3, "size": n})
        for n in range(300)
    ]
    expected = counter_of(epoch_size=1_000)
    expected.add(chunk_of(0, lines))
    monkeypatch.setattr(accumulator, "_FOLD_AT", fold_at)
    portions = counter_of(epoch_size=1_000)
    for first in range(0, 300, 50):
        portions.add(chunk_of(first, lines[first : first + 50]))
    assert minutes_of(portions) == minutes_of(expected)


def test_counting_a_log_again_writes_the_same_minutes() -> None:
    lines, once, twice = at(*range(0, 4_000, 37)), MemorySink(), MemorySink()
    for sink, size in ((once, len(lines)), (twice, 10)):
        counter = counter_of(epoch_size=50)
        for first in range(0, len(lines), size):
            counter.add(chunk_of(first, lines[first : first + size]))
            flush_to(counter, sink)
    late = counter_of(epoch_size=50)  # a worker that takes over, and one that wakes up
    late.add(chunk_of(0, lines))
    flush_to(late, twice)
    assert twice.rows(MINUTE_USAGE) == once.rows(MINUTE_USAGE)


def test_events_before_the_kept_minutes_have_none() -> None:
    now = ManualClock(datetime.fromtimestamp(HOUR_S + 86_400 - 1, UTC))
    metering = replace(METERING, minutes=KeptMinutes(1, now))
    counter = PartitionCounter(kafka_log(), 0, FROM_THE_START, metering)
    counter.add(chunk_of(0, at(-1, -3_600, 0, 60)))
    rows = counter.take_flush().rows
    assert requests(as_records(rows, MINUTE_USAGE)) == {0: 1, 60: 1}
    assert sum(row["requests"] for row in as_records(rows, API_USAGE)) == 4
    assert [row["minutes_from"] for row in as_records(rows, EPOCH_LEDGER)] == [HOUR_S]


def test_an_epoch_keeps_the_minutes_of_its_beginning() -> None:
    now = ManualClock(datetime.fromtimestamp(HOUR_S + 86_400, UTC))
    counter = PartitionCounter(kafka_log(2), 0, FROM_THE_START, replace(METERING, minutes=KeptMinutes(1, now)))
    counter.add(chunk_of(0, at(0)))
    now.advance(3_601)
    counter.add(chunk_of(1, [request_line("b", started_at=HOUR_MS), request_line("c", started_at=HOUR_MS)]))
    rows = counter.take_flush().rows
    assert requests(as_records(rows, MINUTE_USAGE)) == {0: 2}
    begins = {row["epoch_first_offset"]: row["minutes_from"] - HOUR_S for row in as_records(rows, EPOCH_LEDGER)}
    assert begins == {0: 0, 2: 7_200}


@pytest.mark.parametrize(("seconds", "first"), [(0, 0), (1, 3_600), (3_599, 3_600), (3_600, 3_600)])
def test_minutes_are_kept_from_a_full_hour_on(seconds: int, first: int) -> None:
    clock = ManualClock(datetime.fromtimestamp(HOUR_S + 7 * 86_400 + seconds, UTC))
    assert KeptMinutes(7, clock).first_second() == HOUR_S + first


def test_latencies_that_are_not_measured_are_in_no_minute() -> None:
    counter = counter_of()
    latencies: list[dict[str, int]] = [{"proxy": 3}, {"request": 5, "proxy": -1}]
    lines = [changed(request_line(f"e{n}"), latencies=each) for n, each in enumerate(latencies)]
    counter.add(chunk_of(0, lines))
    (row,) = minutes_of(counter)
    assert [row[f"latency_{name}_count"] for name in ("request", "upstream", "gateway")] == [1, 1, 0]
    assert [row[f"latency_{name}_sum_ns"] for name in ("request", "upstream", "gateway")] == [5_000_000, 3_000_000, 0]


def test_copies_and_dead_letters_are_in_no_minute() -> None:
    counter = counter_of()
    counter.add(chunk_of(0, [request_line("a"), request_line("a"), b"nonsense"]))
    assert [row["requests"] for row in minutes_of(counter)] == [1]
