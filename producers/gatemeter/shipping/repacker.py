"""Packs the events of a topic into frames of another one, each event in the partition of its consumer.

So copies that lie in different partitions of a topic that was written without keys meet in one, where they are found.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gatemeter.clock import Clock
from gatemeter.shipping.partition_key import partition_key, partition_of
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


class Repacker:
    """Packs messages of the topic with the id `source` for a topic of so many `partitions`.

    Format and gateway of a message are those of its events' frames. Each event keeps the position that its message
    tells (`POSITIONS_HEADER`); where it tells none, its position is that in the source topic.
    """

    def __init__(
        self, source: str, partitions: int, event_lines: EventLines, *, limits: FrameLimits, clock: Clock
    ) -> None:
        self._source = source
        self._partitions = partitions
        self._event_lines = event_lines
        self._limits = limits
        self._clock = clock
        self._packers: dict[tuple[str, str | None], list[FramePacker]] = {}

    def take(self, message: SourceMessage) -> Iterator[RepackedFrame]:
        """Take all events of a message; yield the frames that they complete."""
        if message.value is None:
            return
        headers = message.headers
        log_format = (header_value(headers, FORMAT_HEADER) if headers else None) or DEFAULT_FORMAT
        gateway = header_value(headers, GATEWAY_HEADER) if headers else None
        packers = self._packers_of(log_format, gateway)
        told = header_value(headers, POSITIONS_HEADER) if headers else None
        positions = () if told is None else decode_positions(told)
        for event in self._event_lines(log_format, message.value):
            position = self._position(message, event, positions)
            partition = partition_of(partition_key(event.text), self._partitions)
            if event.is_message or event.takes_message_time:
                frame = _repacked(partition, Frame(event.text, 1, (position,)), log_format, gateway)
                yield frame._replace(time_ms=message.time_ms) if event.takes_message_time else frame
                continue
            for full in packers[partition].add(event.text, position):
                yield _repacked(partition, full, log_format, gateway)

    def drain(self) -> Iterator[RepackedFrame]:
        """Yield all open frames."""
        packers, self._packers = self._packers, {}
        for (log_format, gateway), of_partitions in packers.items():
            for partition, packer in enumerate(of_partitions):
                for frame in packer.drain():
                    yield _repacked(partition, frame, log_format, gateway)

    def clear(self) -> None:
        """Forget all open frames."""
        self._packers.clear()

    def _packers_of(self, log_format: str, gateway: str | None) -> list[FramePacker]:
        packers = self._packers.get((log_format, gateway))
        if packers is None:
            packers = [FramePacker(self._limits, self._clock) for _ in range(self._partitions)]
            self._packers[log_format, gateway] = packers
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


def _repacked(partition: int, frame: Frame, log_format: str, gateway: str | None) -> RepackedFrame:
    headers = frame_headers(log_format, gateway, frame.positions)
    return RepackedFrame(partition, frame.value, headers, frame.event_count)
