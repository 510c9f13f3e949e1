"""The format of Apache APISIX's loggers, by the table in `fields.toml`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.field_mapping.file import packaged_mapping
from gatemeter.formats.field_mapping.reader import MappingReader
from gatemeter.formats.format import JsonFormat
from gatemeter.formats.http_intake import HttpIntake
from gatemeter.formats.slimming.further_paths import keeping, with_paths
from gatemeter.lenient.paths import Path
from gatemeter.lenient.read_paths import presence

_READER = MappingReader(packaged_mapping(__package__, "fields.toml"))
_OWN_MEMBERS = ("apisix_latency", "route_id", "client_ip")


def read(document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`, and `MappingReader.read_request` for the reasons of dead letters."""
    event = _READER.read_request(document, text, ignored_fields)
    # Where no route matched, `service_id` is the host that the client asked for.
    return event if event.route.id else replace(event, service=replace(event.service, id=""))


def is_entry(document: object) -> bool:
    """Whether a JSON value is an entry of a logger: no other format has `start_time` beside a `request` object."""
    if not isinstance(document, Mapping) or "start_time" not in document:
        return False
    return isinstance(document.get("request"), Mapping) and any(name in document for name in _OWN_MEMBERS)


_MARKER = re.compile(rb'"start_time\\*"\s*:')
APISIX = JsonFormat(
    "apisix",
    read,
    recognizes=is_entry,
    read_paths=keeping(with_paths(_READER.read_paths, map(Path.of, _OWN_MEMBERS), presence)),
    kept=_READER.kept,
    needs_positions=True,
    marker=_MARKER,
    http=HttpIntake("APISIX's http-logger plugin"),
)
