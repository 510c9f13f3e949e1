"""Traefik's access log: durations in ns, sizes of bodies.

The fields are documented at https://doc.traefik.io/traefik/observability/access-logs/ and were tried with 3.7.15.
`RequestCount` begins anew with each process, so nothing but its place identifies a request. Where Traefik answers by
itself `OriginStatus` and `OriginDuration` are 0 and `ServiceName` is not there. `ClientUsername` is '-' or '' where
nobody asked for one, and of a request that was refused it is the name that the client gave.

Where an operator has it kept, `request_NAME` is a header of the request, `request_Authorization` with credentials in
clear: one header alone is read, which is named for that. It is the client's own until `forwardAuth` has let the request
pass, and that refuses with any status: so it names nobody where the request came to no service. Of a header that is to
be redacted Traefik writes `REDACTED`, whoever called.
"""

from collections.abc import Mapping
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Kept
from gatemeter.events.shapes import hashed, http_method, moment, never, number, status
from gatemeter.events.size_kind import SizeKind
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import (
    NANOSECOND_MS,
    duration_ms,
    http_status,
    request_bytes,
    require_member,
    response_bytes,
)
from gatemeter.lenient.read_paths import members
from gatemeter.lenient.times import rfc3339_ms

CONSUMER_HEADER = "request_X-Gatemeter-Consumer"
_STARTED_AT = ("StartUTC", "StartLocal")
_OWN_MEMBERS = frozenset({"DownstreamStatus", "Duration"})
_UNAUTHORIZED = 401
_REDACTED = "redacted"
_INTERNAL = frozenset(f"{name}@internal" for name in ("acme-http", "api", "dashboard", "ping", "prometheus", "rest"))
"""Traefik's own services, logged where `addInternals` is on; `noop@internal` is behind redirects of clients."""


def is_traefik_event(document: object) -> bool:
    """Whether a JSON value has the members that every event of this format has."""
    return (
        isinstance(document, Mapping)
        and document.keys() >= _OWN_MEMBERS
        and any(name in document for name in _STARTED_AT)
    )


def read_traefik_event(document: Mapping[str, Any], ignored_fields: list[str]) -> AccessEvent:
    """The request in `document`. Raises RejectedEvent."""
    require_member(document, "DownstreamStatus")
    fields = Fields({name: value for name, value in document.items() if value not in ("", "-")}, "", ignored_fields)
    status_code, origin_status = http_status(fields, "DownstreamStatus"), http_status(fields, "OriginStatus")
    header = fields.text(CONSUMER_HEADER)
    header = "" if header.lower() == _REDACTED or _is_kept_back(fields, origin_status) else header
    is_refused = status_code == _UNAUTHORIZED and not origin_status
    return AccessEvent(
        kind=EventKind.OTHER if _is_internal(fields) else EventKind.HTTP,
        event_id="",
        identity=IdentityKind.POSITION,
        started_at_ms=_started_at_ms(fields),
        consumer=Consumer() if is_refused else Consumer(header, fields.text("ClientUsername")),
        service=Entity(name=fields.text("ServiceName")),
        route=Entity(name=fields.text("RouterName")),
        method=fields.text("RequestMethod"),
        status=status_code,
        upstream_status=origin_status,
        request_bytes=request_bytes(fields, "RequestContentSize"),
        response_bytes=response_bytes(fields, "DownstreamContentSize"),
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=duration_ms(fields, "Duration", NANOSECOND_MS),
        latency_upstream_ms=duration_ms(fields, "OriginDuration", NANOSECOND_MS) if origin_status else None,
        latency_gateway_ms=duration_ms(fields, "Overhead", NANOSECOND_MS),
    )


def _is_internal(fields: Fields) -> bool:
    """Whether it is a request to Traefik itself; some have a router and no service [traefik/traefik#9487]."""
    return fields.text("ServiceName", "RouterName") in _INTERNAL


def _is_kept_back(fields: Fields, origin_status: int | None) -> bool:
    """Whether Traefik answered before the request reached a service, so that nobody has set the header.

    An origin's status of 0 alone does not say so: streams that a client ends have it, and the name of their service
    (tried with 3.7.15; traefik/traefik#9487, #10807).
    """
    return not (origin_status or fields.text("ServiceName"))


def _started_at_ms(fields: Fields) -> int:
    name = next((name for name in _STARTED_AT if name in fields.values), None)
    if name is None:
        raise RejectedEvent("started_at_missing", "neither StartUTC nor StartLocal")
    started_at_ms = rfc3339_ms(fields.text(name))
    if started_at_ms is None:
        raise RejectedEvent("started_at_invalid", f"{name} is not a time of RFC 3339 with an offset")
    return started_at_ms


READ_PATHS = members(
    *(*_STARTED_AT, CONSUMER_HEADER, "ClientUsername", "ServiceName", "RouterName", "RequestMethod"),
    *("DownstreamStatus", "OriginStatus", "RequestContentSize", "DownstreamContentSize"),
    *("Duration", "OriginDuration", "Overhead"),
)

KEPT_FIELDS: Kept = {
    **dict.fromkeys((*_STARTED_AT, "time"), moment),
    **dict.fromkeys(("Duration", "OriginDuration", "Overhead", "RequestContentSize", "DownstreamContentSize"), number),
    **dict.fromkeys(("DownstreamStatus", "OriginStatus"), status),
    **dict.fromkeys(("ClientUsername", CONSUMER_HEADER, "RouterName", "ServiceName"), hashed),
    "RequestMethod": http_method,
    **dict.fromkeys(("RequestPath", "ClientAddr", "ClientHost", "request_Authorization", "request_Cookie"), never),
}
