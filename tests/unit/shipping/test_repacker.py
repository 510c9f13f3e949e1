"""Messages of single events into frames: what goes where, under which headers, and at which position."""

from collections.abc import Sequence
from datetime import UTC, datetime

from gatemeter.clock import ManualClock
from gatemeter.shipping.partition_key import partition_key, partition_of
from gatemeter.shipping.repacker import EventLine, RepackedFrame, Repacker, SourceMessage
from gatemeter.wire.frames import FORMAT_HEADER, GATEWAY_HEADER, FrameLimits
from gatemeter.wire.source_positions import POSITIONS_HEADER, decode_positions

PARTITIONS = 3
LIMITS = FrameLimits(max_events=100)


def by_comma(_: str, message: bytes) -> Sequence[EventLine]:
    """Events between commas, lines between semicolons; those with a capital X are messages of their own."""
    return [
        EventLine(text, line, index, is_message=b"X" in text)
        for line, of_line in enumerate(message.split(b";"), 1)
        for index, text in enumerate(of_line.split(b","))
    ]


def repacker(limits: FrameLimits = LIMITS) -> Repacker:
    return Repacker("topic-1", PARTITIONS, by_comma, limits=limits, clock=ManualClock(datetime(2026, 2, 3, tzinfo=UTC)))


def repacked(*messages: SourceMessage) -> list[RepackedFrame]:
    packing = repacker()
    return [*(frame for message in messages for frame in packing.take(message)), *packing.drain()]


def places(frames: Sequence[RepackedFrame]) -> dict[bytes, str]:
    """The position of each line."""
    found: dict[bytes, str] = {}
    for frame in frames:
        told = dict(frame.headers)[POSITIONS_HEADER]
        assert told is not None
        found.update(zip(frame.value.split(b"\n"), map(str, decode_positions(told.decode())), strict=True))
    return found


def test_each_line_goes_to_the_partition_of_its_own_key() -> None:
    lines = [b"line %d" % number for number in range(50)]
    frames = repacked(*(SourceMessage(number % 4, number, line) for number, line in enumerate(lines)))
    assert sorted(line for frame in frames for line in frame.value.split(b"\n")) == sorted(lines)
    for frame in frames:
        assert {partition_of(partition_key(line), PARTITIONS) for line in frame.value.split(b"\n")} == {frame.partition}
    assert sum(frame.event_count for frame in frames) == 50


def test_a_single_event_stands_where_its_message_does() -> None:
    assert places(repacked(SourceMessage(2, 17, b"a"), SourceMessage(2, 18, b"b"))) == {
        b"a": "topic-1/2@17",
        b"b": "topic-1/2@18",
    }


def test_each_of_several_events_has_a_position_of_its_own() -> None:
    found = places(repacked(SourceMessage(0, 5, b"a,b;c,d"), SourceMessage(0, 6, b"e")))
    assert found == {
        b"a": "topic-1/0@5",
        b"b": "topic-1/0@5+1#@1",
        b"c": "topic-1/0@5+2#@0",
        b"d": "topic-1/0@5+2#@1",
        b"e": "topic-1/0@6",
    }


def test_told_positions_are_kept() -> None:
    headers = [(POSITIONS_HEADER, b'[["file-1", 40, 10]]')]
    assert places(repacked(SourceMessage(0, 5, b"a,b;c;d", headers))) == {
        b"a": "file-1@40",
        b"b": "file-1@40#@1",
        b"c": "file-1@50",
        b"d": "topic-1/0@5+3#@0",
    }


def test_formats_and_gateways_are_never_mixed_in_a_frame() -> None:
    nginx, edge = (FORMAT_HEADER, b"nginx"), (GATEWAY_HEADER, b"edge-1")
    kinds: list[list[tuple[str, bytes | None]]] = [[], [nginx], [nginx, edge]]
    frames = repacked(*(SourceMessage(0, number, b"%d" % number, kinds[number % 3]) for number in range(30)))
    for frame in frames:
        headers = dict(frame.headers)
        log_format, gateway = headers[FORMAT_HEADER], headers.get(GATEWAY_HEADER)
        kind = {(b"kong-log", None): 0, (b"nginx", None): 1, (b"nginx", b"edge-1"): 2}[log_format or b"", gateway]
        assert {int(line) % 3 for line in frame.value.split(b"\n")} == {kind}


def test_what_cannot_be_a_line_is_a_message_of_its_own() -> None:
    (alone,) = repacker().take(SourceMessage(0, 1, b"X\nY"))
    assert (alone.value, alone.event_count) == (b"X\nY", 1)
    assert list(repacker().take(SourceMessage(0, 1, None))) == []


def test_cleared_frames_are_gone_and_full_ones_come_at_once() -> None:
    packing = repacker(FrameLimits(max_events=2))
    frames = [frame for offset in range(3) for frame in packing.take(SourceMessage(0, offset, b"same"))]
    assert [frame.value for frame in frames] == [b"same\nsame"]
    packing.clear()
    assert list(packing.drain()) == []


def test_an_event_of_the_time_of_its_message_is_a_message_of_that_time() -> None:
    def without_time(_: str, message: bytes) -> Sequence[EventLine]:
        return [EventLine(message, takes_message_time=b"timeless" in message)]

    packing = Repacker("topic-1", 1, without_time, limits=LIMITS, clock=ManualClock(datetime(2026, 2, 3, tzinfo=UTC)))
    messages = [SourceMessage(0, at, text, None, 1_000 + at) for at, text in enumerate([b"a", b"timeless", b"b"])]
    frames = [*(frame for message in messages for frame in packing.take(message)), *packing.drain()]
    assert [(frame.value, frame.time_ms) for frame in frames] == [(b"timeless", 1_001), (b"a\nb", None)]
