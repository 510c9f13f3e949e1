"""A message decodes by its own bytes alone, on the fast and on the lenient path."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.events.batch import EventBatch
from gatemeter.events.usage_rows import NOT_MEASURED
from tests.support.kong_events import request_line
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE
from tests.support.strategies import ODD_VALUES, SESSIONS, request_events, text_of

DOCUMENTS = st.one_of(
    request_events(ids=st.uuids().map(str)), request_events(ids=st.uuids().map(str)), SESSIONS, ODD_VALUES
)
LONGEST_MS = 9_000_000_000_000.0
NEIGHBOUR = request_line("neighbour")
Outcome = tuple[list[tuple[Any, ...]], list[tuple[str, str]], int]


def measured(latencies_ms: list[float]) -> list[float]:
    """The latencies that are stored: not negative, and within 64-bit nanoseconds; others become NOT_MEASURED."""
    return [value if 0 <= value <= LONGEST_MS else NOT_MEASURED for value in latencies_ms]


def outcome(batch: EventBatch) -> Outcome:
    """What is counted, why the rest is rejected, and how many events are of another kind; order does not matter."""
    counted = list(
        zip(
            batch.requests.event_ids,
            batch.requests.api_usage.keys,
            *batch.requests.api_usage.sums,
            *map(measured, batch.requests.api_usage.latencies_ms),
            strict=True,
        )
    )
    counted = [row for row in counted if row[0] != "neighbour"]
    rejected = sorted((rejection.reason, rejection.detail) for rejection in batch.rejections)
    return sorted(counted, key=repr), rejected, len(batch.others.event_ids)


def decode(*values: bytes) -> EventBatch:
    return DECODERS.decode("kong-log", values, ANYWHERE)


def sum_of(outcomes: list[Outcome]) -> Outcome:
    return (
        sorted((row for counted, _, _ in outcomes for row in counted), key=repr),
        sorted(reason for _, reasons, _ in outcomes for reason in reasons),
        sum(other for _, _, other in outcomes),
    )


@given(st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_messages_decode_together_as_each_does_alone(documents: list[Any]) -> None:
    texts = [text_of(document) for document in documents]
    assert outcome(decode(*texts)) == sum_of([outcome(decode(text)) for text in texts])


@given(st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_a_frame_decodes_as_its_lines_do(documents: list[Any]) -> None:
    texts = [text_of(document) for document in documents]
    alone = sum_of([outcome(decode(text)) for text in texts])
    assert outcome(decode(b"\n".join([*texts, NEIGHBOUR]))) == alone


@given(st.lists(DOCUMENTS, min_size=1, max_size=6), st.sampled_from([b"nonsense", b"{", b"\xff"]))
def test_a_bad_line_does_not_change_its_neighbours(documents: list[Any], bad: bytes) -> None:
    texts = [text_of(document) for document in documents]
    expected = sum_of([outcome(decode(text)) for text in [*texts, bad]])
    assert outcome(decode(b"\n".join([*texts, bad]))) == expected
    assert outcome(decode(*texts, bad)) == expected


@given(st.lists(request_events(ids=st.uuids().map(str)), min_size=1, max_size=4))
def test_an_array_decodes_as_its_elements_do(documents: list[Any]) -> None:
    alone = sum_of([outcome(decode(text_of(document))) for document in documents])
    assert outcome(decode(text_of(documents))) == alone


@given(st.lists(DOCUMENTS, max_size=6), st.binary(max_size=40))
def test_every_event_of_any_message_is_accounted_for(documents: list[Any], junk: bytes) -> None:
    batch = decode(*map(text_of, documents), junk)
    assert batch.event_count == len(batch.requests.api_usage.keys) + len(batch.rejections) + len(batch.others.event_ids)
    assert batch.event_count >= len(documents) + 1 - sum(document == [] for document in documents)


@given(request_events(ids=st.just("e")), st.data())
def test_a_damaged_event_decodes_alone_as_in_a_frame(document: Any, data: st.DataObject) -> None:
    text = bytearray(text_of(document))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.sampled_from(list(b'{}[]",:\\0e-.xu\t\xff')))
    assert outcome(decode(bytes(text))) == outcome(decode(NEIGHBOUR + b"\n" + bytes(text)))
