"""The events of replayed dead letters, counted in a log of their own beside the log that the dead letters are of.

An event is the only one of an epoch that begins at a hash of the event's identity: the same epoch with the same rows,
whoever counts the event and however often. The epoch's row in the ledger keeps the location of the dead letter that the
event was counted from, and whether its text was corrected. An event that was counted from another dead letter is a
duplicate: its epoch begins at a hash of its own dead letter's location and its identity.

In the event ledger, where it is kept, the event has the location of its dead letter: there people look for it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatemeter.events.batch import EventBatch, IdentifiedEvents
from gatemeter.formats.registry import name_of_shown
from gatemeter.metering.deduplication import hashed_offset
from gatemeter.metering.epoch import Epoch
from gatemeter.metering.event_ledger import at_dead_letter
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink
from gatemeter.schema import EVENT_LEDGER, TableRows
from gatemeter.schema.stored_event import DeadLetter


def single_events(batch: EventBatch) -> Iterator[EventBatch]:
    """Each request, then each other event of `batch`, by itself; its rejections are left away.

    The batch does not say which event a field was ignored in: the first one carries the number of all.
    """
    ignored_fields = batch.ignored_fields
    for event in _each(batch.requests):
        single = EventBatch(ignored_fields=ignored_fields)
        single.requests.extend(event, first_value_index=0)
        yield single
        ignored_fields = 0
    for event in _each(batch.others):
        yield EventBatch(others=event, ignored_fields=ignored_fields)
        ignored_fields = 0


def _each(events: IdentifiedEvents) -> Iterator[IdentifiedEvents]:
    row_numbers = [(rows, rows.row_numbers()) for rows in events.usage.values()]
    for index, event_id in enumerate(events.event_ids):
        usage = {rows.rollup.name: rows.of_one_event(numbers.get(index, ())) for rows, numbers in row_numbers}
        yield IdentifiedEvents([event_id], usage, events.event_refs[index : index + 1])


REPLAY_PREFIX = "replay:"
"""What the identity of a log of replays begins with; the identity of the dead letters' log follows."""

REPLAY_PARTITION = 0
"""One for all, so that copies are found that are in several partitions."""

_EPOCH_SIZE = 1
_LOCATION = re.compile(r"(\d+):(\d+):(\d+):(\d+)", re.ASCII)

_CORRECTED = ":corrected"
"""What follows the location in the account of an event that was counted from a corrected text, which is in no log."""


def dead_letter_of(content_hash: str) -> tuple[str, bool]:
    """The location, within its log, of the dead letter of a replay's epoch, and whether its text was corrected."""
    return content_hash.removesuffix(_CORRECTED), content_hash.endswith(_CORRECTED)


def replayed_dead_letters(sink: Sink, log: str) -> Mapping[int, Mapping[int, tuple[int, int, int]]]:
    """By partition of `log`: the offset, line and index of the dead letter that each replay counted an event of.

    Replays are named by the first offsets of their epochs. Raises as `Sink.stored_epochs` does.
    """
    found: dict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    for epoch in sink.stored_epochs(f"{REPLAY_PREFIX}{log}"):
        location = _LOCATION.fullmatch(dead_letter_of(epoch.content_hash)[0])
        if location is not None:  # what is stored may have been changed
            partition, offset, line, event_index = map(int, location.groups())
            found[partition][epoch.first_offset] = (offset, line, event_index)
    return found


class EventOutcome(StrEnum):
    """What an event of a replayed dead letter counts as."""

    COUNTED = "counted"
    DUPLICATES = "duplicates"
    OTHER_KIND = "other_kind"


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """What became of an event of a dead letter; the rows to write for it if it is new: not stored yet."""

    outcome: EventOutcome
    is_new: bool
    rows: list[TableRows]


class ReplayLog:
    """The replayed events of the log `of_log`: those that `sink` holds, and those added since."""

    def __init__(self, of_log: str, sink: Sink, metering: Metering) -> None:
        self._identity = f"{REPLAY_PREFIX}{of_log}"
        self._metering = metering
        stored = sink.stored_epochs(self._identity)
        self._dead_letter_of = {epoch.first_offset: dead_letter_of(epoch.content_hash)[0] for epoch in stored}

    def add(self, dead_letter: DeadLetter, batch: EventBatch, *, is_corrected: bool = False) -> Iterator[ReplayedEvent]:
        """Count each event of `batch`, which `dead_letter` was decoded to, or a text that somebody corrected."""
        for first_offset, event, is_copy in self._placed(dead_letter, batch):
            outcome = EventOutcome.DUPLICATES if is_copy else _kind_of(event)
            is_new = first_offset not in self._dead_letter_of
            rows: list[TableRows] = []
            if is_new:
                self._dead_letter_of[first_offset] = dead_letter.location.within_log
                rows = self._rows(dead_letter, event, first_offset, is_copy=is_copy, is_corrected=is_corrected)
            yield ReplayedEvent(outcome, is_new, rows)

    def rows_of(self, dead_letter: DeadLetter, batch: EventBatch) -> dict[int, Sequence[TableRows]]:
        """The rows that should be stored for all events of `batch`, by the first offset of the epoch of each."""
        return {
            first_offset: self._rows(dead_letter, event, first_offset, is_copy=is_copy)
            for first_offset, event, is_copy in self._placed(dead_letter, batch)
        }

    def _placed(self, dead_letter: DeadLetter, batch: EventBatch) -> Iterator[tuple[int, EventBatch, bool]]:
        """Each event of `batch` with the first offset of its epoch, and whether it is a copy."""
        location = dead_letter.location.within_log
        seen: Counter[str] = Counter()
        for event in single_events(batch):
            event_id = _event_id(event)
            own = hashed_offset(event_id)
            is_copy = event_id in seen or self._dead_letter_of.get(own, location) != location
            # The same copy has the same place whichever of the other events can be read.
            copied = hashed_offset(f"{location}:{seen[event_id]}:{event_id}")
            seen[event_id] += 1
            yield copied if is_copy else own, event, is_copy

    def _rows(
        self,
        dead_letter: DeadLetter,
        event: EventBatch,
        first_offset: int,
        *,
        is_copy: bool,
        is_corrected: bool = False,
    ) -> list[TableRows]:
        log = Log(self._identity, dead_letter.topic, LogKind.REPLAY, _EPOCH_SIZE)
        epoch = Epoch(log, REPLAY_PARTITION, first_offset, 0, set(), self._metering)
        epoch.content_hash = dead_letter.location.within_log + (_CORRECTED if is_corrected else "")
        if is_copy:
            epoch.warm_up(event)
        log_format = name_of_shown(dead_letter.log_format)
        epoch.add(event, LogChunk(first_offset, first_offset + 1, [first_offset], [b""], None, log_format))
        return [
            at_dead_letter(rows, dead_letter.location) if rows.table is EVENT_LEDGER else rows
            for rows in epoch.take_rows()
        ]


def _event_id(event: EventBatch) -> str:
    return (event.requests.identities or event.others.identities)[0]


def _kind_of(event: EventBatch) -> EventOutcome:
    return EventOutcome.COUNTED if event.requests.event_ids else EventOutcome.OTHER_KIND
