"""HAProxy's HTTP log; both fixtures are of HAProxy 2.6.12, the first with the ready-made configuration."""

import pytest

from gatemeter.events.access_event import AccessEvent, Consumer, Entity, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.detection import detect
from gatemeter.formats.explain import explain_decoding
from tests.support.gateways.known_traffic import REQUESTS, KnownRequest
from tests.support.gateways.recorded_logs import Told, expected, fixture_lines, read, secrets_in, told

TIMES = b"10.0.1.2:33317 [03/Feb/2026:10:00:00.007]"
NUMBERS = b"10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0"
LINE = TIMES + b" http-in static/srv1 " + NUMBERS + b' {1wt.eu} {} "GET /index.html HTTP/1.1"'
UUID = b"3a93c2db-b816-404d-ac1e-4b72fdc5ca4e"
EVENT = AccessEvent(
    kind=EventKind.HTTP,
    event_id="",
    identity=IdentityKind.POSITION,
    started_at_ms=1_770_112_800_007,
    service=Entity(name="static"),
    route=Entity(name="http-in"),
    method="GET",
    status=200,
    response_bytes=2750,
    response_bytes_kind=SizeKind.WIRE,
    latency_request_ms=109.0,
    latency_upstream_ms=69.0,
)


def named(consumer: bytes) -> bytes:
    """The line with the two fields of the ready-made configuration."""
    return LINE.replace(b" {1wt.eu}", b" unique-id=%b consumer=%b {1wt.eu}" % (UUID, consumer))


def expected_of_haproxy(request: KnownRequest, *, tells_consumer: bool) -> Told:
    service = "web" if request.is_refused else "{}-service"
    found = expected(request, service=service, route="web")
    return found if tells_consumer else found._replace(consumer="")


@pytest.mark.parametrize(("name", "tells_consumer"), [("haproxy", True), ("haproxy-httplog", False)])
def test_the_recorded_log_reads_as_it_was_sent(name: str, tells_consumer: bool) -> None:
    lines = fixture_lines("haproxy", name)
    events = read(lines, "haproxy")
    assert told(events) == [expected_of_haproxy(request, tells_consumer=tells_consumer) for request in REQUESTS]
    assert len({event.event_id for event in events}) == (len(REQUESTS) if tells_consumer else 1)
    assert secrets_in(events) == set()
    assert detect(lines).name == "haproxy"


def test_the_ready_made_configuration_logs_no_secret() -> None:
    assert secrets_in([b"\n".join(fixture_lines("haproxy", "haproxy")).decode()]) == set()


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(LINE, id="as documented"),
        pytest.param(LINE.replace(b" {1wt.eu} {}", b""), id="without captured headers"),
        pytest.param(LINE.replace(b"http-in", b"http-in~"), id="over TLS"),
        pytest.param(b"<134>Feb  3 10:00:00 lb haproxy[14389]: " + LINE, id="behind syslog"),
        pytest.param(b"Feb  3 10:00:00 lb haproxy[14389]: " + LINE, id="in a file of syslog"),
        pytest.param(LINE[:-30] + b' "GET /a#22b{c}|d' + b"x" * 900, id="cut off in the path"),
    ],
)
def test_variants_of_a_line_read_alike(line: bytes) -> None:
    assert read([line], "haproxy") == [EVENT]


def test_the_ready_made_fields_name_request_and_consumer() -> None:
    (own,) = read([named(b'"acme"')], "haproxy")
    assert (own.identity, own.event_id, own.consumer) == (IdentityKind.ID, UUID.decode(), Consumer(id="acme"))
    (anonymous,) = read([named(b"-")], "haproxy")
    assert (anonymous.event_id, anonymous.caller.consumer_id) == (UUID.decode(), "")


def test_what_stands_within_the_request_names_nobody() -> None:
    chosen = b"unique-id=" + UUID + b" consumer=#22acme#22"
    assert read([LINE.replace(b"/index.html", b"/ " + chosen)], "haproxy") == [EVENT]
    assert read([LINE.replace(b"{1wt.eu}", b"{} %b {" % chosen)], "haproxy") == [EVENT]
    assert read([LINE + b" unique-id=" + UUID + b' consumer="acme"'], "haproxy") == [EVENT]


def test_a_line_that_was_cut_within_its_path_keeps_request_and_consumer() -> None:
    whole = named(b'"acme"').replace(b"/index.html", b"/" + b"x" * 9_000)
    (event,) = read([whole[:1024]], "haproxy")
    assert (event.event_id, event.caller.consumer_id, event.status) == (UUID.decode(), "acme", 200)


def test_what_was_not_measured_is_none() -> None:
    refused = NUMBERS.replace(b"10/0/30/69/109 200", b"0/-1/-1/-1/-1 -1").replace(b"----", b"CR--")
    line = TIMES + b" web web/<NOSRV> " + refused + b' "<BADREQ>"'
    (event,) = read([line], "haproxy")
    assert (event.status, event.latency_request_ms, event.latency_upstream_ms, event.method) == (None, None, None, "")


def test_numbers_of_a_request_that_goes_on_are_not_known() -> None:
    (event,) = read([LINE.replace(b"/109 200 2750", b"/+109 200 +2750")], "haproxy")
    assert (event.status, event.response_bytes, event.latency_request_ms) == (200, None, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"hello", "line_of_another_format"),
        (b"Proxy web started.", "line_of_another_format"),
        (TIMES + b" web/1: SSL handshake failure", "line_of_another_format"),
        (LINE.replace(b"03/Feb", b"30/Feb"), "started_at_invalid"),
        (LINE.replace(b"/2026", b"/1999"), "started_at_out_of_range"),
        (TIMES + b" a" * 50_000, "line_of_another_format"),
    ],
)
def test_another_line_is_a_dead_letter(line: bytes, reason: str) -> None:
    (explanation,) = explain_decoding(line, TimeRange(), "haproxy")
    assert explanation.reason == reason


def test_a_name_that_haproxy_refused_is_not_a_consumer() -> None:
    line = named(b'"acme"').replace(b" 200 ", b" 401 ")
    (by_server,) = read([line], "haproxy")
    (by_haproxy,) = read([line.replace(b"static/srv1", b"static/<NOSRV>")], "haproxy")
    assert (by_server.caller.consumer_id, by_haproxy.caller.consumer_id) == ("acme", "")
