"""Looks for an event in a whole log by its identity, for when nothing but the log knows of single events."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.letter_place import LetterPlace
from gatemeter.streams.decoding import Decoders
from gatemeter.streams.event_reading import ReadEvent, lines_of
from gatemeter.streams.log_chunk import LogKind
from gatemeter.streams.log_reader import LogReader
from gatemeter.streams.loose_json.event_text import event_documents

_NEVER_ESCAPED = re.compile(r"[\w.:~-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """An event at a place of a log."""

    place: LetterPlace
    event: ReadEvent


class EventSearch:
    """Finds every copy of the event with one of `id_hashes`; `event_id` is the id as people write it."""

    def __init__(self, decoders: Decoders, event_id: str, id_hashes: Collection[int]) -> None:
        self._decoders = decoders
        self._hashes = id_hashes
        # Reading the JSON of every event takes long, and few writers escape letters that need not be.
        self._needle = event_id.encode() if _NEVER_ESCAPED.fullmatch(event_id) else b""

    def find(self, reader: LogReader, told: Callable[[int], None] = lambda _offsets: None) -> Iterator[FoundEvent]:
        """All of them in the log's order; `told` is given the offsets read so far. Raises as `LogReader.chunks`."""
        is_file = reader.log.kind is LogKind.FILE
        offsets_read = 0
        for partition, held in sorted(reader.ranges().items()):
            for chunk in reader.chunks(partition, held) if held else ():
                for offset, value in zip(chunk.offsets, chunk.values, strict=True):
                    for line, event_index, event in self._events_in(value, chunk.log_format):
                        place = (offset, offset + 1 if is_file else line, event_index)
                        yield FoundEvent(LetterPlace(reader.log.identity, partition, *place), event)
                offsets_read += chunk.next_offset - chunk.first_offset
                told(offsets_read)

    def _events_in(self, value: bytes, log_format: str) -> Iterator[tuple[int, int, ReadEvent]]:
        if self._needle not in value:
            return
        for number, line in enumerate(lines_of(value), start=1):
            if self._needle not in line:
                continue
            try:
                texts = [text for _, text in event_documents(line)]
            except RejectedEvent:
                continue
            for event_index, text in enumerate(texts):
                batch = self._decoders.decode(log_format, [text])
                if batch.event_count == 1 and not batch.rejections:
                    event = ReadEvent(text, log_format, batch)
                    if event.id_hash in self._hashes:
                        yield number, event_index, event
