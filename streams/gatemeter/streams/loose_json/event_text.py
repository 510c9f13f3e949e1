"""The JSON value of an event's text, or the reason why it has none."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.streams.loose_json.numbers import decimal_of_digits, integer_of_digits

_decode_any = msgspec.json.Decoder(float_hook=decimal_of_digits).decode
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
        return _decode_any(line)
    except msgspec.ValidationError:
        return _parse_with_huge_numbers(line)
    except msgspec.DecodeError as error:
        return _parse_with_half_surrogates(line, error)
    except RecursionError as error:
        raise RejectedEvent("invalid_json", "nested too deeply") from error


def element_texts(array: bytes, elements: Sequence[Any]) -> list[bytes]:
    """The text of each of `elements`, to which `parse_document` has read `array`; as it stood there, if possible."""
    try:
        return [bytes(element) for element in _decode_elements(array)]
    except (msgspec.MsgspecError, RecursionError):  # half a surrogate pair, which only the other parser reads
        return [json.dumps(element, default=str).encode() for element in elements]


def _parse_with_half_surrogates(line: bytes, refused: msgspec.DecodeError) -> Any:
    """JSON can spell half of a surrogate pair, which msgspec refuses wherever it stands, even for a cut text."""
    try:
        return _parse_slowly(line)
    except (ValueError, RecursionError):
        reason = "truncated_json" if "truncated" in str(refused) else "invalid_json"
        raise RejectedEvent(reason, str(refused)) from refused


def _parse_with_huge_numbers(line: bytes) -> Any:
    """msgspec refuses integers of thousands of digits wherever they stand."""
    try:
        return _parse_slowly(line)
    except (ValueError, RecursionError) as error:
        raise RejectedEvent("invalid_json", str(error)) from error


def _parse_slowly(line: bytes) -> Any:
    return json.loads(
        line.decode("utf-8"),
        parse_int=integer_of_digits,
        parse_float=decimal_of_digits,
        parse_constant=_refuse_constant,
    )


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON"
    raise ValueError(msg)
