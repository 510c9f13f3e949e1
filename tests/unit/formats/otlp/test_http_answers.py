"""OTLP answers in protobuf, byte by byte: field 1 of the response is partial_success, its fields are count and text."""

from gatemeter.formats.otlp.http_intake import PROTOBUF, answer, failure

TEXT = b"records that are not access logs, or cannot be read"


def test_nothing_rejected_is_an_empty_message() -> None:
    assert answer(0, PROTOBUF) == (PROTOBUF, b"")


def test_rejected_records_are_a_partial_success() -> None:
    inner = b"\x08\xac\x02" + b"\x12" + bytes([len(TEXT)]) + TEXT  # 300 = 0b10_0101100
    assert answer(300, PROTOBUF).content == b"\x0a" + bytes([len(inner)]) + inner


def test_json_is_answered_in_json() -> None:
    assert answer(0, "application/json") == ("application/json", b"{}")
    assert b'"rejectedLogRecords": "2"' in answer(2, "application/json").content


def test_a_failure_is_a_status_with_a_message() -> None:
    assert failure("no") == (PROTOBUF, b"\x12\x02no")
