"""Caddy's access log: `ts` and `duration` in seconds, sizes of bodies.

The members are documented at https://caddyserver.com/docs/logging and were tried with 2.11.7; `consumer`, `service`,
`route`, `upstream_status` and `upstream_latency_ms` are appended by the operator (`log_append`), as
`deploy/gateways/caddy/gatemeter.caddy` does. `user_id` is who was authenticated, '' for nobody. `uuid` is Caddy's own
id of a request, where the configuration asks for it.

`duration_format` makes whole numbers of durations, of ms or of ns, and an entry does not say of which. Seconds have a
fraction, since Caddy measures in ns.
"""

import re
from collections.abc import Mapping
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Kept
from gatemeter.events.shapes import hashed, http_method, never, number, status, word_of
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import (
    SECOND_MS,
    duration_ms,
    http_status,
    in_ms,
    request_bytes,
    require_member,
    response_bytes,
)
from gatemeter.lenient.numbers import exact_number
from gatemeter.lenient.times import rfc3339_ms

_OWN_MEMBERS = frozenset({"ts", "duration", "status", "request"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ACCESS_LOGGER = "http.log.access"


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
    has_id = _UUID.fullmatch(uuid) is not None
    return AccessEvent(
        kind=EventKind.HTTP if _is_access_log(fields) else EventKind.OTHER,
        event_id=uuid if has_id else "",
        identity=IdentityKind.ID if has_id else IdentityKind.POSITION,
        started_at_ms=int(_ended_at_ms(fields) - (request_ms or 0)),
        consumer=Consumer(fields.text("consumer"), fields.text("user_id")),
        service=Entity(name=fields.text("service")),
        route=Entity(name=fields.text("route")),
        method=fields.object("request").text("method"),
        status=http_status(fields, "status") or None,
        upstream_status=http_status(fields, "upstream_status") or None,
        request_bytes=request_bytes(fields, "bytes_read"),
        response_bytes=response_bytes(fields, "size"),
        latency_request_ms=request_ms,
        latency_upstream_ms=fields.latency_ms("upstream_latency_ms"),
    )


def _request_ms(fields: Fields) -> float | None:
    """How long the request took; None for a whole number, of which the unit cannot be known."""
    duration = exact_number(fields.values.get("duration"))
    if duration and duration == duration.to_integral_value():
        fields.ignore("duration")
        return None
    return duration_ms(fields, "duration", SECOND_MS)


def _is_access_log(fields: Fields) -> bool:
    """Caddy tells of a failed request in its log of errors too, which may be written to the same place."""
    logger = fields.text("logger")
    return not logger or logger == _ACCESS_LOGGER or logger.startswith(f"{_ACCESS_LOGGER}.")


def _ended_at_ms(fields: Fields) -> float:
    """Caddy logs a request when it has ended: in seconds, or in a format of the operator's."""
    ended_at = fields.values.get("ts")
    if ended_at is None:
        raise RejectedEvent("started_at_missing")
    written_ms = rfc3339_ms(ended_at) if isinstance(ended_at, str) else None
    ended_at_ms = in_ms(ended_at, SECOND_MS) if written_ms is None else written_ms
    if ended_at_ms is None:
        raise RejectedEvent("started_at_invalid", "ts is neither a number of seconds nor a time of RFC 3339")
    return float(ended_at_ms)


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
