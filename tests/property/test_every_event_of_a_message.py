"""Whatever a message holds: each event is counted, or lies in a dead letter from which a replay counts it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay
from gatemeter.events import rejected_text, rejection
from gatemeter.formats import decoders, reading_budget
from gatemeter.metering.originals import SealedOriginal, Unopened
from gatemeter.schema import API_USAGE, DEAD_LETTERS, EVENT_LEDGER
from tests.support.dead_letters import IN_1970_MS, KEYS, SEALING, WIDE, dead_letters_in, meter_values
from tests.support.kong_events import event_text, request_line

LIMIT_BYTES = 2_500

KINDS = st.sampled_from(["common", "odd", "old", "junk", "number", "null", "counted", "nan"])
LINES = st.one_of(KINDS, st.lists(KINDS, min_size=1, max_size=7), st.just(""))
# A message that begins with a blank line may be one document over several lines.
MESSAGES = st.lists(LINES, min_size=1, max_size=40).filter(lambda lines: lines[0] != "")
LIMITS = st.fixed_dictionaries(
    {
        "_UNITS_PER_MESSAGE": st.integers(1, 30),
        "REJECTIONS_PER_MESSAGE": st.integers(1, 8),
        "MESSAGE_LIMIT_LINES": st.sampled_from([10, 1_000]),
        "MOST_EVENTS_OF_A_LINE": st.sampled_from([3, 1_000]),
    }
)
MODULES = (reading_budget, rejection, rejected_text, decoders)


@contextmanager
def small_limits(limits: dict[str, int]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (limits | {"ORIGINAL_LIMIT_BYTES": LIMIT_BYTES}).items():
            for module in MODULES:
                if hasattr(module, name):
                    patch.setattr(module, name, value)
        yield


def text_of(kind: str, name: str) -> bytes:
    """An event of `kind`; the first three can be counted in the end, and their consumer is `name`."""
    texts = {
        "common": request_line(name, consumer=name),
        "odd": event_text(event_id=f'"{name}"', status='"200"', extra=f'"consumer":{{"id":"{name}"}}'),
        "old": request_line(name, consumer=name, started_at=IN_1970_MS),
        "junk": f'{{"junk":"{name}"}}'.encode(),
        "number": b"5",
        "null": b"null",
        "counted": b'{"counted":1}',
        "nan": b'{"junk":NaN}',
    }
    return texts[kind]


def message_of(lines: list[str | list[str]]) -> tuple[bytes, dict[tuple[int, int], str]]:
    """The message, and the kind of each of its events by line and index."""
    texts: list[bytes] = []
    kinds: dict[tuple[int, int], str] = {}
    for number, line in enumerate(lines, 1):
        events = line if isinstance(line, list) else [line] if line else []
        kinds |= {(number, index): kind for index, kind in enumerate(events)}
        elements = [text_of(kind, f"c-{number}-{index}") for index, kind in enumerate(events)]
        texts.append(b"[" + b",".join(elements) + b"]" if isinstance(line, list) else b"".join(elements))
    return b"\n".join(texts), kinds


@given(MESSAGES, LIMITS)
def test_each_event_is_counted_or_replayed_from_where_it_stood(
    lines: list[str | list[str]], limits: dict[str, int]
) -> None:
    message, kinds = message_of(lines)
    sink = MemorySink()
    with small_limits(limits):
        meter_values(sink, [message], replace(SEALING, event_ledger=True))
        kept_bytes = sum(len(text) for text in originals(sink))
        replay = Replay(sink, replace(WIDE, event_ledger=True))
        replay.add(dead_letters_in(sink))
        replay.add(dead_letters_in(sink))
    countable = {place for place, kind in kinds.items() if kind in ("common", "odd", "old")}
    counted = Counter({row["consumer_id"]: row["requests"] for row in sink.rows(API_USAGE)})
    assert counted == Counter(f"c-{line}-{index}" for line, index in countable)
    assert {(row["line"], row["event_index"]) for row in sink.rows(EVENT_LEDGER)} == countable
    left = b"\n".join(originals(sink))
    assert all(f'"c-{line}-{index}"'.encode() in left for (line, index), kind in kinds.items() if kind == "junk")
    # Each stands in a dead letter, and is told apart there from what was counted elsewhere.
    if {"counted", "nan", "number", "null"} & set(kinds.values()):
        assert left
    assert kept_bytes <= len(message) + len(b'""') * len(kinds)


def originals(sink: MemorySink) -> list[bytes]:
    texts = []
    for dead_letter in dead_letters_in(sink):
        sealed = SealedOriginal(dead_letter.key_id, dead_letter.original)
        text = KEYS.open(sealed, dead_letter.location) if dead_letter.original else dead_letter.raw
        assert not isinstance(text, Unopened)
        texts.append(text)
    return texts


def test_rows_of_many_dead_letters_stay_within_the_limits() -> None:
    message = b"\n".join([b"5"] * 5_000)
    sink = MemorySink()
    with small_limits({"_UNITS_PER_MESSAGE": 4_000, "REJECTIONS_PER_MESSAGE": 10}):
        meter_values(sink, [message])
    assert len(sink.rows(DEAD_LETTERS)) <= 10 + 2 * len(message) // LIMIT_BYTES + 2
