"""Lines of HAProxy's HTTP log (`option httplog`), also with the two fields of the configuration that comes along.

    %ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r

The two fields stand before `%hr`, the first that clients choose: HAProxy cuts a line that is too long.

See section 8.2.3 of https://docs.haproxy.org/2.6/configuration.html; it was tried with 2.6.12. Timers are in ms, and -1
where an event never came; `%B` are the bytes from the server to the client, with headers. A `+` stands before numbers
that were written before the end (`option logasap`). `%tr` is local time without an offset, which is taken for UTC.

HAProxy encodes quotes in what a client sends.
"""

import re

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import http_status, response_bytes
from gatemeter.lenient.times import common_log_ms

_LINE = re.compile(
    rb"\S{1,64} \[(?P<time>[^\]\"]{20,30})\] (?P<frontend>[^\s\"]{1,256}) "
    rb"(?P<backend>[^\s\"/]{1,256})/(?P<server>[^\s\"]{1,256}) "
    rb"(?:\+?-?\d+/){3}(?P<upstream>\+?-?\d+)/(?P<total>\+?-?\d+) (?P<status>-?\d{1,3}) (?P<bytes>\+?\d+) "
    rb'[^\s"]+ [^\s"]+ (?P<states>[^\s"]{2,4} \d+/\d+/\d+/\d+/\+?\d+ \d+/\d+ )'
    rb'(?P<own>unique-id=(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) consumer=(?:"(?P<consumer>[^"]*)"|-) )?'
    rb'(?:\{[^"]*\} )?"(?P<method>[^\s"]{1,64})[^"]*(?:".*)?',
    re.DOTALL,
)
_NO_REQUEST = b"<BADREQ>"
_NO_SERVER = b"<NOSRV>"
_UNAUTHORIZED = 401


def is_http_line(line: bytes) -> bool:
    """Whether a line is one of this format."""
    match = _LINE.fullmatch(line)
    return match is not None and common_log_ms(match["time"].decode("ascii", "replace")) is not None


def slim_http_line(line: bytes) -> bytes:
    """A line that can be read without the address, captured cookies and headers, and what follows the method."""
    match = _LINE.fullmatch(line)
    if match is None:
        return line
    told = line[match.start("frontend") : match.end("bytes")]
    own = match["states"] + (match["own"] or b"")
    return b'- [%b] %b - - %b"%b"' % (match["time"], told, own, match["method"])


def read_http_line(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    """The request in one line. Raises RejectedEvent."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise RejectedEvent("line_of_another_format", "not a line of HAProxy's HTTP log")
    started_at_ms = common_log_ms(match["time"].decode("ascii", "replace"))
    if started_at_ms is None:
        raise RejectedEvent("started_at_invalid", "no time as in 06/Feb/2026:12:14:14.655")
    fields, own_id = Fields(_values(match), "line", ignored_fields), match["id"]
    status = http_status(fields, "status")
    is_refused = status == _UNAUTHORIZED and match["server"] == _NO_SERVER
    return AccessEvent(
        kind=EventKind.HTTP,
        event_id="" if own_id is None else own_id.decode("ascii"),
        identity=IdentityKind.POSITION if own_id is None else IdentityKind.ID,
        started_at_ms=started_at_ms,
        consumer=Consumer(id="" if is_refused else (match["consumer"] or b"").decode("utf-8", "replace")),
        service=Entity(name=match["backend"].decode("utf-8", "replace")),
        route=Entity(name=match["frontend"].decode("utf-8", "replace").removesuffix("~")),
        method="" if match["method"] == _NO_REQUEST else match["method"].decode("utf-8", "replace"),
        status=status,
        response_bytes=response_bytes(fields, "bytes"),
        response_bytes_kind=SizeKind.WIRE,
        latency_request_ms=fields.latency_ms("total"),
        latency_upstream_ms=fields.latency_ms("upstream"),
    )


def _values(match: re.Match[bytes]) -> dict[str, str]:
    """The numbers that were written at the end of the request."""
    found = {name: match[name].decode("ascii") for name in ("status", "bytes", "total", "upstream")}
    return {name: value for name, value in found.items() if not value.startswith("+")}
