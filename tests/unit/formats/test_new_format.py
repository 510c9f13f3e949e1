"""A format that the product does not know, registered with one line, works everywhere that events are read."""

from pathlib import Path

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, Consumer, EventKind, TimeRange
from gatemeter.events.batch import EventRef
from gatemeter.events.size_kind import SizeKind
from gatemeter.formats import registry
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import DecodeExplanation, explain_decoding
from gatemeter.formats.format import JsonFormat
from gatemeter.metering.deduplication import hashed
from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.price_table import PriceTable
from gatemeter.recompute.event_lookup import EventSearch
from gatemeter.schema import API_USAGE, DEAD_LETTERS
from gatemeter.sources.file_meter import meter_file
from gatemeter.sources.file_reader import FileLogReader
from tests.support.kong_events import HOUR_S, STARTED_AT_MS, request_line
from tests.support.logs import METERING, counts
from tests.support.positions import ANYWHERE
from tests.support.repository import ROOT
from tests.support.tab_separated import TAB_SEPARATED

A = b"%d\ta\tcon-1\tGET\t200\t1200\t46" % STARTED_AT_MS
B = b"%d\tb\tcon-1\tGET\t200\t800\t-" % STARTED_AT_MS
ODD = b"%d\todd\tcon-2\tPOST\t?\tmany\t-1" % STARTED_AT_MS
TORN = b"10.1.2.3 Authorization: s3cret"


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, TAB_SEPARATED))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of three requests, a copy of the first of them, and a line that is not an event."""
    log = tmp_path / "access.tsv"
    log.write_bytes(b"\n".join([A, B, TORN, A.replace(b"\tGET\t", b"\tget\t"), ODD, b""]))
    return log


@pytest.fixture
def sink(path: Path) -> MemorySink:
    """What metering `path` stores."""
    sink = MemorySink()
    assert meter_file(path, sink, METERING, log_format="tab-separated") == counts(
        5, counted=3, duplicates=1, dead_letters=1, ignored=2
    )
    return sink


def test_its_requests_become_rows_and_a_copy_counts_once(sink: MemorySink) -> None:
    rows = sorted(sink.rows(API_USAGE), key=lambda row: str(row["consumer_id"]))
    measures = ("consumer_id", "method", "status", "requests", "response_bytes", "latency_request_sum_ns")
    assert [tuple(row[name] for name in measures) for row in rows] == [
        ("con-1", "GET", 200, 2, 2000, 46_000_000),
        ("con-2", "POST", -1, 1, 0, 0),
    ]


def test_a_line_it_cannot_read_is_a_masked_dead_letter(sink: MemorySink) -> None:
    (row,) = sink.rows(DEAD_LETTERS)
    assert (row["line"], row["reason"], row["detail"]) == (3, "columns_invalid", "1 instead of 7")
    assert (row["raw"], row["is_masked"]) == (b"(text, %d bytes)" % row["raw_size_bytes"], 1)


def test_its_decoding_is_explained_field_by_field() -> None:
    (a,) = explain_decoding(A, TimeRange(), "tab-separated")
    assert a.event == AccessEvent(
        kind=EventKind.HTTP,
        event_id="a",
        started_at_ms=STARTED_AT_MS,
        consumer=Consumer(id="con-1"),
        method="GET",
        status=200,
        response_bytes=1200,
        response_bytes_kind=SizeKind.BODY,
        latency_request_ms=46.0,
    )
    (odd,) = explain_decoding(ODD, TimeRange(), "tab-separated")
    assert (odd.kind, odd.ignored_fields) == ("http", ["line.status", "line.response_bytes"])
    (torn,) = explain_decoding(TORN, TimeRange(), "tab-separated")
    assert torn == DecodeExplanation(reason="columns_invalid", detail="1 instead of 7")


def test_a_time_that_is_not_believed_is_a_dead_letter() -> None:
    (early,) = explain_decoding(A.replace(b"%d" % STARTED_AT_MS, b"1000"), TimeRange(), "tab-separated")
    assert (early.kind, early.reason) == ("dead_letter", "started_at_out_of_range")


def test_event_refs_name_line_and_consumer() -> None:
    batch = Decoders(TimeRange(), keeps_event_refs=True).decode("tab-separated", [b"\n".join([A, b"", B])], ANYWHERE)
    assert batch.requests.event_refs == [
        EventRef(0, 1, 0, STARTED_AT_MS, "con-1"),
        EventRef(0, 3, 0, STARTED_AT_MS, "con-1"),
    ]
    assert {key[0] for key in batch.requests.api_usage.keys} == {HOUR_S}


def test_an_event_is_found_again_in_its_log(path: Path) -> None:
    metering = Metering(PriceTable("USD", []))
    search = EventSearch(metering.decoders(), "a", hashed(["a"]))
    found = list(search.find(FileLogReader(path, log_format="tab-separated")))
    assert [(each.location.line, each.event.text[:20]) for each in found] == [(1, A[:20]), (4, A[:20])]


def test_the_other_formats_are_read_as_before() -> None:
    assert Decoders(TimeRange()).decode("kong-log", [request_line("r")], ANYWHERE).requests.event_ids == ["r"]


def test_without_its_line_in_the_registry_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    (rejection,) = Decoders(TimeRange()).decode("tab-separated", [A], ANYWHERE).rejections
    assert rejection.reason == "unknown_format"
    (explanation,) = explain_decoding(A, TimeRange(), "tab-separated")
    assert explanation.reason == "unknown_format"


def test_a_json_format_reads_what_it_recognizes_in_any_json_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(document: dict[str, str], _: bytes, __: list[str]) -> AccessEvent:
        if "ping" not in document:
            raise RejectedEvent("ping_missing")
        return AccessEvent(kind=EventKind.HTTP, event_id=document["ping"], started_at_ms=STARTED_AT_MS)

    ping = JsonFormat("ping", read, recognizes=lambda document: isinstance(document, dict) and "pinged" in document)
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, ping))
    values = [request_line("r"), b'{"ping":"p","pinged":1}', b'{"pinged":1}', b'{"ping":"p"}']
    batch = Decoders(TimeRange()).decode("kong-log", values, ANYWHERE)
    assert batch.requests.event_ids == ["r", "p"]
    assert [each.reason for each in batch.rejections] == ["ping_missing", "not_an_access_log_event"]
    unrecognized = Decoders(TimeRange()).decode("ping", values, ANYWHERE)
    assert unrecognized.requests.event_ids == ["r", "p", "p"]


def test_the_how_to_shows_this_very_format() -> None:
    source = (ROOT / "tests" / "support" / "tab_separated.py").read_text(encoding="utf-8")
    code = source[source.index("from gatemeter.errors") :]
    assert code in (ROOT / "docs" / "adding-a-format.md").read_text(encoding="utf-8")
