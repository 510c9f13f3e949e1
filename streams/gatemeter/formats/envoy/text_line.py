"""Lines in Envoy's default text format, and in that of Istio, which has three fields more before the sizes.

    [%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS%
    %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" ...

See https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#default-format-string and
https://istio.io/latest/docs/tasks/observability/logs/access-log/#default-access-log-format.

Envoy does not escape quotes in what a client sends, so a client can write what looks like the end of its path and the
numbers of another request. Such a line counts as a request of which no number is known.
"""

import re

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import http_status, request_bytes, response_bytes
from gatemeter.lenient.times import rfc3339_ms

_BEGINNING = re.compile(rb'\[(?P<time>[0-9TZ:.+-]{20,40})\] "(?P<method>[^\s"]{1,8192}) ')
_NUMBERS = re.compile(
    rb'" (?P<status>\d{1,3}) (?:-|[A-Z,]{2,64}) (?:[^\s"]{1,256} [^\s"]{1,256} "[^"]{0,1024}" )?'
    rb"(?P<received>\d+) (?P<sent>\d+) (?P<duration>\d+|-) (?P<upstream>\d+|-)(?: |$)"
)
_NO_VALUE = b"-"


def is_text_line(line: bytes) -> bool:
    """Whether a line is one of this format."""
    match = _BEGINNING.match(line)
    return match is not None and _started_at_ms(match) is not None and _NUMBERS.search(line) is not None


def read_text_line(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    """The request in one line. Raises RejectedEvent."""
    beginning, numbers = _BEGINNING.match(line), list(_NUMBERS.finditer(line))
    if beginning is None or not numbers:
        raise RejectedEvent("line_of_another_format", "not a line of Envoy's default access log")
    started_at_ms = _started_at_ms(beginning)
    if started_at_ms is None:
        raise RejectedEvent("started_at_invalid", "not a time of RFC 3339 with an offset")
    fields = Fields(_values(numbers), "line", ignored_fields)
    if len(numbers) > 1:
        fields.ignore("numbers")
    status_code, method = http_status(fields, "status"), beginning["method"].decode("utf-8", "replace")
    method = "" if method == "-" else method
    # What goes on, as a WebSocket whose log is flushed at intervals, has no duration yet; in 1.40 nothing tells it.
    goes_on = len(numbers) == 1 and "duration" not in fields.values
    is_request = (method or status_code is not None or len(numbers) > 1) and not goes_on
    return AccessEvent(
        kind=EventKind.HTTP if is_request else EventKind.OTHER,
        event_id="",
        identity=IdentityKind.POSITION,
        started_at_ms=started_at_ms,
        method=method,
        status=status_code,
        request_bytes=request_bytes(fields, "received"),
        response_bytes=response_bytes(fields, "sent"),
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=fields.latency_ms("duration"),
        latency_upstream_ms=fields.latency_ms("upstream"),
    )


def slim_text_line(line: bytes) -> bytes:
    """A line that can be read without the path, and without headers and addresses at its end."""
    beginning = _BEGINNING.match(line)
    numbers = b"".join(match[0] for match in _NUMBERS.finditer(line))
    return line if beginning is None else beginning[0] + b"-" + numbers.rstrip()


def _values(numbers: list[re.Match[bytes]]) -> dict[str, str]:
    if len(numbers) > 1:
        return {}
    return {name: value.decode("ascii") for name, value in numbers[0].groupdict().items() if value != _NO_VALUE}


def _started_at_ms(beginning: re.Match[bytes]) -> int | None:
    return rfc3339_ms(beginning["time"].decode("ascii"))
