"""Records of an ExportLogsServiceRequest in protobuf as lines of JSON, for whoever receives OTLP over HTTP."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gatemeter.errors import RejectedEvent
from gatemeter.formats.otlp.log_records import RESOURCE_LOGS, single_requests
from gatemeter.lenient.event_text import json_of

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs

_DEEPEST = 8


def records_of(request: bytes) -> list[bytes]:
    """A line of JSON for each log record, in order: what a topic or file of the format `otlp` holds.

    Raises RejectedEvent (protobuf_invalid) if `request` is not such a message.
    """
    # Here, for of all commands only the collector needs them.
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    message = ExportLogsServiceRequest()
    try:
        message.ParseFromString(request)
    except DecodeError as error:
        raise RejectedEvent("protobuf_invalid", "not an ExportLogsServiceRequest") from error
    document = {RESOURCE_LOGS: [_resource_logs(each) for each in message.resource_logs]}
    return [json_of(each) for each in single_requests(document) or ()]


def _resource_logs(group: "ResourceLogs") -> Mapping[str, Any]:
    scopes = [{"logRecords": [_log_record(each) for each in scope.log_records]} for scope in group.scope_logs]
    return {"resource": {"attributes": _attributes(group.resource.attributes)}, "scopeLogs": scopes}


def _log_record(record: "LogRecord") -> dict[str, Any]:
    members: dict[str, Any] = {
        "timeUnixNano": str(record.time_unix_nano) if record.time_unix_nano else None,
        "observedTimeUnixNano": str(record.observed_time_unix_nano) if record.observed_time_unix_nano else None,
        "severityText": record.severity_text,
        "eventName": record.event_name,
        "body": _value(record.body),
        "attributes": _attributes(record.attributes),
        "traceId": record.trace_id.hex(),
        "spanId": record.span_id.hex(),
    }
    return {name: value for name, value in members.items() if value}


def _attributes(attributes: "Iterable[KeyValue]", depth: int = 0) -> list[dict[str, Any]]:
    return [{"key": each.key, "value": _value(each.value, depth)} for each in attributes]


def _value(value: "AnyValue", depth: int = 0) -> dict[str, Any]:
    """Values nested deeper than any that is read are left out, and so are bytes."""
    match value.WhichOneof("value"):
        case "string_value":
            return {"stringValue": value.string_value}
        case "int_value":
            return {"intValue": str(value.int_value)}
        case "double_value":
            return {"doubleValue": value.double_value}
        case "bool_value":
            return {"boolValue": value.bool_value}
        case "array_value" if depth < _DEEPEST:
            return {"arrayValue": {"values": [_value(each, depth + 1) for each in value.array_value.values]}}
        case "kvlist_value" if depth < _DEEPEST:
            return {"kvlistValue": {"values": _attributes(value.kvlist_value.values, depth + 1)}}
        case _:
            return {}
