"""The event ledger: a row for every event that could be read, the same ones however they are counted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import Replay
from gatemeter.metering.deduplication import hashed
from gatemeter.metering.log import LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.schema import EPOCH_LEDGER, EVENT_LEDGER, TABLES
from gatemeter.sources.file_meter import meter_file
from tests.support.dead_letters import IN_1970_MS, KEYS, WIDE, dead_letters_in, meter_values
from tests.support.kong_events import STARTED_AT_MS, request_line
from tests.support.logs import FROM_THE_START, METERING, flush_to, kafka_log

LEDGER = replace(METERING, event_ledger=True)
A, B = request_line("a", consumer="con-a"), request_line("b")
SESSION = b'{"session":{},"started_at":1770112861007}'
OLD = request_line("old", started_at=IN_1970_MS)
VALUES = [b"\n".join([A, B]), b"no", A, SESSION, b"[%s,%s]" % (SESSION, request_line("c"))]


def counted(
    values: Sequence[bytes] = VALUES,
    *,
    chunk_size: int = 100,
    epoch_size: int = 10,
    start: StartPosition = FROM_THE_START,
) -> MemorySink:
    """What a worker stores of `values` that flushes after every `chunk_size` messages."""
    sink, counter = MemorySink(), PartitionCounter(kafka_log(epoch_size), 3, start, LEDGER)
    for first in range(start.read_from, len(values), chunk_size):
        piece = values[first : first + chunk_size]
        counter.add(LogChunk(first, first + len(piece), range(first, first + len(piece)), piece, None, "kong-log"))
        flush_to(counter, sink)
    return sink


def became(sink: MemorySink) -> dict[tuple[int, int, int], str]:
    """The outcome at each place (offset, line, event index)."""
    return {
        (row["offset"], row["line"], row["event_index"]): row["outcome"]
        for row in sorted(sink.rows(EVENT_LEDGER), key=lambda row: (row["offset"], row["line"], row["event_index"]))
    }


def row_at(sink: MemorySink, offset: int) -> dict[str, Any]:
    (row,) = (row for row in sink.rows(EVENT_LEDGER) if row["offset"] == offset)
    return row


def test_every_readable_event_has_a_row_with_its_outcome() -> None:
    assert became(counted()) == {
        (0, 1, 0): "counted",
        (0, 2, 0): "counted",
        (2, 1, 0): "duplicate",
        (3, 1, 0): "other_kind",
        (4, 1, 0): "duplicate",
        (4, 1, 1): "counted",
    }


def test_a_row_has_the_events_consumer_and_location() -> None:
    assert row_at(counted([B, B, A], epoch_size=2), 2) == {
        "id_hash": hashed(["a"])[0],
        "log": "topic-id-1",
        "partition": 3,
        "offset": 2,
        "line": 1,
        "event_index": 0,
        "epoch_first_offset": 2,
        "version": 3,
        "topic": "access",
        "time": STARTED_AT_MS,
        "consumer_id": "con-a",
        "outcome": "counted",
    }


def test_an_event_is_known_by_the_hash_of_the_duplicate_filter() -> None:
    first, copy = counted([SESSION, SESSION]).rows(EVENT_LEDGER)
    assert first["id_hash"] == copy["id_hash"]
    assert {first["outcome"], copy["outcome"]} == {"other_kind", "duplicate"}


@pytest.mark.parametrize("chunk_size", [1, 2, 3])
@pytest.mark.parametrize("epoch_size", [1, 2, 10])
def test_the_rows_do_not_depend_on_the_chunks(chunk_size: int, epoch_size: int) -> None:
    at_once = counted(epoch_size=epoch_size).rows(EVENT_LEDGER)
    assert counted(chunk_size=chunk_size, epoch_size=epoch_size).rows(EVENT_LEDGER) == at_once


def test_warming_up_writes_no_event_rows() -> None:
    whole = counted(epoch_size=2).rows(EVENT_LEDGER)
    again = counted(epoch_size=2, start=StartPosition(0, 2)).rows(EVENT_LEDGER)
    assert again == [row for row in whole if row["offset"] >= 2]


def test_rows_that_wait_are_counted_in_what_memory_holds() -> None:
    waiting = []
    for metering in (METERING, LEDGER):
        counter = PartitionCounter(kafka_log(), 0, FROM_THE_START, metering)
        counter.add(LogChunk(0, 3, range(3), [A, A, A], None, "kong-log"))
        waiting.append(counter.dirty_count)
        counter.take_flush()
        assert counter.dirty_count == 0
    assert waiting == [1, 4]


def test_switched_off_it_changes_nothing() -> None:
    off, on = MemorySink(), MemorySink()
    meter_values(off, VALUES, METERING)
    meter_values(on, VALUES, LEDGER)
    assert off.rows(EVENT_LEDGER) == []
    assert LEDGER.ruleset_version == METERING.ruleset_version
    others = [table for table in TABLES if table not in (EVENT_LEDGER, EPOCH_LEDGER)]
    assert [off.rows(table) for table in others] == [on.rows(table) for table in others]
    kept_from = [row.pop("first_event_time") for row in on.rows(EPOCH_LEDGER)]
    assert kept_from == [min(row["time"] for row in on.rows(EVENT_LEDGER))]
    assert [row.pop("first_event_time") for row in off.rows(EPOCH_LEDGER)] == [None]
    assert off.rows(EPOCH_LEDGER) == on.rows(EPOCH_LEDGER)


def test_lines_of_a_file_are_counted_from_its_beginning(path: Path, sink: MemorySink) -> None:
    path.write_bytes(b"\n".join([A, b"", b"no", B, A, b""]))
    meter_file(path, sink, LEDGER, log_format="kong-log")
    assert {(line, outcome) for (_, line, _), outcome in became(sink).items()} == {
        (1, "counted"),
        (4, "counted"),
        (5, "duplicate"),
    }


class TestReplayedLetters:
    def replayed(self, sink: MemorySink, *values: bytes) -> dict[tuple[int, int, int], str]:
        meter_values(sink, values, replace(LEDGER, original_keys=KEYS))
        Replay(sink, replace(WIDE, event_ledger=True)).add(dead_letters_in(sink))
        return became(sink)

    def test_a_replayed_event_has_its_dead_letters_location(self, sink: MemorySink) -> None:
        outcomes = self.replayed(sink, A, b"\n".join([B, OLD]), b"[%s,%s]" % (A, OLD))
        assert outcomes[(1, 2, 0)] == "counted"
        assert outcomes[(2, 1, 1)] == "duplicate"
        assert len(outcomes) == 5

    def test_a_replayed_event_names_its_dead_letters_log(self, sink: MemorySink) -> None:
        self.replayed(sink, A, OLD)
        row = row_at(sink, 1)
        assert (row["log"], row["version"], row["time"]) == ("topic-id-1", 2, IN_1970_MS)
        (epoch,) = sink.stored_epochs("replay:topic-id-1")
        assert row["epoch_first_offset"] == epoch.first_offset

    def test_without_the_ledger_it_has_no_row(self, sink: MemorySink) -> None:
        meter_values(sink, [OLD], METERING)
        Replay(sink, WIDE).add(dead_letters_in(sink))
        assert sink.rows(EVENT_LEDGER) == []


@pytest.mark.parametrize("chunk_size", [1, 2, 3])
def test_an_epoch_knows_the_time_of_its_earliest_event(chunk_size: int) -> None:
    times = [STARTED_AT_MS + seconds for seconds in (3, 1, 2)]
    values = [request_line(f"e{time}", started_at=time) for time in times]
    (epoch,) = counted(values, chunk_size=chunk_size).rows(EPOCH_LEDGER)
    assert epoch["first_event_time"] == STARTED_AT_MS + 1
