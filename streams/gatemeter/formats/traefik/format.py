"""The format of Traefik's access log in JSON."""

from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.format import JsonFormat, Taken
from gatemeter.formats.slimming.further_paths import keeping
from gatemeter.formats.traefik.access_log import KEPT_FIELDS, READ_PATHS, is_traefik_event, read_traefik_event


def read(document: Any, _: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_traefik_event(document, ignored_fields)


TRAEFIK = JsonFormat(
    "traefik",
    read,
    recognizes=is_traefik_event,
    read_paths=keeping(READ_PATHS),
    kept=KEPT_FIELDS,
    needs_positions=True,
    taken=Taken("request_X-Gatemeter-Consumer, else ClientUsername", "ServiceName", "RouterName"),
)
