"""Whoever ships a message and whoever meters it name the same numbers."""

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.event_counter import EventCounter
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from tests.support.kong_events import event_text, request_line
from tests.support.positions import ANYWHERE

LINES = list(Traffic(TrafficPlan(events=2_000, seed=5)).lines())
ODD = [
    b"plain text",
    b"[1,{},2]",
    b"[" + request_line("a") + b"," + request_line("b") + b"]",
    b"\xef\xbb\xbf" + request_line("c"),
    request_line("d")[:-1] + b',"x":"\xff"}',
    event_text(status='"abc"'),
    event_text(started_at=5),
    b'{"specversion":"1.0","type":"request","source":"s","id":"1","time":"2026-02-03T10:00:00Z","data":{}}',
    request_line("e") + b"\r",
    request_line("f") + request_line("g"),
    b"[" + b",".join([b"0"] * 1_500) + b"]",
]


@pytest.mark.parametrize("lines", [LINES, ODD, ODD[:1], [request_line("a")]], ids=["traffic", "odd", "bad", "one"])
@pytest.mark.parametrize("log_format", ["kong-log", "cloudevents"])
def test_it_counts_as_the_decoders_do(lines: list[bytes], log_format: str) -> None:
    for start in range(0, len(lines), 500):
        value = b"\n".join(lines[start : start + 500])
        batch = Decoders(TimeRange()).decode(log_format, [value], ANYWHERE)
        counts = EventCounter(TimeRange()).count(log_format, value)
        assert counts == (batch.event_count, len(batch.rejections))


@pytest.mark.parametrize("log_format", ["oversized", "of another version"])
def test_a_message_that_no_decoder_reads_is_one_dead_letter(log_format: str) -> None:
    assert EventCounter(TimeRange()).count(log_format, b"x" * 100) == (1, 1)
    assert len(Decoders(TimeRange()).decode(log_format, [b"x" * 100], ANYWHERE).rejections) == 1


def test_a_line_that_fails_a_reader_is_one_dead_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr("gatemeter.formats.event_counter.explain_decoding", fail)
    assert EventCounter(TimeRange()).count("nginx", b'{"a":1}') == (1, 1)
