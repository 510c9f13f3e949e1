"""The wire format: a Kafka message is a frame of one or many events.

The value holds an event a line. In a JSON format (NDJSON) it may also be one JSON object, or a JSON array of objects.
Optional message headers say what the events are: `gatemeter-format` (the name of a format, `DEFAULT_FORMAT` when
absent), `gatemeter-gateway` (a free name of the gateway that wrote them), `gatemeter-positions` (where each line
came from, `source_positions`), and `gatemeter-slimmed` (what was left out of them, `wire.slimmed`).
`gatemeter.formats.registry` lists the formats. Frames stay readable by any Kafka tool.

A message needs a key: it says that whoever wrote it chose the partition by what is in it, so that a copy goes to the
same one. `gatemeter ship` chooses the partition line by line (`shipping.partition_key`), and a frame's key is a hash.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import xxhash

from gatemeter.clock import Clock
from gatemeter.wire.source_positions import SourcePosition

FORMAT_HEADER = "gatemeter-format"
GATEWAY_HEADER = "gatemeter-gateway"

DEFAULT_FORMAT = "kong-log"
"""The format of messages without a format header: events of Kong's log serializer."""

OVERSIZED_FORMAT = "oversized"
"""The header of one line that was too long to ship, cut to its first bytes: it is dead-lettered as one event."""


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """A frame is full with `max_events` lines, with `max_bytes`, or once its first line is `max_age_s` old."""

    max_events: int = 500
    max_bytes: int = 512 * 1024
    max_age_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A packed message: `value` has `event_count` lines, without a trailing newline.

    `positions` say where they came from, if that was told.
    """

    value: bytes
    event_count: int
    positions: Sequence[SourcePosition] = ()


@dataclass(slots=True)
class FramePacker:
    """Packs the lines of one partition into frames.

    A line longer than `max_bytes` gets a separate frame. Lines must not contain a newline, and must not be empty.
    """

    limits: FrameLimits
    clock: Clock
    _lines: list[bytes] = field(default_factory=list)
    _positions: list[SourcePosition] = field(default_factory=list)
    _size_bytes: int = 0
    _opened_s: float = 0.0

    def add(self, line: bytes, position: SourcePosition | None = None) -> Iterator[Frame]:
        """Add one line; yield the frames (up to two) that it completes. All lines have a `position`, or none has."""
        if self._lines and self._size_bytes + len(line) + 1 > self.limits.max_bytes:
            yield from self.drain()
        if not self._lines:
            self._opened_s = self.clock.monotonic_s()
        self._lines.append(line)
        if position is not None:
            self._positions.append(position)
        self._size_bytes += len(line) + 1
        if len(self._lines) >= self.limits.max_events or self._size_bytes >= self.limits.max_bytes:
            yield from self.drain()

    def drain_if_old(self) -> Iterator[Frame]:
        """Yield the open frame if its first line has waited `max_age_s`."""
        if self._lines and self.clock.monotonic_s() - self._opened_s >= self.limits.max_age_s:
            yield from self.drain()

    def drain(self) -> Iterator[Frame]:
        """Yield the open frame, if any."""
        if self._lines:
            yield Frame(b"\n".join(self._lines), len(self._lines), tuple(self._positions))
            self._lines.clear()
            self._positions.clear()
            self._size_bytes = 0


def frame_key(value: bytes) -> bytes:
    """The key of a frame whose lines chose its partition: a hash of its bytes, so that no two frames share one."""
    return xxhash.xxh3_128_hexdigest(value).encode()


def header_value(headers: Iterable[tuple[str, bytes | None]] | None, name: str) -> str | None:
    """The last value of header `name`; None if it is absent.

    Invalid UTF-8 is replaced, so that a damaged header becomes an unknown format instead of an error.
    """
    found: str | None = None
    for key, value in headers or ():
        if key == name:
            found = None if value is None else value.decode("utf-8", "replace")
    return found
