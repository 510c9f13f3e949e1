"""What stands before an event in its line."""

import time

import pytest

from gatemeter.envelopes.opened import Opened
from gatemeter.envelopes.prefixes import has_schema_header, open_prefix, without_schema_header
from gatemeter.errors import RejectedEvent

EVENT = b'{"started_at":1,"a":"b: [c]"}'
OLD, NEW = "syslog RFC 3164", "syslog RFC 5424"


@pytest.mark.parametrize(
    ("prefix", "envelope"),
    [
        (b"2026-01-01T00:00:00.053000001Z stdout F ", "CRI"),
        (b"2026-01-01T00:00:00.053+01:00 stderr F ", "CRI"),
        (b"<14>Jan  1 00:00:00 gw-1 kong: ", OLD),
        (b"<14>Jan 11 00:00:00 gw-1 kong[312]: ", OLD),
        (b"<14>Jan 11 00:00:00 kong[312]: ", OLD),
        (b"<14>Jan 11 00:00:00 gw-1 ", OLD),
        (b"Jan 11 00:00:00 gw-1 kong[312]:", OLD),
        (b"Jan 11 00:00:00 gw-1 kong: @cee: ", OLD),
        (b"2026-01-01T00:00:00.053000+00:00 gw-1 kong: ", OLD),
        (b"<14>1 2026-01-01T00:00:00.053Z gw-1 kong 312 - - ", NEW),
        (b"<14>1 - - - - - - \xef\xbb\xbf", NEW),
        (b'<14>1 2026-01-01T00:00:00Z gw-1 kong 312 ID1 [a@1 b="c \\" ] d"][e@2 f=""] ', NEW),
        (b"118 <14>1 2026-01-01T00:00:00Z gw-1 kong 312 - - ", NEW),
        (b"\x00\x00\x00\x00\x01", "schema registry"),
        (b"\x00\x00\x0a\x00\x7b", "schema registry"),
    ],
)
def test_an_event_behind_a_prefix_is_found(prefix: bytes, envelope: str) -> None:
    assert open_prefix(prefix + EVENT) == Opened(envelope, EVENT)


@pytest.mark.parametrize(
    "line",
    [
        EVENT,
        b"x" + EVENT,
        b'203.0.113.9 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "<14>Jan  1 00:00:00 a b: {}"',
        b"2026/01/01 00:00:00 [error] 1#1: *2 <14>Jan  1 00:00:00 gw kong: {}",
        b"2026-01-01T00:00:00Z stdout X " + EVENT,
        b"\x00\x00\x00\x00\x00" + EVENT,  # where a log was truncated under its writer
        b"\x00\x00\x00\x00\x01",
        b"",
    ],
)
def test_a_line_without_a_prefix_stays_closed(line: bytes) -> None:
    assert open_prefix(line) is None


@pytest.mark.parametrize("flag", [b"P", b"P:x"])
def test_a_piece_of_a_cri_line_is_named_as_one(flag: bytes) -> None:
    with pytest.raises(RejectedEvent) as raised:
        open_prefix(b"2026-01-01T00:00:00.053Z stdout " + flag + b' {"started_at":1,"requ')
    assert raised.value.reason == "partial_line"


def test_schema_headers_are_taken_off_and_other_bytes_kept() -> None:
    assert without_schema_header(b"\x00\x00\x00\x00\x0a[1]") == b"[1]"
    assert without_schema_header(EVENT) == EVENT
    assert not has_schema_header(b"\x00\x00\x00\x00\x01\x02avro")


@pytest.mark.parametrize(
    ("start", "piece", "envelope"),
    [
        (b'<14>1 - a b c d [a "', b'\\"', None),
        (b"<14>1 - a b c d ", b'[a b="c"]', None),
        (b"<14>Jan  1 00:00:00 ", b"a", None),
        (b"<14>Jan  1 00:00:00 ", b"a" * 200 + b" ", None),
        (b"<14>Jan  1 00:00:00 gw kong: ", b"<14>Jan  1 00:00:00 gw kong: ", OLD),
    ],
)
def test_hostile_prefixes_are_matched_in_little_time(start: bytes, piece: bytes, envelope: str | None) -> None:
    began_s = time.thread_time()
    opened = open_prefix(start + piece * (1_000_000 // len(piece)))
    assert (opened and opened.envelope, time.thread_time() - began_s < 1) == (envelope, True)
