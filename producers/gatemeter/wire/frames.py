"""The wire format: a Kafka message is a frame of one or many events.

The value is NDJSON (one JSON object a line), one JSON object, or a JSON array of objects. Two optional message headers
say what the events are: `gatemeter-format` (a `LogFormat`, `kong-log` when absent) and `gatemeter-gateway` (a free name
of the gateway that wrote them). NDJSON frames stay readable by any Kafka tool.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from gatemeter.clock import Clock

FORMAT_HEADER = "gatemeter-format"
GATEWAY_HEADER = "gatemeter-gateway"


class LogFormat(StrEnum):
    """The event formats a frame can hold."""

    KONG_LOG = "kong-log"
    """Events of Kong's log serializer (http-log, file-log, tcp-log, kafka-log, ...)."""

    CLOUDEVENTS = "cloudevents"
    """CloudEvents in JSON: those of Kong's Metering & Billing plugin, and plain metering events of other senders.

    They are known by their shape, so a log of Kong events may hold them too.
    """

    OVERSIZED = "oversized"
    """One line that was too long to ship, cut to its first bytes; it is dead-lettered and counted as one event."""


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """When a frame is full: by `max_events`, by `max_bytes` of lines, or once its first line is `max_age_s` old."""

    max_events: int = 500
    max_bytes: int = 512 * 1024
    max_age_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A packed message: NDJSON `value` without a trailing newline, holding `event_count` lines."""

    value: bytes
    event_count: int


@dataclass(slots=True)
class FramePacker:
    """Packs lines into one frame after another; one packer serves one partition.

    A line longer than `max_bytes` travels in a frame of its own. Lines hold no newline; an empty line is no event
    and must not be offered.
    """

    limits: FrameLimits
    clock: Clock
    _lines: list[bytes] = field(default_factory=list)
    _size_bytes: int = 0
    _opened_s: float = 0.0

    def add(self, line: bytes) -> Iterator[Frame]:
        """Take one line; yield the frames (none, one or two) that it completes."""
        if self._lines and self._size_bytes + len(line) + 1 > self.limits.max_bytes:
            yield from self.drain()
        if not self._lines:
            self._opened_s = self.clock.monotonic_s()
        self._lines.append(line)
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
            yield Frame(b"\n".join(self._lines), len(self._lines))
            self._lines.clear()
            self._size_bytes = 0


def header_value(headers: Iterable[tuple[str, bytes | None]] | None, name: str) -> str | None:
    """The last value of header `name`, or None when it is absent.

    Bytes that are no UTF-8 are replaced, so that a damaged header becomes an unknown format rather than a crash.
    """
    found: str | None = None
    for key, value in headers or ():
        if key == name:
            found = None if value is None else value.decode("utf-8", "replace")
    return found
