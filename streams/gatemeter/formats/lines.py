"""Messages into an `EventBatch`, event by event: any format, and whatever a fast path cannot decode."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, EventKind, TimeRange
from gatemeter.events.append import append
from gatemeter.events.batch import EventBatch
from gatemeter.events.identity import IdentityKind, MessagePositions
from gatemeter.events.rejected_text import COUNTED_ELSEWHERE, EventPosition
from gatemeter.events.rejection import LINE_TOO_LONG
from gatemeter.formats.reader import Reader
from gatemeter.formats.reading_budget import ReadingBudget, excess, piece_detail, pieces
from gatemeter.lenient.event_text import EventDocument
from gatemeter.meters.meters import NO_METERS, Meters
from gatemeter.wire.topics import MAX_EVENT_BYTES

MESSAGE_TOO_COSTLY = "message_too_costly"
"""The reason of a message, or of the rest of one, that is not taken apart."""


class Line(NamedTuple):
    """A line and where it stood: the index of its message among the decoded ones, its 1-based number there."""

    value_index: int
    number: int
    text: bytes


class MessageLines:
    """The lines of a message that are not blank, as `texts` divide it; of a blank message the whole."""

    def __init__(self, value_index: int, texts: Sequence[bytes]) -> None:
        self._value_index = value_index
        self._texts = texts

    def __iter__(self) -> Iterator[Line]:
        is_blank = True
        for number, text in enumerate(self._texts, 1):
            if text.strip():
                is_blank = False
                yield Line(self._value_index, number, text)
        if is_blank:
            yield Line(self._value_index, 1, self.text_from(1))

    def text_from(self, number: int) -> bytes:
        """The text of the message from its line `number` on."""
        return b"\n".join(self._texts[number - 1 :])


class LineDecoder:
    """Decodes messages of a format line by line; with `keeps_event_refs` it adds a ref of every readable event.

    Without `has_budget` each message is read to its end, whatever it holds. With `skips_counted` the messages are texts
    of `RejectedText`, in whose arrays `COUNTED_ELSEWHERE` is not an event. `meters` read the events beside.
    """

    def __init__(
        self,
        reader: Reader,
        times: TimeRange,
        *,
        keeps_event_refs: bool = False,
        has_budget: bool = True,
        skips_counted: bool = False,
        meters: Meters = NO_METERS,
    ) -> None:
        self._reader = reader
        self._meters = meters
        self._times = times
        self._keeps_event_refs = keeps_event_refs
        self._has_budget = has_budget
        self._skips_counted = skips_counted

    def decode(self, values: Sequence[bytes], batch: EventBatch, positions: MessagePositions) -> None:
        """Append all events of `values` to `batch`; an event that cannot be counted becomes a rejection there."""
        for value_index, value in enumerate(values):
            if self.reject_excess(value_index, value, batch):
                continue
            budget, lines = self.new_budget(), self.lines(value_index, value)
            for line in lines:
                if budget is not None and budget.is_spent:
                    self.reject_from(line, lines, batch)
                    break
                self.append_line(line, batch, positions, budget)

    def new_budget(self) -> ReadingBudget | None:
        """The budget for a message; None if it is read whatever it costs."""
        return ReadingBudget() if self._has_budget else None

    def lines(self, value_index: int, value: bytes) -> MessageLines:
        """The lines of a message."""
        return MessageLines(value_index, self._reader.lines(value))

    def reject_excess(self, value_index: int, value: bytes, batch: EventBatch) -> bool:
        """Reject all of a message that exceeds the limits of `reading_budget`; whether it does."""
        why = excess(value) if self._has_budget else ""
        if why:
            _reject_pieces((value_index, 1, 0), value, batch, why)
        return bool(why)

    def reject_from(self, line: Line, lines: MessageLines, batch: EventBatch) -> None:
        """Reject `line` and all that follow it in its message, many as one event."""
        _reject_pieces((line.value_index, line.number, 0), lines.text_from(line.number), batch)

    def append_line(
        self, line: Line, batch: EventBatch, positions: MessagePositions, budget: ReadingBudget | None = None
    ) -> None:
        """Append the events of one line to `batch`, or a rejection of the line if it cannot be taken apart.

        They are taken off the `budget`.
        """
        events: list[EventDocument] = []
        try:
            events = self._reader.events(line.text)
        except RejectedEvent as rejected:
            batch.reject((line.value_index, line.number, 0), rejected.reason, rejected.detail, line.text)
        skips_counted = self._skips_counted and len(events) > 1
        for event_index, event in enumerate(events):
            if not (skips_counted and event.text == COUNTED_ELSEWHERE):
                self._append_event((line.value_index, line.number, event_index), event, batch, positions)
        if budget is not None:
            budget.spend(len(events) or 1, len(line.text))

    def _append_event(
        self, position: EventPosition, source_event: EventDocument, batch: EventBatch, positions: MessagePositions
    ) -> None:
        ignored_fields: list[str] = []
        try:
            event = self._reader.read(source_event, ignored_fields).at_its_time(positions.time_ms(position[0]))
            self._times.check(event.started_at_ms)
        except RejectedEvent as rejected:
            masked = self._reader.mask(source_event)
            batch.reject(position, rejected.reason, rejected.detail, source_event.line_text, masked)
            return
        if event.identity is IdentityKind.POSITION:
            event = replace(event, event_id=positions.identity(position, source_event.text))
        append(event, batch, position if self._keeps_event_refs else None)
        batch.ignored_fields += len(ignored_fields)
        if self._meters:
            self._append_meters(source_event, event, batch)

    def _append_meters(self, source_event: EventDocument, event: AccessEvent, batch: EventBatch) -> None:
        meters = self._meters.of(self._reader.format_name(source_event))
        if meters is not None:
            events = batch.requests if event.kind is EventKind.HTTP else batch.others
            members = self._reader.members(source_event, event)
            meters.append(members, events, len(events.event_ids) - 1, event.caller)


def _reject_pieces(first: EventPosition, text: bytes, batch: EventBatch, why: str = "") -> None:
    if not text.strip():
        batch.reject_piece(first, "empty_message", why, text)
    value_index, number, _ = first
    for lines_before, piece in pieces(text):
        position = (value_index, number + lines_before, 0)
        if len(piece) > MAX_EVENT_BYTES:
            batch.reject_piece(position, LINE_TOO_LONG, f"{len(piece)} bytes", piece)
        else:
            batch.reject_piece(position, MESSAGE_TOO_COSTLY, why or piece_detail(piece), piece)
