"""JSON that a `log_format` of nginx writes, whose members are named as nginx's variables.

`deploy/gateways/nginx/gatemeter.conf` has the one that comes along. Variables are documented at
https://nginx.org/en/docs/varindex.html: `msec` and all times are in seconds with ms, `request_length` and `bytes_sent`
are bytes with headers, `body_bytes_sent` those of the body. A variable without a value is '' or '-'. Where `msec` is
not logged, `time_iso8601` or `time_local` tells the second.
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
from gatemeter.formats.upstream_status import upstream_status
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
from gatemeter.lenient.read_paths import members, whole
from gatemeter.lenient.times import common_log_ms, iso8601_ms

_REQUEST_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
"""`$request_id`. What else is logged under that name may be a header that the client chose: as `$req_id` of
ingress-nginx is, whose usual format of JSON has no `msec`, so without that the id is none
[kubernetes/ingress-nginx: docs/user-guide/nginx-configuration/log-format.md].
"""
_ENDED_AT = ("msec", "time_iso8601", "time_local")
_OWN_MEMBERS = frozenset({"status", "request_time"})
_LONGEST_LIST = 1_000
_UNAUTHORIZED = 401


def is_nginx_event(document: object) -> bool:
    """Whether a JSON value has the members that every event of this format has."""
    if not isinstance(document, Mapping) or "status" not in document:
        return False
    return "msec" in document or (document.keys() >= _OWN_MEMBERS and any(name in document for name in _ENDED_AT))


def read_json_event(document: Mapping[str, Any], ignored_fields: list[str]) -> AccessEvent:
    """The request in `document`. Raises RejectedEvent."""
    require_member(document, "status")
    fields = Fields({name: value for name, value in document.items() if value not in ("", "-")}, "", ignored_fields)
    request_ms = duration_ms(fields, "request_time", SECOND_MS)
    status_code, upstream = http_status(fields, "status"), upstream_status(fields.values)
    request_id = fields.text("request_id")
    on_the_wire = response_bytes(fields, "bytes_sent")
    tells_wire = on_the_wire is not None
    has_id = _REQUEST_ID.fullmatch(request_id) is not None and "msec" in fields.values
    return AccessEvent(
        kind=EventKind.HTTP,
        event_id=request_id if has_id else "",
        identity=IdentityKind.ID if has_id else IdentityKind.POSITION,
        started_at_ms=_ended_at_ms(fields) - int(request_ms or 0),
        consumer=_consumer(fields, status_code, upstream),
        service=Entity(name=fields.text("service")),
        route=Entity(name=fields.text("route")),
        method=fields.text("request_method"),
        status=status_code,
        upstream_status=upstream,
        request_bytes=request_bytes(fields, "request_length"),
        response_bytes=on_the_wire if tells_wire else response_bytes(fields, "body_bytes_sent"),
        request_bytes_kind=SizeKind.WIRE,
        response_bytes_kind=SizeKind.WIRE if tells_wire else SizeKind.BODY,
        latency_request_ms=request_ms,
        latency_upstream_ms=_upstream_ms(fields),
    )


def _ended_at_ms(fields: Fields) -> int:
    """nginx logs a request when it has ended. `msec` tells ms, the others whole seconds."""
    name = next((name for name in _ENDED_AT if fields.values.get(name) is not None), None)
    if name is None:
        raise RejectedEvent("started_at_missing", "neither msec nor time_iso8601 nor time_local")
    ended_at_ms = _ms_of(name, fields.values[name])
    if ended_at_ms is None:
        raise RejectedEvent("started_at_invalid", f"{name} is not what nginx writes")
    return int(ended_at_ms)


def _ms_of(name: str, value: object) -> Decimal | int | None:
    if name == "msec":
        return in_ms(value, SECOND_MS)
    if not isinstance(value, str):
        return None
    return iso8601_ms(value) if name == "time_iso8601" else common_log_ms(value)


def _consumer(fields: Fields, status_code: int | None, upstream: int | None) -> Consumer:
    """`$remote_user` is what the client says of itself, as a claim of its token may be, also where nginx refused it."""
    is_refused = status_code == _UNAUTHORIZED and upstream is None
    return Consumer() if is_refused else Consumer(fields.text("consumer"), fields.text("remote_user"))


def _upstream_ms(fields: Fields) -> float | None:
    """The sum over all upstreams that were asked, as in `0.010, 0.020 : 0.300`; `-` for one that never answered."""
    text = fields.values.get("upstream_response_time")
    if not isinstance(text, str):
        return duration_ms(fields, "upstream_response_time", SECOND_MS)
    times = [part.strip() for part in text[:_LONGEST_LIST].replace(" : ", ",").split(",")]
    all_ms = [in_ms(time, SECOND_MS) for time in times if time != "-"]
    known_ms = [each for each in all_ms if each is not None and each >= 0]
    if len(known_ms) < len(all_ms) or len(text) > _LONGEST_LIST:
        fields.ignore("upstream_response_time")
        return None
    return float(sum(known_ms)) if known_ms else None


READ_PATHS = members(
    *(*_ENDED_AT, "status", "request_time", "request_id", "request_method", "request_length", "bytes_sent"),
    "body_bytes_sent",
    *("consumer", "remote_user", "service", "route", "upstream_response_time"),
    upstream_status=whole,
)

_LIST = text_shape(r"(?:[0-9.]{1,14}|-)(?:(?:, | : )(?:[0-9.]{1,14}|-)){0,9}")

KEPT_FIELDS: Kept = {
    "time_iso8601": moment,
    **dict.fromkeys(("msec", "request_time", "request_length", "bytes_sent", "body_bytes_sent"), number),
    **dict.fromkeys(("upstream_response_time", "upstream_header_time", "upstream_status"), _LIST),
    **dict.fromkeys(("request_id", "remote_user", "consumer", "service", "route"), hashed),
    **dict.fromkeys(("remote_addr", "request", "request_uri", "uri", "args"), never),
    "request_method": http_method,
    "status": status,
}
