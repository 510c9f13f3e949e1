"""OTLP log records in JSON: an ExportLogsServiceRequest as OpenTelemetry collectors write it, and its records.

The form of one record by itself is a request with that record alone. Field names and encodings are those of OTLP/JSON:
64-bit integers are numbers or texts, ids are hexadecimal
[opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; opentelemetry-proto: logs/v1/logs.proto].
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gatemeter.errors import RejectedEvent

RESOURCE_LOGS = "resourceLogs"
RESOURCE_ATTRIBUTES = ("service.name", "service.namespace", "service.instance.id", "service.version")
"""The attributes of a resource that go along with each of its records."""

_OF_A_FILE = frozenset({"log.file.name", "log.file.path"})
_LONGEST_VALUE = 256
_DEEPEST = 8


class LogRecord(NamedTuple):
    """A record's members, its attributes by name, and those of its resource."""

    members: Mapping[str, Any]
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]


def is_logs_request(document: object) -> bool:
    """Whether a JSON value is an ExportLogsServiceRequest."""
    return isinstance(document, dict) and RESOURCE_LOGS in document


def single_requests(document: Any) -> list[Any] | None:
    """A request for each record of `document`; None if it has none."""
    found = [
        single_request(_told_resource(group), record)
        for group in _objects(document.get(RESOURCE_LOGS))
        for scope in _objects(group.get("scopeLogs"))
        for record in _entries(scope.get("logRecords"))
    ]
    return found or None


def single_request(resource: Mapping[str, Any], record: Any) -> dict[str, Any]:
    """The request with one record; `resource` are attributes by name."""
    attributes = [{"key": key, "value": value} for key, value in resource.items()]
    return {RESOURCE_LOGS: [{"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": [record]}]}]}


def read_record(document: Any) -> LogRecord:
    """The record of a request with one record. Raises RejectedEvent: log_record_missing, log_record_invalid."""
    for group in _objects(document.get(RESOURCE_LOGS)):
        for scope in _objects(group.get("scopeLogs")):
            for record in _entries(scope.get("logRecords")):
                if not isinstance(record, dict):
                    raise RejectedEvent("log_record_invalid", "a record that is not an object")
                resource = group.get("resource")
                listed = resource.get("attributes") if isinstance(resource, dict) else None
                return LogRecord(record, attributes_of(record.get("attributes")), attributes_of(listed))
    raise RejectedEvent("log_record_missing", "resourceLogs without a log record")


def line_of_file(document: Any) -> str | None:
    """The text of a record whose attributes say that it is a line of a file, as the collector's receiver of files does.

    Any other text may be what a program was told by a client.
    [open-telemetry/opentelemetry-collector-contrib: receiver/filelogreceiver]
    """
    try:
        record = read_record(document)
    except RejectedEvent:
        return None
    text = plain_value(record.members.get("body"))
    return text if isinstance(text, str) and not record.attributes.keys().isdisjoint(_OF_A_FILE) else None


def attributes_of(listed: Any) -> dict[str, Any]:
    """A list of keys and values as a dictionary; of a key that is given twice the first value."""
    found: dict[str, Any] = {}
    for each in _objects(listed):
        key = each.get("key")
        if isinstance(key, str):
            found.setdefault(key, plain_value(each.get("value")))
    return found


def plain_value(value: Any, depth: int = 0) -> Any:
    """An AnyValue as a text, number, boolean, list or dictionary; None for bytes, and for anything else."""
    if not isinstance(value, dict) or depth > _DEEPEST:
        return None
    for name in ("stringValue", "intValue", "doubleValue", "boolValue"):
        if name in value:
            return value[name]
    if isinstance(array := value.get("arrayValue"), dict):
        return [plain_value(each, depth + 1) for each in _entries(array.get("values"))]
    if isinstance(pairs := value.get("kvlistValue"), dict):
        listed = _objects(pairs.get("values"))
        return {each["key"]: plain_value(each.get("value"), depth + 1) for each in listed if _has_key(each)}
    return None


def _has_key(pair: Mapping[str, Any]) -> bool:
    return isinstance(pair.get("key"), str)


def _told_resource(group: Mapping[str, Any]) -> dict[str, Any]:
    """What is read of the resource: it is repeated with every record, so a long text is left out."""
    resource = group.get("resource")
    listed = _objects(resource.get("attributes")) if isinstance(resource, dict) else ()
    told: dict[str, Any] = {}
    for each in listed:
        value = plain_value(each.get("value"))
        if each.get("key") in RESOURCE_ATTRIBUTES and isinstance(value, str) and len(value) <= _LONGEST_VALUE:
            told.setdefault(each["key"], {"stringValue": value})
    return told


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def _entries(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
