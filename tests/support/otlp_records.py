"""OTLP log records in JSON, for tests."""

import json
from collections.abc import Mapping
from typing import Any

TIME_NS = 1_772_000_000_123_456_789
TIME_MS = 1_772_000_000_123

KONG = {
    "kong.request.id": "319d1e4e7862095f704a7d6c60e63260",
    "kong.request.started_at": 1772000000123.0,
    "http.request.method": "POST",
    "http.response.status_code": 200,
    "http.request.size": 312,
    "http.response.size": 1840,
    "http.response.body.size": 1523,
    "kong.latency.total": 119.0,
    "kong.latency.upstream": 74.0,
    "kong.latency.internal": 45.0,
    "kong.upstream.status_code": "502, 200",
    "kong.response.source": "upstream",
    "kong.service.id": "s-1",
    "kong.service.name": "orders",
    "kong.route.id": "r-1",
    "kong.route.name": "all-orders",
    "kong.workspace.id": "w-1",
    "kong.consumer.id": "c-1",
    "http.request.header.authorization": "Bearer s3cret",
    "client.address": "203.0.113.9",
}


def any_value(value: object) -> dict[str, Any]:
    """`value` as OTLP/JSON writes it."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case dict():
            return {"kvlistValue": {"values": attributes(value)}}
        case _:
            return {"stringValue": str(value)}


def attributes(values: Mapping[str, object]) -> list[dict[str, Any]]:
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def log_record(values: Mapping[str, object], **members: object) -> dict[str, Any]:
    return {"timeUnixNano": str(TIME_NS), "attributes": attributes(values), **members}


def logs_request(*records: object, resource: Mapping[str, object] | None = None) -> bytes:
    """An ExportLogsServiceRequest as a line of JSON."""
    scope = {"scope": {"name": "api-access"}, "logRecords": list(records)}
    group = {"resource": {"attributes": attributes(resource or {"service.name": "gw"})}, "scopeLogs": [scope]}
    return json.dumps({"resourceLogs": [group]}).encode()
