"""JSON of a log_format of nginx: what is read of it, and what is not believed."""

import json
from typing import Any

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from tests.support.gateways.known_traffic import REQUESTS
from tests.support.gateways.recorded_logs import expected, fixture_lines, read, told

REQUEST_ID = "0f3c9d2be1a84c55b0a7d6f1e2c39481"
EVENT = {
    "msec": "1770112800.053",
    "request_id": REQUEST_ID,
    "consumer": "con-1",
    "remote_user": "acme",
    "service": "orders-service",
    "route": "orders",
    "request_method": "GET",
    "status": "200",
    "request_length": "312",
    "bytes_sent": "1523",
    "request_time": "0.046",
    "upstream_response_time": "0.041",
    "upstream_status": "200",
}


def explained(log_format: str = "nginx", **members: Any) -> DecodeExplanation:
    (explanation,) = explain_decoding(json.dumps({**EVENT, **members}).encode(), TimeRange(), log_format)
    return explanation


def event(**members: Any) -> AccessEvent:
    explanation = explained(**members)
    assert explanation.event is not None, explanation.reason
    return explanation.event


def test_the_recorded_log_reads_as_it_was_sent() -> None:
    events = read(fixture_lines("nginx", "nginx"), "nginx")
    assert told(events) == [
        expected(request, service="{}-service", route="{}", tells_upstream=True) for request in REQUESTS
    ]


@pytest.mark.parametrize("log_format", ["nginx", "kong-log"])
def test_every_variable_is_read_in_ms_and_bytes(log_format: str) -> None:
    explanation = explained(log_format)
    assert (explanation.log_format, explanation.ignored_fields) == ("nginx", [])
    assert explanation.event == AccessEvent(
        kind=EventKind.HTTP,
        event_id=REQUEST_ID,
        started_at_ms=1_770_112_800_007,
        consumer=Consumer(id="con-1", username="acme"),
        service=Entity(name="orders-service"),
        route=Entity(name="orders"),
        method="GET",
        status=200,
        upstream_status=200,
        request_bytes=312,
        response_bytes=1523,
        request_bytes_kind=SizeKind.WIRE,
        response_bytes_kind=SizeKind.WIRE,
        latency_request_ms=46.0,
        latency_upstream_ms=41.0,
    )


@pytest.mark.parametrize("request_id", ["", "-", "mine", REQUEST_ID.upper(), REQUEST_ID[:-1], None])
def test_what_nginx_has_not_made_is_not_an_identity(request_id: str | None) -> None:
    read_event = event(request_id=request_id)
    assert (read_event.identity, read_event.event_id) == (IdentityKind.POSITION, "")


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("0.010, 0.020 : 0.300", 330.0),
        ("-, 0.020", 20.0),
        ("0.000", 0.0),
        ("-", None),
        ("", None),
        (0.041, 41.0),
    ],
)
def test_times_of_several_upstreams_add_up(text: object, expected_ms: float | None) -> None:
    assert event(upstream_response_time=text).latency_upstream_ms == expected_ms


@pytest.mark.parametrize("text", ["soon", "0.1, soon", "-0.1", "1," * 600, "1e999999999"], ids=lambda text: text[:9])
def test_an_odd_upstream_time_is_ignored(text: str) -> None:
    explanation = explained(upstream_response_time=text)
    assert explanation.event is not None
    assert explanation.event.latency_upstream_ms is None
    assert explanation.ignored_fields == [".upstream_response_time"]


def test_missing_values_are_none_and_never_zero() -> None:
    names = ("request_length", "bytes_sent", "upstream_response_time", "upstream_status", "request_method")
    read_event = event(**dict.fromkeys(names, "-"), status="000", consumer="", remote_user="-", service="", route="")
    assert (read_event.request_bytes, read_event.response_bytes, read_event.latency_upstream_ms) == (None, None, None)
    assert (read_event.status, read_event.upstream_status, read_event.method) == (None, None, "")
    assert (read_event.consumer, read_event.service, read_event.route) == (Consumer(), Entity(), Entity())


def test_a_user_whom_nginx_refused_is_not_billed() -> None:
    assert event(status="401", upstream_status="", consumer="").caller.consumer_id == ""
    assert event(status="401", upstream_status="401", consumer="").caller.consumer_id == "acme"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"msec": "-"}, "started_at_missing"),
        ({"msec": "today"}, "started_at_invalid"),
        ({"msec": "1770112800053"}, "started_at_invalid"),
        ({"msec": "17.053"}, "started_at_out_of_range"),
        ({"status": "good"}, "status_invalid"),
        ({"bytes_sent": "9" * 30}, "response_size_out_of_range"),
        ({"request_length": "9" * 30}, "request_size_out_of_range"),
    ],
)
def test_what_decides_about_money_is_not_guessed(members: dict[str, str], reason: str) -> None:
    assert explained(**members).reason == reason


def test_bytes_of_the_body_count_where_none_on_the_wire_are_told() -> None:
    body = event(bytes_sent="-", body_bytes_sent=1200)
    assert (body.response_bytes, body.response_bytes_kind) == (1200, SizeKind.BODY)
    wire = event(body_bytes_sent=1200)
    assert (wire.response_bytes, wire.response_bytes_kind) == (1523, SizeKind.WIRE)


def test_a_claimed_consumer_whom_nginx_refused_is_not_one() -> None:
    assert event(status="401", upstream_status="", consumer="con-1").consumer == Consumer()
    assert event(status="401", upstream_status="401", consumer="con-1").caller.consumer_id == "con-1"


@pytest.mark.parametrize(
    "times", [{"time_iso8601": "2026-02-03T11:00:01+01:00"}, {"time_local": "03/Feb/2026:11:00:01 +0100"}]
)
def test_a_log_without_msec_tells_the_second(times: dict[str, str]) -> None:
    explanation = explained("kong-log", msec="", request_time="0.25", **times)
    assert explanation.log_format == "nginx"
    assert explanation.event is not None
    assert explanation.event.started_at_ms == 1_770_112_800_750
    # In such formats request_id is often $req_id, which a client may choose.
    assert (explanation.event.identity, explanation.event.event_id) == (IdentityKind.POSITION, "")
    assert explained(msec="-", time_local="2026").reason == "started_at_invalid"


def test_nginx_is_recognized_by_any_of_its_times() -> None:
    without = {name: value for name, value in EVENT.items() if name != "msec"}
    for times, log_format in (({"time_iso8601": "2026-02-03T11:00:01+01:00"}, "nginx"), ({}, "")):
        (explanation,) = explain_decoding(json.dumps({**without, **times}).encode(), TimeRange())
        assert explanation.log_format == log_format
