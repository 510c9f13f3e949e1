"""The text of JSON events: the documents in a line or a message, and the identity of an event that carries none."""

import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import xxhash

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.carried_identity import carried_identity, carrying
from gatemeter.lenient.carried_mends import carried_mends
from gatemeter.lenient.document import parse_document
from gatemeter.lenient.mending import mended_ends, replaced_paths
from gatemeter.wire.topics import MAX_EVENT_BYTES

MOST_EVENTS_OF_A_LINE = 10_000
"""A line that holds an array of more events is one dead letter: each takes up to a tenth of a millisecond."""

_LARGEST_PARTS_BYTES = 64 * 1024 * 1024
"""What the events of a line may take that is taken apart into documents, each with what all of them share."""

_decode_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class EventDocument(NamedTuple):
    """The JSON value of an event, the text that it was read from, and what of the text had to be mended.

    `envelopes` are the kinds of those that it lay in, the outermost first, and `carried_by` is the text of that one if
    nothing else lay in it. `fault` says why what an envelope carries cannot be read.
    """

    value: Any
    text: bytes
    mended: Sequence[str] = ()
    envelopes: Sequence[str] = ()
    carried_by: bytes | None = None
    fault: RejectedEvent | None = None

    @property
    def line_text(self) -> bytes:
        """The text of the event as it stands in its line, its envelopes included."""
        return self.text if self.carried_by is None else self.carried_by


def is_json(text: bytes) -> bool:
    """Whether `parse_document` can read `text`."""
    try:
        parse_document(text, [])
    except RejectedEvent:
        return False
    return True


def message_lines(value: bytes) -> list[bytes]:
    """The lines of a message, blank ones included; one JSON document is one line, however it is laid out."""
    first, newline, _ = value.partition(b"\n")
    # Of a frame, whose lines are documents, the first line is enough to know it.
    if newline and _is_short_json(first):
        return value.split(b"\n")
    is_document = is_json(value) if len(value) <= MAX_EVENT_BYTES else _looks_like_a_document(value)
    return [value] if is_document else value.split(b"\n")


def _looks_like_a_document(value: bytes) -> bool:
    """Of a message longer than any event: parsing all of it could take gigabytes.

    The last line of a document over several lines is no JSON by itself.
    """
    text = value.strip()
    last = text[text.rfind(b"\n") + 1 :]
    return b"\n" not in text or (text[:1] in (b"{", b"[") and not _is_short_json(last))


def _is_short_json(line: bytes) -> bool:
    return len(line) <= MAX_EVENT_BYTES and is_json(line)


def event_documents(line: bytes, most_events: int | None = MOST_EVENTS_OF_A_LINE) -> list[EventDocument]:
    """The JSON value of `line`, or each element of it if it is an array, with the text that it was read from.

    What holds for the whole line is said of its first event. Raises RejectedEvent: empty_message, line_too_long,
    too_many_events, and as `parse_document` does.
    """
    if not line.strip():
        raise RejectedEvent("empty_message")
    if len(line) > MAX_EVENT_BYTES:
        raise RejectedEvent("line_too_long", f"{len(line)} bytes")
    mended: list[str] = []
    value = _parse(line, mended)
    values = value if isinstance(value, list) and value else [value]
    if most_events is not None and len(values) > most_events:
        raise RejectedEvent("too_many_events", f"{len(values)} in one array, up to {most_events} are read")
    if line.isascii() and not mended:
        return [EventDocument(*each) for each in zip(values, _texts(line, value), strict=True)]
    text = mended_ends(line).text
    is_utf8 = _is_utf8(text)
    return [
        EventDocument(each, each_text, [*(mended if index == 0 else ()), *(() if is_utf8 else replaced_paths(each))])
        for index, (each, each_text) in enumerate(zip(values, _texts(text, value), strict=True))
    ]


def element_texts(array: bytes, elements: Sequence[Any]) -> list[bytes]:
    """The text of each element of `array`, as it stands there if possible; `elements` are the parsed values."""
    try:
        return [bytes(element) for element in _decode_elements(array)]
    except (msgspec.MsgspecError, RecursionError):  # only the mended text could be read
        return [json.dumps(element, default=_as_json, separators=(",", ":")).encode() for element in elements]


def _as_json(number: Decimal) -> str | float:
    """An exact number as text, which is read as that number; NaN for what is beyond all numbers, as NaN is."""
    return str(number) if number.is_finite() else math.nan


def member_text(text: bytes, name: str, value: Any) -> bytes:
    """The text of the member `name`, which was parsed to `value`, of the object `text`, as `element_texts`."""
    try:
        return bytes(_decode_members(text)[name])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # names that are not UTF-8 among them
        return json.dumps(value, default=str, separators=(",", ":")).encode()


def parts_of_documents(
    documents: Sequence[EventDocument], parts: Sequence[Sequence[Any] | None], most_events: int | None
) -> list[EventDocument]:
    """The events of `documents` in order: the `parts` of each, or the document itself where it has none.

    Raises RejectedEvent: too_many_events.
    """
    count = sum(1 if each is None else len(each) for each in parts)
    if most_events is not None and count > most_events:
        raise RejectedEvent("too_many_events", f"{count} in one line, up to {most_events} are read")
    events: list[EventDocument] = []
    size_bytes = 0
    for document, values in zip(documents, parts, strict=True):
        if values is None:
            events.append(document)
            continue
        carried = carried_identity(document.text) if len(values) == 1 else ""
        mends = carried_mends(document.value)
        for index, value in enumerate(values):
            text = carrying(json_of(value), carried)
            size_bytes += len(text)
            if size_bytes > _LARGEST_PARTS_BYTES:
                raise RejectedEvent("too_many_events", f"they take more than {_LARGEST_PARTS_BYTES} bytes")
            mended = [*_mended_part(document, value, is_first=index == 0), *(mends if len(values) == 1 else ())]
            carried_by = document.carried_by if len(values) == 1 else None
            events.append(EventDocument(value, text, mended, document.envelopes, carried_by))
    return events


def _mended_part(document: EventDocument, value: Any, *, is_first: bool) -> Sequence[str]:
    if not document.mended:
        return ()
    of_line = [each for each in document.mended if each.startswith("(")] if is_first else []
    return [*of_line, *replaced_paths(value)]


_encode = msgspec.json.Encoder(decimal_format="number").encode


def json_of(value: Any) -> bytes:
    """The JSON text of a parsed value, without white space; equal values have equal texts."""
    try:
        return _encode(value)
    except (UnicodeEncodeError, msgspec.MsgspecError):  # half of a surrogate pair
        return json.dumps(value, default=str, separators=(",", ":")).encode()


def text_identity(text: bytes) -> str:
    """The identity of an event that carries none: a 128-bit hash of its text without white space between its parts.

    So one event in a line, in an array, or written over several lines is the same event. Text that was cut carries the
    identity of the whole.
    """
    if carried := carried_identity(text):
        return carried
    try:
        compact = msgspec.json.format(text, indent=-1)
    except (msgspec.MsgspecError, RecursionError):
        compact = text.strip()
    return f"line:{xxhash.xxh3_128_hexdigest(compact)}"


def _parse(line: bytes, mended: list[str]) -> Any:
    if not line.strip(b"\x00 \t\r\n"):
        raise RejectedEvent("empty_message", "nothing but NUL bytes")
    return parse_document(line, mended)


def _texts(text: bytes, value: Any) -> list[bytes]:
    return element_texts(text, value) if isinstance(value, list) and value else [text]


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
