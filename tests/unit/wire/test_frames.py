"""Frames are packed by count, bytes and age; no line is lost or reordered."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clock import ManualClock
from gatemeter.wire.frames import Frame, FrameLimits, FramePacker, header_value


def packer(limits: FrameLimits) -> tuple[FramePacker, ManualClock]:
    clock = ManualClock(datetime(2026, 2, 1, tzinfo=UTC))
    return FramePacker(limits, clock), clock


def pack(lines: list[bytes], limits: FrameLimits) -> list[Frame]:
    packing, _ = packer(limits)
    frames = [frame for line in lines for frame in packing.add(line)]
    return [*frames, *packing.drain()]


def test_a_frame_is_full_with_max_events_lines() -> None:
    frames = pack([b"{}"] * 5, FrameLimits(max_events=2))
    assert frames == [Frame(b"{}\n{}", 2), Frame(b"{}\n{}", 2), Frame(b"{}", 1)]


def test_a_frame_is_full_with_max_bytes() -> None:
    frames = pack([b"x" * 40] * 5, FrameLimits(max_bytes=100))
    assert [frame.event_count for frame in frames] == [2, 2, 1]


def test_a_line_longer_than_a_frame_gets_its_own() -> None:
    frames = pack([b"a", b"x" * 200, b"b"], FrameLimits(max_bytes=100))
    assert [frame.value for frame in frames] == [b"a", b"x" * 200, b"b"]


def test_one_line_can_complete_two_frames() -> None:
    packing, _ = packer(FrameLimits(max_bytes=100))
    assert list(packing.add(b"a")) == []
    assert [frame.event_count for frame in packing.add(b"x" * 100)] == [1, 1]


def test_a_frame_is_drained_once_its_first_line_is_old() -> None:
    packing, clock = packer(FrameLimits(max_age_s=1.0))
    list(packing.add(b"a"))
    clock.advance(0.9)
    list(packing.add(b"b"))
    assert list(packing.drain_if_old()) == []
    clock.advance(0.1)
    assert list(packing.drain_if_old()) == [Frame(b"a\nb", 2)]


def test_the_age_starts_again_with_each_frame() -> None:
    packing, clock = packer(FrameLimits(max_age_s=1.0))
    list(packing.add(b"a"))
    clock.advance(1.0)
    list(packing.drain_if_old())
    list(packing.add(b"b"))
    assert list(packing.drain_if_old()) == []


def test_an_empty_packer_yields_no_frame() -> None:
    packing, clock = packer(FrameLimits())
    clock.advance(100)
    assert [*packing.drain_if_old(), *packing.drain()] == []


@given(
    st.lists(st.binary(min_size=1, max_size=60).map(lambda line: line.replace(b"\n", b"_"))),
    st.integers(1, 10),
    st.integers(1, 100),
)
def test_packing_keeps_every_line_in_order(lines: list[bytes], max_events: int, max_bytes: int) -> None:
    frames = pack(lines, FrameLimits(max_events=max_events, max_bytes=max_bytes))
    assert [line for frame in frames for line in frame.value.split(b"\n")] == lines
    assert all(1 <= frame.event_count <= max_events for frame in frames)
    assert all(len(frame.value) < max_bytes or frame.event_count == 1 for frame in frames)


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        (None, None),
        ([], None),
        ([("other", b"x")], None),
        ([("format", b"a"), ("format", b"b")], "b"),
        ([("format", b"\xff")], "\N{REPLACEMENT CHARACTER}"),
        ([("format", None)], None),
    ],
)
def test_the_last_value_of_a_header_is_read(headers: list[tuple[str, bytes]] | None, value: str | None) -> None:
    assert header_value(headers, "format") == value
