"""Stored rows compared with recounted ones: each changed value is named, and values that may differ are not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.clickhouse.row_diff import RowDifference, differences, repriced_count
from gatemeter.clickhouse.stored_rows import StoredRows
from gatemeter.metering.log import LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.schema import CORRECTIONS, TABLES, TableRows
from tests.support.kong_events import event_text, recorded, request_line
from tests.support.logs import FROM_THE_START, METERING, chunk_of, kafka_log

VALUES = [
    *(request_line(f"e{number}", consumer=f"c{number % 3}") for number in range(8)),
    request_line("e1", consumer="c1"),
    b"no event",
    recorded("stream_session"),
    event_text(event_id='"llm"', extra=f'"ai":{recorded("ai/proxy_3_12_details").decode()}').replace(b"\n", b""),
]
EVENT_METERING = replace(METERING, event_ledger=True)


def counted(*, flush_after: int = len(VALUES)) -> list[TableRows]:
    """The rows of one epoch; with an early flush most keep its version."""
    counter = PartitionCounter(kafka_log(100), 0, FROM_THE_START, EVENT_METERING)
    rows: list[TableRows] = []
    for start, stop in ((0, flush_after), (flush_after, len(VALUES))):
        counter.add(chunk_of(start, VALUES[start:stop]))
        rows += counter.take_flush().rows
    return rows


def stored(rows: list[TableRows]) -> StoredRows:
    sink = MemorySink()
    sink.write(rows)
    found = StoredRows()
    for table in TABLES:
        if table is not CORRECTIONS:
            found.by_table[table.name] = [dict(row) for row in sink.rows(table)]
    return found


def brief(found: list[RowDifference]) -> list[tuple[str, str, list[str]]]:
    return [(each.table, each.kind.value, list(each.stored)) for each in found]


def compare(before: StoredRows, kind: LogKind = LogKind.KAFKA) -> list[tuple[str, str, list[str]]]:
    return brief(differences(before, counted(), kind))


@pytest.mark.parametrize("flush_after", [3, 7, len(VALUES)])
def test_the_same_events_agree_whenever_they_were_flushed(flush_after: int) -> None:
    assert compare(stored(counted(flush_after=flush_after))) == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("api_usage_hourly", "requests", 999),
        ("api_usage_hourly", "latency_request_bucket_counts", [77]),
        ("api_usage_hourly", "version", len(VALUES) + 1),
        ("monthly_requests", "requests", 1),
        ("stream_sessions_hourly", "received_bytes", -1),
        ("dead_letters", "reason", "other"),
        ("dead_letters", "version", 99),
        ("dead_letters", "raw", b"other"),
        ("event_ledger", "outcome", "duplicate"),
        ("event_ledger", "version", 99),
        ("epoch_ledger", "counted", 0),
        ("epoch_ledger", "version", 3),
        ("epoch_ledger", "content_hash", "x"),
    ],
)
def test_a_value_that_was_changed_is_named_with_both_values(table: str, column: str, value: Any) -> None:
    before = stored(counted())
    before.by_table[table][0] = {**before.by_table[table][0], column: value}
    (found,) = differences(before, counted(), LogKind.KAFKA)
    assert brief([found]) == [(table, "different", [column])]
    assert repr(value) in str(found)
    assert repr(found.recounted[column]) in str(found)


@pytest.mark.parametrize(
    ("table", "column", "value", "text"),
    [
        ("api_usage_hourly", "hour", 1_769_958_000, "hour=2026-02-01T15:00:00Z"),
        ("monthly_requests", "month", 20_454, "month=2026-01-01"),
        ("event_ledger", "time", 1_769_958_000_123, "time is 2026-02-01T15:00:00.123Z, counted again 2026-"),
    ],
)
def test_times_are_named_in_iso_8601_as_people_write_them(table: str, column: str, value: int, text: str) -> None:
    before = stored(counted())
    before.by_table[table][0] = {**before.by_table[table][0], column: value}
    assert any(text in str(found) for found in differences(before, counted(), LogKind.KAFKA))


@pytest.mark.parametrize("table", [rows.table.name for rows in counted()])
def test_a_row_that_is_missing_or_extra_is_named(table: str) -> None:
    before = stored(counted())
    row = before.by_table[table].pop()
    assert compare(before) == [(table, "missing", [])]
    key = {"offset": 77} if table in ("dead_letters", "event_ledger") else {"partition": 5}
    before.by_table[table] += [row, {**row, **key}]
    assert compare(before) == [(table, "extra", [])]


def _retract(before: StoredRows) -> None:
    (dead_letter,) = before.by_table.pop("dead_letters")
    before.retracted.add((dead_letter["offset"], dead_letter["line"], dead_letter["event_index"]))


def _replay(before: StoredRows) -> None:
    _retract(before)
    _replay_in_part(before)


def _replay_in_part(before: StoredRows, *, replay: int = 77, position: tuple[int, int, int] | None = None) -> None:
    """An event of the replay 77, beside its dead letter or at another position."""
    before.replayed = {77: (VALUES.index(b"no event"), 1, 0)}
    offset, line, event_index = position or before.replayed[77]
    at = {"offset": offset, "line": line, "event_index": event_index, "epoch_first_offset": replay}
    before.by_table["event_ledger"].append({**before.by_table["event_ledger"][0], "id_hash": 1, **at})


def _correct(before: StoredRows) -> None:
    event = before.by_table["event_ledger"][0]
    before.by_table["event_ledger"][0] = {**event, "outcome": "corrected", "version": event["version"] + 1}


def _expire(before: StoredRows) -> None:
    events = before.by_table["event_ledger"]
    oldest = min(event["time"] for event in events)
    before.by_table["event_ledger"] = [event for event in events if event["time"] > oldest]


def _no_event_ledger(before: StoredRows) -> None:
    del before.by_table["event_ledger"]


@pytest.mark.parametrize("change", [_retract, _replay, _replay_in_part, _correct, _expire, _no_event_ledger])
def test_events_that_were_retracted_or_expired_since_agree(change: Callable[[StoredRows], None]) -> None:
    before = stored(counted())
    change(before)
    assert compare(before) == []


@pytest.mark.parametrize(("replay", "position"), [(77, (0, 1, 0)), (78, None), (78, (VALUES.index(b"no event"), 1, 3))])
def test_an_event_that_no_replay_made_is_extra(replay: int, position: tuple[int, int, int] | None) -> None:
    before = stored(counted())
    _retract(before)
    _replay_in_part(before, replay=replay, position=position)
    assert compare(before) == [("event_ledger", "extra", [])]


def test_an_event_as_old_as_the_oldest_has_not_expired() -> None:
    before = stored(counted())
    _expire(before)
    events = before.by_table["event_ledger"]
    assert [event["time"] for event in events].count(min(event["time"] for event in events)) == len(events) > 1
    events.pop()
    assert compare(before) == [("event_ledger", "missing", [])]


def test_a_replay_explains_no_dead_letter_that_is_extra() -> None:
    before = stored(counted())
    dead_letter = before.by_table["dead_letters"][0]
    before.by_table["dead_letters"].append({**dead_letter, "line": 7})
    before.retracted.add((dead_letter["offset"], 9, 0))
    assert compare(before) == [("dead_letters", "extra", [])]


def test_a_correction_excuses_no_event_that_is_a_duplicate() -> None:
    before = stored(counted())
    events = before.by_table["event_ledger"]
    place = next(place for place, event in enumerate(events) if event["outcome"] == "duplicate")
    events[place] = {**events[place], "outcome": "corrected"}
    assert compare(before) == [("event_ledger", "different", ["outcome"])]


def test_a_retracted_line_excuses_no_other_line_of_its_message() -> None:
    before = stored(counted())
    (dead_letter,) = before.by_table.pop("dead_letters")
    before.retracted.add((dead_letter["offset"], dead_letter["line"] + 1, 0))
    assert compare(before) == [("dead_letters", "missing", [])]


def test_another_time_of_the_first_event_is_found_where_one_is_kept() -> None:
    before = stored(counted())
    (ledger,) = before.by_table["epoch_ledger"]
    before.by_table["epoch_ledger"] = [{**ledger, "first_event_time": None}]
    assert compare(before) == []
    before.by_table["epoch_ledger"] = [{**ledger, "first_event_time": ledger["first_event_time"] + 1}]
    assert compare(before) == [("epoch_ledger", "different", ["first_event_time"])]


def test_the_path_and_hash_of_a_file_are_not_compared() -> None:
    before = stored(counted())
    (ledger,) = before.by_table["epoch_ledger"]
    before.by_table["epoch_ledger"] = [{**ledger, "topic": "moved.log", "content_hash": "x", "unterminated_line": 3}]
    assert compare(before, LogKind.FILE) == []
    assert compare(before) == [("epoch_ledger", "different", ["topic", "content_hash", "unterminated_line"])]


@pytest.mark.parametrize(("version", "columns"), [("", []), ("p/m#00000000", ["cost_currency", "cost_gaps"])])
def test_without_a_price_currency_and_gaps_of_another_book_agree(version: str, columns: list[str]) -> None:
    again = [_with_price_version(rows, version) for rows in counted()]
    before = stored(again)
    usage = before.by_table["llm_usage_hourly"][0]
    before.by_table["llm_usage_hourly"][0] = {**usage, "cost_currency": "EUR", "cost_gaps": "no price for p/m"}
    found = [each for _, _, each in brief(differences(before, again, LogKind.KAFKA))]
    assert found == ([columns] if columns else [])


def _with_price_version(rows: TableRows, version: str) -> TableRows:
    columns = [
        [version] * len(values) if name == "price_version" else list(values)
        for name, values in zip(rows.table.column_names, rows.columns, strict=True)
    ]
    return TableRows(rows.table, columns)


def test_costs_by_other_prices_are_counted_and_agree() -> None:
    before = stored(counted())
    usage = before.by_table["llm_usage_hourly"][0]
    before.by_table["llm_usage_hourly"][0] = {**usage, "cost_computed": 5, "price_version": "of another book"}
    assert compare(before) == []
    assert repriced_count(before, counted()) == 1
    before.by_table["llm_usage_hourly"][0] = {**usage, "cost_computed": 5}
    assert compare(before) == [("llm_usage_hourly", "different", ["cost_computed"])]
    assert repriced_count(before, counted()) == 0
