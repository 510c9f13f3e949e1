"""Traefik's access log: nanoseconds, bodies, and headers that are never read."""

import json
from typing import Any

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from gatemeter.formats.registry import reader_of
from tests.support.gateways.known_traffic import REQUESTS
from tests.support.gateways.recorded_logs import fixture_lines, read, told
from tests.support.gateways.traefik import expected_of_traefik

EVENT = {
    "StartUTC": "2026-02-03T10:00:00.007999999Z",
    "Duration": 46_000_000,
    "OriginDuration": 41_250_000,
    "Overhead": 4_750_000,
    "ClientUsername": "acme",
    "RequestMethod": "GET",
    "RequestContentSize": 0,
    "RouterName": "orders@file",
    "ServiceName": "orders-svc@file",
    "OriginStatus": 200,
    "DownstreamStatus": 200,
    "DownstreamContentSize": 1523,
}


def explained(log_format: str = "traefik", **members: Any) -> DecodeExplanation:
    present = {name: value for name, value in {**EVENT, **members}.items() if value is not ...}
    (explanation,) = explain_decoding(json.dumps(present).encode(), TimeRange(), log_format)
    return explanation


def event(**members: Any) -> AccessEvent:
    explanation = explained(**members)
    assert explanation.event is not None, explanation.reason
    return explanation.event


def test_the_recorded_log_reads_as_it_was_sent() -> None:
    lines = fixture_lines("traefik", "traefik")
    assert told(read(lines, "traefik")) == list(map(expected_of_traefik, REQUESTS))


@pytest.mark.parametrize("log_format", ["traefik", "kong-log"])
def test_durations_are_read_in_ms(log_format: str) -> None:
    explanation = explained(log_format)
    assert (explanation.log_format, explanation.ignored_fields) == ("traefik", [])
    assert explanation.event == AccessEvent(
        kind=EventKind.HTTP,
        event_id="",
        identity=IdentityKind.POSITION,
        started_at_ms=1_770_112_800_007,
        consumer=Consumer(username="acme"),
        service=Entity(name="orders-svc@file"),
        route=Entity(name="orders@file"),
        method="GET",
        status=200,
        upstream_status=200,
        request_bytes=0,
        response_bytes=1523,
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=46.0,
        latency_upstream_ms=41.25,
        latency_gateway_ms=4.75,
    )


def test_an_answer_of_traefik_itself_has_no_upstream() -> None:
    answered = event(OriginStatus=0, OriginDuration=0, ServiceName=..., DownstreamStatus=404)
    assert (answered.upstream_status, answered.latency_upstream_ms, answered.service) == (None, None, Entity())


@pytest.mark.parametrize("name", ["", "-", ...])
def test_a_request_without_a_user_is_anonymous(name: object) -> None:
    assert event(ClientUsername=name).consumer == Consumer()


def test_a_user_whom_traefik_refused_is_not_billed() -> None:
    assert event(DownstreamStatus=401, OriginStatus=0).caller.consumer_id == ""
    assert event(DownstreamStatus=401, OriginStatus=401).caller.consumer_id == "acme"


def test_a_header_that_names_the_consumer_comes_before_the_user() -> None:
    named = event(**{"request_X-Gatemeter-Consumer": "con-1"})
    assert (named.caller.consumer_id, named.consumer.username) == ("con-1", "acme")


@pytest.mark.parametrize("value", ["REDACTED", "redacted", "", "-"])
def test_a_header_that_was_redacted_names_nobody(value: str) -> None:
    assert event(**{"request_X-Gatemeter-Consumer": value}).caller.consumer_id == "acme"
    assert event(**{"request_X-Gatemeter-Consumer": value}, ClientUsername="-").consumer == Consumer()


def test_local_time_stands_in_for_utc() -> None:
    local = event(StartUTC=..., StartLocal="2026-02-03T11:00:00.007+01:00")
    assert local.started_at_ms == 1_770_112_800_007


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"StartUTC": "-"}, "started_at_missing"),
        ({"StartUTC": "2026-02-03 10:00"}, "started_at_invalid"),
        ({"DownstreamStatus": "good"}, "status_invalid"),
        ({"DownstreamContentSize": 10**30}, "response_size_out_of_range"),
    ],
)
def test_what_decides_about_money_is_not_guessed(members: dict[str, Any], reason: str) -> None:
    assert explained(**members).reason == reason


def test_a_dead_letter_keeps_no_header_and_no_path() -> None:
    secret = {"request_Authorization": "Basic c3Nz", "RequestPath": "/a?api_key=k", "ClientHost": "203.0.113.9"}
    reader = reader_of("traefik")
    (document,) = reader.events(json.dumps({**EVENT, **secret, "DownstreamStatus": "good"}).encode())
    kept = reader.mask(document).text
    assert b'"RequestMethod":"GET"' in kept
    assert not any(value.encode() in kept for value in (*secret.values(), "acme", "orders"))


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        ("ping@internal", EventKind.OTHER),
        ("prometheus@internal", EventKind.OTHER),
        ("api@internal", EventKind.OTHER),
        ("noop@internal", EventKind.HTTP),
        ("ping@file", EventKind.HTTP),
    ],
)
def test_traefik_s_own_services_are_not_requests_of_a_client(service: str, kind: EventKind) -> None:
    assert event(ServiceName=service).kind is kind


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404])
def test_a_header_that_no_authentication_has_set_names_nobody(status: int) -> None:
    refused = {"DownstreamStatus": status, "OriginStatus": 0, "ClientUsername": "-", "ServiceName": ...}
    assert event(**{"request_X-Gatemeter-Consumer": "con-1"}, **refused).consumer == Consumer()


@pytest.mark.parametrize("members", [{"DownstreamStatus": 200}, {"DownstreamStatus": 0}, {"DownstreamStatus": 499}])
def test_a_stream_without_a_status_of_its_origin_has_its_consumer(members: dict[str, Any]) -> None:
    # Tried with 3.7.15: of a stream that its client ends OriginStatus and OriginDuration are 0 (traefik/traefik#10807).
    streamed = event(**{"request_X-Gatemeter-Consumer": "con-1"}, OriginStatus=0, OriginDuration=0, **members)
    assert streamed.caller.consumer_id == "con-1"


def test_a_router_of_traefik_s_own_may_have_no_service() -> None:
    # https://github.com/traefik/traefik/issues/9487
    assert event(RouterName="ping@internal", ServiceName=...).kind is EventKind.OTHER
    assert event(RouterName="web-to-websecure@internal", ServiceName=...).kind is EventKind.HTTP
