"""The format of CloudEvents 1.0 in JSON: from Kong's metering-and-billing plugin, and from other senders."""

import re
from typing import Any

from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.cloudevents.event import is_cloud_event, members_with_data, read_cloud_event
from gatemeter.formats.cloudevents.http_intake import CLOUDEVENTS_HTTP
from gatemeter.formats.cloudevents.kept_fields import KEPT_FIELDS
from gatemeter.formats.cloudevents.read_paths import read_paths
from gatemeter.formats.format import JsonFormat, Taken


def read(document: Any, _: bytes, ignored_fields: list[str]) -> AccessEvent:
    """See `JsonFormat`. Raises RejectedEvent with the reasons that docs/dead-letters.md lists."""
    return read_cloud_event(document, ignored_fields)


_MARKER = re.compile(rb'"specversion\\*"\s*:')
CLOUDEVENTS = JsonFormat(
    "cloudevents",
    read,
    recognizes=is_cloud_event,
    read_paths=read_paths,
    kept=KEPT_FIELDS,
    members=members_with_data,
    may_lack_time=True,
    marker=_MARKER,
    taken=Taken("subject", "data.service_name", "data.route_name"),
    http=CLOUDEVENTS_HTTP,
)
