"""Decoders that keep event refs add one of every readable event, whatever shape it has."""

import pytest

from gatemeter.corrections.replay_log import single_events
from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch, EventRef
from gatemeter.formats.decoders import Decoders
from tests.support.kong_events import STARTED_AT_MS, event_text, recorded, request_line
from tests.support.logs import DECODERS
from tests.support.positions import ANYWHERE

KEEPING_REFS = Decoders(TimeRange(), keeps_event_refs=True)
A, B = request_line("a", consumer="con-a"), request_line("b", consumer="con-b")
ODD = event_text(event_id='"odd"', started_at=f'"{STARTED_AT_MS}"', extra='"consumer":{"username":"odd"}')
SESSION = b'{"session":{},"consumer":{"id":"con-s"},"started_at":1770112861007}'
ODD_SESSION = SESSION.replace(b'"session":{}', b'"session":{},"latencies":[]')
CLOUD = (
    b'{"specversion":"1.0","source":"gw","id":"1","type":"%s","subject":"consumer:con-c",'
    b'"time":"2026-02-03T10:01:01.007Z","data":%s}'
)
CLOUD_REQUEST = CLOUD % (b"kong.api_request", b'{"request_method":"GET"}')
CLOUD_CALL = CLOUD % (b"kong.llm_request", b'{"provider":"p","model":"m"}')
CLOUD_OTHER = CLOUD % (b"order", b"{}")


def decoded(*values: bytes) -> EventBatch:
    return KEEPING_REFS.decode("kong-log", values, ANYWHERE)


def request_refs(*values: bytes) -> list[tuple[int, int, int, str]]:
    """Message, line, index in an array and consumer of each request."""
    event_refs = decoded(*values).requests.event_refs
    assert {ref.time_ms for ref in event_refs} <= {STARTED_AT_MS}
    return [(*ref[:3], ref.consumer_id) for ref in event_refs]


@pytest.mark.parametrize(
    ("values", "event_refs"),
    [
        pytest.param([b"\n".join([A, B])], [(0, 1, 0, "con-a"), (0, 2, 0, "con-b")], id="frame"),
        pytest.param([b"\n".join([A, B, b""])], [(0, 1, 0, "con-a"), (0, 2, 0, "con-b")], id="ended frame"),
        pytest.param([A, B], [(0, 1, 0, "con-a"), (1, 1, 0, "con-b")], id="single events"),
        pytest.param([b"\n".join([A, b"", B])], [(0, 1, 0, "con-a"), (0, 3, 0, "con-b")], id="blank line"),
        pytest.param([b"\n".join([A, b"no", B])], [(0, 1, 0, "con-a"), (0, 3, 0, "con-b")], id="bad line"),
        pytest.param([b"no", b"\n".join([A, B])], [(1, 1, 0, "con-a"), (1, 2, 0, "con-b")], id="after a bad one"),
        pytest.param([A, ODD, B], [(0, 1, 0, "con-a"), (1, 1, 0, "odd"), (2, 1, 0, "con-b")], id="lenient"),
        pytest.param(
            [A, b"[%s,7,%s]" % (A, ODD)], [(0, 1, 0, "con-a"), (1, 1, 0, "con-a"), (1, 1, 2, "odd")], id="list"
        ),
        pytest.param([A.replace(b",", b",\n")], [(0, 1, 0, "con-a")], id="over several lines"),
        pytest.param([CLOUD_REQUEST, A], [(0, 1, 0, "con-c"), (1, 1, 0, "con-a")], id="CloudEvent"),
        pytest.param([b"no"], [], id="nothing readable"),
    ],
)
def test_the_ref_of_a_request_has_position_and_consumer(
    values: list[bytes], event_refs: list[tuple[int, int, int, str]]
) -> None:
    assert request_refs(*values) == event_refs


@pytest.mark.parametrize(
    ("event", "consumer"),
    [(SESSION, "con-s"), (ODD_SESSION, "con-s"), (CLOUD_CALL, "con-c"), (CLOUD_OTHER, "con-c")],
)
@pytest.mark.parametrize("is_framed", [True, False])
def test_an_event_of_another_kind_has_a_ref_too(event: bytes, consumer: str, *, is_framed: bool) -> None:
    batch = decoded(b"\n".join([A, event])) if is_framed else decoded(A, event)
    position = (0, 2, 0) if is_framed else (1, 1, 0)
    assert batch.others.event_refs == [EventRef(*position, STARTED_AT_MS, consumer)]
    assert len(batch.requests.event_refs) == 1


def test_a_ref_names_the_consumer_of_the_rows() -> None:
    values = [recorded(name) for name in ("proxied", "no_route", "sizes_as_text")]
    batch = decoded(*values, event_text(extra='"authenticated_entity":{"consumer_id":"via"}'))
    assert [ref.consumer_id for ref in batch.requests.event_refs] == [key[1] for key in batch.requests.api_usage.keys]
    assert batch.requests.event_refs[-1].consumer_id == "via"


def test_refs_are_in_the_order_of_the_identities() -> None:
    batch = decoded(SESSION, A, b"no", ODD_SESSION, B, b"[%s]" % A)
    assert batch.requests.event_ids == ["a", "b", "a"]
    assert [ref.value_index for ref in batch.requests.event_refs] == [1, 4, 5]
    assert [ref.value_index for ref in batch.others.event_refs] == [0, 3]


def test_without_refs_everything_else_is_the_same() -> None:
    values = [b"\n".join([A, SESSION]), ODD, b"[%s]" % B, CLOUD_CALL, b"no"]
    plain, batch = DECODERS.decode("kong-log", values, ANYWHERE), decoded(*values)
    assert (plain.requests.event_refs, plain.others.event_refs) == ([], [])
    assert [len(each.event_ids) for each in (batch.requests, batch.others)] == [3, 2]
    for events in (batch.requests, batch.others):
        events.event_refs.clear()
    assert [*plain.requests.event_ids, *plain.others.event_ids] == [*batch.requests.event_ids, *batch.others.event_ids]
    assert plain.requests.api_usage.columns == batch.requests.api_usage.columns
    assert plain.rejections == batch.rejections


def test_a_batch_extended_by_another_keeps_positions() -> None:
    whole = decoded(A, SESSION)
    whole.extend(decoded(B, ODD_SESSION), first_value_index=2)
    assert whole.requests.event_refs == decoded(A, SESSION, B, ODD_SESSION).requests.event_refs
    assert whole.others.event_refs == decoded(A, SESSION, B, ODD_SESSION).others.event_refs


def test_a_batch_cut_into_events_keeps_the_ref_of_each() -> None:
    whole = decoded(A, SESSION, B)
    cut = [(*single.requests.event_refs, *single.others.event_refs) for single in single_events(whole)]
    assert cut == [(ref,) for ref in (*whole.requests.event_refs, *whole.others.event_refs)]
