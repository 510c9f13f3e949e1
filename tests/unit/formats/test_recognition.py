"""Operators name members as they like: an event that looks like one of several formats is read by none in silence."""

import json
from typing import Any

import pytest

from gatemeter.events.access_event import AccessEvent, TimeRange
from gatemeter.events.identity import MessagePositions
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.detection import detect
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from gatemeter.formats.registry import json_formats
from gatemeter.wire.event_location import EventLocation
from tests.support.gateways.recorded_logs import fixture_lines

TIME_MS = 1_770_000_000_000
KONG = {
    "started_at": TIME_MS,
    "request": {"id": "0" * 32, "method": "GET", "size": 300},
    "response": {"status": 200, "size": 700},
    "latencies": {"request": 40, "proxy": 30, "kong": 10},
    "client_ip": "203.0.113.9",
}
APISIX = {
    "start_time": TIME_MS,
    "request": {"method": "GET", "size": 300},
    "response": {"status": 201, "size": 700},
    "latency": 40.0,
    "apisix_latency": 10.0,
    "route_id": "12",
    "client_ip": "203.0.113.9",
}
CADDY = {
    "ts": TIME_MS / 1000 + 0.5,
    "duration": 0.25,
    "size": 700,
    "status": 202,
    "request": {"method": "GET"},
    "logger": "http.log.access",
}
NGINX = {"msec": 1_770_000_000.5, "status": 203, "request_time": 0.25, "bytes_sent": 700, "request_method": "GET"}
ENVOY = {
    "start_time": "2026-02-02T02:40:00.000Z",
    "method": "GET",
    "response_code": 204,
    "duration": 40,
    "bytes_sent": 700,
}
TYK = {"api_id": "b84f", "org_id": "o1", "response_code": 205, "timestamp": "2026-02-02T02:40:00Z", "method": "GET"}
EVENTS: dict[str, dict[str, Any]] = {
    "kong-log": KONG,
    "apisix": APISIX,
    "caddy": CADDY,
    "nginx": NGINX,
    "envoy": ENVOY,
    "tyk": TYK,
}
STATUSES = {"kong-log": 200, "apisix": 201, "caddy": 202, "nginx": 203, "envoy": 204, "tyk": 205}
PAIRS = [
    ("apisix", "kong-log"),
    ("apisix", "caddy"),
    ("caddy", "nginx"),
    ("envoy", "nginx"),
    ("tyk", "envoy"),
    ("nginx", "kong-log"),
]


def both(one: str, other: str) -> bytes:
    """An event of `one` to which an operator has added members that the other format has."""
    return json.dumps({**EVENTS[other], **EVENTS[one]}).encode()


def explained(line: bytes, declared: str) -> DecodeExplanation:
    (found,) = explain_decoding(line, TimeRange(), declared)
    return found


def status_of(line: bytes, declared: str) -> int | None:
    event = explained(line, declared).event
    return event.status if isinstance(event, AccessEvent) else None


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("declared", EVENTS)
def test_an_event_of_one_format_is_read_by_it_wherever_it_stands(name: str, declared: str) -> None:
    found = explained(json.dumps(EVENTS[name]).encode(), declared)
    assert (found.log_format, status_of(json.dumps(EVENTS[name]).encode(), declared)) == (name, STATUSES[name])


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_an_event_of_two_formats_is_of_the_declared_one(one: str, other: str) -> None:
    for declared in (one, other):
        assert explained(both(one, other), declared).log_format == declared


@pytest.mark.parametrize(("one", "other"), [pair for pair in PAIRS if "kong-log" not in pair])
def test_an_event_of_two_formats_is_rejected_where_neither_is_declared(one: str, other: str) -> None:
    found = explained(both(one, other), "kong-log")
    assert (found.event, found.reason) == (None, "several_formats")
    assert one in found.detail
    assert other in found.detail


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_detection_names_both_formats_of_such_events(one: str, other: str) -> None:
    found = detect([both(one, other)] * 30)
    assert (found.name, sorted(found.names)) == (None, sorted((one, other)))


def test_a_caddy_event_with_a_time_that_kong_has_is_not_one_of_kong() -> None:
    line = json.dumps({**CADDY, "started_at": TIME_MS}).encode()
    assert (explained(line, "kong-log").log_format, status_of(line, "kong-log")) == ("caddy", 202)
    assert Decoders(TimeRange()).decode("kong-log", [line], _positions()).requests.api_usage.keys[0][12] == 202


def test_a_request_line_of_nginx_is_not_a_request_of_kong() -> None:
    line = json.dumps({**NGINX, "started_at": TIME_MS, "request": "GET / HTTP/1.1"}).encode()
    assert (explained(line, "kong-log").log_format, status_of(line, "kong-log")) == ("nginx", 203)


def test_what_a_message_declares_counts_before_the_common_shape() -> None:
    line = json.dumps({**APISIX, "started_at": TIME_MS, "response": {"status": 201, "size": 700}}).encode()
    for message in (line, line + b"\n" + line):
        batch = Decoders(TimeRange()).decode("apisix", [message], _positions())
        assert len(set(batch.requests.event_ids)) == message.count(b"\n") + 1  # by position, as APISIX has no ids


@pytest.mark.parametrize("folder", ["nginx", "traefik", "envoy", "caddy"])
def test_a_recorded_event_is_of_one_format(folder: str) -> None:
    for line in fixture_lines(folder, folder):
        assert [each.name for each in json_formats() if each.recognizes(json.loads(line))] == [folder]


def _positions() -> MessagePositions:
    return MessagePositions.at(EventLocation("log", 0, 0, 1, 0), 1)
