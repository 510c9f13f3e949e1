"""Events read by a mapping: paths, units, callers, identities."""

import json
from typing import Any

import pytest

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.field_mapping.file import parse_mapping
from gatemeter.formats.field_mapping.reader import MappingReader

MAPPING = """
name = "orders"
identity = { kind = "id", paths = ["meta.id", ["host", "meta.host"]] }
time = [{ path = "t", unit = "us" }, { path = "t", unit = "rfc3339" }]

[caller]
id = ["jwt.sub", { path = "headers.x-tenant", without_prefix = "tenant:" }]
username = { path = "auth.user", claimed = true }
otherwise = { path = "headers.x-api-key", hash = true }
team = "jwt.team"

[fields]
method = "http.request.method"
status = ["code", "answers.0.code"]
upstream_status = "upstream.code"
request_bytes = "in"
response_bytes = "out"
service_name = "backend"

[latencies]
request = { path = "took", unit = "s" }
upstream = { path = "upstream.took", unit = "ns" }
"""
DOCUMENT: dict[str, Any] = {
    "meta": {"id": "r-1", "host": "gw-1"},
    "t": 1772000000123456,
    "jwt": {"sub": "u-1", "team": "blue"},
    "http.request.method": "GET",
    "code": "200",
    "upstream": {"code": 204, "took": 41_500_000},
    "in": "12",
    "out": 34,
    "backend": "orders",
    "took": "0.25",
    "headers": {"x-api-key": "s3cret"},
}
KEY = "sha256:1ec1c26b50d5d3c5"


def read(**members: object) -> AccessEvent:
    ignored: list[str] = []
    event = MappingReader(parse_mapping(MAPPING, "orders.toml")).read({**DOCUMENT, **members}, b"", ignored)
    assert ignored == []
    return event


def test_every_value_is_read_and_normalised() -> None:
    assert read() == AccessEvent(
        kind=EventKind.HTTP,
        event_id="r-1 gw-1",
        identity=IdentityKind.ID,
        started_at_ms=1772000000123,
        consumer=Consumer(id="u-1"),
        team="blue",
        service=Entity(name="orders"),
        method="GET",
        status=200,
        upstream_status=204,
        request_bytes=12,
        response_bytes=34,
        request_bytes_kind=SizeKind.WIRE,
        response_bytes_kind=SizeKind.WIRE,
        latency_request_ms=250.0,
        latency_upstream_ms=41.5,
    )


def test_second_unit_is_tried_where_the_first_fails() -> None:
    assert read(t="2026-02-25T06:13:20.123Z").started_at_ms == 1772000000123


def test_what_is_not_there_is_not_0() -> None:
    bare = MappingReader(parse_mapping(MAPPING, "orders.toml")).read({"meta": {"id": 1}, "host": "h", "t": 0}, b"", [])
    numbers = (bare.status, bare.upstream_status, bare.request_bytes, bare.response_bytes, bare.latency_request_ms)
    assert numbers == (None, None, None, None, None)
    assert read(code="-", out="", took=-1, answers=[{"code": 0}]).status is None


def test_entry_of_a_list_is_found_by_its_number() -> None:
    assert read(code=None, answers=[{"code": 503}]).status == 503


@pytest.mark.parametrize(
    ("members", "caller"),
    [
        ({}, "u-1"),
        ({"jwt": {}, "headers": {"x-tenant": "tenant:t-1"}}, "t-1"),
        ({"jwt": {}, "auth": {"user": "ann"}}, "ann"),
        ({"jwt": {}}, KEY),
        ({"jwt": {}, "headers": {}}, ""),
        ({"jwt": {}, "headers": {}, "auth": {"user": "eve"}, "code": 401, "upstream": {}}, ""),
        ({"jwt": {}, "headers": {}, "auth": {"user": "ann"}, "code": 401, "upstream": {"code": 401}}, "ann"),
    ],
)
def test_first_of_the_chain_that_has_a_value_is_the_caller(members: dict[str, object], caller: str) -> None:
    assert read(**members).caller.consumer_id == caller


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"meta": {}}, "request_id_missing"),
        ({"t": None}, "started_at_missing"),
        ({"t": "soon"}, "started_at_invalid"),
        ({"t": 10**30}, "started_at_invalid"),
        ({"code": "ok"}, "status_invalid"),
        ({"code": 2**70}, "status_invalid"),
        ({"in": 2**64}, "request_size_out_of_range"),
        ({"out": 2**64}, "response_size_out_of_range"),
    ],
)
def test_what_decides_about_money_and_cannot_be_known_is_rejected(members: dict[str, object], reason: str) -> None:
    with pytest.raises(RejectedEvent) as raised:
        read(**members)
    assert raised.value.reason == reason


def test_value_that_cannot_be_used_is_named() -> None:
    ignored: list[str] = []
    document = {**DOCUMENT, "in": "many", "backend": {"a": 1}, "took": "long"}
    event = MappingReader(parse_mapping(MAPPING, "orders.toml")).read(document, b"", ignored)
    assert (event.request_bytes, event.service.name, event.latency_request_ms) == (None, "", None)
    assert sorted(ignored) == ["backend", "in", "took"]


def test_content_is_the_identity_where_the_mapping_says_so() -> None:
    reader = MappingReader(
        parse_mapping(MAPPING.replace('"id", paths = ["meta.id", ["host", "meta.host"]]', '"content"'), "f")
    )
    text = json.dumps(DOCUMENT).encode()
    assert reader.read(DOCUMENT, text, []).event_id == reader.read(DOCUMENT, text.replace(b": ", b":"), []).event_id


def test_size_of_a_body_counts_where_none_on_the_wire_is_told() -> None:
    mapping = parse_mapping(MAPPING.replace('response_bytes = "out"', 'response_body_bytes = "out"'), "orders.toml")
    event = MappingReader(mapping).read(DOCUMENT, b"", [])
    assert (event.request_bytes, event.request_bytes_kind) == (12, SizeKind.WIRE)
    assert (event.response_bytes, event.response_bytes_kind) == (34, SizeKind.BODY)


@pytest.mark.parametrize(
    ("upstream", "waited_ms"), [({"code": 0, "took": 0}, None), ({"took": 0}, None), ({"code": 200, "took": 0}, 0.0)]
)
def test_upstream_that_was_not_asked_took_no_measured_time(upstream: dict[str, int], waited_ms: float | None) -> None:
    assert read(upstream=upstream).latency_upstream_ms == waited_ms
