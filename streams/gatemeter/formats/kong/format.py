"""The format of Kong's log serializer (http-log, file-log, tcp-log, kafka-log, ...)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from gatemeter.events.access_event import AccessEvent, TimeRange
from gatemeter.formats.format import JsonFormat, Taken
from gatemeter.formats.http_intake import HttpIntake
from gatemeter.formats.kong.access_event import access_event
from gatemeter.formats.kong.columns import append_events
from gatemeter.formats.kong.kept_fields import KEPT_FIELDS
from gatemeter.formats.kong.lenient_event import read_event
from gatemeter.formats.kong.log_event import LogEvent
from gatemeter.formats.kong.read_paths import READ_PATHS
from gatemeter.formats.kong.slim_event import quick_slimmer
from gatemeter.formats.slimming.further_paths import FurtherPath, keeping
from gatemeter.formats.upstream_status import upstream_status
from gatemeter.shipping.slim_line import KeyedLine


class _FastPath:
    """Decodes events of the common shape into `LogEvent`."""

    def __init__(self) -> None:
        decoder = msgspec.json.Decoder(LogEvent)
        self.decode_line = decoder.decode
        self.decode_frame = decoder.decode_lines
        self.append = append_events

    def slimmer(self, further_paths: Sequence[FurtherPath]) -> Callable[[bytes], KeyedLine | None]:
        return quick_slimmer(self.is_countable, further_paths)

    def is_countable(self, event: LogEvent, times: TimeRange) -> bool:
        if event.response is None and event.session is None:
            return False
        return event.started_at is not None and times.from_ms <= event.started_at < times.to_ms


def read(document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    event = read_event(document, text, ignored_fields)
    return access_event(event, text, ignored_fields, upstream_status(document))


def is_log_event(document: object) -> bool:
    """Whether a JSON value is an event of Kong's log serializer."""
    if not isinstance(document, Mapping) or "started_at" not in document:
        return False
    return any(isinstance(document.get(name), Mapping | list) for name in _parts_of(document))


def _parts_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Who logs a status outside of a response may log a request too, and a `started_at` that an operator has added."""
    return _PARTS if "status" in document else ("request", *_PARTS)


_PARTS = ("response", "session", "latencies")
_MARKER = re.compile(rb'"started_at\\*"\s*:')  # also of an event in the text that another program made of it
KONG_LOG = JsonFormat(
    "kong-log",
    read,
    recognizes=is_log_event,
    read_paths=keeping(READ_PATHS),
    kept=KEPT_FIELDS,
    fast_path=_FastPath(),
    marker=_MARKER,
    http=HttpIntake("Kong's http-log plugin", {"/": 200}),
    alias="kong",
    taken=Taken("consumer, else authenticated_entity", "service", "route"),
)
"""A message without a header is read by this format, unless another one recognizes its events."""
