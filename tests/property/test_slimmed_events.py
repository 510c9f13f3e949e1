"""Whatever stands in an event, what a door leaves of it is counted as the whole event is."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.counted_lines import counted
from tests.support.slim_corpus import RECORDED, TEXT_LINES, Recorded
from tests.support.slim_lines import slim_line
from tests.support.strategies import ODD_VALUES, request_events, text_of

PLANTED = "s3cr3t-4f1c"
VALUES: st.SearchStrategy[Any] = st.one_of(
    ODD_VALUES,
    st.sampled_from(["-", "\ud800", "ü\n", 'a,"b";=x', 1e-7, 0.1, 10**20, float("nan"), -0.0, 1.0, "1e2", [[]], [{}]]),
    st.dictionaries(st.sampled_from(["id", "usage", "type", "size", "x"]), ODD_VALUES, max_size=2),
)
EVENTS = st.sampled_from(RECORDED)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every object or list in `value`, with each of its keys or indexes."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


@st.composite
def changed(draw: st.DrawFn) -> Recorded:
    """A recorded event of which some members have other values, or are not there."""
    event = draw(EVENTS)
    document = json.loads(json.dumps(event.document))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        holder, key = draw(st.sampled_from(found))
        if draw(st.booleans()):
            holder[key] = deepcopy(draw(VALUES))
        else:
            del holder[key]
    return Recorded(event.log_format, event.name, document)


def assert_counted_alike(log_format: str, line: bytes) -> bytes:
    slim = slim_line(log_format, line)
    assert b"\n" not in slim
    assert counted(log_format, slim) == counted(log_format, line)
    return slim


@given(changed())
def test_an_event_with_odd_values_is_counted_as_the_whole(event: Recorded) -> None:
    assert_counted_alike(event.log_format, json.dumps(event.document).encode())


@given(request_events(ids=st.sampled_from(["", "e"])))
def test_a_request_of_any_shape_is_counted_as_the_whole(document: Any) -> None:
    assert_counted_alike("kong-log", text_of(document))


@given(EVENTS, st.data())
def test_a_damaged_event_is_counted_as_the_whole_line(event: Recorded, data: st.DataObject) -> None:
    text = bytearray(event.line)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.sampled_from(list(b'{}[]",:\\0e-.xu\t\xff')))
    assert_counted_alike(event.log_format, bytes(text))


@given(EVENTS, VALUES, st.data())
def test_of_a_member_that_stands_twice_both_count_the_same(event: Recorded, value: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(event.document)))
    member = json.dumps({name: value}).encode()
    assert_counted_alike(event.log_format, member[:-1] + b"," + event.line[1:])
    assert_counted_alike(event.log_format, event.line[:-1] + b"," + member[1:])


@given(changed(), st.sampled_from(["array", "docker", "nested", "syslog"]))
def test_an_event_in_an_envelope_is_counted_as_the_whole(event: Recorded, envelope: str) -> None:
    text = json.dumps(event.document)
    lines = {
        "array": f"[{text}, {text}]",
        "docker": json.dumps({"log": text + "\n", "stream": "stdout", "time": "2026-02-03T10:00:00Z"}),
        "nested": f'{{"message": {text}}}',
        "syslog": f"<14>1 2026-02-03T10:00:00Z host kong 1 - - {text}",
    }
    assert_counted_alike(event.log_format, lines[envelope].encode())


@given(EVENTS, st.data())
def test_what_is_planted_beside_metered_members_is_left_out(event: Recorded, data: st.DataObject) -> None:
    document = json.loads(event.line)
    objects = [document, *(holder[key] for holder, key in places(document) if isinstance(holder[key], dict))]
    planted = data.draw(st.sampled_from(objects))
    name = data.draw(st.sampled_from(["authorization", "body", "x", "uri", "query", "remote_addr", "headers"]))
    planted[name] = PLANTED
    slim = assert_counted_alike(event.log_format, json.dumps(document).encode())
    assert PLANTED.encode() not in slim


@given(st.sampled_from(TEXT_LINES), st.data())
def test_a_damaged_line_of_text_is_counted_as_the_whole(event: tuple[str, bytes], data: st.DataObject) -> None:
    log_format, line = event
    text = bytearray(line)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.sampled_from(list(b'{}[]"- /\\04x?\t\xff\r')))
    assert_counted_alike(log_format, bytes(text))
    assert_counted_alike(log_format, b"2026-02-03T10:00:00.1Z stdout F " + bytes(text))


@pytest.mark.parametrize(
    "text", [b"", b" ", b"null", b"[]", b"{}", b"nonsense", b"\xff", b'{"started_at":1}', b"[1,{}]", b"[[]]"]
)
def test_what_is_no_event_stays_as_it_is(text: bytes) -> None:
    assert slim_line("kong-log", text) == text


@given(EVENTS, st.sampled_from([b"caf\xe9", b"\x16\x03", b"\\x16", b"\xef\xbf\xbd"]))
def test_what_is_mended_beside_metered_members_is_left_out(event: Recorded, odd: bytes) -> None:
    planted = b'{"headers":{"user-agent":"' + odd + b'","authorization":"' + PLANTED.encode() + b'"},"n":NaN,'
    slim = assert_counted_alike(event.log_format, planted + event.line[1:])
    assert PLANTED.encode() not in slim
