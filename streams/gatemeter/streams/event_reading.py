"""Reads single events again from the logs that they were counted from."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.letter_place import LetterPlace
from gatemeter.streams.decoding import Decoders
from gatemeter.streams.duplicate_filter import hashed
from gatemeter.streams.event_batch import EventBatch
from gatemeter.streams.log_chunk import LogKind
from gatemeter.streams.log_reader import LogReader
from gatemeter.streams.loose_json.event_text import event_documents, is_json

_CLOSE_OFFSETS = 200
"""Messages of Kafka that are read through rather than skipped by another seek. A file is read through anyway."""


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """An event as its log holds it now, decoded by itself; `log_format` is that of its message."""

    text: bytes
    log_format: str
    batch: EventBatch

    @property
    def identity(self) -> str:
        """What the duplicate filter knows it by."""
        return (self.batch.requests.identities or self.batch.others.identities)[0]

    @property
    def id_hash(self) -> int:
        """The hash of its identity."""
        return hashed([self.identity])[0]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why an event cannot be read again, in words."""

    why: str


class EventReader:
    """Looks events up in the logs of `readers`, by the identities of those."""

    def __init__(self, readers: Iterable[LogReader], decoders: Decoders) -> None:
        self._readers = {reader.log.identity: reader for reader in readers}
        self._decoders = decoders

    def read(self, places: Iterable[LetterPlace]) -> dict[LetterPlace, ReadEvent | Unreadable]:
        """Every event of `places`, or why it is not to be had. Raises as `LogReader.chunks` does."""
        found: dict[LetterPlace, ReadEvent | Unreadable] = {}
        by_partition: dict[tuple[str, int], list[LetterPlace]] = defaultdict(list)
        for place in dict.fromkeys(places):
            found[place] = Unreadable("its log is not given")
            by_partition[place.log, place.partition].append(place)
        held = {log: self._readers[log].ranges() for log in {log for log, _ in by_partition} & self._readers.keys()}
        for (log, partition), wanted in by_partition.items():
            if log in held:
                offsets = held[log].get(partition, range(0))
                found.update(self._read_partition(self._readers[log], partition, offsets, wanted))
        return found

    def _read_partition(
        self, reader: LogReader, partition: int, held: range, places: Sequence[LetterPlace]
    ) -> Iterator[tuple[LetterPlace, ReadEvent | Unreadable]]:
        at_offset: dict[int, list[LetterPlace]] = defaultdict(list)
        for place in places:
            if place.offset in held:
                at_offset[place.offset].append(place)
            yield place, Unreadable(f"{reader.log.name} does not hold it")  # unless it is found below
        close = _CLOSE_OFFSETS if reader.log.kind is LogKind.KAFKA else None
        for offsets in _runs(sorted(at_offset), close):
            for chunk in reader.chunks(partition, offsets):
                for offset, value in zip(chunk.offsets, chunk.values, strict=True):
                    for place in at_offset.get(offset, ()):
                        line = 1 if reader.log.kind is LogKind.FILE else place.line
                        yield place, self._event(value, line, place.event_index, chunk.log_format)

    def _event(self, value: bytes, line: int, event_index: int, log_format: str) -> ReadEvent | Unreadable:
        text = _text_of(value, line, event_index)
        batch = EventBatch() if text is None else self._decoders.decode(log_format, [text])
        if text is None or batch.event_count != 1 or batch.rejections:
            return Unreadable("no event that can be read stands there")
        return ReadEvent(text, log_format, batch)


def _text_of(value: bytes, line: int, event_index: int) -> bytes | None:
    lines = [value] if is_json(value) else value.split(b"\n")
    try:
        return event_documents(lines[line - 1])[event_index][1]
    except (IndexError, RejectedEvent):
        return None


def _runs(offsets: Sequence[int], close: int | None) -> Iterator[range]:
    """Ranges over ascending `offsets`, cut where they are not `close`; one for all if it is None."""
    first = last = None
    for offset in offsets:
        if first is not None and last is not None and close is not None and offset - last > close:
            yield range(first, last + 1)
            first = None
        first, last = (offset if first is None else first), offset
    if first is not None and last is not None:
        yield range(first, last + 1)
