"""The events of replayed dead letters as a log of their own, beside the log that the letters are of.

An event is the only one of an epoch that begins at a hash of the event's identity: the same epoch with the same rows,
whoever counts the event and however often. The epoch's row in the ledger keeps the place of the letter that the event
was counted from. An event that was counted from another letter is a copy: its epoch begins at a hash of its own
letter's place, and holds one duplicate.

In the event ledger, where it is kept, the event stands at the place of its letter: there people look for it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from gatemeter.streams.dead_letter import DeadLetter
from gatemeter.streams.duplicate_filter import hashed_offset
from gatemeter.streams.epoch import Epoch
from gatemeter.streams.event_batch import EventBatch
from gatemeter.streams.event_rows import at_letter
from gatemeter.streams.log_chunk import Log, LogChunk, LogKind
from gatemeter.streams.metering import Metering
from gatemeter.streams.single_events import single_events
from gatemeter.streams.sink import Sink
from gatemeter.streams.tables import EVENT_LEDGER, TableRows

REPLAY_PREFIX = "replay:"

REPLAY_PARTITION = 0
"""One for all, so that copies are found that lie in several partitions."""

_EPOCH_SIZE = 1


class EventFate(StrEnum):
    """What an event of a replayed letter counts as."""

    COUNTED = "counted"
    DUPLICATES = "duplicates"
    OTHER_KIND = "other_kind"


@dataclass(slots=True)
class ReplayedEvents:
    """What became of a letter's events, and the rows that say so; none for what is stored already."""

    fates: list[EventFate] = field(default_factory=list)
    rows: list[TableRows] = field(default_factory=list)


class ReplayLog:
    """The replayed events of the log `of_log`: those that `sink` holds, and those added since."""

    def __init__(self, of_log: str, sink: Sink, metering: Metering) -> None:
        self._identity = f"{REPLAY_PREFIX}{of_log}"
        self._metering = metering
        self._letter_of = {epoch.first_offset: epoch.content_hash for epoch in sink.stored_epochs(self._identity)}

    def add(self, letter: DeadLetter, batch: EventBatch) -> ReplayedEvents:
        """Count all events of `batch`, which `letter` was decoded to, from that letter."""
        replayed = ReplayedEvents()
        begun: set[int] = set()
        for index, event in enumerate(single_events(batch)):
            own = hashed_offset(_event_id(event))
            is_copy = own in begun or self._letter_of.get(own, letter.place.within_log) != letter.place.within_log
            begun.add(own)
            first_offset = hashed_offset(f"{letter.place.within_log}:{index}") if is_copy else own
            replayed.fates.append(EventFate.DUPLICATES if is_copy else _kind_of(event))
            if first_offset not in self._letter_of:
                self._letter_of[first_offset] = letter.place.within_log
                replayed.rows += self._rows(letter, event, first_offset, is_copy=is_copy)
        return replayed

    def _rows(self, letter: DeadLetter, event: EventBatch, first_offset: int, *, is_copy: bool) -> list[TableRows]:
        log = Log(self._identity, letter.topic, LogKind.REPLAY, _EPOCH_SIZE)
        epoch = Epoch(log, REPLAY_PARTITION, first_offset, 0, set(), self._metering)
        epoch.content_hash = letter.place.within_log
        if is_copy:
            epoch.warm_up(event)
        epoch.add(event, LogChunk(first_offset, first_offset + 1, [first_offset], [b""], None, letter.log_format))
        return [at_letter(rows, letter.place) if rows.table is EVENT_LEDGER else rows for rows in epoch.take_rows()]


def _event_id(event: EventBatch) -> str:
    return (event.requests.identities or event.others.identities)[0]


def _kind_of(event: EventBatch) -> EventFate:
    return EventFate.COUNTED if event.requests.event_ids else EventFate.OTHER_KIND
