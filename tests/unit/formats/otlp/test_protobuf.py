"""Requests in protobuf become lines that read as the same requests in JSON do."""

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as service

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.explain import explain_decoding
from gatemeter.formats.otlp.protobuf import records_of
from tests.support.otlp_records import KONG, log_record, logs_request

LIST = {"arrayValue": {"values": [{"stringValue": "a"}, {"kvlistValue": {"values": [{"key": "b", "value": {}}]}}]}}


def in_protobuf(line: bytes) -> bytes:
    message = json_format.Parse(line.decode(), service.ExportLogsServiceRequest())
    return bytes(message.SerializeToString())


def test_records_read_as_those_of_the_same_request_in_json() -> None:
    gen_ai = {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5, "gen_ai.request.stream": True}
    record = log_record({"http.response.status_code": 404}, spanId="AAAAAAAAAAE=", body={"stringValue": "GET / 404"})
    record["attributes"].append({"key": "list", "value": LIST})
    line = logs_request(log_record(KONG), log_record({**KONG, **gen_ai, "kong.request.id": "2"}), record)
    lines = records_of(in_protobuf(line))
    read = [each.event for text in lines for each in explain_decoding(text, TimeRange(), "otlp")]
    expected = [each.event for each in explain_decoding(line, TimeRange(), "otlp")]
    assert len(lines) == 3
    assert read[:2] == expected[:2]
    assert read[2] is not None
    assert (read[2].status, read[2].identity.value) == (404, "content")


def test_lines_are_canonical_whoever_takes_a_request_apart() -> None:
    lines = records_of(in_protobuf(logs_request(log_record(KONG), log_record({**KONG, "kong.request.id": "2"}))))
    assert all(b"\n" not in line for line in lines)
    assert [records_of(in_protobuf(line)) for line in lines] == [[line] for line in lines]


def test_what_is_not_such_a_message_is_rejected() -> None:
    with pytest.raises(RejectedEvent, match="protobuf_invalid"):
        records_of(b"\xff\xff\xff")
    assert records_of(b"") == []
