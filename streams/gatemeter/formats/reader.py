"""Reading the messages of a format event by event."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from gatemeter.envelopes.prefixes import schema_header
from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent
from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Masked, mask_event, mask_text
from gatemeter.events.rejected_text import NOT_AN_OBJECT
from gatemeter.formats.format import JsonFormat, LineFormat
from gatemeter.formats.opening import EnvelopeOpener, is_registered_document, line_in_envelopes
from gatemeter.formats.recognition import format_of_event, recognized_by, require_one_format
from gatemeter.lenient.carried_mends import carried_mends
from gatemeter.lenient.document import json_type
from gatemeter.lenient.event_text import (
    MOST_EVENTS_OF_A_LINE,
    EventDocument,
    message_lines,
    parts_of_documents,
    text_identity,
)
from gatemeter.lenient.mending import REPLACED
from gatemeter.meters.meters import members_of
from gatemeter.wire.topics import MAX_EVENT_BYTES


class Reader(Protocol):
    """Takes messages of a format apart and reads their events."""

    def lines(self, message: bytes) -> list[bytes]:
        """The lines of a message, blank ones included."""

    def events(self, line: bytes) -> list[EventDocument]:
        """The events of one line. Raises RejectedEvent if it cannot be taken apart."""

    def read(self, event: EventDocument, ignored_fields: list[str]) -> AccessEvent:
        """The access event of `event`. Raises RejectedEvent.

        The paths of fields that could not be used are appended to `ignored_fields`.
        """

    def mask(self, event: EventDocument) -> Masked:
        """What a dead letter keeps of `event` in clear."""

    def format_name(self, event: EventDocument) -> str:
        """The name of the format that `event` is read by."""

    def members(self, event: EventDocument, access_event: AccessEvent) -> Mapping[str, Any]:
        """Where the paths of meters begin in `event`, which was read as `access_event`."""


class JsonReader:
    """Reads JSON: a line holds an object or an array of objects; a message may also be one document over many lines.

    An event is read by `otherwise` if that recognizes it, else by the one of `formats` that does, else by `otherwise`.
    What several of them recognize, but not `otherwise`, is rejected (several_formats). A line that the text format of
    `otherwise` recognizes is read by that; its value is the line. An array of more than `most_events` (None: of any
    number) is not taken apart. Envelopes around events are opened.
    """

    def __init__(
        self, formats: Sequence[JsonFormat], otherwise: JsonFormat, most_events: int | None = MOST_EVENTS_OF_A_LINE
    ) -> None:
        self._most_events = most_events
        self._opener = EnvelopeOpener(formats, otherwise, most_events)
        self._formats = formats
        self._otherwise = otherwise

    def lines(self, message: bytes) -> list[bytes]:
        """See `Reader`."""
        if is_registered_document(message):
            return [message]
        header = schema_header(message)  # in which there may be a newline
        first, *others = message_lines(message[len(header) :])
        return [header + first, *others]

    def events(self, line: bytes) -> list[EventDocument]:
        """See `Reader`; the reasons are those of `event_documents`, and partial_line."""
        text = self._otherwise.text
        if text is not None and len(line) <= MAX_EVENT_BYTES:
            inside = line_in_envelopes(line, text.recognizes)
            if text.recognizes(inside.text.removesuffix(b"\r")):
                return [inside]
        documents = self._opener.events(line)
        parts = [self._parts(document) for document in documents]
        if all(each is None for each in parts):
            return documents
        return [self._within(event) for event in parts_of_documents(documents, parts, self._most_events)]

    def read(self, event: EventDocument, ignored_fields: list[str]) -> AccessEvent:
        """See `Reader`."""
        if event.fault is not None:
            raise event.fault
        if isinstance(event.value, bytes) and self._otherwise.text is not None:
            return self._otherwise.text.read(event.text.removesuffix(b"\r"), ignored_fields)
        if not isinstance(event.value, dict):
            raise RejectedEvent(NOT_AN_OBJECT, f"a JSON {json_type(event.value)}")
        if not event.value:
            raise RejectedEvent("empty_object")
        mended = [*event.mended, *carried_mends(event.value)]
        ignored_fields += mended
        require_one_format(event.value, self._formats, self._otherwise)
        access_event = self._format_of(event.value).read(event.value, event.text, ignored_fields)
        # Two ids that differ must not become one; JSON in an id spells the character in ASCII.
        if mended and (REPLACED in access_event.event_id or r"\ufffd" in access_event.event_id):
            return replace(access_event, event_id=text_identity(event.text), identity=IdentityKind.CONTENT)
        return access_event

    def mask(self, event: EventDocument) -> Masked:
        """See `Reader`."""
        if isinstance(event.value, bytes):
            return mask_text(event.text)
        masked = mask_event(event.value, event.text, self._format_of(event.value).kept)
        # The whole event is not the whole line: that is kept encrypted, so that it can be read again.
        return masked if event.carried_by is None else masked._replace(is_masked=True)

    def format_name(self, event: EventDocument) -> str:
        """See `Reader`."""
        return self._format_of(event.value).name

    def members(self, event: EventDocument, access_event: AccessEvent) -> Mapping[str, Any]:
        """See `Reader`."""
        if isinstance(event.value, bytes):
            return members_of(access_event)
        return self._format_of(event.value).members(event.value)

    def _parts(self, document: EventDocument) -> list[Any] | None:
        if document.fault is not None or not isinstance(document.value, dict):
            return None
        parts = self._format_of(document.value).parts
        return None if parts is None else parts(document.value)

    def _within(self, event: EventDocument) -> EventDocument:
        """The event in the line that `event`, a part of a document, carries; itself if it carries none."""
        if not isinstance(event.value, dict):
            return event
        format_ = self._format_of(event.value)
        line = None if format_.line_within is None else format_.line_within(event.value)
        if line is None:
            return event
        try:
            inside = self._opener.events(line.encode("utf-8", "backslashreplace"))
        except RejectedEvent:
            return event
        if len(inside) != 1 or not any(recognized_by(inside[0].value, self._formats)):
            return event
        return inside[0]._replace(
            mended=[*event.mended, *inside[0].mended],
            envelopes=(*event.envelopes, format_.name, *inside[0].envelopes),
            carried_by=event.line_text,
        )

    def _format_of(self, value: Any) -> JsonFormat:
        return format_of_event(value, self._formats, self._otherwise)


class LineReader:
    """Reads a format with one event a line."""

    def __init__(self, format_: LineFormat) -> None:
        self._format = format_

    def lines(self, message: bytes) -> list[bytes]:
        """See `Reader`."""
        return message.split(b"\n")

    def events(self, line: bytes) -> list[EventDocument]:
        """See `Reader`; the reasons are empty_message, line_too_long and partial_line."""
        if not line.strip():
            raise RejectedEvent("empty_message")
        if len(line) > MAX_EVENT_BYTES:
            raise RejectedEvent("line_too_long", f"{len(line)} bytes")
        return [line_in_envelopes(line, self._format.recognizes)]

    def read(self, event: EventDocument, ignored_fields: list[str]) -> AccessEvent:
        """See `Reader`."""
        return self._format.read(event.text.removesuffix(b"\r"), ignored_fields)

    def mask(self, event: EventDocument) -> Masked:
        """See `Reader`: nothing."""
        return mask_text(event.text)

    def format_name(self, _: EventDocument) -> str:
        """See `Reader`."""
        return self._format.name

    def members(self, _: EventDocument, access_event: AccessEvent) -> Mapping[str, Any]:
        """See `Reader`: a line has no members."""
        return members_of(access_event)
