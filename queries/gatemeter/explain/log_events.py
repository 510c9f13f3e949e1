"""Events as their logs hold them: for texts, and for events that no table knows."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from gatemeter.escaping import escaped
from gatemeter.events.access_event import TimeRange
from gatemeter.explain.event import EventQuery, LedgerEvent
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.registry import reader_of
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.recompute.event_lookup import EventReader, EventSearch, FoundEvent, ReadEvent
from gatemeter.sources.log_reader import LogReader
from gatemeter.wire.event_location import EventLocation

_EVERY_TIME = TimeRange(0, 2**62)

SearchProgress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Called with a log's name and the number of its offsets; the block receives how many of these were read so far."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """An event that only its log knows; `epoch` is the stored epoch that holds its offset, None if there is none."""

    location: EventLocation
    topic: str
    epoch: StoredEpoch | None
    text: str
    """Masked as a dead letter is, and safe to print on a terminal."""

    def meaning(self) -> str:
        """What the stored epoch says about the event, in a sentence."""
        if self.epoch is None:
            return "no epoch stored here holds this offset: it is not counted here"
        return (
            f"in the epoch from {self.epoch.first_offset} up to {self.epoch.version}, which is counted by the rules "
            f"{self.epoch.ruleset_version or 'of an older version'}; what became of the event in it, "
            "only the event ledger says"
        )

    def record(self) -> dict[str, Any]:
        """The event as a JSON object."""
        epoch = self.epoch
        return {
            "place": str(self.location),
            "topic": self.topic,
            "meaning": self.meaning(),
            "epoch_first_offset": None if epoch is None else epoch.first_offset,
            "epoch_next_offset": None if epoch is None else epoch.version,
            "rules": None if epoch is None else epoch.ruleset_version,
            "text": self.text,
        }


def log_events(readers: Sequence[LogReader], sink: Sink, query: EventQuery, progress: SearchProgress) -> list[LogEvent]:
    """All copies of the event in the logs of `readers`. Looking for an id reads these logs as a whole.

    Raises as the readers and as `Sink.stored_epochs` do.
    """
    found: list[LogEvent] = []
    for reader in readers:
        stored = sink.stored_epochs(reader.log.identity)
        for each in _copies(reader, query, progress):
            epoch = next((epoch for epoch in stored if _holds(epoch, each.location)), None)
            found.append(LogEvent(each.location, reader.log.name, epoch, _printable_text(each.event)))
    return found


def event_texts(readers: Sequence[LogReader], events: Sequence[LedgerEvent]) -> dict[str, str]:
    """The masked texts of those `events` that the logs of `readers` hold, by `LedgerEvent.place`."""
    locations = [EventLocation.parse(event.place) for event in events]
    read = EventReader(readers, Decoders(_EVERY_TIME)).read(locations)
    return {str(at): _printable_text(event) for at, event in read.items() if isinstance(event, ReadEvent)}


def _copies(reader: LogReader, query: EventQuery, progress: SearchProgress) -> list[FoundEvent]:
    decoders = Decoders(_EVERY_TIME)
    if query.location is not None:
        event = EventReader([reader], decoders).read([query.location])[query.location]
        return [FoundEvent(query.location, event)] if isinstance(event, ReadEvent) else []
    with progress(reader.log.name, sum(map(len, reader.ranges().values()))) as on_read:
        return list(EventSearch(decoders, query.event_id, query.id_hashes).find(reader, on_read))


def _holds(epoch: StoredEpoch, location: EventLocation) -> bool:
    return epoch.partition == location.partition and epoch.first_offset <= location.offset < epoch.version


def _printable_text(event: ReadEvent) -> str:
    reader = reader_of(event.log_format)
    texts = [reader.mask(each).text for each in reader.events(event.text)]
    return escaped(b"\n".join(texts).decode("utf-8", "backslashreplace"))
