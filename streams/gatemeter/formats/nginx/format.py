"""The two formats of nginx's access log."""

from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.format import JsonFormat, LineFormat, Taken
from gatemeter.formats.nginx.combined_line import is_combined_line, read_combined_event, slim_line
from gatemeter.formats.nginx.json_event import KEPT_FIELDS, READ_PATHS, is_nginx_event, read_json_event
from gatemeter.formats.slimming.further_paths import keeping


def read(document: Any, _: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_json_event(document, ignored_fields)


def read_line(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `LineFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_combined_event(line, ignored_fields)


NGINX = JsonFormat(
    "nginx",
    read,
    recognizes=is_nginx_event,
    read_paths=keeping(READ_PATHS),
    kept=KEPT_FIELDS,
    needs_positions=True,
    taken=Taken("consumer, else remote_user", "service", "route"),
)
NGINX_COMBINED = LineFormat(
    "nginx-combined",
    read_line,
    recognizes=is_combined_line,
    slim=slim_line,
    needs_positions=True,
    taken=Taken("the user name"),
)
