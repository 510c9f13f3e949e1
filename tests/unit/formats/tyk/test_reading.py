"""Analytics records of Tyk, as JSON and from Kafka; shaped after tyk-pump's analytics.go and kafka.go."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import explain_decoding
from tests.support.enveloped import ENVELOPES, Wrap
from tests.support.positions import ANYWHERE

RECORD: dict[str, Any] = {
    "method": "GET",
    "host": "api.acme.test",
    "path": "/orders/17",
    "content_length": 12,
    "response_code": 200,
    "api_key": "a1b2c3",
    "timestamp": "2026-01-01T00:00:00.007123456Z",
    "api_name": "orders",
    "api_id": "b84f",
    "org_id": "o1",
    "oauth_id": "",
    "request_time": 46,
    "latency": {"total": 46, "upstream": 41},
    "raw_request": "R0VUIC8gczNjcmV0",
    "ip_address": "203.0.113.9",
    "alias": "acme",
}
ANSWERED_AT_MS = 1767225600007
KEY = f"sha256:{sha256(b'a1b2c3').hexdigest()[:16]}"


def decoded(record: dict[str, Any]) -> AccessEvent:
    (explanation,) = explain_decoding(json.dumps(record).encode(), TimeRange())
    assert explanation.event is not None, explanation
    assert explanation.log_format == "tyk"
    return explanation.event


def test_record_in_json() -> None:
    assert decoded(RECORD) == AccessEvent(
        kind=EventKind.HTTP,
        event_id="",
        identity=IdentityKind.POSITION,
        started_at_ms=ANSWERED_AT_MS - 46,
        consumer=Consumer(id=KEY, username="acme"),
        service=Entity("b84f", "orders"),
        workspace="o1",
        organisation="o1",
        method="GET",
        status=200,
        request_bytes=12,
        request_bytes_kind=SizeKind.BODY,
        latency_request_ms=46.0,
        latency_upstream_ms=41.0,
    )


def test_record_from_kafka_has_its_time_under_another_name() -> None:
    record = {name: value for name, value in RECORD.items() if name not in ("request_time", "latency")}
    event = decoded({**record, "request_time_ms": 46})
    assert (event.latency_request_ms, event.latency_upstream_ms) == (46.0, None)
    assert event.started_at_ms == ANSWERED_AT_MS - 46


def test_a_request_counts_in_the_month_in_which_it_began() -> None:
    # TykTechnologies/tyk: gateway/handler_success.go, RecordHit takes the time once the request has been answered.
    event = decoded({**RECORD, "timestamp": "2026-03-01T00:00:02.5Z", "request_time": 5000, "latency": {"total": 5000}})
    assert datetime.fromtimestamp(event.started_at_ms / 1000, UTC) == datetime(2026, 2, 28, 23, 59, 57, 500_000, UTC)


@pytest.mark.parametrize(
    ("latencies", "took_ms"),
    [
        ({"latency": {"total": 7}, "request_time": 46}, 7),
        ({"latency": {}, "request_time": 46}, 46),
        ({"latency": {"total": "7.9"}}, 7),
        ({"latency": {"total": 0}, "request_time": 0}, 0),  # Tyk answered by itself
        ({"latency": {"total": -1}}, 0),
        ({"latency": {}, "request_time": None}, 0),
    ],
)
def test_what_a_request_took_is_taken_from_the_time_of_its_answer(latencies: dict[str, Any], took_ms: int) -> None:
    assert decoded({**RECORD, **latencies}).started_at_ms == ANSWERED_AT_MS - took_ms


def test_a_time_that_no_request_takes_makes_a_dead_letter() -> None:
    record = {**RECORD, "latency": {"total": 10**12}}
    (rejection,) = Decoders(TimeRange()).decode("tyk", [json.dumps(record).encode()], ANYWHERE).rejections
    assert rejection.reason == "started_at_out_of_range"


def test_unknown_size_of_a_body_is_not_0() -> None:
    assert decoded({**RECORD, "content_length": -1}).request_bytes is None


@pytest.mark.parametrize("status", [401, 403])
def test_key_that_was_refused_is_not_a_consumer(status: int) -> None:
    refused = {**RECORD, "alias": "", "response_code": status, "latency": {"total": 1, "upstream": 0}}
    assert decoded(refused).caller.consumer_id == ""
    assert decoded({**RECORD, "alias": "", "response_code": status}).caller.consumer_id == KEY  # by the upstream


@pytest.mark.parametrize("code", [-1, 0, "-1"])
def test_code_of_a_request_without_an_answer_is_unknown(code: object) -> None:
    assert decoded({**RECORD, "response_code": code}).status is None


def test_dead_letter_keeps_neither_key_nor_raw_request() -> None:
    line = json.dumps({**RECORD, "timestamp": "s3cret"}).encode()
    (rejection,) = Decoders(TimeRange()).decode("tyk", [line], ANYWHERE).rejections
    assert rejection.reason == "started_at_invalid"
    for secret in (b"a1b2c3", b"R0VUIC8", b"s3cret", b"203.0.113.9"):
        assert secret not in rejection.raw


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_record_in_an_envelope_with_a_timestamp_of_its_own(envelope: Wrap) -> None:
    (explanation,) = explain_decoding(envelope(json.dumps(RECORD).encode()), TimeRange(), "tyk")
    assert explanation.event == decoded(RECORD)


def test_line_that_has_only_a_timestamp_is_no_request() -> None:
    (explanation,) = explain_decoding(b'{"timestamp":"2026-01-01T00:00:00Z","msg":"up"}', TimeRange(), "tyk")
    assert explanation.reason == "not_an_access_log_event"


@pytest.mark.parametrize("api_key", ["", "00000000", "0" * 16, "0" * 32, sha256(b"").hexdigest()])
def test_the_hash_of_no_key_is_not_a_consumer(api_key: str) -> None:
    # Tyk's hash_key_function: murmur32, murmur64 and murmur128 of nothing are 0.
    assert decoded({**RECORD, "alias": "", "api_key": api_key}).consumer == Consumer()
