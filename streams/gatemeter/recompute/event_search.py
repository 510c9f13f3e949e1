"""Searches whole logs for an event by its id, for when nothing but the log knows of single events."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gatemeter.formats.decoders import Decoders
from gatemeter.recompute.event_lookup import ReadEvent, event_in, event_texts, known_reader
from gatemeter.sources.log_reader import LogReader, OnOffsetsRead, reporting
from gatemeter.wire.event_location import EventLocation

_NEVER_ESCAPED = re.compile(r"[\w.:~-]+", re.ASCII)


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
        self._needle = event_id.encode() if _NEVER_ESCAPED.fullmatch(event_id) else b""

    def find(self, reader: LogReader, on_offsets_read: OnOffsetsRead = lambda _offsets: None) -> Iterator[FoundEvent]:
        """All copies in the log's order. Raises as `LogReader.chunks` does."""
        read = reporting(reader.chunks, on_offsets_read)
        for partition, held in sorted(reader.ranges().items()):
            for chunk in read(partition, held) if held else ():
                for offset, value in zip(chunk.offsets, chunk.values, strict=True):
                    for line, event_index, event in self._events_in(value, chunk.log_format):
                        yield FoundEvent(reader.log.event_location(partition, offset, line, event_index), event)

    def _events_in(self, value: bytes, log_format: str) -> Iterator[tuple[int, int, ReadEvent]]:
        reader = known_reader(log_format) if self._needle in value else None
        if reader is None:
            return
        for number, line in enumerate(reader.lines(value), start=1):
            for event_index, text in enumerate(event_texts(line, reader) if self._needle in line else ()):
                event = event_in(text, log_format, self._decoders)
                if event is not None and event.id_hash in self._hashes:
                    yield number, event_index, event
