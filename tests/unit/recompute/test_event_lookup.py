"""An event is found in a log by its id alone."""

from pathlib import Path

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import ApiRequests
from gatemeter.formats.decoders import Decoders
from gatemeter.metering.deduplication import hashed
from gatemeter.recompute.event_lookup import EventSearch, event_in
from gatemeter.sources.file_reader import FileLogReader
from tests.support.kong_events import request_line
from tests.support.positions import ANYWHERE

DECODERS = Decoders(TimeRange(0, 2**62))


def search(event_id: str) -> EventSearch:
    requests = ApiRequests()
    requests.event_ids.append(event_id)
    return EventSearch(DECODERS, event_id, hashed(requests.identities))


@pytest.fixture
def reader(tmp_path: Path) -> FileLogReader:
    path = tmp_path / "access.log"
    pair = b"[" + request_line("c") + b"," + request_line("d e") + b"]"
    lines = [request_line("ab"), b"torn a", request_line("a"), pair, request_line("a")]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return FileLogReader(path, "kong-log")


@pytest.mark.parametrize(
    ("event_id", "locations"),
    [("a", ["0:2:3:0", "0:4:5:0"]), ("d e", ["0:3:4:1"]), ("b", []), ("torn", [])],
)
def test_every_copy_of_the_whole_id(reader: FileLogReader, event_id: str, locations: list[str]) -> None:
    found = list(search(event_id).find(reader))
    assert [each.location.within_log for each in found] == locations
    assert {each.location.log for each in found} <= {reader.log.identity}


def test_offsets_read_are_reported_while_searching(reader: FileLogReader) -> None:
    offsets_read: list[int] = []
    assert list(search("nobody").find(reader, offsets_read.append)) == []
    assert offsets_read[-1] == 5


@pytest.mark.parametrize(("text", "is_event"), [(request_line("a"), True), (b"torn", False), (b"", False)])
def test_a_text_is_an_event_if_it_is_one_that_can_be_read(text: bytes, *, is_event: bool) -> None:
    assert (event_in(text, "kong-log", ANYWHERE, DECODERS) is not None) is is_event


def test_a_text_of_two_events_is_not_one() -> None:
    assert event_in(request_line("a") + b"\n" + request_line("b"), "kong-log", ANYWHERE, DECODERS) is None
