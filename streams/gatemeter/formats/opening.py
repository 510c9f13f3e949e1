"""Opens the envelopes around events (`gatemeter.envelopes`), so that each is read as if it had come bare.

An object that any format takes for its event is never opened: a client chooses some of the texts in it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from gatemeter.envelopes.json_objects import open_object, open_text
from gatemeter.envelopes.opened import MOST_ENVELOPES, PARTIAL_LINE, PIECE, Opened
from gatemeter.envelopes.prefixes import SCHEMA_REGISTRY, has_schema_header, open_prefix, without_schema_header
from gatemeter.errors import RejectedEvent
from gatemeter.formats.format import JsonFormat
from gatemeter.lenient.document import parse_json
from gatemeter.lenient.event_text import EventDocument, event_documents, is_json, member_text
from gatemeter.lenient.mending import mended_ends
from gatemeter.wire.topics import MAX_EVENT_BYTES


def is_registered_document(message: bytes) -> bool:
    """Whether `message` is one JSON document behind the header of a schema registry, which may hold a newline."""
    return has_schema_header(message) and len(message) <= MAX_EVENT_BYTES and is_json(without_schema_header(message))


class EnvelopeOpener:
    """Takes lines of JSON apart; what none of `formats` recognizes and `otherwise` cannot read may be an envelope."""

    def __init__(self, formats: Sequence[JsonFormat], otherwise: JsonFormat, most_events: int | None) -> None:
        self._formats = formats
        self._otherwise = otherwise
        self._most_events = most_events

    def events(self, line: bytes) -> list[EventDocument]:
        """The events of `line`. Raises RejectedEvent: partial_line, and as `event_documents` does.

        An array in an envelope is as many events. What is wrong with one envelope of several is its `fault`.
        """
        events = self._in_line(line, ())
        if self._most_events is not None and len(events) > self._most_events:
            raise RejectedEvent("too_many_events", f"{len(events)} in arrays, up to {self._most_events} are read")
        return events

    def _in_line(self, line: bytes, envelopes: tuple[str, ...]) -> list[EventDocument]:
        is_sealed = _are_most(envelopes) or len(line) > MAX_EVENT_BYTES
        # Its bytes 0 would be mended, and be taken for those of a file that was cut under its writer.
        opened = open_prefix(line) if not is_sealed and has_schema_header(line) else None
        if opened is None:
            try:
                documents = event_documents(line, self._most_events)
                return [event for document in documents for event in self._in_document(document, envelopes)]
            except RejectedEvent:
                opened = None if is_sealed else open_prefix(mended_ends(line).text)
                if opened is None:
                    raise
        return _carried(self._in_line(opened.content, (*envelopes, opened.envelope)), line)

    def _in_document(self, document: EventDocument, envelopes: tuple[str, ...]) -> list[EventDocument]:
        value = document.value
        closed = document._replace(envelopes=envelopes)
        if _are_most(envelopes):
            return [closed]
        if isinstance(value, str):
            return self._in_string(document, value, envelopes) or [closed]
        if not isinstance(value, dict) or self._is_recognized(value):
            return [closed]
        try:
            opened = open_object(value, self._is_event)
            if opened is None or self._otherwise_reads(value, document.text):
                return [closed]
            return self._in_envelope(document, opened, (*envelopes, opened.envelope)) or [closed]
        except RejectedEvent as fault:
            return [closed._replace(fault=fault)]

    def _in_string(self, document: EventDocument, text: str, envelopes: tuple[str, ...]) -> list[EventDocument]:
        """The events in the line that `document`, a JSON string, holds; none if it is any other text."""
        opened = open_text(text)
        try:
            return self._in_envelope(document, opened, (*envelopes, opened.envelope))
        except RejectedEvent as fault:
            return [document._replace(envelopes=envelopes, fault=fault)]

    def _in_envelope(self, document: EventDocument, opened: Opened, envelopes: tuple[str, ...]) -> list[EventDocument]:
        """The events that `document` carries; none if it carries anything else. Raises RejectedEvent."""
        if isinstance(opened.content, bytes):
            inside = self._in_text(opened, envelopes)
        elif self._is_event(opened.content):
            text = member_text(document.text, opened.member, opened.content)
            inside = [EventDocument(opened.content, text, (), envelopes)]
        else:
            inside = []
        mended = [each._replace(mended=[*document.mended, *each.mended]) for each in inside]
        return _carried(mended, document.text)

    def _in_text(self, opened: Opened, envelopes: tuple[str, ...]) -> list[EventDocument]:
        text = opened.content
        try:
            inside = self._in_line(text, envelopes)
        except RejectedEvent as rejected:
            if not opened.is_ended:
                raise RejectedEvent(PARTIAL_LINE, PIECE) from rejected
            if rejected.reason == PARTIAL_LINE or text.lstrip()[:1] in (b"{", b"["):
                raise
            return []
        return inside if all(isinstance(each.value, dict) for each in inside) else []

    def _is_recognized(self, value: Any) -> bool:
        return any(each.recognizes(value) for each in self._formats)

    def _is_event(self, value: Any) -> bool:
        """Whether an object within another one is an event; a format that reads all is asked to read it."""
        return self._is_recognized(value) or (self._otherwise.reads_all and self._otherwise_reads(value, b""))

    def _otherwise_reads(self, value: Any, text: bytes) -> bool:
        try:
            self._otherwise.read(value, text, [])
        except RejectedEvent:
            return False
        return True


def line_in_envelopes(line: bytes, recognizes: Callable[[bytes], bool]) -> EventDocument:
    """The line of a format that is not JSON, behind its prefixes and out of its envelopes, where it `recognizes` none.

    Raises RejectedEvent: partial_line.
    """
    text = line
    envelopes: tuple[str, ...] = ()
    while not _are_most(envelopes):
        opened = open_prefix(text) or _open_json(text)
        if opened is None or not isinstance(opened.content, bytes) or recognizes(text.removesuffix(b"\r")):
            break
        text = opened.content
        envelopes = (*envelopes, opened.envelope)
    return EventDocument(text, text, (), envelopes, line if envelopes else None)


def _are_most(envelopes: Sequence[str]) -> bool:
    return len(envelopes) - envelopes.count(SCHEMA_REGISTRY) == MOST_ENVELOPES


def _open_json(text: bytes) -> Opened | None:
    value = parse_json(text) if text[:1] in (b"{", b'"') else None
    if isinstance(value, str):
        return open_text(value)
    return open_object(value, lambda _: False) if isinstance(value, dict) else None


def _carried(events: list[EventDocument], text: bytes) -> list[EventDocument]:
    """`events`, which lay in the envelope `text`: of several each is kept by itself."""
    return [events[0]._replace(carried_by=text)] if len(events) == 1 else events
