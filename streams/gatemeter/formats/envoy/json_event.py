"""JSON that Envoy's file access log writes by a `json_format`.

Its members are named by the operator: those of `deploy/gateways/envoy/access_log.yaml` are known, which are the usual
ones. Command operators are documented at
https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage and were tried with 1.40. Envoy
writes numbers as such where the operator gives one, headers as texts, and null or '-' for no value. `%BYTES_RECEIVED%`
and `%BYTES_SENT%` are those of bodies, `%DURATION%` is in ms.

`%UNIQUE_ID%` is made anew for each entry of a log. The header x-request-id and `%STREAM_ID%` show what the client sent,
so they identify nothing, and are not read.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.masking import Kept
from gatemeter.events.shapes import hashed, http_method, moment, never, number, status, text_shape
from gatemeter.events.size_kind import SizeKind
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import SECOND_MS, http_status, in_ms, request_bytes, require_member, response_bytes
from gatemeter.lenient.numbers import exact_number
from gatemeter.lenient.read_paths import members, presence
from gatemeter.lenient.times import iso8601_ms, unix_ms_by_size

_OWN_MEMBERS = frozenset({"start_time", "response_code", "duration"})
_FURTHER_MEMBERS = frozenset({"response_flags", "upstream_cluster", "upstream_host", "bytes_sent"})
_UNIQUE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_NO_VALUES = (None, "", "-")
_OF_UPSTREAM = "via_upstream"
_REFUSALS = (401, 403)
_DENIED = "UAEX"
_ANSWERED_BY_UPSTREAM = ("upstream_service_time", "upstream_host")
_BY_POLICY = "rbac_"
_ENDS_OF_REQUESTS = ("", "DownstreamEnd", "NotSet")
"""`%ACCESS_LOG_TYPE%`: other entries tell of a request that goes on, or of its way to the upstream."""


def is_envoy_event(document: object) -> bool:
    """Whether a JSON value has the members that events of this format have."""
    return (
        isinstance(document, Mapping) and document.keys() >= _OWN_MEMBERS and not _FURTHER_MEMBERS.isdisjoint(document)
    )


def read_json_event(document: Mapping[str, Any], ignored_fields: list[str]) -> AccessEvent:
    """The request in `document`. Raises RejectedEvent."""
    require_member(document, "response_code")
    fields = Fields({name: value for name, value in document.items() if value not in ("", "-")}, "", ignored_fields)
    status_code, unique_id = http_status(fields, "response_code"), fields.text("unique_id")
    has_id, details = _UNIQUE_ID.fullmatch(unique_id) is not None, fields.text("response_code_details")
    return AccessEvent(
        kind=_kind(fields, status_code, goes_on=document.get("duration", 0) in _NO_VALUES),
        event_id=unique_id if has_id else "",
        identity=IdentityKind.ID if has_id else IdentityKind.POSITION,
        started_at_ms=_started_at_ms(fields),
        consumer=Consumer() if _is_refused(fields, status_code, details) else Consumer(id=fields.text("consumer")),
        service=Entity(name=fields.text("service", "upstream_cluster")),
        route=Entity(name=fields.text("route", "route_name")),
        method=fields.text("method"),
        status=status_code,
        upstream_status=status_code if details == _OF_UPSTREAM else None,
        request_bytes=request_bytes(fields, "bytes_received"),
        response_bytes=response_bytes(fields, "bytes_sent"),
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=fields.latency_ms("duration"),
        latency_upstream_ms=fields.latency_ms("upstream_service_time"),
    )


def _is_refused(fields: Fields, status_code: int | None, details: str) -> bool:
    """Whether Envoy refused the caller by itself, whose name is then what a client claims.

    The flag UAEX stands for a refusal by `ext_authz`, whatever status that chose. `jwt_authn`, `basic_auth` and
    `api_key_auth` answer 401 or 403, and `rbac` 403 to a caller who is known.
    """
    if _DENIED in fields.text("response_flags").split(","):
        return True
    if status_code not in _REFUSALS or details == _OF_UPSTREAM or details.startswith(_BY_POLICY):
        return False
    return bool(details) or not any(fields.text(name) for name in _ANSWERED_BY_UPSTREAM)


def _kind(fields: Fields, status_code: int | None, *, goes_on: bool) -> EventKind:
    """A connection that is proxied as it is has neither a method nor a status; what goes on is of another type, and in
    versions before 1.40 has no duration.

    https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/observability/access_logging
    """
    is_request = status_code is not None or bool(fields.text("method"))
    ended = fields.text("access_log_type") in _ENDS_OF_REQUESTS and not goes_on
    return EventKind.HTTP if is_request and ended else EventKind.OTHER


def _started_at_ms(fields: Fields) -> int:
    """`%START_TIME%` is RFC 3339, and with a format of the operator's maybe a number, as `%s.%3f` or `%s%3f` make."""
    started_at = fields.values.get("start_time")
    if started_at is None:
        raise RejectedEvent("started_at_missing")
    written_ms = iso8601_ms(started_at) if isinstance(started_at, str) else None
    started_at_ms = _unix_ms(started_at) if written_ms is None else written_ms
    if started_at_ms is None:
        raise RejectedEvent("started_at_invalid", "start_time is neither a time of RFC 3339 nor a Unix time")
    return int(started_at_ms)


READ_PATHS = members(
    *("start_time", "response_code", "duration", "response_code_details", "access_log_type", "method", "unique_id"),
    *("consumer", "service", "upstream_cluster", "route", "route_name"),
    *("response_flags", "bytes_received", "bytes_sent", "upstream_service_time"),
    upstream_host=presence,
)


def _unix_ms(written: object) -> Decimal | None:
    number = exact_number(written)
    seconds = in_ms(number, SECOND_MS)
    return seconds if seconds is not None or number is None else unix_ms_by_size(number, ("ms", "ns"))


KEPT_FIELDS: Kept = {
    "start_time": moment,
    "method": http_method,
    "response_code": status,
    "response_flags": text_shape(r"-|[A-Z]{2,8}(?:,[A-Z]{2,8}){0,9}"),
    "response_code_details": text_shape(r"-|[a-z_]{1,64}"),
    **dict.fromkeys(("bytes_received", "bytes_sent", "duration", "upstream_service_time"), number),
    **dict.fromkeys(("unique_id", "consumer", "service", "route", "upstream_cluster", "route_name"), hashed),
    **dict.fromkeys(("path", "authority", "user_agent", "request_id", "x_forwarded_for", "upstream_host"), never),
}
