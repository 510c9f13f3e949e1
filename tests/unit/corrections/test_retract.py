"""Retracting events that were counted twice: exactly, once, and only if they are what was counted."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.retract import RetractionOutcome, RetractionResult
from gatemeter.errors import ClickHouseUnavailable
from gatemeter.events.access_event import TimeRange
from gatemeter.schema import (
    AGENTIC_USAGE,
    API_USAGE,
    CORRECTIONS,
    EPOCH_LEDGER,
    EVENT_LEDGER,
    LLM_USAGE,
    MINUTE_USAGE,
    MONTHLY_REQUESTS,
    STREAM_SESSIONS,
    Table,
)
from gatemeter.wire.event_location import EventLocation
from tests.support.cross_epoch_copies import (
    FIRST,
    NOW,
    ONE,
    SECOND,
    TWO,
    StoredLog,
    count,
    duplicates_in,
    retraction,
)
from tests.support.dead_letters import DyingSink, stored
from tests.support.kong_events import request_line
from tests.support.logs import METERING

USAGE_TABLES = (API_USAGE, MINUTE_USAGE, MONTHLY_REQUESTS, LLM_USAGE, AGENTIC_USAGE, STREAM_SESSIONS)
OTHER_RULES = replace(METERING, times=TimeRange(0, 10**15))


@pytest.fixture
def counted(sink: MemorySink) -> MemorySink:
    """Both logs, with four events in both."""
    count(sink, ONE)
    count(sink, TWO)
    return sink


NOT_ADDED = ("_buckets", "_min_ns", "_max_ns", "_min_bytes", "_max_bytes")


def added_up(sink: MemorySink, table: Table) -> dict[Any, dict[str, Any]]:
    """The measures by key over all epochs, as reports add them up; without extremes, which are never reversed."""
    totals: dict[Any, Any] = defaultdict(Counter)
    for row in sink.rows(table):
        total = totals[tuple(row[column.name] for column in table.dimensions)]
        for column in table.measures:
            name = column.name
            if name.endswith("_bucket_counts"):
                buckets = row[name.replace("_bucket_counts", "_buckets")]
                total.update({(name, bucket): number for bucket, number in zip(buckets, row[name], strict=True)})
            elif not name.endswith(NOT_ADDED) and not isinstance(row[name], str | list):
                total[name] += row[name]
    return totals


def outcomes(sink: MemorySink, *logs: StoredLog, **settings: Any) -> list[RetractionOutcome]:
    return [each.outcome for each in retraction(sink, *logs, **settings).add(duplicates_in(sink))]


@pytest.mark.parametrize("table", USAGE_TABLES, ids=lambda table: table.name)
def test_what_stays_equals_one_log_of_all_events(counted: MemorySink, table: Table) -> None:
    once = MemorySink()
    count(once, StoredLog("all", [*FIRST, *SECOND]))
    assert added_up(counted, table) != added_up(once, table)
    assert outcomes(counted, ONE, TWO) == [RetractionOutcome.CORRECTED] * 4
    assert added_up(counted, table) == added_up(once, table)


def test_the_ledger_row_moves_counted_events_to_duplicates(counted: MemorySink) -> None:
    outcomes(counted, ONE, TWO)
    names = ("log", "log_kind", "consumed", "counted", "duplicates", "other_kind", "content_hash")
    rows = [tuple(row[name] for name in names) for row in counted.rows(EPOCH_LEDGER) if row["log_kind"] == "correction"]
    assert sorted(rows, key=lambda row: row[-1]) == [
        ("correction:two", "correction", 0, -1, 1, 0, "0:1:1:0"),
        ("correction:two", "correction", 0, -1, 1, 0, "0:1:1:1"),
        ("correction:two", "correction", 0, -1, 1, 0, "0:2:1:0"),
        ("correction:two", "correction", 0, 0, 1, -1, "0:2:3:0"),
    ]


def test_the_reason_and_the_canonical_copy_are_stored(counted: MemorySink) -> None:
    outcomes(counted, ONE, TWO, reason="shipped twice")
    row = counted.rows(CORRECTIONS)[0]
    assert (str(EventLocation.of(row)), row["reason"], row["booked_at"]) == (
        "two:0:1:1:0",
        "shipped twice",
        1772357400000,
    )
    assert [row[f"kept_{name}"] for name in ("log", "offset", "line", "event_index")] == ["one", 2, 1, 0]


def test_a_recount_leaves_events_corrected_in_the_ledger(counted: MemorySink) -> None:
    outcomes(counted, ONE, TWO)
    after = stored(counted)
    count(counted, TWO)
    assert stored(counted) == after
    assert duplicates_in(counted) == []
    assert Counter(row["outcome"] for row in counted.rows(EVENT_LEDGER)) == {
        "counted": 6,
        "other_kind": 1,
        "corrected": 4,
    }


def test_booking_again_changes_nothing(counted: MemorySink) -> None:
    copies = duplicates_in(counted)
    retraction(counted, ONE, TWO).add(copies)
    after = stored(counted)
    again = retraction(counted, ONE, TWO, reason="another", at=NOW + timedelta(hours=1))
    assert {each.outcome for each in again.add(copies)} == {RetractionOutcome.CORRECTED}
    assert stored(counted) == after


@pytest.mark.parametrize("tables", range(8))
def test_a_crashed_retraction_is_finished_by_the_next(counted: MemorySink, tables: int) -> None:
    retraction(counted, ONE, TWO).add(duplicates_in(counted))
    dying = DyingSink(1_000)
    count(dying, ONE)
    count(dying, TWO)
    dying.tables_left = tables
    with pytest.raises(ClickHouseUnavailable):
        retraction(dying, ONE, TWO).add(duplicates_in(dying))
    dying.tables_left = 1_000
    assert outcomes(dying, ONE, TWO) == [RetractionOutcome.CORRECTED] * 4
    assert stored(dying) == stored(counted)


def test_the_event_ledgers_row_is_written_last(sink: MemorySink) -> None:
    dying = DyingSink(1_000)
    count(dying, ONE)
    count(dying, TWO)
    del dying.written[:]
    outcomes(dying, ONE, TWO)
    assert dying.written == ["corrections", *(table.name for table in USAGE_TABLES), "epoch_ledger", "event_ledger"]


def test_a_dry_run_writes_nothing(counted: MemorySink) -> None:
    before = stored(counted)
    dry = retraction(counted, ONE, TWO, dry_run=True)
    assert {each.outcome for each in dry.add(duplicates_in(counted))} == {RetractionOutcome.CORRECTED}
    assert stored(counted) == before


def test_events_that_only_share_a_hash_both_stay(sink: MemorySink, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("metering.event_ledger", "recompute.event_lookup"):
        monkeypatch.setattr(f"gatemeter.{module}.hashed", lambda identities: [7] * len(identities))
    logs = StoredLog("one", [request_line("a")]), StoredLog("two", [request_line("b")])
    for log in logs:
        count(sink, log)
    before = stored(sink)
    assert outcomes(sink, *logs) == [RetractionOutcome.ANOTHER_EVENT]
    assert stored(sink) == before


@pytest.mark.parametrize(
    ("one", "two", "detail"),
    [
        (ONE, None, "topic of two: this log is not given"),
        (None, TWO, "the copy that stays, in topic of one: this log is not given"),
        (ONE, StoredLog("two", SECOND, start=3), "topic of two: it does not hold the event any more"),
        (ONE, StoredLog("two", SECOND[:1]), "topic of two: it does not hold the event any more"),
        (ONE, StoredLog("two", [b"x"] * 3), "no event that can be read stands there"),
        (ONE, StoredLog("two", [b"{}"] * 3), "no event that can be read stands there"),
        (ONE, StoredLog("two", [request_line("else")] * 3), "no event that can be read stands there"),
        (ONE, StoredLog("two", [b"[" + b",".join([request_line("e")] * 2) + b"]"] * 3), "another event than the one"),
        (StoredLog("one", [b"[" + b",".join([request_line("e")] * 2) + b"]"] * 3), TWO, "another event than the one"),
    ],
)
def test_events_that_cannot_be_read_again_stay_counted(
    counted: MemorySink, one: StoredLog | None, two: StoredLog | None, detail: str
) -> None:
    before = stored(counted)
    copies = [copy for copy in duplicates_in(counted) if copy.location.within_log == "0:1:1:1"]
    copies += [copy for copy in duplicates_in(counted) if copy.location.within_log == "0:1:1:0"]
    found = retraction(counted, *(log for log in (one, two) if log is not None)).add(copies)
    assert {each.outcome for each in found if detail in each.detail} == {RetractionOutcome.NOT_READABLE}
    assert RetractionOutcome.CORRECTED not in {each.outcome for each in found}
    assert stored(counted) == before


def test_events_of_another_ruleset_stay_counted(counted: MemorySink) -> None:
    before = stored(counted)
    assert set(outcomes(counted, ONE, TWO, metering=OTHER_RULES)) == {RetractionOutcome.OTHER_RULES}
    assert stored(counted) == before


def test_events_of_an_unsettled_epoch_stay_counted(counted: MemorySink) -> None:
    duplicate = replace(duplicates_in(counted)[0], epoch_first_offset=100)
    [found] = retraction(counted, ONE, TWO).add([duplicate])
    assert found == RetractionResult(duplicate, RetractionOutcome.NOT_SETTLED, "its epoch is being written")
