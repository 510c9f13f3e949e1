"""Envoy's default text: also that of Istio, and lines into which a client has written numbers."""

import pytest

from gatemeter.events.access_event import AccessEvent, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import explain_decoding
from tests.support.gateways.known_traffic import REQUESTS
from tests.support.gateways.recorded_logs import expected, fixture_lines, read, told
from tests.support.positions import ANYWHERE

END = '"203.0.113.9" "acme-sdk/4.2" "cc21d9b0-0f1e-4a7b-9d41-1f2e3d4c5b6a" "api.example.test" "10.1.2.3:8080"'
LINE = f'[2026-02-03T10:00:00.007Z] "GET /orders/17?a=b HTTP/1.1" 200 - 0 1523 46 41 {END}'.encode()
ISTIO = LINE.replace(b" - 0 1523", b' - via_upstream - "-" 0 1523') + (
    b" outbound|80||orders.default.svc.cluster.local 10.1.2.4:1 10.1.2.3:80 10.1.2.5:2 - default"
)
EVENT = AccessEvent(
    kind=EventKind.HTTP,
    event_id="",
    identity=IdentityKind.POSITION,
    started_at_ms=1_770_112_800_007,
    method="GET",
    status=200,
    request_bytes=0,
    response_bytes=1523,
    request_bytes_kind=SizeKind.BODY,
    response_bytes_kind=SizeKind.BODY,
    latency_request_ms=46.0,
    latency_upstream_ms=41.0,
)


def test_the_recorded_log_reads_as_it_was_sent() -> None:
    events = read(fixture_lines("envoy", "envoy-text"), "envoy")
    assert told(events) == [expected(request)._replace(consumer="") for request in REQUESTS]


@pytest.mark.parametrize("line", [LINE, LINE + b"\r", ISTIO, LINE[: LINE.index(b' "203')]])
def test_variants_of_the_default_text_read_alike(line: bytes) -> None:
    assert read([line], "envoy") == [EVENT]


def test_text_and_json_may_stand_in_one_log() -> None:
    json = b'{"start_time":"2026-02-03T10:00:00Z","response_code":200,"duration":1,"bytes_sent":1,"method":"GET"}'
    batch = Decoders(TimeRange()).decode("envoy", [b"\n".join([LINE, json, LINE, b"other"])], ANYWHERE)
    assert (len(batch.requests.event_ids), [each.reason for each in batch.rejections]) == (3, ["invalid_json"])


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b"acme-sdk/4.2", b'x" 500 - 0 7 7 7 "'),
        LINE.replace(b"/orders/17", b'/" 500 - 0 7 7 7 "'),
        ISTIO.replace(b"acme-sdk/4.2", b'x" 500 - a b "c" 0 7 7 7 "'),
    ],
    ids=["user agent", "path", "Istio"],
)
def test_numbers_that_a_client_wrote_are_not_believed(line: bytes) -> None:
    (explanation,) = explain_decoding(line, TimeRange(), "envoy")
    found = explanation.event
    assert found is not None
    assert (found.kind, found.method, found.started_at_ms) == (EventKind.HTTP, "GET", EVENT.started_at_ms)
    assert (found.status, found.response_bytes, found.latency_request_ms) == (None, None, None)
    assert explanation.ignored_fields == ["line.numbers"]


def test_missing_values_are_none_and_never_zero() -> None:
    (refused,) = read([LINE.replace(b" 200 - 0 1523 46 41 ", b" 0 DC 0 0 - - ")], "envoy")
    assert (refused.status, refused.latency_request_ms, refused.latency_upstream_ms) == (None, None, None)


def test_a_connection_is_not_a_request() -> None:
    line = b'[2026-02-03T10:00:00.007Z] "- - -" 0 - 517 1200 46 - "-" "-" "-" "-" "10.1.2.3:8080"'
    (connection,) = read([line], "envoy")
    assert connection.kind is EventKind.OTHER


def test_a_request_that_goes_on_has_no_duration_and_counts_at_its_end() -> None:
    entries = [LINE.replace(b" 200 - 0 1523 46 41 ", b" 101 - 0 1523 %b - " % duration) for duration in (b"-", b"60")]
    assert [each.kind for each in read(entries, "envoy")] == [EventKind.OTHER, EventKind.HTTP]


@pytest.mark.parametrize("method", [b"M-SEARCH", b"GET1", b"X_Y", b"!#$%&'*+.^_`|~", b"A" * 300, "Ü".encode()])
def test_a_method_of_a_client_s_own_does_not_hide_a_request(method: bytes) -> None:
    (found,) = read([LINE.replace(b'"GET ', b'"%b ' % method)], "envoy")
    assert (found.kind, found.method, found.status) == (EventKind.HTTP, method.decode(), 200)
