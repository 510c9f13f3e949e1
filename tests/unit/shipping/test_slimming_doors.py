"""Whatever door an event comes through, what is not metered of it does not get into a frame."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from gatemeter.clock import ManualClock
from gatemeter.collector.shared_frames import Receipt, SharedFrames, Stream
from gatemeter.formats.event_lines import EventSplitter
from gatemeter.logfiles.lines import LineBatch
from gatemeter.shipping.partition_key import partition_key, partition_of
from gatemeter.shipping.repacker import Repacker, SourceMessage
from gatemeter.shipping.shipper import MessageCounts, Shipper
from gatemeter.shipping.slim_line import KeepWhole, SlimLine
from gatemeter.wire.frames import FORMAT_HEADER, FrameLimits, header_value
from gatemeter.wire.producer import MemoryProducer
from gatemeter.wire.slimmed import SLIMMED_HEADER
from tests.support.counted_lines import counted
from tests.support.planted_secrets import SECRET, with_secrets
from tests.support.slim_corpus import RECORDED, Recorded, kong_event
from tests.support.slim_lines import SLIMMER

PARTITIONS = 8
CLOCK = ManualClock(datetime(2026, 2, 3, tzinfo=UTC))
LIMITS = FrameLimits()
Door = Callable[[str, Sequence[bytes], SlimLine], list[tuple[int, bytes]]]
"""The partition and the bytes of each line that a door sends."""


def shipped(log_format: str, lines: Sequence[bytes], slim: SlimLine) -> list[tuple[int, bytes]]:
    topic = MemoryProducer("t", PARTITIONS, slimmed=slim.name)
    counts = lambda *_: MessageCounts(0, 0)  # noqa: E731
    shipper = Shipper(topic, count_events=counts, limits=LIMITS, clock=CLOCK, log_format=log_format, slim=slim)
    for _ in shipper.ship([LineBatch(1, list(lines), {})]):
        pass
    shipper.finish()
    for messages in topic.stored:
        assert all(header_value(message.headers, SLIMMED_HEADER) == (slim.name or None) for message in messages)
    frames = ((partition, message.value) for partition, of_one in enumerate(topic.stored) for message in of_one)
    return [(partition, line) for partition, value in frames for line in value.split(b"\n")]


def collected(log_format: str, lines: Sequence[bytes], slim: SlimLine) -> list[tuple[int, bytes]]:
    frames = SharedFrames(PARTITIONS, LIMITS, CLOCK, slim)
    receipt, stream = Receipt(len(lines), lambda _: None), Stream(log_format, "")
    sent = [frame for line in lines for frame in frames.add(stream, line, receipt)]
    return [(each.partition, line) for each in (*sent, *frames.drain()) for line in each.frame.value.split(b"\n")]


def relayed(log_format: str, lines: Sequence[bytes], slim: SlimLine, **told: bytes) -> list[tuple[int, bytes]]:
    repacker = Repacker("topic-id", PARTITIONS, EventSplitter(), limits=LIMITS, clock=CLOCK, slim=slim)
    headers = [(FORMAT_HEADER, log_format.encode()), *((SLIMMED_HEADER, value) for value in told.values())]
    messages = [SourceMessage(0, number, line, headers, 1_770_000_000_000) for number, line in enumerate(lines)]
    frames = [*(frame for message in messages for frame in repacker.take(message)), *repacker.drain()]
    name = told["slimmed"].decode() if told else slim.name
    assert all(header_value(frame.headers, SLIMMED_HEADER) == (name or None) for frame in frames)
    return [(frame.partition, line) for frame in frames for line in frame.value.split(b"\n")]


DOORS = pytest.mark.parametrize("door", [shipped, collected, relayed])
FORMATS = sorted({each.log_format for each in RECORDED})
# A request of several records is taken apart by the relay, and is one line elsewhere.
SINGLE = [each for each in RECORDED if each.name != "otlp-several"]


@DOORS
@pytest.mark.parametrize("log_format", FORMATS)
def test_no_secret_of_an_event_gets_into_a_frame(door: Door, log_format: str) -> None:
    events = [with_secrets(each.document) for each in RECORDED if each.log_format == log_format]
    lines = [Recorded(log_format, "", event).line for event in events]
    assert SECRET in b"".join(lines)
    assert SECRET not in b"".join(line for _, line in door(log_format, lines, SLIMMER))


@DOORS
@pytest.mark.parametrize("log_format", FORMATS)
def test_what_a_door_sends_is_counted_as_the_whole_event(door: Door, log_format: str) -> None:
    lines = [each.line for each in SINGLE if each.log_format == log_format]
    sent = [line for _, line in door(log_format, lines, SLIMMER)]
    assert sorted(map(repr, (counted(log_format, line) for line in sent))) == sorted(
        map(repr, (counted(log_format, line) for line in lines))
    )


@DOORS
def test_the_partition_is_the_one_of_the_whole_event(door: Door) -> None:
    without_caller = [
        Recorded("kong-log", "", {**kong_event(number=number), "request": {}}).line for number in range(40)
    ]
    expected = sorted(partition_of(partition_key(line), PARTITIONS) for line in without_caller)
    assert sorted(partition for partition, _ in door("kong-log", without_caller, SLIMMER)) == expected
    assert len(set(expected)) == PARTITIONS


@DOORS
def test_what_is_to_be_kept_whole_is_sent_as_it_is(door: Door) -> None:
    lines = sorted(each.line for each in SINGLE if each.log_format == "kong-log" and each.document.get("request"))
    assert sorted(line for _, line in door("kong-log", lines, KeepWhole())) == lines


@DOORS
def test_a_line_that_cannot_be_read_is_sent_as_it_is(door: Door) -> None:
    lines = [b"nonsense", b'{"request":{"headers":{"a":"b"}}}', b'{"started_at":"x","request":{},"response":{},"c":1}']
    assert sorted(line for _, line in door("kong-log", lines, SLIMMER)) == sorted(lines)


def test_the_relay_passes_on_what_was_cut_before_and_by_what() -> None:
    line = Recorded("kong-log", "", kong_event()).line
    assert [text for _, text in relayed("kong-log", [line], SLIMMER, slimmed=b"7;keep=client_ip")] == [line]
