"""Caddy's access log: seconds, bodies, and the members that an operator appends."""

import json
from typing import Any

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from tests.support.gateways.caddy import expected_of_caddy
from tests.support.gateways.known_traffic import REQUESTS
from tests.support.gateways.recorded_logs import fixture_lines, read, told

UUID = "30f7903d-cabb-437c-b892-e570c5d9c12e"
EVENT: dict[str, Any] = {
    "level": "info",
    "ts": 1770112800.0535,
    "logger": "http.log.access.gatemeter",
    "msg": "handled request",
    "request": {"proto": "HTTP/1.1", "method": "GET", "host": "api.example.test", "uri": "/orders/17?a=b"},
    "bytes_read": 0,
    "user_id": "acme",
    "duration": 0.0465,
    "size": 1523,
    "status": 200,
    "uuid": UUID,
    "service": "orders-service",
    "route": "orders",
    "upstream_status": 200,
    "upstream_latency_ms": 41.25,
}


def explained(log_format: str = "caddy", **members: Any) -> DecodeExplanation:
    present = {name: value for name, value in {**EVENT, **members}.items() if value is not ...}
    (explanation,) = explain_decoding(json.dumps(present).encode(), TimeRange(), log_format)
    return explanation


def event(**members: Any) -> AccessEvent:
    explanation = explained(**members)
    assert explanation.event is not None, explanation.reason
    return explanation.event


def test_the_recorded_log_reads_as_it_was_sent() -> None:
    lines = fixture_lines("caddy", "caddy")
    assert told(read(lines, "caddy")) == list(map(expected_of_caddy, REQUESTS))


@pytest.mark.parametrize("log_format", ["caddy", "kong-log"])
def test_seconds_are_read_as_ms(log_format: str) -> None:
    explanation = explained(log_format)
    assert (explanation.log_format, explanation.ignored_fields) == ("caddy", [])
    assert explanation.event == AccessEvent(
        kind=EventKind.HTTP,
        event_id=UUID,
        started_at_ms=1_770_112_800_007,
        consumer=Consumer(username="acme"),
        service=Entity(name="orders-service"),
        route=Entity(name="orders"),
        method="GET",
        status=200,
        upstream_status=200,
        request_bytes=0,
        response_bytes=1523,
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=46.5,
        latency_upstream_ms=41.25,
    )


@pytest.mark.parametrize("uuid", [..., "", "mine", UUID.upper()])
def test_without_its_own_id_a_request_is_known_by_its_place(uuid: object) -> None:
    found = event(uuid=uuid)
    assert (found.identity, found.event_id) == (IdentityKind.POSITION, "")


def test_missing_values_are_none_and_never_zero() -> None:
    names = ("bytes_read", "size", "service", "route", "upstream_status", "upstream_latency_ms")
    found = event(**dict.fromkeys(names, None), user_id="", consumer=None, status=0)
    assert (found.request_bytes, found.response_bytes, found.upstream_status) == (None, None, None)
    assert (found.latency_upstream_ms, found.status) == (None, None)
    assert (found.consumer, found.service, found.route) == (Consumer(), Entity(), Entity())


def test_an_appended_consumer_comes_before_the_user() -> None:
    assert event(consumer="con-1").caller.consumer_id == "con-1"


@pytest.mark.parametrize(
    ("logger", "kind"),
    [
        ("http.log.access", EventKind.HTTP),
        ("http.log.access.log0", EventKind.HTTP),
        (..., EventKind.HTTP),
        ("http.log.error", EventKind.OTHER),
        ("http.log.error.log0", EventKind.OTHER),
    ],
)
def test_what_the_log_of_errors_tells_again_is_not_a_request(logger: object, kind: EventKind) -> None:
    assert event(logger=logger).kind is kind


# What time_format makes of 2026-02-03T10:00:00.053Z [caddyserver/caddy: modules/logging/encoders.go].
@pytest.mark.parametrize(
    "ended_at",
    [
        *("1770112800.0535", "2026-02-03T11:00:00.0535+01:00", "2026-02-03T10:00:00.053Z"),
        *("2026-02-03T11:00:00.053+0100", 1_770_112_800_053.5, "1770112800053.5", 1_770_112_800_053_500_000),
    ],
)
def test_times_of_other_forms_are_read(ended_at: object) -> None:
    assert event(ts=ended_at, duration=0.046).started_at_ms == 1_770_112_800_007


def test_a_time_of_the_common_log_needs_its_offset() -> None:
    assert event(ts="03/Feb/2026:11:00:00 +0100", duration=0.0).started_at_ms == 1_770_112_800_000
    assert explained(ts="03/Feb/2026:11:00:00").reason == "started_at_invalid"


@pytest.mark.parametrize(
    ("duration", "ms"),
    [("46.5ms", 46.5), ("1.25s", 1250.0), ("1m2.25s", 62_250.0), ("1h0m0.5s", 3_600_500.0), ("750µs", 0.75), ("0s", 0)],
)
def test_a_duration_as_a_text_has_its_unit(duration: str, ms: float) -> None:
    assert event(duration=duration).latency_request_ms == ms


def test_a_name_that_caddy_refused_is_not_a_consumer() -> None:
    assert event(status=401, upstream_status=..., consumer="con-1").consumer == Consumer()
    assert event(status=401, upstream_status=401, consumer="con-1").caller.consumer_id == "con-1"


@pytest.mark.parametrize("duration", [46, 46_500_000, "46"])
def test_a_duration_in_an_unknown_unit_is_left_out(duration: object) -> None:
    explanation = explained(ts=1_770_112_800.007, duration=duration)
    assert explanation.event is not None
    assert (explanation.event.latency_request_ms, explanation.event.started_at_ms) == (None, 1_770_112_800_007)
    assert explanation.ignored_fields == [".duration"]


def test_a_duration_of_zero_is_zero_in_every_unit() -> None:
    assert event(duration=0).latency_request_ms == 0


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"ts": None}, "started_at_missing"),
        ({"ts": "2026/02/03 10:00:00"}, "started_at_invalid"),
        ({"ts": "2026/02/03 10:00:00.053"}, "started_at_invalid"),
        ({"ts": 1_770_112_800_053_000}, "started_at_invalid"),
        ({"ts": 1_770_112_800_053_500_000_000}, "started_at_invalid"),
        ({"status": "good"}, "status_invalid"),
        ({"size": 10**30}, "response_size_out_of_range"),
    ],
)
def test_what_decides_about_money_is_not_guessed(members: dict[str, Any], reason: str) -> None:
    assert explained(**members).reason == reason


def test_another_line_of_caddy_is_a_dead_letter() -> None:
    line = b'{"level":"info","ts":1770112800.6,"logger":"tls","msg":"cleaning storage unit"}'
    (explanation,) = explain_decoding(line, TimeRange(), "caddy")
    assert explanation.reason == "not_an_access_log_event"
