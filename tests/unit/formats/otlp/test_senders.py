"""Access records of each sender, field by field."""

from collections.abc import Mapping

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import explain_decoding
from tests.support.otlp_records import KONG, TIME_MS, log_record, logs_request


def decoded(values: Mapping[str, object], **members: object) -> AccessEvent:
    (explanation,) = explain_decoding(logs_request(log_record(values, **members)), TimeRange())
    assert explanation.event is not None, explanation
    assert explanation.log_format == "otlp"
    return explanation.event


def test_kong_record_is_known_by_its_request_id() -> None:
    assert decoded(KONG) == AccessEvent(
        kind=EventKind.HTTP,
        event_id="319d1e4e7862095f704a7d6c60e63260",
        started_at_ms=TIME_MS,
        consumer=Consumer(id="c-1"),
        service=Entity("s-1", "orders"),
        route=Entity("r-1", "all-orders"),
        workspace="w-1",
        source="upstream",
        method="POST",
        status=200,
        upstream_status=200,
        request_bytes=312,
        response_bytes=1840,
        request_bytes_kind=SizeKind.WIRE,
        response_bytes_kind=SizeKind.WIRE,
        latency_request_ms=119.0,
        latency_upstream_ms=74.0,
        latency_gateway_ms=45.0,
    )


def test_kong_caller_without_consumer_is_its_principal() -> None:
    values = {name: value for name, value in KONG.items() if name != "kong.consumer.id"}
    assert decoded(values).caller.consumer_id == ""
    assert decoded({**values, "kong.auth.principal.id": "p-7"}).caller.consumer_id == "p-7"


def test_traefik_durations_are_nanoseconds_and_sizes_count() -> None:
    event = decoded(
        {
            "RequestMethod": "GET",
            "DownstreamStatus": 404,
            "OriginStatus": 0,
            "Duration": 46_000_000,
            "OriginDuration": 41_500_000,
            "Overhead": 4_500_000,
            "RequestContentSize": 0,
            "DownstreamContentSize": 1523,
            "RouterName": "orders@file",
            "ServiceName": "orders-svc@file",
            "ClientUsername": "",
            "StartUTC": "2026-02-25T06:13:20.123456789Z",
            "request_Authorization": "Basic s3cret",
        }
    )
    assert (event.status, event.upstream_status, event.started_at_ms) == (404, None, TIME_MS)
    assert (event.latency_request_ms, event.latency_upstream_ms, event.latency_gateway_ms) == (46.0, 41.5, 4.5)
    assert (event.request_bytes, event.response_bytes) == (0, 1523)
    assert (event.request_bytes_kind, event.response_bytes_kind) == (SizeKind.BODY, SizeKind.BODY)
    assert (event.route.name, event.service.name, event.caller.consumer_id) == ("orders@file", "orders-svc@file", "")
    assert event.identity is IdentityKind.POSITION


def test_envoy_values_are_texts_and_a_dash_is_no_value() -> None:
    event = decoded(
        {
            "method": "GET",
            "response_code": "200",
            "duration": "46",
            "upstream_service_time": "-",
            "bytes_received": "0",
            "bytes_sent": "1523",
            "route_name": "-",
            "upstream_cluster": "orders",
            "request_id": "chosen-by-the-client",
        }
    )
    assert (event.method, event.status, event.latency_request_ms, event.latency_upstream_ms) == ("GET", 200, 46.0, None)
    assert (event.request_bytes, event.response_bytes) == (0, 1523)
    assert (event.service.name, event.route.name, event.started_at_ms) == ("orders", "", TIME_MS)
    assert (event.identity, event.event_id) == (IdentityKind.POSITION, "")


def test_traefik_that_answers_by_itself_waited_for_no_upstream() -> None:
    answer = {"DownstreamStatus": 404, "RequestMethod": "GET", "OriginStatus": 0, "OriginDuration": 0, "Duration": 1}
    assert decoded(answer).latency_upstream_ms is None


def test_envoy_bytes_on_the_wire_go_before_those_of_bodies() -> None:
    sizes = {"bytes_received": "0", "downstream_wire_bytes_received": "310", "bytes_sent": "1523"}
    event = decoded({"response_code": "200", "method": "GET", **sizes})
    assert (event.request_bytes, event.request_bytes_kind) == (310, SizeKind.WIRE)
    assert (event.response_bytes, event.response_bytes_kind) == (1523, SizeKind.BODY)


def test_envoy_code_of_a_client_that_left_is_unknown() -> None:
    assert decoded({"method": "GET", "response_code": "0"}).status is None


def test_semantic_conventions_in_new_and_old_spelling() -> None:
    new = {"http.request.method": "PUT", "http.response.status_code": 201, "http.server.request.duration": 0.25}
    old = {"http.method": "PUT", "http.status_code": 201, "http.server.duration": 250.0}
    event = decoded({**new, "http.route": "/orders/{id}", "user.id": "u-1", "http.response.body.size": 10})
    assert (event.method, event.status, event.latency_request_ms) == ("PUT", 201, 250.0)
    assert (event.service.name, event.route.name, event.caller.consumer_id) == ("gw", "/orders/{id}", "u-1")
    assert (event.request_bytes, event.response_bytes) == (None, 10)
    before = decoded(old)
    assert (before.method, before.status, before.latency_request_ms) == ("PUT", 201, 250.0)


def test_record_of_a_span_is_known_by_its_text() -> None:
    values = {"http.request.method": "GET", "http.response.status_code": 200}
    one, again = (decoded(values, spanId="00f067aa0ba902b7") for _ in range(2))
    assert one.identity is IdentityKind.CONTENT
    assert one.event_id == again.event_id != decoded(values, spanId="00f067aa0ba902b8").event_id
    assert decoded(values, spanId="0000000000000000").identity is IdentityKind.POSITION


def test_attributes_may_stand_in_the_body() -> None:
    body = {"kvlistValue": {"values": [{"key": "http.response.status_code", "value": {"intValue": 204}}]}}
    assert decoded({}, body=body).status == 204


def test_record_of_an_application_is_metered_nowhere() -> None:
    assert decoded({"log.level": "info"}, body={"stringValue": "started"}).kind is EventKind.OTHER


def test_time_of_0_is_that_of_observation() -> None:
    event = decoded(
        {"http.response.status_code": 200}, timeUnixNano="0", observedTimeUnixNano=1_772_000_001_000_000_000
    )
    assert event.started_at_ms == 1_772_000_001_000


def test_name_that_traefik_refused_is_not_a_consumer() -> None:
    values = {"RequestMethod": "GET", "ClientUsername": "eve", "DownstreamStatus": 401}
    assert decoded({**values, "OriginStatus": 0}).caller.consumer_id == ""
    assert decoded({**values, "OriginStatus": 401}).caller.consumer_id == "eve"


ENVOY = {"method": "GET", "response_code": "401", "response_flags": "-", "consumer": "eve"}


def test_name_that_envoy_refused_is_not_a_consumer() -> None:
    denied = {**ENVOY, "response_code_details": "jwt_authn_access_denied{Jwt_is_missing}"}
    assert decoded(denied).caller.consumer_id == ""
    assert decoded({**denied, "response_code": "403"}).caller.consumer_id == ""
    assert decoded(ENVOY).caller.consumer_id == ""  # nothing says that the upstream has answered


def test_name_that_an_authorization_service_refused_is_not_a_consumer_at_any_status() -> None:
    # ext_authz chooses the status; the flag stays [envoyproxy.io: configuration/observability/access_log/usage].
    for status in ("302", "401", "403", "429"):
        denied = {**ENVOY, "response_code": status, "response_flags": "UAEX", "enduser.id": "eve"}
        assert decoded(denied).caller.consumer_id == ""


def test_name_of_a_caller_whom_the_upstream_refused_is_kept() -> None:
    assert decoded({**ENVOY, "response_code_details": "via_upstream"}).caller.consumer_id == "eve"
    assert decoded({**ENVOY, "upstream_service_time": "3"}).caller.consumer_id == "eve"


def test_name_of_a_caller_whom_a_program_did_not_know_is_not_a_consumer() -> None:
    values = {"http.request.method": "GET", "user.id": "eve", "user.name": "eve"}
    assert decoded({**values, "http.response.status_code": 401}).consumer == Consumer()
    assert decoded({**values, "http.response.status_code": 403}).caller.consumer_id == "eve"


def test_entries_of_envoy_about_parts_of_a_request_are_not_requests() -> None:
    values = {"method": "GET", "response_code": "101", "duration": "60"}
    entries = [{**values, "access_log_type": each} for each in ("DownstreamPeriodic", "UpstreamEnd", "DownstreamEnd")]
    kinds = [decoded(each).kind for each in (*entries, {**values, "duration": "-"}, values)]
    assert kinds == [EventKind.OTHER, EventKind.OTHER, EventKind.HTTP, EventKind.OTHER, EventKind.HTTP]


def test_traefik_s_own_services_are_not_requests_of_a_client() -> None:
    values = {"RequestMethod": "GET", "DownstreamStatus": 200, "StartUTC": "2026-02-25T06:13:20Z"}
    assert decoded({**values, "ServiceName": "ping@internal"}).kind is EventKind.OTHER
    assert decoded({**values, "ServiceName": "noop@internal"}).kind is EventKind.HTTP


def test_what_a_program_says_while_it_answers_is_not_a_request() -> None:
    said = {"http.request.method": "GET", "http.route": "/orders", "log.level": "warn"}
    assert decoded(said).kind is EventKind.OTHER
    assert decoded({**said, "http.response.status_code": 200}).kind is EventKind.HTTP
