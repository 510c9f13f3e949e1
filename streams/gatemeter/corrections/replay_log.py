"""A batch of events cut into batches of one event each.

A stored dead letter, and what a replay makes of it.

The events of replayed dead letters as a log of their own, beside the log that the letters are of.

An event is the only one of an epoch that begins at a hash of the event's identity: the same epoch with the same rows,
whoever counts the event and however often. The epoch's row in the ledger keeps the place of the letter that the event
was counted from. An event that was counted from another letter is a copy: its epoch begins at a hash of its own
letter's place, and holds one duplicate.

In the event ledger, where it is kept, the event stands at the place of its letter: there people look for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from gatemeter.events.batch import RAW_LIMIT_BYTES, TOO_MANY_REJECTED, EventBatch, IdentifiedEvents
from gatemeter.events.redaction import has_lost_an_answer
from gatemeter.metering.deduplication import hashed_offset
from gatemeter.metering.epoch import Epoch
from gatemeter.metering.event_ledger import at_dead_letter
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.rules import Metering
from gatemeter.metering.sink import Sink
from gatemeter.schema import EVENT_LEDGER, TableRows
from gatemeter.wire.event_location import EventLocation


def single_events(batch: EventBatch) -> Iterator[EventBatch]:
    """Each request and each other event of `batch` by itself; its rejections are left away.

    Which event left a field out is not known here: the first one carries `fields_left_out` of all.
    """
    left_out = batch.fields_left_out
    for index in range(len(batch.requests.event_ids)):
        single = EventBatch(fields_left_out=left_out)
        _take(batch.requests, index, single.requests)
        yield single
        left_out = 0
    for index in range(len(batch.others.event_ids)):
        single = EventBatch(fields_left_out=left_out)
        _take(batch.others, index, single.others)
        yield single
        left_out = 0


def _take(events: IdentifiedEvents, index: int, single: IdentifiedEvents) -> None:
    kept = bytearray(len(events.event_ids))
    kept[index] = 1
    single.event_ids.append(events.event_ids[index])
    single.event_refs += events.event_refs[index : index + 1]
    for rows in events.usage.values():
        # Of this one event, which is event 0 of its own batch.
        single.rows(rows.rollup).extend(rows.of_events(kept), first_event_index=-index)


_CUT_REASONS = ("line_too_long", TOO_MANY_REJECTED)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A letter as it is stored.

    `raw` is the redacted text of the first bytes of `raw_size_bytes`, so its own length says nothing. `is_unfinished`
    marks the last line of a file that no newline has ended yet.
    """

    place: EventLocation
    topic: str
    log_format: str
    reason: str
    raw: bytes
    raw_size_bytes: int
    is_unfinished: bool = False

    @property
    def is_kept_whole(self) -> bool:
        """Whether `raw` is all of the event that can be metered."""
        is_whole = self.raw_size_bytes <= RAW_LIMIT_BYTES and self.reason not in _CUT_REASONS
        return is_whole and not has_lost_an_answer(self.raw)


class ReplayOutcome(StrEnum):
    """What becomes of a letter."""

    REPLAYED = "replayed"
    """Its events are counted, and it is taken back."""
    STILL_REJECTED = "still_rejected"
    NOT_KEPT_WHOLE = "not_kept_whole"
    """Only the first bytes are there, or a model's answer was taken out: what can be read would not be the event."""
    UNFINISHED = "unfinished"
    """Metering its file reads the line again once it is ended; it would then be counted twice."""


@dataclass(frozen=True, slots=True)
class ReplayedDeadLetter:
    """A letter's fate; `reason` and `detail` say why it is rejected at present, if it is."""

    place: EventLocation
    topic: str
    fate: ReplayOutcome
    reason: str = ""
    detail: str = ""


REPLAY_PREFIX = "replay:"

REPLAY_PARTITION = 0
"""One for all, so that copies are found that lie in several partitions."""

_EPOCH_SIZE = 1


class EventOutcome(StrEnum):
    """What an event of a replayed letter counts as."""

    COUNTED = "counted"
    DUPLICATES = "duplicates"
    OTHER_KIND = "other_kind"


@dataclass(slots=True)
class ReplayedEvents:
    """What became of a letter's events, and the rows that say so; none for what is stored already."""

    fates: list[EventOutcome] = field(default_factory=list)
    rows: list[TableRows] = field(default_factory=list)


class ReplayLog:
    """The replayed events of the log `of_log`: those that `sink` holds, and those added since."""

    def __init__(self, of_log: str, sink: Sink, metering: Metering) -> None:
        self._identity = f"{REPLAY_PREFIX}{of_log}"
        self._metering = metering
        self._dead_letter_of = {epoch.first_offset: epoch.content_hash for epoch in sink.stored_epochs(self._identity)}

    def add(self, letter: DeadLetter, batch: EventBatch) -> ReplayedEvents:
        """Count all events of `batch`, which `letter` was decoded to, from that letter."""
        replayed = ReplayedEvents()
        begun: set[int] = set()
        for index, event in enumerate(single_events(batch)):
            own = hashed_offset(_event_id(event))
            is_copy = own in begun or self._dead_letter_of.get(own, letter.place.within_log) != letter.place.within_log
            begun.add(own)
            first_offset = hashed_offset(f"{letter.place.within_log}:{index}") if is_copy else own
            replayed.fates.append(EventOutcome.DUPLICATES if is_copy else _kind_of(event))
            if first_offset not in self._dead_letter_of:
                self._dead_letter_of[first_offset] = letter.place.within_log
                replayed.rows += self._rows(letter, event, first_offset, is_copy=is_copy)
        return replayed

    def _rows(self, letter: DeadLetter, event: EventBatch, first_offset: int, *, is_copy: bool) -> list[TableRows]:
        log = Log(self._identity, letter.topic, LogKind.REPLAY, _EPOCH_SIZE)
        epoch = Epoch(log, REPLAY_PARTITION, first_offset, 0, set(), self._metering)
        epoch.content_hash = letter.place.within_log
        if is_copy:
            epoch.warm_up(event)
        epoch.add(event, LogChunk(first_offset, first_offset + 1, [first_offset], [b""], None, letter.log_format))
        return [
            at_dead_letter(rows, letter.place) if rows.table is EVENT_LEDGER else rows for rows in epoch.take_rows()
        ]


def _event_id(event: EventBatch) -> str:
    return (event.requests.identities or event.others.identities)[0]


def _kind_of(event: EventBatch) -> EventOutcome:
    return EventOutcome.COUNTED if event.requests.event_ids else EventOutcome.OTHER_KIND
