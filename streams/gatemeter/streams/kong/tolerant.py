"""The tolerant reading of one Kong event: any shape a gateway version or custom Lua may have left.

It is asked only about lines that do not fit `contracts.kong_event`. Where a value can be converted without guessing
it is; a rare field of a wrong type is left out; an event whose time, status or size cannot be known is rejected with
a reason code of its own, because counting it would be a guess that somebody pays for.
"""

import json
import math
import re
from typing import Any, NoReturn

import msgspec

from gatemeter.contracts.errors import RejectedEvent
from gatemeter.contracts.kong_event import (
    INT64_MAX,
    INT64_MIN,
    Consumer,
    Credential,
    Entity,
    KongEvent,
    Latencies,
    Request,
    Response,
    Session,
)

_decode_any = msgspec.json.Decoder().decode
_LONGEST_INTEGER_DIGITS = 25
_NUMBER_TEXT = re.compile(r"\s*-?\d{1,5000}(?:\.\d{1,5000})?(?:[eE][+-]?\d{1,9})?\s*", re.ASCII)


def parse_document(line: bytes) -> Any:
    """The JSON value of `line`. Raises RejectedEvent: invalid_utf8, truncated_json, invalid_json."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RejectedEvent("invalid_utf8", f"byte {error.start + 1}") from error
    try:
        return _decode_any(line)
    except msgspec.ValidationError:
        return _parse_with_huge_numbers(line)
    except msgspec.DecodeError as error:
        reason = "truncated_json" if "truncated" in str(error) else "invalid_json"
        raise RejectedEvent(reason, str(error)) from error
    except RecursionError as error:
        raise RejectedEvent("invalid_json", "nested too deeply") from error


def _parse_with_huge_numbers(line: bytes) -> Any:
    """msgspec refuses numbers out of its range wherever they stand; here they become infinities."""
    try:
        return json.loads(line, parse_int=_bounded_int, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RejectedEvent("invalid_json", str(error)) from error


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_INTEGER_DIGITS else math.copysign(math.inf, -(digits[0] == "-") or 1)


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


def read_event(document: Any) -> KongEvent:
    """Convert a parsed document into the common shape. Raises RejectedEvent."""
    if not isinstance(document, dict):
        raise RejectedEvent("not_an_object", f"a JSON {_json_type(document)}")
    if not document:
        raise RejectedEvent("empty_object")
    request = _object(document, "request")
    response = _object(document, "response")
    if request is None and response is None and isinstance(document.get("session"), dict):
        return KongEvent(session=Session())
    if request is None and response is None:
        raise RejectedEvent("not_an_access_log_event", "neither request nor response nor session")
    return KongEvent(
        started_at=_time_ms(document.get("started_at")),
        request=None if request is None else _request(request),
        response=None if response is None else _response(response),
        latencies=_latencies(document.get("latencies")),
        consumer=_consumer(document.get("consumer")),
        authenticated_entity=_credential(document.get("authenticated_entity")),
        service=_entity(document.get("service")),
        route=_entity(document.get("route")),
        workspace=_text(document.get("workspace")),
        source=_text(document.get("source")),
    )


def _object(document: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = document.get(name)
    if value is None or isinstance(value, dict):
        return value
    if value == []:  # an empty Lua table, printed as a list
        return {}
    raise RejectedEvent(f"{name}_invalid", f"a JSON {_json_type(value)} instead of an object")


def _request(fields: dict[str, Any]) -> Request:
    return Request(
        id=_text(fields.get("id")),
        method=_text(fields.get("method")),
        size=_size(fields.get("size"), "request_size"),
    )


def _response(fields: dict[str, Any]) -> Response:
    return Response(
        status=_whole_number(fields.get("status"), "status"),
        size=_size(fields.get("size"), "response_size"),
    )


def _latencies(fields: Any) -> Latencies | None:
    if not isinstance(fields, dict):
        return None
    return Latencies(*(_latency_ms(fields.get(name)) for name in ("request", "proxy", "kong")))


def _consumer(fields: Any) -> Consumer | None:
    if not isinstance(fields, dict):
        return None
    return Consumer(*(_text(fields.get(name)) for name in ("id", "username", "custom_id")))


def _credential(fields: Any) -> Credential | None:
    return Credential(_text(fields.get("consumer_id"))) if isinstance(fields, dict) else None


def _entity(fields: Any) -> Entity | None:
    return Entity(_text(fields.get("id")), _text(fields.get("name"))) if isinstance(fields, dict) else None


def _text(value: Any) -> str | None:
    """Text as it is; a whole number as its digits; anything else is left out."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be stored
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _time_ms(value: Any) -> int | None:
    """Unix ms; log plugins print large numbers with 14 digits, so there may be a fraction, which is dropped."""
    number = _number(value)
    if number is not None and INT64_MIN <= number <= INT64_MAX:
        return int(number)
    return _whole_number(value, "started_at")


def _whole_number(value: Any, field: str) -> int | None:
    """A signed 64-bit number from a number or its text; None stays None. Raises FIELD_invalid, FIELD_out_of_range."""
    if value is None:
        return None
    number = _number(value)
    if number is None:
        raise RejectedEvent(f"{field}_invalid", f"a JSON {_json_type(value)} that is no number")
    if not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent(f"{field}_out_of_range", "outside signed 64 bits")
    if number != int(number):
        raise RejectedEvent(f"{field}_invalid", "not a whole number")
    return int(number)


def _size(value: Any, field: str) -> int | None:
    """Bytes; what is no number, or negative, is left out. Raises FIELD_out_of_range."""
    number = _number(value)
    if number is None:
        return None
    if not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent(f"{field}_out_of_range", "outside signed 64 bits")
    return int(number) if number >= 0 else None


def _latency_ms(value: Any) -> float | None:
    number = _number(value)
    return float(number) if number is not None and -INT64_MAX <= number <= INT64_MAX else None


def _number(value: Any) -> int | float | None:
    """A number, also from its text ("75", "7.5e1"); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str) or not _NUMBER_TEXT.fullmatch(value):
        return None
    digits = value.strip()
    return int(digits) if digits.lstrip("-").isdigit() and len(digits) <= _LONGEST_INTEGER_DIGITS else float(digits)


def _json_type(value: Any) -> str:
    names = {bool: "boolean", str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")
