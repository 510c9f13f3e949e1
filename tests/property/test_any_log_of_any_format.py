"""Whatever stands in a log of any format: it is read or rejected with a reason, and every event is accounted for."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.registry import format_names
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import LogChunk
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EPOCH_LEDGER
from tests.support.enveloped import ENVELOPES
from tests.support.gateways.recorded_logs import fixture_lines
from tests.support.logs import counter_of, flush_to, without_version
from tests.support.slim_corpus import RECORDED
from tests.support.strategies import ODD_VALUES

TEXTS = [
    *(fixture_lines(folder, name)[0] for folder, name in (("nginx", "nginx-combined"), ("envoy", "envoy-text"))),
    *(fixture_lines("haproxy", name)[0] for name in ("haproxy", "haproxy-httplog")),
]
NUMBERS = st.sampled_from(["-1", "0", "009", "-", "", "1e999999999", "9" * 400, "0x10", "NaN", "1,2", "200, 504"])
VALUES = st.one_of(ODD_VALUES, NUMBERS, st.dictionaries(st.text(max_size=3), ODD_VALUES, max_size=2))


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """An event of one format with members of another one, and with odd values."""
    document = deepcopy(draw(st.sampled_from(RECORDED)).document)
    if draw(st.booleans()):
        other: dict[str, Any] = draw(st.sampled_from(RECORDED)).document
        names = draw(st.lists(st.sampled_from(sorted(other)), max_size=6))
        document |= {name: deepcopy(other[name]) for name in names}
    for name in draw(st.lists(st.sampled_from(sorted(document)), max_size=3, unique=True)):
        holder = document
        if isinstance(holder[name], dict) and holder[name] and draw(st.booleans()):
            holder, name = holder[name], draw(st.sampled_from(sorted(holder[name])))
        holder[name] = draw(VALUES)
    return json.dumps(document).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A line of which something was cut out or put in."""
    line = draw(st.one_of(st.sampled_from(TEXTS), events()))
    start = draw(st.integers(0, len(line)))
    end = draw(st.integers(start, min(len(line), start + 40)))
    return line[:start] + draw(st.binary(max_size=12)) + line[end:]


ARRAYS = st.lists(events(), max_size=3).map(lambda found: b"[" + b",".join(found) + b"]")
LINES = st.one_of(events(), st.sampled_from(TEXTS), damaged(), ARRAYS, st.binary(max_size=30))
ENVELOPED = st.tuples(st.sampled_from(ENVELOPES), st.one_of(events(), ARRAYS)).map(lambda pair: pair[0](pair[1]))
MESSAGES = st.lists(st.one_of(LINES, ENVELOPED), min_size=1, max_size=4).map(b"\n".join)


def counted(log_format: str, messages: list[bytes]) -> MemorySink:
    sink, counter = MemorySink(), counter_of()
    times = [1_770_000_000_000] * len(messages)
    end = len(messages)
    counter.add(LogChunk(0, end, range(end), messages, times, log_format))
    flush_to(counter, sink)
    return sink


@given(st.lists(MESSAGES, min_size=1, max_size=3), st.sampled_from(format_names()))
def test_each_event_is_counted_or_a_dead_letter_with_a_reason(messages: list[bytes], log_format: str) -> None:
    sink = counted(log_format, messages)
    (ledger,) = sink.rows(EPOCH_LEDGER)
    reasons = {row["reason"] for row in sink.rows(DEAD_LETTERS)}
    assert "decoder_failed" not in reasons
    assert "" not in reasons
    counts = EventCounts.of(ledger)
    assert counts.holds
    assert counts.counted == sum(row["requests"] for row in sink.rows(API_USAGE))
    assert without_version(sink) == without_version(counted(log_format, messages))


ONE_LINE = st.one_of(LINES, ENVELOPED).filter(lambda line: bool(line.strip()) and b"\n" not in line)


@given(ONE_LINE, st.sampled_from(format_names()))
def test_a_sender_counts_the_events_that_are_consumed(line: bytes, log_format: str) -> None:
    (ledger,) = counted(log_format, [line]).rows(EPOCH_LEDGER)
    told = EventCounter(TimeRange()).count(log_format, line)
    assert (told.events, told.dead_letters) == (ledger["consumed"], ledger["dead_letters"])
