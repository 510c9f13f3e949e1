"""Takes messages apart into events, so that each can stand in a frame of its own partition."""

from collections.abc import Iterator, Sequence

import msgspec

from gatemeter.envelopes.prefixes import without_schema_header
from gatemeter.errors import RejectedEvent
from gatemeter.events.rejected_text import NOT_AN_OBJECT, as_line
from gatemeter.formats.reader import JsonReader, Reader
from gatemeter.formats.registry import format_names, json_formats, reader_of
from gatemeter.lenient.event_text import EventDocument
from gatemeter.shipping.repacker import EventLine


class EventSplitter:
    """Splits messages of any format; an `EventLines`."""

    def __init__(self) -> None:
        self._readers = {name: reader_of(name) for name in format_names()}
        self._may_lack_time = [each.marker for each in json_formats() if each.may_lack_time and each.marker is not None]

    def __call__(self, log_format: str, message: bytes) -> Sequence[EventLine]:
        """The events of a message in order; blank lines are left out.

        A line that cannot be taken apart is one event, as is a message of an unknown format.
        """
        reader = self._readers.get(log_format)
        if reader is None or not message.strip():
            return [EventLine(message, is_message=True)]
        if not isinstance(reader, JsonReader):
            return [EventLine(line, number) for number, line in enumerate(reader.lines(message), 1) if line.strip()]
        text = without_schema_header(message)
        is_line = text[:1] == b"{" and b"\n" not in text
        lines = [EventLine(text)] if is_line else list(_json_lines(reader, text))
        if any(marker.search(text) is not None for marker in self._may_lack_time):
            return [line._replace(takes_message_time=_takes_message_time(reader, line.text)) for line in lines]
        return lines


def _json_lines(reader: Reader, message: bytes) -> Iterator[EventLine]:
    for number, line in enumerate(reader.lines(message), 1):
        if line[:1] == b"{" and b"\n" not in line:
            yield EventLine(line, number)
        elif line.strip():
            yield from _events_of(reader, line, number)


def _events_of(reader: Reader, line: bytes, number: int) -> Iterator[EventLine]:
    try:
        events = reader.events(line)
    except RejectedEvent:
        yield _packable(line, number, 0)
        return
    is_text = isinstance(events[0].value, bytes)
    if len(events) == 1 and b"\n" not in line and (is_text or not line.lstrip().startswith(b"[")):
        yield EventLine(line, number)
        return
    for index, event in enumerate(events):
        yield _packable(_text_of(event), number, index)


def _text_of(event: EventDocument) -> bytes:
    """The text of an event that is read as this one event where it stands alone."""
    text = event.line_text
    if b"\n" in text:
        text = _on_one_line(event.text)
    return text if isinstance(event.value, dict) else as_line(text, NOT_AN_OBJECT)


def _on_one_line(text: bytes) -> bytes:
    try:
        return msgspec.json.format(text, indent=-1)
    except (msgspec.MsgspecError, RecursionError):
        return text


def _packable(text: bytes, number: int, index: int) -> EventLine:
    return EventLine(text, number, index, is_message=b"\n" in text)


def _takes_message_time(reader: Reader, text: bytes) -> bool:
    try:
        return any(reader.read(event, []).takes_message_time for event in reader.events(text))
    except RejectedEvent:
        return False
