"""Lines of nginx's `combined` log, which Apache, Kong's proxy log and others write too, also with more at their end.

    $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"

Times have a resolution of one second and bytes are those of the body; a missing value is `-`. Nothing in a line tells
requests of one second apart. See https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format.
"""

import re

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.http_values import http_status, response_bytes
from gatemeter.lenient.times import common_log_ms

_LINE = re.compile(
    # A virtual host may stand before the address, and in its place a list of addresses, which clients make longer.
    # nginx and Apache escape quotes in what a client sends, and Apache writes two of them for a name that is empty.
    rb"(?:[^\s\[\"]+ )??(?:[^\s\[\",]{1,256}, ?){0,64}+[^\s\[\"]+ - "
    rb"(?P<user>\"\"|(?:[^\"\\]|\\\"|\\)*?) \[(?P<time>[^\]\"]{20,40})\] "
    rb'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}|-) (?P<bytes>\d+|-)(?: .*)?',
    re.DOTALL,
)
_REQUEST = re.compile(rb"(?P<method>[!#$%&'*+.^_`|~0-9A-Za-z-]+) .* HTTP/[0-9.]+", re.DOTALL)
_NO_VALUE = b"-"
_EMPTY_NAME = b'""'
_UNAUTHORIZED = b"401"


def is_combined_line(line: bytes) -> bool:
    """Whether a line is one of this format."""
    match = _LINE.fullmatch(line)
    return match is not None and _started_at_ms(match) is not None


def read_combined_event(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    """The request in one line. Raises RejectedEvent."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise RejectedEvent("line_of_another_format", "not a line of an access log in the combined format")
    started_at_ms = _started_at_ms(match)
    if started_at_ms is None:
        raise RejectedEvent("started_at_invalid", "no time as in 11/Feb/2026:09:14:02 +0000")
    values = {
        name: None if value == _NO_VALUE else value.decode()
        for name, value in match.groupdict().items()
        if name in ("status", "bytes")
    }
    fields = Fields(values, "line", ignored_fields)
    return AccessEvent(
        kind=EventKind.HTTP,
        event_id="",
        identity=IdentityKind.POSITION,
        started_at_ms=started_at_ms,
        consumer=Consumer(username=_user_name(match)),
        method=_method(match["request"]),
        status=http_status(fields, "status"),
        response_bytes=response_bytes(fields, "bytes"),
        response_bytes_kind=SizeKind.BODY,
    )


def slim_line(line: bytes) -> bytes:
    """A line that can be read without the address, the target of the request and all that follows the bytes."""
    match = _LINE.fullmatch(line)
    if match is None:
        return line
    request = f"{method} - HTTP/1.1" if (method := _method(match["request"])) else "-"
    user = _NO_VALUE if match["status"] == _UNAUTHORIZED else match["user"]
    return b'- - %b [%b] "%b" %b %b' % (user, match["time"], request.encode(), match["status"], match["bytes"])


def _started_at_ms(match: re.Match[bytes]) -> int | None:
    return common_log_ms(match["time"].decode("ascii", "replace"))


def _user_name(match: re.Match[bytes]) -> str:
    """The user name is what the client says of itself, also where it was refused."""
    user: bytes = match["user"]
    return (
        "" if user in (_NO_VALUE, _EMPTY_NAME) or match["status"] == _UNAUTHORIZED else user.decode("utf-8", "replace")
    )


def _method(request: bytes) -> str:
    """'' for what is not a request, such as a TLS handshake."""
    match = _REQUEST.fullmatch(request)
    return "" if match is None else match["method"].decode("ascii")
