"""Every line is shipped in frames by consumer, and counted."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gatemeter.clock import ManualClock
from gatemeter.errors import KafkaUnavailable
from gatemeter.logfiles.lines import LineBatch
from gatemeter.shipping.shipper import MessageCounts, Shipper
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.producer import MemoryProducer

PARTITIONS = 4


@pytest.fixture
def producer() -> MemoryProducer:
    return MemoryProducer("access-log", PARTITIONS)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 2, 1, tzinfo=UTC))


@pytest.fixture
def shipper(producer: MemoryProducer, clock: ManualClock) -> Shipper:
    limits = FrameLimits(max_events=10, max_age_s=1.0)
    return Shipper(producer, count_events=count_events, limits=limits, clock=clock)


def count_events(_: str, value: bytes) -> MessageCounts:
    """A line is an event; text that does not end an object cannot be counted."""
    lines = value.split(b"\n")
    return MessageCounts(len(lines), sum(not line.endswith(b"}") for line in lines))


def event(number: int, consumer: str = "c-1") -> bytes:
    return json.dumps({"request": {"id": f"r-{number}"}, "consumer": {"id": consumer}}).encode()


def ship(shipper: Shipper, *lines: bytes, oversized: dict[int, int] | None = None) -> None:
    for _ in shipper.ship([LineBatch(1, list(lines), oversized or {})]):
        pass


def stored_lines(producer: MemoryProducer) -> list[bytes]:
    return [line for messages in producer.stored for message in messages for line in message.value.split(b"\n")]


def test_every_line_is_shipped_exactly_once(shipper: Shipper, producer: MemoryProducer) -> None:
    lines = [event(number, f"c-{number % 7}") for number in range(100)]
    ship(shipper, *lines)
    assert shipper.finish().events == 100
    assert sorted(stored_lines(producer)) == sorted(lines)


def test_events_of_a_consumer_share_a_partition_in_order(shipper: Shipper, producer: MemoryProducer) -> None:
    lines = [event(number) for number in range(25)]
    ship(shipper, *lines)
    summary = shipper.finish()
    (used,) = filter(None, producer.stored)
    assert [line for message in used for line in message.value.split(b"\n")] == lines
    assert summary.frames == len(used) == 3


def test_blank_lines_are_neither_sent_nor_counted(shipper: Shipper, producer: MemoryProducer) -> None:
    ship(shipper, event(1), b"", event(2))
    assert shipper.finish().events == 2
    assert stored_lines(producer) == [event(1), event(2)]


def test_lines_that_cannot_be_counted_are_shipped_too(shipper: Shipper, producer: MemoryProducer) -> None:
    bad = [b"plain text", b'{"cut":', b"42", b"[1,2]"]
    ship(shipper, event(1), *bad)
    summary = shipper.finish()
    assert (summary.events, summary.dead_letters) == (5, 4)
    assert set(bad) < set(stored_lines(producer))


def test_an_oversized_line_gets_its_own_message(shipper: Shipper, producer: MemoryProducer) -> None:
    ship(shipper, event(1), b"x" * 65_536, oversized={1: 200_000_000})
    summary = shipper.finish()
    formats = {message.headers[0][1]: message.value for messages in producer.stored for message in messages}
    assert formats == {b"kong-log": event(1), b"oversized": b"x" * 65_536}
    assert (summary.events, summary.frames) == (2, 2)


def test_a_resent_copy_reaches_the_same_partition(shipper: Shipper, producer: MemoryProducer) -> None:
    lines = [b'{"started_at":%d}' % number for number in range(40)]
    ship(shipper, *lines, *lines)
    shipper.finish()
    for messages in producer.stored:
        kept = [line for message in messages for line in message.value.split(b"\n")]
        assert all(kept.count(line) == 2 for line in kept)


def test_old_frames_are_sent_in_a_pause_of_input(
    shipper: Shipper, producer: MemoryProducer, clock: ManualClock
) -> None:
    def batches() -> Iterator[LineBatch]:
        yield LineBatch(1, [event(1)])
        clock.advance(0.9)
        yield LineBatch(2, [])
        clock.advance(0.2)
        yield LineBatch(2, [])

    sent_after_each = [len(stored_lines(producer)) for _ in shipper.ship(batches())]
    assert sent_after_each == [0, 0, 1]


def test_the_summary_has_sizes_and_time(shipper: Shipper, clock: ManualClock) -> None:
    ship(shipper, b"{}", b"[]")
    clock.advance(2.5)
    summary = shipper.finish()
    assert (summary.size_bytes, summary.seconds) == (4, 2.5)


def test_a_failed_delivery_stops_the_run(shipper: Shipper, producer: MemoryProducer) -> None:
    producer.fail(2, "broker away")
    with pytest.raises(KafkaUnavailable, match="partition 2"):
        ship(shipper, event(1))


def test_frames_count_only_once_acknowledged(shipper: Shipper, producer: MemoryProducer) -> None:
    ship(shipper, *[event(number) for number in range(10)])
    producer.fail(0, "timed out")
    with pytest.raises(KafkaUnavailable):
        shipper.finish()
    assert producer.acknowledged == 0
