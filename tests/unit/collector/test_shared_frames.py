"""A request is done when all frames that hold its lines are stored, and failed when one of them is not."""

from datetime import UTC, datetime

from gatemeter.clock import ManualClock
from gatemeter.collector.shared_frames import Receipt, SharedFrame, SharedFrames, Stream
from gatemeter.shipping.slim_line import KeepWhole
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.source_positions import SourcePosition

KONG = Stream("kong-log", "")
CLOCK = ManualClock(datetime(2026, 2, 3, tzinfo=UTC))


def frames(max_events: int = 3, partitions: int = 1, max_bytes: int = 1000) -> SharedFrames:
    return SharedFrames(partitions, FrameLimits(max_events, max_bytes), CLOCK, KeepWhole())


class Request:
    """A request's receipt, and what it was told."""

    def __init__(self, lines: int) -> None:
        self.ends: list[bool] = []
        self.receipt = Receipt(lines, self.ends.append)

    def add_to(self, shared: SharedFrames, *lines: bytes, stream: Stream = KONG) -> list[SharedFrame]:
        return [frame for line in lines for frame in shared.add(stream, line, self.receipt)]


def test_requests_share_a_frame_and_are_done_with_it() -> None:
    shared, first, second = frames(), Request(1), Request(1)
    assert first.add_to(shared, b"a") + second.add_to(shared, b"b") == []
    (frame,) = shared.drain()
    assert (frame.frame.value, first.ends, second.ends) == (b"a\nb", [], [])
    frame.settle(is_stored=True)
    assert (first.ends, second.ends) == ([True], [True])


def test_a_request_over_two_frames_is_done_with_the_second() -> None:
    shared, request = frames(), Request(4)
    (full,) = request.add_to(shared, b"a", b"b", b"c", b"d")
    (rest,) = shared.drain()
    rest.settle(is_stored=True)
    assert request.ends == []
    full.settle(is_stored=True)
    assert request.ends == [True]


def test_one_lost_frame_fails_only_the_requests_in_it() -> None:
    shared, long, short = frames(), Request(4), Request(1)
    (full,) = long.add_to(shared, b"a", b"b", b"c", b"d")
    short.add_to(shared, b"e")
    (rest,) = shared.drain()
    full.settle(is_stored=False)
    rest.settle(is_stored=True)
    assert (long.ends, short.ends) == ([False], [True])


def test_a_line_that_no_longer_fits_leaves_the_lines_before_it_to_their_requests() -> None:
    shared, first, second = frames(max_bytes=10), Request(1), Request(1)
    first.add_to(shared, b"12345")
    (full,) = second.add_to(shared, b"67890")
    full.settle(is_stored=True)
    assert (full.frame.value, first.ends, second.ends) == (b"12345", [True], [])


def test_frames_hold_one_format_and_one_gateway() -> None:
    shared, request = frames(), Request(3)
    streams = [KONG, Stream("kong-log", "eu-1"), Stream("cloudevents", "")]
    for stream in streams:
        request.add_to(shared, b"a", stream=stream)
    assert [frame.stream for frame in shared.drain()] == streams


def test_a_line_goes_where_the_shipper_sends_it() -> None:
    shared, request = frames(partitions=8), Request(20)
    lines = [b'{"consumer":{"id":"c-1"},"n":%d}' % number for number in range(20)]
    found = [*request.add_to(shared, *lines), *shared.drain()]
    assert len({frame.partition for frame in found}) == 1


def test_positions_travel_with_their_lines() -> None:
    shared = frames()
    for offset, line in enumerate([b"a", b"b"]):
        list(shared.add(KONG, line, Request(1).receipt, SourcePosition("s", offset)))
    (frame,) = shared.drain()
    assert frame.frame.positions == (SourcePosition("s", 0), SourcePosition("s", 1))
