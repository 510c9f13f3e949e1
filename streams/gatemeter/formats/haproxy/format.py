"""The format of HAProxy's HTTP log."""

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.format import LineFormat, Taken
from gatemeter.formats.haproxy.http_line import is_http_line, read_http_line, slim_http_line


def read(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `LineFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_http_line(line, ignored_fields)


HAPROXY = LineFormat(
    "haproxy",
    read,
    recognizes=is_http_line,
    slim=slim_http_line,
    needs_positions=True,
    taken=Taken("consumer", "the backend", "the frontend"),
)
