"""Kong log messages into an `EventBatch`: whole frames at once, and line by line where a frame has a flaw.

What a message decodes to depends on its bytes alone, never on the messages beside it, so a replay with other batch
boundaries counts the same.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.kong_event import KongEvent
from gatemeter.contracts.topics import MAX_EVENT_BYTES
from gatemeter.streams.event_batch import RAW_LIMIT_BYTES, EventBatch, Rejection
from gatemeter.streams.kong.columns import TimeRange, append_events
from gatemeter.streams.kong.tolerant import parse_document, read_event

_NEWLINE = 10
_MISFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class KongDecoder:
    """Decodes messages whose values are NDJSON, one JSON object, or a JSON array of objects."""

    def __init__(self, times: TimeRange) -> None:
        self._times = times
        decoder = msgspec.json.Decoder(KongEvent)
        self._decode_one = decoder.decode
        self._decode_frame = decoder.decode_lines

    def decode(self, values: Sequence[bytes], batch: EventBatch) -> None:
        """Append all events of `values` to `batch`; an event that cannot be counted becomes a rejection there."""
        if values and b"\n" not in values[0] and self._append_single_events(values, batch):
            return
        for value_index, value in enumerate(values):
            if not self._append_frame(value, batch):
                self._append_by_line(value_index, value, batch)

    def _append_single_events(self, values: Sequence[bytes], batch: EventBatch) -> bool:
        """Messages of one event each, all of the common shape."""
        decode_one = self._decode_one
        try:
            events = [decode_one(value) for value in values]
            for value in values:
                _check_text(value)
        except _MISFIT:
            return False
        return append_events(batch, events, self._times, values)

    def _append_frame(self, value: bytes, batch: EventBatch) -> bool:
        """A frame whose lines are all of the common shape."""
        try:
            events = self._decode_frame(value)
            _check_text(value)
        except _MISFIT:
            return False
        # The decoder reads object after object wherever a line ends; only line for line is it the frame's meaning.
        line_count = int(np.count_nonzero(np.frombuffer(value, np.uint8) == _NEWLINE)) + 1
        return len(events) == line_count and append_events(batch, events, self._times)

    def _append_by_line(self, value_index: int, value: bytes, batch: EventBatch) -> None:
        """A message with a flaw, or a document over several lines: find what each line holds."""
        event_index = 0
        if b"\n" in value and self._is_one_document(value):
            self._append_text(value_index, 1, event_index, value, batch)
            return
        for line_number, line in enumerate(value.split(b"\n"), start=1):
            if line.strip():
                event_index += self._append_text(value_index, line_number, event_index, line, batch)
        if event_index == 0:
            batch.rejections.append(_rejection(value_index, 1, 0, value, RejectedEvent("empty_message")))

    def _is_one_document(self, value: bytes) -> bool:
        try:
            self._decode_one(value)
        except msgspec.ValidationError:
            return True
        except _MISFIT:
            return False
        return True

    def _append_text(self, value_index: int, line_number: int, event_index: int, text: bytes, batch: EventBatch) -> int:
        """Append the event, or the array of events, in `text`; how many events it held."""
        try:
            if len(text) > MAX_EVENT_BYTES:
                raise RejectedEvent("line_too_long", f"{len(text)} bytes")  # noqa: TRY301 - one way out for all
            document = parse_document(text)
        except RejectedEvent as rejected:
            batch.rejections.append(_rejection(value_index, line_number, event_index, text, rejected))
            return 1
        if not isinstance(document, list) or not document:
            self._append_document(value_index, line_number, event_index, document, text, batch)
            return 1
        for offset, element in enumerate(document):
            element_text = msgspec.json.encode(element)
            self._append_document(value_index, line_number, event_index + offset, element, element_text, batch)
        return len(document)

    def _append_document(
        self, value_index: int, line_number: int, event_index: int, document: object, text: bytes, batch: EventBatch
    ) -> None:
        try:
            event = read_event(document)
            if event.session is None:
                self._times.check(event.started_at)
        except RejectedEvent as rejected:
            batch.rejections.append(_rejection(value_index, line_number, event_index, text, rejected))
        else:
            append_events(batch, [event], self._times, [text])


def _check_text(value: bytes) -> None:
    """Raises UnicodeDecodeError: the decoder skips unread fields without looking at their text."""
    if not value.isascii():
        value.decode("utf-8")


def _rejection(value_index: int, line: int, event_index: int, raw: bytes, rejected: RejectedEvent) -> Rejection:
    return Rejection(value_index, line, event_index, rejected.reason, rejected.detail, raw[:RAW_LIMIT_BYTES], len(raw))
