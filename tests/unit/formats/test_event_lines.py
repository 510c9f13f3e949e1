"""Messages into the texts of their events, each of which is read alone as it was read in its message."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.event_lines import EventSplitter
from gatemeter.formats.registry import format_names
from gatemeter.shipping.repacker import EventLine
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.kong_events import event_text
from tests.support.positions import ANYWHERE
from tests.support.repository import ROOT

SPLIT = EventSplitter()
EVENTS = [event_text(event_id=f'"r-{number}"') for number in range(3)]
PRETTY = json.dumps([json.loads(text) for text in EVENTS], indent=2).encode()
CRI = b"2026-02-03T10:00:00Z stdout F "
SCHEMA = b"\x00\x00\x00\x00\x0a"


def texts(message: bytes) -> list[bytes]:
    return [line.text for line in SPLIT(DEFAULT_FORMAT, message)]


def outcome(*messages: bytes) -> tuple[list[str], list[str]]:
    batch = Decoders(TimeRange()).decode(DEFAULT_FORMAT, messages, ANYWHERE)
    return sorted(batch.requests.event_ids), sorted(rejection.reason for rejection in batch.rejections)


@pytest.mark.parametrize(
    "message",
    [
        EVENTS[0],
        b"\n".join(EVENTS) + b"\n\n",
        b"[" + b",".join(EVENTS) + b"]",
        PRETTY,
        json.dumps(json.loads(EVENTS[0]), indent=2).encode(),
        SCHEMA + EVENTS[0],
        SCHEMA + PRETTY,
        CRI + EVENTS[0],
        CRI + b"[" + b",".join(EVENTS) + b"]",
        b"[" + EVENTS[0] + b", 5, [" + EVENTS[1] + b"], {}]",
        b"[]",
        b"nothing\nmore",
        b'{"request":',
        b"[" + EVENTS[0],
    ],
)
def test_each_text_alone_is_read_as_in_its_message(message: bytes) -> None:
    assert outcome(*texts(message)) == outcome(message)
    lines = [line for line in SPLIT(DEFAULT_FORMAT, message) if not line.is_message]
    assert not any(b"\n" in line.text for line in lines)


def test_the_places_are_those_that_decoders_give() -> None:
    message = b"\n".join([EVENTS[0], b"", b"[" + EVENTS[1] + b"," + EVENTS[2] + b"]"])
    assert SPLIT(DEFAULT_FORMAT, message) == [
        EventLine(EVENTS[0], 1, 0),
        EventLine(EVENTS[1], 3, 0),
        EventLine(EVENTS[2], 3, 1),
    ]


def test_an_array_of_one_is_the_event_itself() -> None:
    assert texts(b" [" + EVENTS[0] + b"]") == [EVENTS[0]]


@pytest.mark.parametrize(
    ("log_format", "message"),
    [("unknown", b"a\nb"), ("oversized", b"a\nb"), (DEFAULT_FORMAT, b" \n"), ("unknown", b"")],
)
def test_a_message_that_nobody_takes_apart_stays_one(log_format: str, message: bytes) -> None:
    assert SPLIT(log_format, message) == [EventLine(message, is_message=True)]


def test_lines_of_text_are_events_each() -> None:
    assert SPLIT("nginx-combined", b"[a,\n\nb]") == [EventLine(b"[a,", 1), EventLine(b"b]", 3)]


LOGS = sorted((ROOT / "tests/fixtures").glob("*/*.log"))


@pytest.mark.parametrize("log_format", format_names())
@pytest.mark.parametrize("log", LOGS, ids=[path.name for path in LOGS])
def test_every_recorded_log_is_read_alike_in_pieces(log: Path, log_format: str) -> None:
    def counted(messages: Sequence[bytes]) -> tuple[Counter[tuple[object, ...]], list[str]]:
        batch = Decoders(TimeRange()).decode(log_format, messages, ANYWHERE)
        rows = [key for events in (batch.requests, batch.others) for each in events.usage.values() for key in each.keys]
        return Counter(map(tuple, rows)), sorted(rejection.reason for rejection in batch.rejections)

    message = log.read_bytes()
    pieces = [line.text for line in SPLIT(log_format, message)]
    assert counted(pieces) == counted([message])
    assert len(pieces) >= len(message.splitlines())


def test_events_that_tell_no_time_are_named() -> None:
    timed = b'{"specversion":"1.0","id":"1","source":"gw","type":"t","time":"2026-02-03T10:00:00Z"}'
    timeless = b'{"specversion":"1.0","id":"2","source":"gw","type":"t"}'
    lines = SPLIT(DEFAULT_FORMAT, b"[" + b",".join([timed, timeless, EVENTS[0]]) + b"]")
    assert [line.takes_message_time for line in lines] == [False, True, False]
    assert [line.takes_message_time for line in SPLIT("cloudevents", timeless)] == [True]
