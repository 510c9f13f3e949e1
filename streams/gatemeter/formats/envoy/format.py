"""The format of Envoy's access log: JSON or text, whatever a line is."""

from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.envoy.json_event import KEPT_FIELDS, READ_PATHS, is_envoy_event, read_json_event
from gatemeter.formats.envoy.text_line import is_text_line, read_text_line, slim_text_line
from gatemeter.formats.format import JsonFormat, LineFormat, Taken
from gatemeter.formats.slimming.further_paths import keeping


def read(document: Any, _: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_json_event(document, ignored_fields)


ENVOY = JsonFormat(
    "envoy",
    read,
    recognizes=is_envoy_event,
    read_paths=keeping(READ_PATHS),
    kept=KEPT_FIELDS,
    needs_positions=True,
    taken=Taken("consumer (text tells none)", "service, else upstream_cluster", "route, else route_name"),
    text=LineFormat("envoy", read_text_line, recognizes=is_text_line, slim=slim_text_line),
)
