"""The text of JSON events: its value or the reason why it has none, its lines, its identity."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec
import xxhash

from gatemeter.errors import RejectedEvent
from gatemeter.lenient.document import parse_quickly, parse_slowly
from gatemeter.wire.topics import MAX_EVENT_BYTES

_decode_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


def parse_document(line: bytes) -> Any:
    """The JSON value of `line`; whole numbers are int, all others exact decimals.

    Raises RejectedEvent: invalid_utf8, truncated_json, invalid_json.
    """
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RejectedEvent("invalid_utf8", f"byte {error.start + 1}") from error
    try:
        return parse_quickly(line)
    except msgspec.ValidationError:
        return _parse_with_huge_numbers(line)
    except msgspec.DecodeError as error:
        return _parse_with_half_surrogates(line, error)
    except RecursionError as error:
        raise RejectedEvent("invalid_json", "nested too deeply") from error


def is_json(text: bytes) -> bool:
    """Whether `parse_document` can read `text`."""
    try:
        parse_document(text)
    except RejectedEvent:
        return False
    return True


def message_lines(value: bytes) -> list[bytes]:
    """The lines of a message, blank ones included; one JSON document is one line, however it is laid out."""
    return [value] if is_json(value) else value.split(b"\n")


def event_documents(line: bytes) -> list[tuple[Any, bytes]]:
    """The JSON value of `line`, or each element of it if it is an array, with the text that it was read from.

    Raises RejectedEvent: empty_message, line_too_long, and as `parse_document` does.
    """
    if not line.strip():
        raise RejectedEvent("empty_message")
    if len(line) > MAX_EVENT_BYTES:
        raise RejectedEvent("line_too_long", f"{len(line)} bytes")
    document = parse_document(line)
    if not isinstance(document, list) or not document:
        return [(document, line)]
    return list(zip(document, element_texts(line, document), strict=True))


def element_texts(array: bytes, elements: Sequence[Any]) -> list[bytes]:
    """The text of each element of `array`, as it stands there if possible; `elements` are the parsed values."""
    try:
        return [bytes(element) for element in _decode_elements(array)]
    except (msgspec.MsgspecError, RecursionError):  # half a surrogate pair, which only the slow parser reads
        return [json.dumps(element, default=str).encode() for element in elements]


def text_identity(text: bytes) -> str:
    """The identity of an event that carries none: a 128-bit hash of its text without white space between its parts.

    So one event in a line, in an array, or written over several lines is the same event.
    """
    try:
        compact = msgspec.json.format(text, indent=-1)
    except msgspec.MsgspecError:
        compact = text.strip()
    return f"line:{xxhash.xxh3_128_hexdigest(compact)}"


def _parse_with_half_surrogates(line: bytes, refused: msgspec.DecodeError) -> Any:
    """JSON can spell half of a surrogate pair; msgspec refuses it wherever it stands, also before a cut."""
    try:
        return parse_slowly(line, _refuse_constant)
    except (ValueError, RecursionError):
        reason = "truncated_json" if "truncated" in str(refused) else "invalid_json"
        raise RejectedEvent(reason, str(refused)) from refused


def _parse_with_huge_numbers(line: bytes) -> Any:
    """msgspec refuses integers of thousands of digits wherever they stand."""
    try:
        return parse_slowly(line, _refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RejectedEvent("invalid_json", str(error)) from error


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON"
    raise ValueError(msg)
