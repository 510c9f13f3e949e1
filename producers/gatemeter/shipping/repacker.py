"""Packs the events of a topic into frames of another one, each event in the partition of its consumer.

So copies that lie in different partitions of a topic that was written without keys meet in one, where they are found.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gatemeter.clock import Clock
from gatemeter.shipping.partition_key import partition_of
from gatemeter.shipping.slim_line import KeepWhole, SlimLine
from gatemeter.wire.frames import (
    DEFAULT_FORMAT,
    FORMAT_HEADER,
    GATEWAY_HEADER,
    Frame,
    FrameLimits,
    FramePacker,
    header_value,
)
from gatemeter.wire.producer import frame_headers
from gatemeter.wire.slimmed import slimmed_by
from gatemeter.wire.source_positions import POSITIONS_HEADER, SourcePosition, decode_positions

Headers = Sequence[tuple[str, bytes | None]]


class SourceMessage(NamedTuple):
    """A message of the source topic; `value` is None for a tombstone, `time_ms` is when it was written."""

    partition: int
    offset: int
    value: bytes | None
    headers: Headers | None = None
    time_ms: int | None = None


class EventLine(NamedTuple):
    """The text of an event, and the 1-based line and 0-based index at which it stands in its message.

    One that `is_message` cannot be a line among others: it holds a newline, or nobody knows where its events end. Nor
    can one that `takes_message_time`: its message is to be of the same time.
    """

    text: bytes
    line: int = 1
    event_index: int = 0
    is_message: bool = False
    takes_message_time: bool = False


EventLines = Callable[[str, bytes], Sequence[EventLine]]
"""The events of a message of a format, as whoever meters it will take it apart."""


class RepackedFrame(NamedTuple):
    """A frame of the target topic, written at `time_ms` (None: now)."""

    partition: int
    value: bytes
    headers: Headers
    event_count: int
    time_ms: int | None = None


class _Stream(NamedTuple):
    """What a frame says of its events."""

    log_format: str
    gateway: str | None
    slimmed: str


class Repacker:
    """Packs messages of the topic with the id `source` for a topic of so many `partitions`.

    What is sent of an event is what `slim` leaves of it, unless whoever wrote its message has cut it before.

    Format and gateway of a message are those of its events' frames. Each event keeps the position that its message
    tells (`POSITIONS_HEADER`); where it tells none, its position is that in the source topic.
    """

    def __init__(
        self,
        source: str,
        partitions: int,
        event_lines: EventLines,
        *,
        limits: FrameLimits,
        clock: Clock,
        slim: SlimLine | None = None,
    ) -> None:
        self._source = source
        self._partitions = partitions
        self._event_lines = event_lines
        self._limits = limits
        self._clock = clock
        self._whole = KeepWhole()
        self._slim = slim or self._whole
        self._packers: dict[_Stream, list[FramePacker]] = {}

    def take(self, message: SourceMessage) -> Iterator[RepackedFrame]:
        """Take all events of a message; yield the frames that they complete."""
        if message.value is None:
            return
        headers = message.headers
        log_format = (header_value(headers, FORMAT_HEADER) if headers else None) or DEFAULT_FORMAT
        gateway = header_value(headers, GATEWAY_HEADER) if headers else None
        was_slimmed = slimmed_by(headers) if headers else ""
        stream = _Stream(log_format, gateway, was_slimmed or self._slim.name)
        packers = self._packers_of(stream)
        told = header_value(headers, POSITIONS_HEADER) if headers else None
        positions = () if told is None else decode_positions(told)
        for event in self._event_lines(log_format, message.value):
            position = self._position(message, event, positions)
            slim = self._whole if was_slimmed or event.is_message else self._slim
            text, key = slim(log_format, event.text)
            partition = partition_of(key, self._partitions)
            if event.is_message or event.takes_message_time:
                frame = _repacked(partition, Frame(text, 1, (position,)), stream)
                yield frame._replace(time_ms=message.time_ms) if event.takes_message_time else frame
                continue
            for full in packers[partition].add(text, position):
                yield _repacked(partition, full, stream)

    def drain(self) -> Iterator[RepackedFrame]:
        """Yield all open frames."""
        packers, self._packers = self._packers, {}
        for stream, of_partitions in packers.items():
            for partition, packer in enumerate(of_partitions):
                for frame in packer.drain():
                    yield _repacked(partition, frame, stream)

    def clear(self) -> None:
        """Forget all open frames."""
        self._packers.clear()

    def _packers_of(self, stream: _Stream) -> list[FramePacker]:
        packers = self._packers.get(stream)
        if packers is None:
            packers = [FramePacker(self._limits, self._clock) for _ in range(self._partitions)]
            self._packers[stream] = packers
        return packers

    def _position(
        self, message: SourceMessage, event: EventLine, positions: Sequence[SourcePosition]
    ) -> SourcePosition:
        """Where an event stood; of a message with several, its line and index there are part of the source's name."""
        line, index = event.line, event.event_index
        if line <= len(positions):
            told = positions[line - 1]
            return told if index == 0 else SourcePosition(f"{told}#", index)
        partition = f"{self._source}/{message.partition}"
        if line == 1 and index == 0:
            return SourcePosition(partition, message.offset)
        return SourcePosition(f"{partition}@{message.offset}+{line}#", index)


def _repacked(partition: int, frame: Frame, stream: _Stream) -> RepackedFrame:
    headers = frame_headers(stream.log_format, stream.gateway, frame.positions, stream.slimmed)
    return RepackedFrame(partition, frame.value, headers, frame.event_count)
