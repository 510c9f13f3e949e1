"""Messages into an `EventBatch`, event by event: any format, and whatever a fast path cannot decode."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import TimeRange
from gatemeter.events.append import append
from gatemeter.events.batch import EventBatch
from gatemeter.events.rejection import EventPosition
from gatemeter.formats.reader import Reader
from gatemeter.formats.reading_budget import ReadingBudget, excess, piece_detail, pieces
from gatemeter.lenient.event_text import EventDocument

MESSAGE_TOO_COSTLY = "message_too_costly"
"""The reason of a message, or of the rest of one, that is not taken apart."""


class Line(NamedTuple):
    """A line and where it stood: the index of its message among the decoded ones, its 1-based number there."""

    value_index: int
    number: int
    text: bytes


class LineDecoder:
    """Decodes messages of a format line by line; with `keeps_event_refs` it adds a ref of every readable event."""

    def __init__(self, reader: Reader, times: TimeRange, *, keeps_event_refs: bool = False) -> None:
        self._reader = reader
        self._times = times
        self._keeps_event_refs = keeps_event_refs

    def decode(self, values: Sequence[bytes], batch: EventBatch) -> None:
        """Append all events of `values` to `batch`; an event that cannot be counted becomes a rejection there."""
        for value_index, value in enumerate(values):
            if self.reject_excess(value_index, value, batch):
                continue
            budget, lines = ReadingBudget(), self.lines(value_index, value)
            for line in lines:
                self.append_within(budget, line, lines, batch)

    def reject_excess(self, value_index: int, value: bytes, batch: EventBatch) -> bool:
        """Reject a message as a whole if it exceeds the limits of `reading_budget`; whether it does."""
        why = excess(value)
        if why:
            batch.reject((value_index, 1, 0), MESSAGE_TOO_COSTLY, why, value)
        return bool(why)

    def append_within(self, budget: ReadingBudget, line: Line, following: Iterator[Line], batch: EventBatch) -> None:
        """Append `line`. Once the budget is spent, reject it and all lines `following`, many as one event."""
        if not budget.is_spent:
            budget.spend(self.append_line(line, batch), len(line.text))
            return
        for piece in pieces(chain([line], following), lambda each: len(each.text)):
            text = b"\n".join(each.text for each in piece)
            batch.reject((line.value_index, piece[0].number, 0), MESSAGE_TOO_COSTLY, piece_detail(len(piece)), text)

    def lines(self, value_index: int, value: bytes) -> Iterator[Line]:
        """The lines of a message that are not blank; of a blank message the whole."""
        is_blank = True
        for number, text in enumerate(self._reader.lines(value), 1):
            if text.strip():
                is_blank = False
                yield Line(value_index, number, text)
        if is_blank:
            yield Line(value_index, 1, value)

    def append_line(self, line: Line, batch: EventBatch) -> int:
        """Append the events of one line to `batch`, or a rejection of the line if it cannot be taken apart.

        Returns how many these are.
        """
        try:
            events = self._reader.events(line.text)
        except RejectedEvent as rejected:
            batch.reject((line.value_index, line.number, 0), rejected.reason, rejected.detail, line.text)
            return 1
        for event_index, event in enumerate(events):
            self._append_event((line.value_index, line.number, event_index), event, batch)
        return len(events)

    def _append_event(self, position: EventPosition, source_event: EventDocument, batch: EventBatch) -> None:
        ignored_fields: list[str] = []
        try:
            event = self._reader.read(source_event, ignored_fields)
            self._times.check(event.started_at_ms)
        except RejectedEvent as rejected:
            masked = self._reader.mask(source_event)
            batch.reject(position, rejected.reason, rejected.detail, source_event.text, masked)
            return
        append(event, batch, position if self._keeps_event_refs else None)
        batch.ignored_fields += len(ignored_fields)
