"""Whatever stands in a member, or in a line, is read or rejected with a reason: nothing else is raised."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent
from gatemeter.formats.registry import reader_of
from tests.support.gateways.recorded_logs import fixture_lines

JSON = {name: json.loads(fixture_lines(name, name)[0]) for name in ("nginx", "traefik", "envoy", "caddy")}
TEXT = {
    "nginx-combined": fixture_lines("nginx", "nginx-combined")[0],
    "envoy": fixture_lines("envoy", "envoy-text")[0],
    "haproxy": fixture_lines("haproxy", "haproxy")[0],
}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["-", "", "1e999999999", "-1e999999999", "NaN", "Infinity", "9" * 5_000, "0.1, - : 2", "2026-02-03"]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def read(name: str, line: bytes) -> list[AccessEvent]:
    reader, found = reader_of(name), []
    with suppress(RejectedEvent):
        for event in reader.events(line):
            reader.mask(event)
            found.append(reader.read(event, []))
    return found


@pytest.mark.parametrize("name", JSON)
@given(data=st.data())
def test_any_value_of_any_member_is_read_or_rejected(name: str, data: st.DataObject) -> None:
    members = data.draw(st.dictionaries(st.sampled_from(sorted(JSON[name])), VALUES, min_size=1, max_size=4))
    document: dict[str, Any] = {**JSON[name], **members}
    for event in read(name, json.dumps(document).encode()):
        assert all(
            number is None or number >= 0
            for number in (event.request_bytes, event.response_bytes, event.latency_request_ms)
        )


@pytest.mark.parametrize("name", TEXT)
@given(data=st.data())
def test_any_change_of_a_line_is_read_or_rejected(name: str, data: st.DataObject) -> None:
    line = TEXT[name]
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    read(name, line[:start] + data.draw(st.binary(max_size=30)) + line[end:])
