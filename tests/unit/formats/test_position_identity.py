"""Lines without an id: real repeats count, a line that is sent twice counts once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.clock import ManualClock
from gatemeter.events.access_event import AccessEvent
from gatemeter.events.identity import IdentityKind
from gatemeter.formats import registry
from gatemeter.formats.format import LineFormat
from gatemeter.logfiles.lines import read_line_batches
from gatemeter.metering.partition import PartitionCounter
from gatemeter.schema import API_USAGE, EPOCH_LEDGER
from gatemeter.shipping.shipper import MessageCounts, Shipper
from gatemeter.sources.chunks import chunks_of
from gatemeter.sources.contiguity import Delivery
from gatemeter.sources.file_meter import meter_file
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.producer import MemoryProducer
from tests.support import tab_separated
from tests.support.kong_events import STARTED_AT_MS
from tests.support.logs import FROM_THE_START, METERING, counts, flush_to, kafka_log

LINE = b"%d\tany\tcon-1\tGET\t200\t1200\t46" % STARTED_AT_MS
NAME = "without-ids"


def read(line: bytes, ignored_fields: list[str]) -> AccessEvent:
    return replace(tab_separated.read(line, ignored_fields), event_id="", identity=IdentityKind.POSITION)


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, LineFormat(NAME, read, needs_positions=True)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with the same line three times."""
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join([LINE, LINE, b"", LINE, b""]))
    return path


@pytest.fixture
def producer() -> MemoryProducer:
    return MemoryProducer("access-log", 1)


def ship(path: Path, producer: MemoryProducer, source: str, *, lines_in_frame: int = 2) -> None:
    shipper = Shipper(
        producer,
        count_events=lambda _format, value: MessageCounts(value.count(b"\n") + 1, 0),
        limits=FrameLimits(max_events=lines_in_frame),
        clock=ManualClock(datetime(2026, 2, 1, tzinfo=UTC)),
        log_format=NAME,
        sends_positions=True,
    )
    for _ in shipper.ship(read_line_batches(path), source):
        pass
    shipper.finish()


def counter_of(producer: MemoryProducer) -> PartitionCounter:
    """Counts what was sent, as a worker does."""
    records = [
        SimpleNamespace(offset=offset, key=b"k", value=message.value, timestamp=0, headers=message.headers)
        for offset, message in enumerate(producer.stored[0])
    ]
    counter = PartitionCounter(kafka_log(), 0, FROM_THE_START, METERING)
    for chunk in chunks_of(Delivery(0, len(records), records), 100):
        counter.add(chunk)
    return counter


def test_equal_lines_of_a_file_are_requests_each(path: Path) -> None:
    sink = MemorySink()
    assert meter_file(path, sink, METERING, log_format=NAME) == counts(3, counted=3)
    assert meter_file(path, sink, METERING, log_format=NAME) == counts(3, counted=3)
    assert [row["requests"] for row in sink.rows(API_USAGE)] == [3]


def test_a_file_that_is_shipped_twice_counts_once(path: Path, producer: MemoryProducer) -> None:
    ship(path, producer, "web-1", lines_in_frame=2)
    ship(path, producer, "web-1", lines_in_frame=3)
    assert counter_of(producer).totals == counts(6, counted=3, duplicates=3)


def test_the_same_lines_of_another_file_count_too(path: Path, producer: MemoryProducer) -> None:
    ship(path, producer, "web-1")
    ship(path, producer, "web-2")
    assert counter_of(producer).totals == counts(6, counted=6)


def test_without_told_positions_equal_lines_are_requests_each(producer: MemoryProducer) -> None:
    for _ in range(2):
        producer.send(0, b"\n".join([LINE, LINE]), NAME)
    assert counter_of(producer).totals == counts(4, counted=4)


def test_chunks_that_are_cut_keep_the_positions(path: Path, producer: MemoryProducer) -> None:
    for _ in range(8):
        ship(path, producer, "web-1", lines_in_frame=1)
    assert counter_of(producer).totals == counts(24, counted=3, duplicates=21)


def test_the_ledger_says_how_copies_are_known(path: Path, producer: MemoryProducer) -> None:
    sink = MemorySink()
    ship(path, producer, "web-1")
    flush_to(counter_of(producer), sink)
    assert [row["identities"] for row in sink.rows(EPOCH_LEDGER)] == ["position"]
