"""The mappings that come along, on events shaped after their vendors' documentation."""

import json

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import explain_decoding
from gatemeter.llm.call import Outcome
from gatemeter.money import YOCTOS_PER_UNIT


def decoded(format_name: str, document: object) -> list[AccessEvent]:
    explanations = explain_decoding(json.dumps(document).encode(), TimeRange(), format_name)
    assert {each.log_format for each in explanations} == {format_name}
    return [each.event for each in explanations if each.event is not None]


def test_aws_rest_api() -> None:
    line = {
        "requestId": "chosen-by-the-client",
        "extendedRequestId": "JKJaXmPLvHcESHA=",
        "requestTimeEpoch": "1767225600007",
        "httpMethod": "GET",
        "resourcePath": "/orders/{id}",
        "status": "200",
        "responseLength": "1523",
        "responseLatency": "46",
        "integrationLatency": "41",
        "integrationStatus": "200",
        "apiId": "a1b2",
        "stage": "prod",
        "apiKeyId": "key-1",
        "principalId": "-",
        "ip": "203.0.113.9",
    }
    assert decoded("aws-rest-api", line) == [
        AccessEvent(
            kind=EventKind.HTTP,
            event_id="JKJaXmPLvHcESHA=",
            started_at_ms=1767225600007,
            consumer=Consumer(id="key-1"),
            service=Entity(id="a1b2"),
            route=Entity(name="/orders/{id}"),
            workspace="prod",
            method="GET",
            status=200,
            upstream_status=200,
            response_bytes=1523,
            response_bytes_kind=SizeKind.BODY,
            latency_request_ms=46.0,
            latency_upstream_ms=41.0,
        )
    ]


def test_aws_http_api() -> None:
    line = {"requestId": "r", "requestTime": "01/Jan/2026:00:00:00 +0000", "httpMethod": "GET", "status": "404"}
    (event,) = decoded("aws-http-api", {**line, "routeKey": "GET /orders", "responseLength": "13", "subject": "u-1"})
    assert (event.event_id, event.started_at_ms, event.status) == ("r", 1767225600000, 404)
    assert (event.route.name, event.response_bytes, event.caller.consumer_id) == ("GET /orders", 13, "u-1")


def test_azure_export_holds_a_list_of_requests() -> None:
    properties = {
        "method": "GET",
        "responseCode": 200,
        "backendResponseCode": 200,
        "responseSize": 1840,
        "requestSize": 312,
        "backendTime": 41,
        "apiId": "orders",
        "operationId": "list",
        "apimSubscriptionId": "sub-1",
        "productId": "starter",
    }
    record = {"time": "2026-01-01T00:00:00.007Z", "category": "GatewayLogs", "correlationId": "c", "DurationMs": 46}
    one = {**record, "properties": properties}
    other = {**one, "time": "2026-01-01T00:00:01.007Z"}
    events = decoded("azure-apim", {"records": [one, other]})
    assert [each.event_id for each in events] == ["c 2026-01-01T00:00:00.007Z", "c 2026-01-01T00:00:01.007Z"]
    assert (events[0].status, events[0].request_bytes, events[0].response_bytes) == (200, 312, 1840)
    assert (events[0].latency_request_ms, events[0].latency_upstream_ms) == (46.0, 41.0)
    assert (events[0].caller.consumer_id, events[0].team) == ("sub-1", "starter")
    assert (events[0].service.name, events[0].route.name) == ("orders", "list")


def test_azure_row_of_log_analytics_that_asked_no_backend() -> None:
    row = {"TimeGenerated": "2026-01-01T00:00:00.007Z", "CorrelationId": "c", "Method": "GET", "ResponseCode": 429}
    (event,) = decoded("azure-apim", {**row, "TotalTime": 3, "BackendTime": 0, "ApimSubscriptionId": "sub-1"})
    assert (event.status, event.latency_request_ms, event.latency_upstream_ms) == (429, 3.0, None)
    assert event.caller.consumer_id == "sub-1"


def test_cloudflare_request_in_all_spellings_of_time() -> None:
    line = {"RayID": "7f3a", "ClientRequestMethod": "GET", "EdgeResponseStatus": 200, "OriginResponseStatus": 0}
    sizes = {"ClientRequestBytes": 312, "EdgeResponseBytes": 1840, "OriginResponseDurationMs": 41}
    for time in ("2026-01-01T00:00:00.007Z", 1767225600007000000, 1767225600.007):
        (event,) = decoded("cloudflare-http", {**line, **sizes, "EdgeStartTimestamp": time})
        assert (event.identity, event.started_at_ms, event.upstream_status) == (
            IdentityKind.CONTENT,
            1767225600007,
            None,
        )
        assert (event.request_bytes, event.response_bytes, event.latency_upstream_ms) == (312, 1840, 41.0)


def test_cloudflare_ai_gateway_has_tokens_and_costs() -> None:
    entry = {
        "id": "01J",
        "created_at": "2026-01-01T00:00:00.007Z",
        "provider": "openai",
        "model": "gpt-4o",
        "status_code": 200,
        "success": True,
        "cached": False,
        "duration": 460,
        "tokens_in": 1000,
        "tokens_out": 300,
        "cost": 0.0055,
        "metadata": {"user": "u-1", "team": "blue"},
    }
    one, hit = decoded("cloudflare-ai-gateway", {"result": [entry, {**entry, "id": "01K", "cached": True}]})
    (call,) = one.llm_calls
    assert (call.outcome, call.units) == (Outcome.PROVIDER, {"fresh_input_tokens": 1000, "plain_output_tokens": 300})
    assert (call.cost_reported_yoctos, call.cost_reported_currency) == (55 * YOCTOS_PER_UNIT // 10_000, "USD")
    assert (one.caller.consumer_id, one.team, hit.llm_calls[0].outcome) == ("u-1", "blue", Outcome.CACHE_HIT)


def test_the_region_of_bedrock_is_not_known() -> None:
    entry = {"id": "01J", "created_at": "2026-01-01T00:00:00.007Z", "provider": "bedrock", "status_code": 200}
    counts = {"model": "amazon.nova-pro-v1:0", "tokens_in": 1000, "tokens_out": 300}
    (event,) = decoded("cloudflare-ai-gateway", {**entry, **counts})
    assert event.llm_calls[0].modifiers == "region=unknown"


def test_cloudflare_user_who_was_verified_comes_before_what_a_client_says() -> None:
    entry = {"id": "01J", "created_at": "2026-01-01T00:00:00.007Z", "status_code": 200}
    (event,) = decoded("cloudflare-ai-gateway", {**entry, "metadata": {"consumer": "other", "cf.user_id": "u-1"}})
    assert event.caller.consumer_id == "u-1"


CLOUDFLARE = {"RayID": "7f3a", "EdgeStartTimestamp": "2026-01-01T00:00:00Z", "EdgeResponseStatus": 200}


def test_cloudflare_requests_with_one_ray_id_are_two() -> None:
    # developers.cloudflare.com/fundamentals/reference/cloudflare-ray-id: it is not guaranteed to be unique.
    ids = [decoded("cloudflare-http", {**CLOUDFLARE, "EdgeResponseBytes": size})[0].event_id for size in (10, 10, 11)]
    assert (ids[0] == ids[1], ids[0] == ids[2]) == (True, False)
    without = {name: value for name, value in CLOUDFLARE.items() if name != "RayID"}
    (explanation,) = explain_decoding(json.dumps(without).encode(), TimeRange(), "cloudflare-http")
    assert explanation.reason == "request_id_missing"


def test_cloudflare_fetches_of_a_worker_are_not_requests_of_a_client() -> None:
    # developers.cloudflare.com/logs/logpush/logpush-job/subrequests: each has a line of its own.
    visitor = {**CLOUDFLARE, "WorkerSubrequest": False, "ClientRequestSource": "eyeball"}
    fetch = {**CLOUDFLARE, "WorkerSubrequest": True, "ClientRequestSource": "edgeWorkerFetch", "ParentRayID": "7f3a"}
    kinds = [decoded("cloudflare-http", line)[0].kind for line in (visitor, fetch, {**fetch, "WorkerSubrequest": None})]
    assert kinds == [EventKind.HTTP, EventKind.OTHER, EventKind.OTHER]


def test_an_id_of_aws_that_no_client_chooses_comes_first() -> None:
    line = {"requestTimeEpoch": 1767225600007, "status": 200, "requestId": "chosen", "extendedRequestId": "JKJa="}
    assert decoded("aws-http-api", line)[0].event_id == "JKJa="


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("GatewayLogs", EventKind.HTTP),
        ("GatewayLlmLogs", EventKind.OTHER),
        ("WebSocketConnectionLogs", EventKind.OTHER),
    ],
)
def test_azure_records_of_other_categories_are_not_requests_again(category: str, kind: EventKind) -> None:
    # One event hub takes all categories of a diagnostic setting: learn.microsoft.com, monitor-api-management-reference.
    record = {"time": "2026-01-01T00:00:00.007Z", "correlationId": "c", "properties": {"responseCode": 200}}
    assert [each.kind for each in decoded("azure-apim", {"records": [{**record, "category": category}]})] == [kind]
    row = {"TimeGenerated": "2026-01-01T00:00:00.007Z", "CorrelationId": "c", "Category": category}
    assert [each.kind for each in decoded("azure-apim", row)] == [kind]
