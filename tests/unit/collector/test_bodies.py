"""Every event of a body is a line, whatever it is."""

from codecs import BOM_UTF8
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.collector.bodies import MOST_EVENTS_OF_A_BODY, event_lines
from gatemeter.formats.format import Format
from gatemeter.formats.registry import FORMATS
from gatemeter.httpserver.problem import ProblemError

BY_NAME: dict[str, Format] = {each.name: each for each in FORMATS}


def lines(body: bytes, content_type: str = "application/json", log_format: str = "kong-log") -> list[bytes]:
    return list(event_lines(body, {"content-type": content_type}, BY_NAME[log_format]))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a":1}', [b'{"a":1}']),
        (b' {"a":1}\n', [b'{"a":1}']),
        (b'[{"a":1}, {"b":[2]}]', [b'{"a":1}', b'{"b":[2]}']),
        (b'[\n  {\n "a": 1\n  }\n]', [b'{"a":1}']),
        (b'{\n "a": 1\n}', [b'{"a":1}']),
        (b'{"a":1}\n\n{"b":2}\r\n', [b'{"a":1}', b'{"b":2}\r'.strip()]),
        (b'[{"a":1}]\n[{"b":2},{"c":3}]', [b'{"a":1}', b'{"b":2}', b'{"c":3}']),
        (b'\xef\xbb\xbf[{"a":1},{"b":2}]', [b'{"a":1}', b'{"b":2}']),
        (b"[]", []),
        (b"", []),
        (b"[1,null]", [b"1", b"null"]),
        (b'{"a":1}\nnot json', [b'{"a":1}', b"not json"]),
        (b"not\njson", [b"not json"]),
        (b'[{"a":1},\n{"b":', [b'[{"a":1}, {"b":']),
    ],
)
def test_a_json_body_becomes_a_line_an_event(body: bytes, expected: list[bytes]) -> None:
    assert lines(body) == expected


@pytest.mark.parametrize(
    "content_type", ["", "application/json; charset=utf-8", "Application/JSON", "application/cloudevents-batch+json"]
)
def test_parameters_of_a_media_type_are_ignored(content_type: str) -> None:
    assert lines(b'[{"a":1}]', content_type) == [b'{"a":1}']


def test_another_media_type_is_415() -> None:
    with pytest.raises(ProblemError) as refused:
        lines(b"<a/>", "application/xml")
    assert refused.value.status is HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_lines_of_a_text_format_stay_as_they_are() -> None:
    assert lines(b"one\n\n[two]\n", "text/plain", "nginx-combined") == [b"one", b"[two]"]


@pytest.mark.parametrize("body", [b"[" + b"1," * MOST_EVENTS_OF_A_BODY + b"1]", b"{}\n" * (MOST_EVENTS_OF_A_BODY + 1)])
def test_more_events_than_allowed_are_413(body: bytes) -> None:
    with pytest.raises(ProblemError) as refused:
        lines(body)
    assert refused.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("deep", [b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'[{"a":' * 50_000])
def test_deep_nesting_is_one_line(deep: bytes) -> None:
    assert len(lines(deep)) == 1


def test_a_cloud_event_in_headers_becomes_json() -> None:
    headers = {
        "ce-specversion": "1.0",
        "ce-id": "a%20b",
        "ce-type": "request",
        "ce-source": "edge",
        "content-type": "application/json",
    }
    (line,) = event_lines(b'{ "n": 1.50 }', headers, BY_NAME["cloudevents"])
    assert line == (
        b'{"specversion":"1.0","id":"a b","type":"request","source":"edge",'
        b'"datacontenttype":"application/json","data":{"n":1.50}}'
    )


@pytest.mark.parametrize(
    ("body", "member"), [(b"hello", b'"data":"hello"'), (b"\xff\x00", b'"data_base64":"/wA="'), (b"{", b'"data":"{"')]
)
def test_data_of_a_cloud_event_in_headers_may_be_anything(body: bytes, member: bytes) -> None:
    (line,) = event_lines(body, {"ce-specversion": "1.0", "ce-id": "a"}, BY_NAME["cloudevents"])
    assert line.endswith(member + b"}")


@given(st.binary(max_size=200))
def test_no_byte_of_a_json_body_is_lost_without_a_line(body: bytes) -> None:
    found = lines(body)
    assert all(line and b"\n" not in line for line in found)
    assert found or not body.strip() or body.lstrip().startswith((b"[", BOM_UTF8))
