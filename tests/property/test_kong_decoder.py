"""What a message decodes to depends on its own bytes alone, whichever way the decoder takes."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.events.batch import NOT_MEASURED, EventBatch
from tests.support.kong_events import request_line
from tests.support.logs import DECODERS
from tests.support.strategies import ODD_VALUES, SESSIONS, request_events, text_of

DOCUMENTS = st.one_of(
    request_events(ids=st.uuids().map(str)), request_events(ids=st.uuids().map(str)), SESSIONS, ODD_VALUES
)
LONGEST_MS = 9_000_000_000_000.0
NEIGHBOUR = request_line("neighbour")
Outcome = tuple[list[tuple[Any, ...]], list[tuple[str, str]], int]


def measured(latencies_ms: list[float]) -> list[float]:
    """What is measured of them: negative values and those beyond 64-bit nanoseconds are left out further on."""
    return [value if 0 <= value <= LONGEST_MS else NOT_MEASURED for value in latencies_ms]


def outcome(batch: EventBatch) -> Outcome:
    """All that is counted, why the rest is not, and how many events were of another kind; in no order."""
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
    return DECODERS.decode("kong-log", values)


def sum_of(outcomes: list[Outcome]) -> Outcome:
    return (
        sorted((row for counted, _, _ in outcomes for row in counted), key=repr),
        sorted(reason for _, reasons, _ in outcomes for reason in reasons),
        sum(other for _, _, other in outcomes),
    )


@given(st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_messages_decode_together_to_what_each_decodes_to_alone(documents: list[Any]) -> None:
    texts = [text_of(document) for document in documents]
    assert outcome(decode(*texts)) == sum_of([outcome(decode(text)) for text in texts])


@given(st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_a_frame_decodes_to_what_its_lines_decode_to(documents: list[Any]) -> None:
    texts = [text_of(document) for document in documents]
    alone = sum_of([outcome(decode(text)) for text in texts])
    assert outcome(decode(b"\n".join([*texts, NEIGHBOUR]))) == alone


@given(st.lists(DOCUMENTS, min_size=1, max_size=6), st.sampled_from([b"nonsense", b"{", b"\xff"]))
def test_a_bad_line_changes_nothing_beside_it(documents: list[Any], bad: bytes) -> None:
    texts = [text_of(document) for document in documents]
    expected = sum_of([outcome(decode(text)) for text in [*texts, bad]])
    assert outcome(decode(b"\n".join([*texts, bad]))) == expected
    assert outcome(decode(*texts, bad)) == expected


@given(st.lists(request_events(ids=st.uuids().map(str)), min_size=1, max_size=4))
def test_an_array_decodes_to_what_its_elements_decode_to(documents: list[Any]) -> None:
    alone = sum_of([outcome(decode(text_of(document))) for document in documents])
    assert outcome(decode(text_of(documents))) == alone


@given(st.lists(DOCUMENTS, max_size=6), st.binary(max_size=40))
def test_every_event_of_any_message_is_accounted_for(documents: list[Any], junk: bytes) -> None:
    batch = decode(*map(text_of, documents), junk)
    assert batch.event_count == len(batch.requests.api_usage.keys) + len(batch.rejections) + len(batch.others.event_ids)
    assert batch.event_count >= len(documents) + 1 - sum(document == [] for document in documents)


@given(request_events(ids=st.just("e")), st.data())
def test_a_damaged_event_decodes_the_same_alone_and_in_a_frame(document: Any, data: st.DataObject) -> None:
    text = bytearray(text_of(document))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.sampled_from(list(b'{}[]",:\\0e-.xu\t\xff')))
    assert outcome(decode(bytes(text))) == outcome(decode(NEIGHBOUR + b"\n" + bytes(text)))
