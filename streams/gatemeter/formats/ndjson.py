"""Messages of JSON events into an `EventBatch`: frames of Kong's common shape at once, all else event by event.

What a message decodes to depends on its bytes alone, never on the messages beside it, so a replay with other batch
boundaries counts the same.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import KongEvent
from gatemeter.events.batch import EventBatch, Place
from gatemeter.events.time_range import TimeRange
from gatemeter.formats.documents import append_document
from gatemeter.formats.kong.columns import append_events
from gatemeter.lenient.event_text import event_documents, message_lines
from gatemeter.wire.topics import MAX_EVENT_BYTES

_NEWLINE, _RETURN, _OPENING, _CLOSING = b"\n\r{}"
_MISFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Line(NamedTuple):
    """A line and where it stood: its message among the decoded ones, its 1-based number there."""

    value_index: int
    number: int
    text: bytes


class FrameDecoder:
    """Decodes messages whose values are NDJSON, one JSON object, or a JSON array of objects.

    With `keeps_event_refs` it marks every event that can be read.
    """

    def __init__(self, times: TimeRange, *, keeps_event_refs: bool = False) -> None:
        self._times = times
        self._keeps_event_refs = keeps_event_refs
        decoder = msgspec.json.Decoder(KongEvent)
        self._decode_one = decoder.decode
        self._decode_frame = decoder.decode_lines

    def decode(self, values: Sequence[bytes], batch: EventBatch) -> None:
        """Append all events of `values` to `batch`; an event that cannot be counted becomes a rejection there."""
        lines: list[_Line] = []
        for value_index, value in enumerate(values):
            if b"\n" not in value:
                lines.append(_Line(value_index, 1, value))
                continue
            if lines:
                self._append_lines(lines, batch)
                lines = []
            if not self._append_frame(value_index, value, batch):
                self._append_lines(_lines_of(value_index, value), batch)
        if lines:
            self._append_lines(lines, batch)

    def _append_frame(self, value_index: int, value: bytes, batch: EventBatch) -> bool:
        """A frame whose lines are all of the common shape; False, and nothing appended, for any other."""
        if len(value) > MAX_EVENT_BYTES:
            return False
        try:
            events = self._decode_frame(value)
            _check_text(value)
        except _MISFIT:
            return False
        # The decoder reads object after object wherever a line ends; only line for line is it the frame's meaning.
        if len(events) != _lines_of_objects(value):
            return False
        places = [(value_index, number, 0) for number in range(1, len(events) + 1)] if self._keeps_event_refs else None
        return append_events(batch, events, self._times, _LinesOf(value), places)

    def _append_lines(self, lines: Sequence[_Line], batch: EventBatch) -> None:
        """Lines of any shape: those of the common one together, each other one by itself."""
        decode_one = self._decode_one
        events: list[KongEvent] = []
        texts: list[bytes] = []
        places: list[Place] | None = [] if self._keeps_event_refs else None

        def append_odd(line: _Line) -> None:
            append_events(batch, events, self._times, texts, places)
            events.clear()
            texts.clear()
            if places is not None:
                places.clear()
            self._append_odd_line(line, batch)

        for line in lines:
            try:
                event = decode_one(line.text)
                _check_text(line.text)
            except _MISFIT:
                append_odd(line)
                continue
            if self._is_countable(event) and len(line.text) <= MAX_EVENT_BYTES:
                events.append(event)
                texts.append(line.text)
                if places is not None:
                    places.append((line.value_index, line.number, 0))
            else:
                append_odd(line)
        append_events(batch, events, self._times, texts, places)

    def _is_countable(self, event: KongEvent) -> bool:
        if event.request is None and event.response is None and event.session is None:
            return False
        return event.started_at is not None and self._times.from_ms <= event.started_at < self._times.to_ms

    def _append_odd_line(self, line: _Line, batch: EventBatch) -> None:
        """A line that needs the tolerant reading: an event of an unusual shape, an array of events, or no event."""
        try:
            documents = event_documents(line.text)
        except RejectedEvent as rejected:
            batch.reject((line.value_index, line.number, 0), rejected.reason, rejected.detail, line.text)
            return
        for event_index, (document, text) in enumerate(documents):
            self._append_document(line, event_index, document, text, batch)

    def _append_document(self, line: _Line, event_index: int, document: object, text: bytes, batch: EventBatch) -> None:
        place = (line.value_index, line.number, event_index)
        try:
            append_document(document, text, self._times, batch, place if self._keeps_event_refs else None)
        except RejectedEvent as rejected:
            batch.reject(place, rejected.reason, rejected.detail, text)


class _LinesOf(Sequence[bytes]):
    """The lines of a frame; it is cut into them when the first is asked for, which for most frames is never."""

    def __init__(self, frame: bytes) -> None:
        self._frame = frame
        self._lines: list[bytes] = []

    def __len__(self) -> int:
        return len(self._cut())

    def __getitem__(self, index: Any) -> Any:
        return self._cut()[index]

    def _cut(self) -> list[bytes]:
        if not self._lines:
            self._lines = self._frame.split(b"\n")
        return self._lines


def _lines_of(value_index: int, value: bytes) -> list[_Line]:
    """The lines of a message that are not blank; a document written over several lines counts as one."""
    lines = [_Line(value_index, number, text) for number, text in enumerate(message_lines(value), 1) if text.strip()]
    return lines or [_Line(value_index, 1, value)]


def _lines_of_objects(value: bytes) -> int:
    """How many lines `value` has if an object ends before and begins after each newline, else -1."""
    text = np.frombuffer(value, np.uint8)
    text = text[:-1] if value.endswith(b"\n") else text
    newlines = np.flatnonzero(text == _NEWLINE)
    if len(newlines) and (newlines[0] < 2 or newlines[-1] + 1 == len(text)):
        return -1
    ends = np.where(text[newlines - 1] == _RETURN, text[newlines - 2], text[newlines - 1])
    whole = bool((ends == _CLOSING).all() and (text[newlines + 1] == _OPENING).all())
    return len(newlines) + 1 if whole else -1


def _check_text(value: bytes) -> None:
    """Raises UnicodeDecodeError: the decoder skips unread fields without looking at their text."""
    if not value.isascii():
        value.decode("utf-8")
