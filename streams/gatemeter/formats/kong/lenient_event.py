"""The lenient reading of one Kong event: any shape that a gateway version or custom Lua may have left.

It reads lines that do not fit `log_event`. A value is converted where that needs no guess. A field of a type that
cannot be used is ignored, and named. An event whose time, status or size cannot be known is rejected with a reason code
of its own, because counting it would be a guess that somebody pays for.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatemeter.errors import RejectedEvent
from gatemeter.formats.kong.log_event import (
    Consumer,
    Credential,
    Entity,
    Latencies,
    LogEvent,
    Request,
    Response,
    Session,
    Upstream,
)
from gatemeter.lenient.document import json_type
from gatemeter.lenient.event_text import json_of
from gatemeter.lenient.fields import Fields, storable_text
from gatemeter.lenient.numbers import INT64_MAX, INT64_MIN, OUT_OF_RANGE, exact_number


class _AiMember(msgspec.Struct):
    """The `ai` member, kept as text."""

    ai: msgspec.Raw = msgspec.Raw()


_decode_ai = msgspec.json.Decoder(_AiMember).decode


def read_event(document: Mapping[str, Any], text: bytes, ignored_fields: list[str]) -> LogEvent:
    """`document`, which was parsed from `text`, in the common shape. Raises RejectedEvent.

    The paths of fields that could not be used are appended to `ignored_fields`.
    """
    request = _object(document, "request")
    response = _object(document, "response")
    is_session = request is None and response is None
    if is_session and not isinstance(document.get("session"), dict):
        raise RejectedEvent("not_an_access_log_event", "neither request nor response nor session")
    return _EventReader(document, ignored_fields).event(request, response, _ai_of(document, text))


def _ai_of(document: Mapping[str, Any], text: bytes) -> msgspec.Raw:
    if document.get("ai") is None:
        return msgspec.Raw()
    try:
        return _decode_ai(text).ai
    except (msgspec.MsgspecError, RecursionError):  # half a surrogate pair somewhere, which only the slow parser reads
        return _as_raw(document["ai"])


def _as_raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json_of(value))


class _EventReader:
    """Reads the fields of one event; the paths of fields that it cannot use go to `ignored_fields`."""

    def __init__(self, document: Mapping[str, Any], ignored_fields: list[str]) -> None:
        self._document = document
        self._ignored_fields = ignored_fields

    def event(self, request: Mapping[str, Any] | None, response: Mapping[str, Any] | None, ai: msgspec.Raw) -> LogEvent:
        is_session = request is None and response is None
        return LogEvent(
            started_at=_time_ms(self._document.get("started_at")),
            request=None if request is None else self._request(request),
            response=None if response is None else self._response(response),
            latencies=self._latencies(),
            consumer=self._consumer(),
            authenticated_entity=self._credential(),
            service=self._entity("service"),
            route=self._entity("route"),
            workspace=self._text("workspace"),
            workspaces=self._workspaces(),
            source=self._text("source"),
            session=self._session() if is_session else None,
            upstream=self._upstream() if is_session else None,
            ai=ai,
            upstream_status=self._raw("upstream_status") if ai else msgspec.Raw(),
            tries=self._raw("tries") if ai else msgspec.Raw(),
        )

    def _raw(self, name: str) -> msgspec.Raw:
        value = self._document.get(name)
        return msgspec.Raw() if value is None else _as_raw(value)

    def _request(self, values: Mapping[str, Any]) -> Request:
        fields = Fields(values, "request", self._ignored_fields)
        return Request(fields.identifier("id"), fields.text("method"), self._size_bytes(fields))

    def _response(self, values: Mapping[str, Any]) -> Response:
        fields = Fields(values, "response", self._ignored_fields)
        headers = values.get("headers")
        raw = _as_raw(headers) if isinstance(headers, dict) and self._document.get("ai") else msgspec.Raw()
        return Response(_whole_number(values.get("status"), "status"), self._size_bytes(fields), raw)

    def _latencies(self) -> Latencies:
        fields = self._object("latencies")
        return Latencies(*(fields.latency_ms(name) for name in ("request", "proxy", "kong", "session")))

    def _consumer(self) -> Consumer:
        fields = self._object("consumer")
        return Consumer(fields.text("id"), fields.text("username"), fields.text("custom_id"))

    def _entity(self, name: str) -> Entity:
        fields = self._object(name)
        return Entity(fields.text("id"), fields.text("name"))

    def _workspaces(self) -> list[Entity]:
        listed = self._document.get("workspaces")
        if listed is not None and listed != {} and not isinstance(listed, list):
            self._ignored_fields.append("workspaces")
        entries = listed if isinstance(listed, list) else []
        self._ignored_fields += ["workspaces" for entry in entries if not isinstance(entry, dict)]
        fields = [Fields(entry, "workspaces", self._ignored_fields) for entry in entries if isinstance(entry, dict)]
        return [Entity(each.text("id"), each.text("name")) for each in fields]

    def _credential(self) -> Credential:
        fields = self._object("authenticated_entity")
        return Credential(fields.text("id"), fields.text("consumer_id"))

    def _session(self) -> Session:
        fields = self._object("session")
        return Session(fields.count("status"), fields.count("received"), fields.count("sent"))

    def _upstream(self) -> Upstream:
        fields = self._object("upstream")
        return Upstream(fields.count("received"), fields.count("sent"))

    def _object(self, name: str) -> Fields:
        """The object under `name`, without any field if it is absent or null; Lua writes an empty one as `[]`."""
        value = self._document.get(name)
        if value is not None and value != [] and not isinstance(value, dict):
            self._ignored_fields.append(name)
        return Fields(value if isinstance(value, dict) else {}, name, self._ignored_fields)

    def _text(self, name: str) -> str | None:
        value = self._document.get(name)
        text = storable_text(value)
        if value is not None and text is None:
            self._ignored_fields.append(name)
        return text

    def _size_bytes(self, fields: Fields) -> int | None:
        """Whole bytes; a negative size and a value that is not a number are ignored.

        Raises RejectedEvent: request_size_out_of_range, response_size_out_of_range.
        """
        value = fields.values.get("size")
        number = exact_number(value)
        if value is OUT_OF_RANGE or (number is not None and not INT64_MIN <= number <= INT64_MAX):
            raise RejectedEvent(f"{fields.path}_size_out_of_range", "outside signed 64 bits")
        return int(number) if number is not None and number >= 0 else fields.count("size")


def _object(document: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = document.get(name)
    if value is None or isinstance(value, dict):
        return value
    if value == []:  # an empty Lua table, printed as a list
        return {}
    raise RejectedEvent(f"{name}_invalid", f"a JSON {json_type(value)} instead of an object")


def _time_ms(value: Any) -> int | None:
    """Unix ms; a fraction, which log plugins write when they print large numbers with 14 digits, is dropped."""
    return _signed_64(value, "started_at")


def _whole_number(value: Any, field: str) -> int | None:
    """As `_signed_64`, but a fraction is FIELD_invalid too."""
    whole = _signed_64(value, field)
    if whole is not None and whole != exact_number(value):
        raise RejectedEvent(f"{field}_invalid", "not a whole number")
    return whole


def _signed_64(value: Any, field: str) -> int | None:
    """A signed 64-bit number from a number or its text; None stays None. Raises FIELD_invalid, FIELD_out_of_range."""
    if value is None:
        return None
    number = exact_number(value)
    if number is None and value is not OUT_OF_RANGE:
        raise RejectedEvent(f"{field}_invalid", f"a JSON {json_type(value)} that is no number")
    if number is None or not INT64_MIN <= number <= INT64_MAX:
        raise RejectedEvent(f"{field}_out_of_range", "outside signed 64 bits")
    return int(number)
