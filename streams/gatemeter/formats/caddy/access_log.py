"""Caddy's access log: `ts` and `duration` in seconds, sizes of bodies.

The members are documented at https://caddyserver.com/docs/logging and were tried with 2.11.7; `consumer`, `service`,
`route`, `upstream_status` and `upstream_latency_ms` are appended by the operator (`log_append`), as
`deploy/gateways/caddy/gatemeter.caddy` does. `user_id` is who was authenticated, '' for nobody. `uuid` is Caddy's own
id of a request, where the configuration asks for it.

`time_format` makes Unix ms or ns of times, which no other unit could be, or texts: those with an offset are read, and
those of `wall` are not, since nothing says whether they are UTC or, with `time_local`, local. `duration_format` makes
texts, or whole numbers, of ms or of ns, and an entry does not say of which. Seconds have a fraction, since Caddy
measures in ns [caddyserver/caddy: modules/logging/encoders.go].
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Kept
from gatemeter.events.shapes import hashed, http_method, never, number, status, word_of
from gatemeter.events.size_kind import SizeKind
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import (
    SECOND_MS,
    duration_ms,
    http_status,
    request_bytes,
    require_member,
    response_bytes,
)
from gatemeter.lenient.numbers import exact_number
from gatemeter.lenient.read_paths import members
from gatemeter.lenient.times import common_log_ms, go_duration_ms, iso8601_ms, unix_ms_by_size

_OWN_MEMBERS = frozenset({"ts", "duration", "status", "request"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ACCESS_LOGGER = "http.log.access"
_OFFSET = re.compile(r" [+-]\d{4}$", re.ASCII)
_UNAUTHORIZED = 401
_LATEST_S = 9 * 10**9


def is_caddy_event(document: object) -> bool:
    """Whether a JSON value has the members that every event of this format has."""
    return (
        isinstance(document, Mapping) and document.keys() >= _OWN_MEMBERS and isinstance(document["request"], Mapping)
    )


def read_caddy_event(document: Mapping[str, Any], ignored_fields: list[str]) -> AccessEvent:
    """The request in `document`. Raises RejectedEvent."""
    require_member(document, "status")
    fields = Fields({name: value for name, value in document.items() if value != ""}, "", ignored_fields)
    request_ms, uuid = _request_ms(fields), fields.text("uuid")
    status_code, upstream_status = http_status(fields, "status"), http_status(fields, "upstream_status")
    is_refused = status_code == _UNAUTHORIZED and not upstream_status
    has_id = _UUID.fullmatch(uuid) is not None
    return AccessEvent(
        kind=EventKind.HTTP if _is_access_log(fields) else EventKind.OTHER,
        event_id=uuid if has_id else "",
        identity=IdentityKind.ID if has_id else IdentityKind.POSITION,
        started_at_ms=int(_ended_at_ms(fields) - (request_ms or 0)),
        consumer=Consumer() if is_refused else Consumer(fields.text("consumer"), fields.text("user_id")),
        service=Entity(name=fields.text("service")),
        route=Entity(name=fields.text("route")),
        method=fields.object("request").text("method"),
        status=status_code,
        upstream_status=upstream_status,
        request_bytes=request_bytes(fields, "bytes_read"),
        response_bytes=response_bytes(fields, "size"),
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=request_ms,
        latency_upstream_ms=fields.latency_ms("upstream_latency_ms"),
    )


def _request_ms(fields: Fields) -> float | None:
    """How long the request took; None for a whole number, of which the unit cannot be known."""
    written = fields.values.get("duration")
    ms = go_duration_ms(written) if isinstance(written, str) else None
    if ms is not None:
        return float(ms)
    duration = exact_number(written)
    if duration and duration == duration.to_integral_value():
        fields.ignore("duration")
        return None
    return duration_ms(fields, "duration", SECOND_MS)


def _is_access_log(fields: Fields) -> bool:
    """Caddy tells of a failed request in its log of errors too, which may be written to the same place."""
    logger = fields.text("logger")
    return not logger or logger == _ACCESS_LOGGER or logger.startswith(f"{_ACCESS_LOGGER}.")


def _ended_at_ms(fields: Fields) -> float:
    """Caddy logs a request when it has ended."""
    ended_at = fields.values.get("ts")
    if ended_at is None:
        raise RejectedEvent("started_at_missing")
    ended_at_ms = _written_ms(ended_at) if isinstance(ended_at, str) else _unix_ms(exact_number(ended_at))
    if ended_at_ms is None:
        what = "ts is neither a Unix time nor one with its offset, as time_format rfc3339 writes it"
        raise RejectedEvent("started_at_invalid", what)
    return float(ended_at_ms)


def _written_ms(text: str) -> Decimal | int | None:
    written_ms = iso8601_ms(text)
    if written_ms is None and _OFFSET.search(text) is not None:
        written_ms = common_log_ms(text)
    return _unix_ms(exact_number(text)) if written_ms is None else written_ms


def _unix_ms(number: Decimal | None) -> Decimal | None:
    """Seconds, or whole ms or ns: times of 30 years and more, which are far apart."""
    if number is None or number < -_LATEST_S:
        return None
    return number * SECOND_MS if number <= _LATEST_S else unix_ms_by_size(number, ("ms", "ns"))


READ_PATHS = members(
    *("ts", "duration", "status", "upstream_status", "bytes_read", "size", "upstream_latency_ms"),
    *("logger", "uuid", "consumer", "user_id", "service", "route"),
    request=members("method"),
)

KEPT_FIELDS: Kept = {
    "level": word_of("debug", "info", "warn", "error"),
    **dict.fromkeys(("ts", "duration", "bytes_read", "size", "upstream_latency_ms"), number),
    **dict.fromkeys(("status", "upstream_status"), status),
    **dict.fromkeys(("uuid", "user_id", "consumer", "service", "route"), hashed),
    "request": {
        "method": http_method,
        **dict.fromkeys(("remote_ip", "client_ip", "host", "uri", "headers", "tls"), never),
    },
    "resp_headers": never,
}
