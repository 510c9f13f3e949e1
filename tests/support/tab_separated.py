"""A small format that only tests register: an access log of seven columns, separated by tabs."""

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, EventKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.format import LineFormat
from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import exact_number

COLUMNS = ("started_at_ms", "request_id", "consumer", "method", "status", "response_bytes", "duration_ms")


def read(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    """The request in one line; `-` stands for no value. Raises RejectedEvent."""
    values = line.decode("utf-8", "replace").split("\t")
    if len(values) != len(COLUMNS):
        raise RejectedEvent("columns_invalid", f"{len(values)} instead of {len(COLUMNS)}")
    named = {name: value for name, value in zip(COLUMNS, values, strict=True) if value != "-"}
    fields = Fields(named, "line", ignored_fields)
    request_id, started_at_ms = fields.text("request_id"), exact_number(named.get("started_at_ms"))
    if started_at_ms is None:
        raise RejectedEvent("started_at_invalid", "not a number of milliseconds")
    if not request_id:
        raise RejectedEvent("request_id_missing")
    return AccessEvent(
        kind=EventKind.HTTP,
        event_id=request_id,
        started_at_ms=int(started_at_ms),
        consumer=Consumer(id=fields.text("consumer")),
        method=fields.text("method"),
        status=fields.count("status"),
        response_bytes=fields.count("response_bytes"),
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=fields.latency_ms("duration_ms"),
    )


TAB_SEPARATED = LineFormat("tab-separated", read)
