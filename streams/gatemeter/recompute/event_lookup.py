"""Reads single events again: at their locations in the logs that they were counted from, or by their ids.

Looking for an id reads whole logs. It is for events of which nothing but the log knows.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gatemeter.errors import RejectedEvent
from gatemeter.events.batch import EventBatch
from gatemeter.events.identity import IdentityKind, MessagePositions
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.reader import Reader
from gatemeter.formats.registry import reader_of
from gatemeter.metering.deduplication import hashed
from gatemeter.metering.log import Log, LogChunk
from gatemeter.sources.log_reader import LogReader, OnOffsetsRead, reporting
from gatemeter.wire.event_location import EventLocation

GONE = "it does not hold the event any more"
"""Why an event cannot be read that the log has deleted."""

_NEVER_ESCAPED = re.compile(r"[\w.:~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """An event as its log holds it now, decoded by itself; `log_format` is the format of its message."""

    text: bytes
    log_format: str
    batch: EventBatch

    @property
    def identity(self) -> str:
        """The identity by which the duplicate filter knows the event."""
        return (self.batch.requests.identities or self.batch.others.identities)[0]

    @property
    def id_hash(self) -> int:
        """The hash of the identity, as the event ledger stores it."""
        return hashed([self.identity])[0]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why an event cannot be read again, in words."""

    why: str


class EventReader:
    """Reads events from the logs of `readers`."""

    def __init__(self, readers: Iterable[LogReader], decoders: Decoders) -> None:
        self._readers = {reader.log.identity: reader for reader in readers}
        self._decoders = decoders

    def read(self, locations: Iterable[EventLocation]) -> dict[EventLocation, ReadEvent | Unreadable]:
        """Every event at `locations`, or why it cannot be read. Raises as `LogReader.chunks` does."""
        found: dict[EventLocation, ReadEvent | Unreadable] = {}
        by_partition: dict[tuple[str, int], list[EventLocation]] = defaultdict(list)
        for location in dict.fromkeys(locations):
            found[location] = Unreadable("this log is not given")
            by_partition[location.log, location.partition].append(location)
        held = {log: self._readers[log].ranges() for log in {log for log, _ in by_partition} & self._readers.keys()}
        for (log, partition), wanted in by_partition.items():
            if log in held:
                offsets = held[log].get(partition, range(0))
                found.update(self._read_partition(self._readers[log], partition, offsets, wanted))
        return found

    def _read_partition(
        self, reader: LogReader, partition: int, held: range, locations: Sequence[EventLocation]
    ) -> Iterator[tuple[EventLocation, ReadEvent | Unreadable]]:
        at_offset: dict[int, list[EventLocation]] = defaultdict(list)
        for location in locations:
            if location.offset in held:
                at_offset[location.offset].append(location)
            yield location, Unreadable(GONE)  # unless it is found below
        for message in messages_at(reader, partition, at_offset):
            texts = _Message(message.value, message.log_format)
            for location in at_offset[message.offset]:
                line = reader.log.line_in_message(location)
                text = texts.text(line, location.event_index)
                at = MessagePositions.at(location, line, message.source_positions, message.time_ms)
                event = None if text is None else event_in(text, message.log_format, at, self._decoders)
                yield location, event or Unreadable("no event that can be read stands there")


class LogMessage(NamedTuple):
    """A message of a log; `source_positions` is its header `POSITIONS_HEADER`, `time_ms` when the log says it came."""

    offset: int
    value: bytes
    log_format: str
    source_positions: str | None
    time_ms: int | None


def messages_of(chunk: LogChunk) -> Iterator[LogMessage]:
    """The messages of a chunk."""
    nothing = [None] * len(chunk.values)
    headers, times_ms = chunk.source_positions or nothing, chunk.times_ms or nothing
    for offset, value, header, time_ms in zip(chunk.offsets, chunk.values, headers, times_ms, strict=True):
        yield LogMessage(offset, value, chunk.log_format, header, time_ms)


def messages_at(reader: LogReader, partition: int, offsets: Collection[int]) -> Iterator[LogMessage]:
    """Each message at `offsets`, which the log must hold. Raises as `LogReader.chunks`."""
    for run in _runs(sorted(offsets), reader.seek_distance):
        for chunk in reader.chunks(partition, run):
            yield from (message for message in messages_of(chunk) if message.offset in offsets)


def event_in(text: bytes, log_format: str, at: MessagePositions, decoders: Decoders) -> ReadEvent | None:
    """The one event that `text` holds, which stands `at` a place; None if it cannot be read, or is not one event."""
    batch = decoders.decode(log_format, [text], at)
    return None if batch.event_count != 1 or batch.rejections else ReadEvent(text, log_format, batch)


def event_texts(line: bytes, reader: Reader) -> Sequence[bytes]:
    """The texts of the events in one line of a message; none if `reader` cannot take the line apart."""
    try:
        return [event.text for event in reader.events(line)]
    except RejectedEvent:
        return ()


def known_reader(log_format: str) -> Reader | None:
    """The reader of messages of `log_format`, None for an unknown format."""
    try:
        return reader_of(log_format)
    except RejectedEvent:
        return None


class _Message:
    """The texts of one message's events. The message is taken apart once, however many texts are asked for."""

    def __init__(self, value: bytes, log_format: str) -> None:
        self._value = value
        self._reader = known_reader(log_format)
        self._lines: Sequence[bytes] | None = None
        self._texts: dict[int, Sequence[bytes]] = {}

    def text(self, line: int, event_index: int) -> bytes | None:
        """The event's text, None where there is no event."""
        if line not in self._texts:
            self._texts[line] = self._texts_in(line)
        texts = self._texts[line]
        return texts[event_index] if event_index < len(texts) else None

    def _texts_in(self, line: int) -> Sequence[bytes]:
        if self._reader is None:
            return ()
        if self._lines is None:
            self._lines = self._reader.lines(self._value)
        return event_texts(self._lines[line - 1], self._reader) if line <= len(self._lines) else ()


def _runs(offsets: Sequence[int], seek_distance: int | None) -> Iterator[range]:
    """Ranges over ascending `offsets`, cut where two are more than `seek_distance` apart; one for all if it is None."""
    first = last = None
    for offset in offsets:
        if first is not None and last is not None and seek_distance is not None and offset - last > seek_distance:
            yield range(first, last + 1)
            first = None
        first, last = (offset if first is None else first), offset
    if first is not None and last is not None:
        yield range(first, last + 1)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event, and where it was found."""

    location: EventLocation
    event: ReadEvent


class EventSearch:
    """Finds every copy of the event with one of `id_hashes`; `event_id` is the id as people write it."""

    def __init__(self, decoders: Decoders, event_id: str, id_hashes: Collection[int]) -> None:
        self._decoders = decoders
        self._hashes = id_hashes
        # Reading the JSON of every event takes long, and few writers escape letters that need not be.
        is_in_text = _NEVER_ESCAPED.fullmatch(event_id) and not event_id.startswith(IdentityKind.POSITION)
        self._needle = event_id.encode() if is_in_text else b""

    def find(self, reader: LogReader, on_offsets_read: OnOffsetsRead = lambda _offsets: None) -> Iterator[FoundEvent]:
        """All copies in the log's order. Raises as `LogReader.chunks` does."""
        read = reporting(reader.chunks, on_offsets_read)
        for partition, held in sorted(reader.ranges().items()):
            for chunk in read(partition, held) if held else ():
                for message in messages_of(chunk):
                    yield from self._events_in(message, reader.log, partition)

    def _events_in(self, message: LogMessage, log: Log, partition: int) -> Iterator[FoundEvent]:
        reader = known_reader(message.log_format) if self._needle in message.value else None
        if reader is None:
            return
        for line, line_text in enumerate(reader.lines(message.value), start=1):
            for event_index, text in enumerate(event_texts(line_text, reader) if self._needle in line_text else ()):
                location = log.event_location(partition, message.offset, line, event_index)
                at = MessagePositions.at(location, line, message.source_positions, message.time_ms)
                event = event_in(text, message.log_format, at, self._decoders)
                if event is not None and event.id_hash in self._hashes:
                    yield FoundEvent(location, event)
