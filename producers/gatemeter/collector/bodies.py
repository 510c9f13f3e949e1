"""Takes bodies apart: JSON objects, arrays, lines and binary messages to events, each on one line.

No event is lost here: what cannot be read is a line too, of which the worker makes a dead letter.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

import msgspec

from gatemeter.errors import RejectedEvent
from gatemeter.formats.format import Format, JsonFormat
from gatemeter.httpserver.problem import ProblemError
from gatemeter.lenient.event_text import event_documents, is_json, message_lines

MOST_EVENTS_OF_A_BODY = 10_000

_decode_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_TEXT_TYPES = frozenset(
    {"", "application/json", "application/ndjson", "application/x-ndjson", "application/jsonl", "text/plain"}
)
_NO_EVENT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def media_type_of(headers: Mapping[str, str]) -> str:
    """The media type of the body without its parameters, in lower case; '' if none is told."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def media_types(read_by: Format) -> list[str]:
    """The media types that a format comes in; names that end with +json are taken, too."""
    types = ["application/json", "application/x-ndjson", "text/plain"]
    return [*types, read_by.http.binary_media_type] if read_by.http.binary_media_type else types


def event_lines(body: bytes, headers: Mapping[str, str], read_by: Format) -> Sequence[bytes]:
    """The events of an unpacked `body`, in order; `headers` have names in lower case.

    Raises ProblemError: 415 for a media type that the format does not come in, 413 for too many events, 400 for a
    binary message that is not one.
    """
    http = read_by.http
    if http.event_in_headers is not None and (event := http.event_in_headers(headers, body)) is not None:
        return [event]
    media_type = media_type_of(headers)
    if http.records_of is not None and media_type == http.binary_media_type:
        lines: Sequence[bytes] = _records(http.records_of, body)
    elif media_type in _TEXT_TYPES or media_type.endswith("+json"):
        if http.holds_nothing is not None and http.holds_nothing(body):
            return []
        lines = _json_lines(body, read_by) if isinstance(read_by, JsonFormat) else _text_lines(body)
    else:
        what = f"Content-Type is none that this path takes; it takes {', '.join(media_types(read_by))}"
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, what)
    if len(lines) > MOST_EVENTS_OF_A_BODY:
        raise _too_many()
    return lines


def _records(records_of: Callable[[bytes], list[bytes]], body: bytes) -> list[bytes]:
    try:
        return records_of(body)
    except RejectedEvent as error:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{error.reason}: {error.detail}") from error


def _json_lines(body: bytes, read_by: JsonFormat) -> Sequence[bytes]:
    text = body.strip().removeprefix(BOM_UTF8).strip()
    if text.startswith(b"["):
        try:
            elements = _decode_elements(text)
        except _NO_EVENT:
            pass
        else:
            return [_on_one_line(bytes(element)) for element in elements]
    if text.startswith(b"{") and b"\n" not in text:
        return [text]
    return _odd_json_lines(text, has_text_lines=read_by.text is not None)


def _odd_json_lines(text: bytes, *, has_text_lines: bool) -> Sequence[bytes]:
    if text.count(b"\n") > MOST_EVENTS_OF_A_BODY * 100:
        raise _too_many()
    lines = [line for line in message_lines(text) if line.strip()]
    if len(lines) > MOST_EVENTS_OF_A_BODY and is_json(lines[0]):
        raise _too_many()
    # A document that was cut short, or no JSON at all: one dead letter, not one for each of its lines.
    if len(lines) > 1 and not has_text_lines and not any(map(is_json, lines[:MOST_EVENTS_OF_A_BODY])):
        return [_on_one_line(text)]
    return [element for line in lines for element in _elements(line)]


def _elements(line: bytes) -> Sequence[bytes]:
    """The events of a line that may be an array, as in a body that needed mending."""
    if not line.lstrip().startswith(b"["):
        return [_on_one_line(line)]
    try:
        events = event_documents(line, MOST_EVENTS_OF_A_BODY)
    except RejectedEvent:
        return [_on_one_line(line)]
    return [_on_one_line(event.text) for event in events if event.value != []]


def _on_one_line(text: bytes) -> bytes:
    if b"\n" not in text:
        return text
    try:
        return msgspec.json.format(text, indent=-1)
    except _NO_EVENT:
        return text.replace(b"\n", b" ")


def _text_lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n") if line.strip()]


def _too_many() -> ProblemError:
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {MOST_EVENTS_OF_A_BODY} events in one body; send fewer"
    )
