"""Lines of the combined log: variants are read, and what a client writes into one decides nothing."""

from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.events.access_event import AccessEvent, Consumer, EventKind, TimeRange
from gatemeter.events.identity import IdentityKind
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats.explain import explain_decoding
from gatemeter.schema import API_USAGE
from gatemeter.sources.file_meter import meter_file
from tests.support.gateways.known_traffic import REQUESTS
from tests.support.gateways.recorded_logs import expected, fixture_lines, read, told
from tests.support.logs import METERING, counts

NAME = "nginx-combined"
LINE = b'203.0.113.9 - acme [03/Feb/2026:11:00:00 +0100] "GET /orders/17 HTTP/1.1" 200 1523 "-" "acme-sdk/4.2"'
EVENT = AccessEvent(
    kind=EventKind.HTTP,
    event_id="",
    identity=IdentityKind.POSITION,
    started_at_ms=1_770_112_800_000,
    consumer=Consumer(username="acme"),
    method="GET",
    status=200,
    response_bytes=1523,
    response_bytes_kind=SizeKind.BODY,
)


def test_the_recorded_log_reads_as_it_was_sent() -> None:
    assert told(read(fixture_lines("nginx", NAME), NAME)) == [expected(request) for request in REQUESTS]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(LINE, id="combined"),
        pytest.param(LINE + b"\r", id="with a carriage return"),
        pytest.param(LINE[: LINE.index(b' "-"')], id="common"),
        pytest.param(LINE + b' "198.51.100.7, 10.0.0.1"', id="with X-Forwarded-For"),
        pytest.param(LINE + b' 0.046 0.041 rt="x"', id="with times"),
        pytest.param(LINE + b' kong_request_id: "0f3c9d2be1a84c55b0a7d6f1e2c39481"', id="of Kong's proxy"),
        pytest.param(b"api.example.test:443 " + LINE, id="behind a virtual host"),
        pytest.param(LINE.replace(b"203.0.113.9", b"2001:db8::1"), id="IPv6"),
        pytest.param(LINE.replace(b'sdk/4.2"', b'sdk \\x22 \xff"'), id="any user agent"),
        pytest.param(LINE.replace(b"/orders/17", b'/a\\"b c'), id="a path with blank and quote"),
    ],
)
def test_variants_with_more_or_fewer_fields_read_alike(line: bytes) -> None:
    assert read([line], NAME) == [EVENT]


@pytest.mark.parametrize("request_line", [b"", b"-", b"\\x16\\x03\\x01", b"GET", b"quit\\x0A", b"GET /"])
def test_what_is_not_a_request_has_no_method(request_line: bytes) -> None:
    line = LINE.replace(b"GET /orders/17 HTTP/1.1", request_line).replace(b" 200 1523", b" 400 -")
    (event,) = read([line], NAME)
    assert (event.method, event.status, event.response_bytes) == ("", 400, None)


def test_a_name_that_looks_like_a_line_is_a_name() -> None:
    name = b"x [01/Jan/2020:00:00:00 +0000] \\x22GET / HTTP/1.1\\x22 500 1"
    (event,) = read([LINE.replace(b"acme [", name + b" [")], NAME)
    assert (event.consumer.username, event.status, event.started_at_ms) == (name.decode(), 200, EVENT.started_at_ms)


@pytest.mark.parametrize(
    ("name", "username"),
    [
        pytest.param(b"", "", id="none, as escape=json writes it"),
        pytest.param(b'""', "", id="empty, as Apache writes it"),
        pytest.param(b'bo\\"b', 'bo\\"b', id="with a quote, as Apache writes it"),
        pytest.param(b"bob\\\\", "bob\\\\", id="with a backslash at its end"),
        pytest.param(b"bob smith", "bob smith", id="with a blank"),
        pytest.param(b"u" * 8000, "u" * 8000, id="as long as a header may be"),
    ],
)
def test_no_user_name_keeps_a_request_from_being_counted(name: bytes, username: str) -> None:
    (event,) = read([LINE.replace(b"acme [", name + b" [")], NAME)
    assert (event.consumer.username, event.method, event.status) == (username, "GET", 200)


def test_an_escaped_quote_in_a_name_ends_nothing() -> None:
    name = b'x [01/Jan/2020:00:00:00 +0000] \\"GET / HTTP/1.1\\" 500 1'
    (event,) = read([LINE.replace(b"acme [", name + b" [")], NAME)
    assert (event.consumer.username, event.status) == (name.decode(), 200)


def test_a_user_who_was_refused_is_not_billed() -> None:
    (event,) = read([LINE.replace(b" 200 ", b" 401 ")], NAME)
    assert event.caller.consumer_id == ""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "empty_message"),
        (b"hello", "line_of_another_format"),
        (b'{"started_at":1770112800007}', "line_of_another_format"),
        (b'2026/02/11 09:14:02 [error] 1291#0: *1 upstream timed out, request: "GET /"', "line_of_another_format"),
        (LINE[:60], "line_of_another_format"),
        (LINE.replace(b"03/Feb", b"30/Feb"), "started_at_invalid"),
        (LINE.replace(b"2026", b"1999"), "started_at_out_of_range"),
        (LINE.replace(b"1523", b"9" * 30), "response_size_out_of_range"),
        (b'a - "' * 50_000, "line_of_another_format"),
    ],
)
def test_another_line_is_a_dead_letter(line: bytes, reason: str) -> None:
    (explanation,) = explain_decoding(line, TimeRange(), NAME)
    assert explanation.reason == reason


def test_real_repeats_within_a_second_count(tmp_path: Path) -> None:
    path, sink = tmp_path / "access.log", MemorySink()
    path.write_bytes((LINE + b"\n") * 5)
    assert meter_file(path, sink, METERING, log_format=NAME) == counts(5, counted=5)
    assert meter_file(path, sink, METERING, log_format=NAME) == counts(5, counted=5)
    assert [(row["consumer_username"], row["requests"]) for row in sink.rows(API_USAGE)] == [("acme", 5)]


@pytest.mark.parametrize("written", [b"000", b"009"])
def test_a_status_that_is_none_is_unknown(written: bytes) -> None:
    # nginx writes 009 for HTTP/0.9 and 000 for a client that left before an answer [nginx/nginx#1596].
    (explanation,) = explain_decoding(LINE.replace(b" 200 ", b" %b " % written), TimeRange(), NAME)
    assert explanation.event is not None
    assert explanation.event.status is None


@pytest.mark.parametrize("method", [b"M-SEARCH", b"FOO_BAR", b"G3T"])
def test_a_method_is_whatever_http_allows(method: bytes) -> None:
    (explanation,) = explain_decoding(LINE.replace(b'"GET', b'"' + method), TimeRange(), NAME)
    assert explanation.event is not None
    assert explanation.event.method == method.decode()


@pytest.mark.parametrize("addresses", [b"198.51.100.7, 10.0.0.1, 10.0.0.2", b"a,b,c", b", ".join([b"10.0.0.1"] * 60)])
def test_a_list_of_addresses_does_not_hide_a_request(addresses: bytes) -> None:
    # $http_x_forwarded_for in place of $remote_addr: every client may add to it.
    (explanation,) = explain_decoding(LINE.replace(b"203.0.113.9", addresses), TimeRange(), NAME)
    assert explanation.event == EVENT
