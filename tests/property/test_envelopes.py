"""Whatever lies in envelopes: nothing raises, both ways of reading agree, and no event is lost in parts or replays."""

import json
from collections import Counter
from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from gatemeter.events.access_event import TimeRange
from gatemeter.events.rejected_text import as_line
from gatemeter.formats.decoders import OriginalDecoders
from gatemeter.formats.event_lines import EventSplitter
from gatemeter.formats.explain import explain_decoding
from gatemeter.shipping.partition_key import partition_key
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import DEFAULT_FORMAT
from tests.support.enveloped import (
    ENVELOPES,
    TEXTS,
    Wrap,
    cri,
    docker,
    nested,
    new_syslog,
    schema_registry,
    syslog,
    with_leftovers,
)
from tests.support.kong_events import event_text
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE

SPLIT = EventSplitter()
ORIGINALS = OriginalDecoders(TimeRange())
EVENTS = st.builds(lambda number: event_text(event_id=f'"r-{number}"'), st.integers(0, 3))
ODD_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["log", "message", "@timestamp", "stream", "logtag", "started_at"]), inner),
    ),
    max_leaves=8,
).map(lambda value: json.dumps(value).encode())
PIECES = EVENTS.map(lambda text: text[: len(text) // 2])
INSIDE = st.one_of(EVENTS, ODD_JSON, PIECES, st.text(max_size=20).map(str.encode), st.just(b""))


def wrapped(wraps: Sequence[Wrap], text: bytes) -> bytes:
    for wrap in wraps:
        text = wrap(text)
    return text


def arrays(elements: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    return st.lists(elements, max_size=3).map(lambda texts: b"[" + b", ".join(texts) + b"]")


WRAPS = st.lists(st.sampled_from(TEXTS), max_size=3)
ENVELOPED = st.builds(wrapped, WRAPS, st.one_of(INSIDE, arrays(INSIDE)))
LINES = st.one_of(ENVELOPED, arrays(ENVELOPED))
Outcome = Counter[tuple[str, str]]


def outcome(*messages: bytes) -> Outcome:
    batch = DECODERS.decode(DEFAULT_FORMAT, messages, ANYWHERE)
    rejected = [("dead letter", rejection.reason) for rejection in batch.rejections]
    return Counter([*rejected, *(("event", each) for each in batch.requests.event_ids + batch.others.event_ids)])


@example(b"\x00\x00\x00\x00\x0a[]")
@example(docker(cri(b"[1, {}]")))
@given(LINES)
def test_a_line_is_explained_as_it_is_metered(line: bytes) -> None:
    explained = Counter(
        ("dead letter", each.reason) if each.event is None else ("event", each.event.event_id)
        for each in explain_decoding(line, TimeRange())
    )
    assert b"\n" in line or explained == outcome(line)


@given(LINES)
def test_a_message_taken_apart_has_the_same_events(message: bytes) -> None:
    pieces = [line.text for line in SPLIT(DEFAULT_FORMAT, message)]
    assert outcome(*pieces) == outcome(message)


@given(LINES)
def test_the_original_of_each_dead_letter_is_that_dead_letter_again(line: bytes) -> None:
    for rejection in DECODERS.decode(DEFAULT_FORMAT, [line], ANYWHERE).rejections:
        text = as_line(rejection.original if rejection.is_masked else rejection.raw, rejection.reason)
        at = EventLocation("log", 0, 0, rejection.line, rejection.event_index)
        again = ORIGINALS.decode(DEFAULT_FORMAT, text, at, rejection.reason)
        assert [each.reason for each in again.rejections] == [rejection.reason]
        assert again.event_count == 1


def is_written_so(wraps: Sequence[Wrap]) -> bool:
    """A registry takes JSON and writes to Kafka, so nothing lies around it; under one element lies an event alone."""
    if len(wraps) < 2:
        return True
    inner, outer = wraps
    is_text = inner in (cri, syslog, new_syslog, schema_registry)
    return (
        outer not in (nested, with_leftovers)
        and inner is not schema_registry
        and not (outer is schema_registry and is_text)
    )


@given(EVENTS, st.lists(st.sampled_from(ENVELOPES), max_size=2).filter(is_written_so))
def test_every_envelope_keeps_identity_and_partition(event: bytes, wraps: Sequence[Wrap]) -> None:
    line = wrapped(wraps, event)
    assert outcome(line) == outcome(event)
    assert partition_key(line) == partition_key(event)
