"""Envoy's JSON log: typed or text values, and ids of clients that identify nothing."""

import json
from typing import Any

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from tests.support.gateways.envoy import expected_of_envoy
from tests.support.gateways.known_traffic import REQUESTS
from tests.support.gateways.recorded_logs import fixture_lines, read, told

UNIQUE_ID = "75e07e46-21d5-42f6-99aa-7fa39b6e02e1"
EVENT = {
    "start_time": "2026-02-03T10:00:00.007Z",
    "unique_id": UNIQUE_ID,
    "method": "GET",
    "response_code": 200,
    "response_code_details": "via_upstream",
    "response_flags": "-",
    "bytes_received": 0,
    "bytes_sent": 1523,
    "duration": 46,
    "upstream_service_time": "41",
    "consumer": "con-1",
    "upstream_cluster": "orders-service",
    "route_name": "orders",
}
AS_TEXTS = {name: str(value) for name, value in EVENT.items()}


def explained(log_format: str = "envoy", **members: Any) -> DecodeExplanation:
    present = {name: value for name, value in {**EVENT, **members}.items() if value is not ...}
    (explanation,) = explain_decoding(json.dumps(present).encode(), TimeRange(), log_format)
    return explanation


def event(**members: Any) -> AccessEvent:
    explanation = explained(**members)
    assert explanation.event is not None, explanation.reason
    return explanation.event


def test_the_recorded_log_reads_as_it_was_sent() -> None:
    lines = fixture_lines("envoy", "envoy")
    assert told(read(lines, "envoy")) == list(map(expected_of_envoy, REQUESTS))


@pytest.mark.parametrize("log_format", ["envoy", "kong-log"])
@pytest.mark.parametrize("values", [{}, AS_TEXTS], ids=["typed", "text"])
def test_typed_values_and_texts_read_alike(log_format: str, values: dict[str, str]) -> None:
    explanation = explained(log_format, **values)
    assert (explanation.log_format, explanation.ignored_fields) == ("envoy", [])
    assert explanation.event == AccessEvent(
        kind=EventKind.HTTP,
        event_id=UNIQUE_ID,
        started_at_ms=1_770_112_800_007,
        consumer=Consumer(id="con-1"),
        service=Entity(name="orders-service"),
        route=Entity(name="orders"),
        method="GET",
        status=200,
        upstream_status=200,
        request_bytes=0,
        response_bytes=1523,
        request_bytes_kind=SizeKind.BODY,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=46.0,
        latency_upstream_ms=41.0,
    )


@pytest.mark.parametrize("unique_id", [..., None, "-", "", "mine", UNIQUE_ID[:-1]])
def test_ids_that_clients_choose_identify_nothing(unique_id: object) -> None:
    chosen = {"request_id": UNIQUE_ID, "x_request_id": UNIQUE_ID, "stream_id": UNIQUE_ID}
    found = event(**chosen, unique_id=unique_id)
    assert (found.identity, found.event_id) == (IdentityKind.POSITION, "")


@pytest.mark.parametrize("missing", [None, "-", ""])
def test_missing_values_are_none_and_never_zero(missing: object) -> None:
    names = ("method", "bytes_received", "bytes_sent", "duration", "upstream_service_time", "consumer", "route_name")
    found = event(**dict.fromkeys(names, missing), response_code_details="no_credential", upstream_cluster=missing)
    assert (found.request_bytes, found.response_bytes, found.latency_request_ms) == (None, None, None)
    assert (found.latency_upstream_ms, found.upstream_status, found.method) == (None, None, "")
    assert (found.consumer, found.service, found.route) == (Consumer(), Entity(), Entity())


def test_a_client_that_left_first_has_no_status() -> None:
    left = event(response_code=0, response_flags="DC", response_code_details="downstream_remote_disconnect")
    assert (left.kind, left.status, left.upstream_status) == (EventKind.HTTP, None, None)


@pytest.mark.parametrize(
    ("details", "consumer_id"),
    [("jwt_authn_access_denied{Jwt_is_missing}", ""), ("via_upstream", "con-1"), (None, "con-1")],
)
def test_a_consumer_whom_envoy_refused_is_not_billed(details: str | None, consumer_id: str) -> None:
    assert event(response_code=401, response_code_details=details).caller.consumer_id == consumer_id


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"response_code": 0, "method": None}, id="a connection"),
        pytest.param({"access_log_type": "DownstreamPeriodic"}, id="a request that goes on"),
        pytest.param({"access_log_type": "UpstreamEnd"}, id="a try of the upstream"),
    ],
)
def test_what_is_not_the_end_of_a_request_is_not_one(members: dict[str, Any]) -> None:
    assert event(**members).kind is EventKind.OTHER
    assert event(access_log_type="DownstreamEnd").kind is EventKind.HTTP


@pytest.mark.parametrize(
    "started_at", ["1770112800.007", 1770112800.007, "1770112800007", "2026-02-03T11:00:00.007999+01:00"]
)
def test_start_times_of_other_forms_are_read(started_at: object) -> None:
    assert event(start_time=started_at).started_at_ms == 1_770_112_800_007


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"start_time": "-"}, "started_at_missing"),
        ({"start_time": "2026/02/03 10:00:00"}, "started_at_invalid"),
        ({"start_time": 1_770_112_800_007_000}, "started_at_invalid"),
        ({"response_code": "good"}, "status_invalid"),
        ({"bytes_sent": 10**30}, "response_size_out_of_range"),
    ],
)
def test_what_decides_about_money_is_not_guessed(members: dict[str, Any], reason: str) -> None:
    assert explained(**members).reason == reason


@pytest.mark.parametrize(
    "refused",
    [
        {"response_code": 401, "response_code_details": "jwt_authn_access_denied{Jwt_is_missing}"},
        {"response_code": 403, "response_code_details": "jwt_authn_access_denied{Audiences_in_Jwt_are_not_allowed}"},
        {"response_code": 302, "response_code_details": ..., "response_flags": "UAEX"},
        {"response_code": 403, "response_code_details": "ext_authz_denied", "response_flags": "UAEX,DC"},
        {"response_code": 401, "response_code_details": ..., "upstream_service_time": None},
    ],
)
def test_a_name_that_envoy_refused_is_not_a_consumer(refused: dict[str, Any]) -> None:
    assert event(**refused).consumer == Consumer()


@pytest.mark.parametrize(
    "answered",
    [
        {"response_code": 401},
        {"response_code": 403, "response_code_details": ...},
        {"response_code": 403, "response_code_details": "rbac_access_denied_matched_policy[none]"},
    ],
)
def test_a_known_caller_stays_one_whatever_the_answer(answered: dict[str, Any]) -> None:
    assert event(**answered).consumer == Consumer(id="con-1")


def test_a_start_time_with_an_offset_without_colon_is_read() -> None:
    assert event(start_time="2026-02-03T11:00:00.007+0100").started_at_ms == 1_770_112_800_007


@pytest.mark.parametrize("duration", [None, "-", ""])
def test_a_request_that_goes_on_has_no_duration_and_counts_at_its_end(duration: object) -> None:
    # envoyproxy.io: access_log_flush_interval writes entries of a WebSocket while it goes on.
    assert event(response_code=101, duration=duration).kind is EventKind.OTHER
    assert event(response_code=101, duration=86_400_000).kind is EventKind.HTTP
    assert event(response_code=101, duration=0).kind is EventKind.HTTP
