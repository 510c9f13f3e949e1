"""The format of Caddy's access log in JSON."""

from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.caddy.access_log import KEPT_FIELDS, READ_PATHS, is_caddy_event, read_caddy_event
from gatemeter.formats.format import JsonFormat, Taken
from gatemeter.formats.slimming.further_paths import keeping


def read(document: Any, _: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_caddy_event(document, ignored_fields)


CADDY = JsonFormat(
    "caddy",
    read,
    recognizes=is_caddy_event,
    read_paths=keeping(READ_PATHS),
    kept=KEPT_FIELDS,
    needs_positions=True,
    taken=Taken("consumer, else user_id", "service", "route"),
)
