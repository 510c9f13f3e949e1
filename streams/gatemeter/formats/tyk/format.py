"""The format of Tyk's analytics records, by the table in `fields.toml`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.field_mapping.file import packaged_mapping
from gatemeter.formats.field_mapping.reader import MappingReader
from gatemeter.formats.format import JsonFormat
from gatemeter.formats.slimming.further_paths import keeping

_READER = MappingReader(packaged_mapping(__package__, "fields.toml"))
_OWN_MEMBERS = frozenset({"api_id", "org_id", "response_code", "timestamp"})


def read(document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`, and `MappingReader.read_request` for the reasons of dead letters.

    Tyk dates a record once the request has been answered [TykTechnologies/tyk: gateway/handler_success.go, RecordHit].
    """
    event = _READER.read_request(document, text, ignored_fields)
    return replace(event, started_at_ms=event.started_at_ms - int(event.latency_request_ms or 0))


def is_record(document: object) -> bool:
    """Whether a JSON value is an analytics record, from Kafka or as JSON."""
    return isinstance(document, Mapping) and document.keys() >= _OWN_MEMBERS


_MARKER = re.compile(rb'"response_code\\*"\s*:')
TYK = JsonFormat(
    "tyk",
    read,
    recognizes=is_record,
    read_paths=keeping(_READER.read_paths),
    kept=_READER.kept,
    needs_positions=True,
    marker=_MARKER,
)
