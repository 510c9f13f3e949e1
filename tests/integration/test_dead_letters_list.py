"""`gatemeter dead-letters list`: which dead letters stand, and how many."""

import csv
import io
import json

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.dead_letters import DeadLetterFilter, dead_letter_pages
from tests.support.databases import Store
from tests.support.dead_letter_commands import (
    OLD,
    fill,
    invoked,
    offsets,
    read,
    run,
)
from tests.support.stored_rows import dead_letter_rows

pytestmark = pytest.mark.clickhouse


@pytest.fixture(scope="module")
def data(module_store: Store) -> Store:
    """A store that holds what `VALUES` count, and their five dead letters; no test changes it."""
    fill(module_store)
    return module_store


def test_dead_letters_come_in_the_order_of_the_log(data: Store) -> None:
    rows = read("list", *data.flags)
    assert [row["place"] for row in rows] == [f"id-1:0:{offset}:1:0" for offset in (1, 2, 3, 4, 5)]
    assert rows[0] == {
        "place": "id-1:0:1:1:0",
        "log": "id-1",
        "partition": 0,
        "offset": 1,
        "line": 1,
        "event_index": 0,
        "topic": "access",
        "message_time": "2026-02-03T11:00:00.005Z",
        "format": "kong-log",
        "reason": "started_at_out_of_range",
        "detail": "3600000 ms is 1970-01-01, which is not believed",
        "raw_size_bytes": len(OLD),
        "kept": "encrypted",
    }


def test_csv_holds_the_same_as_json(data: Store) -> None:
    lines = csv.DictReader(io.StringIO(run("list", *data.flags, "--csv").stdout))
    assert list(lines) == [{name: str(value) for name, value in row.items()} for row in read("list", *data.flags)]


def test_people_get_a_table_that_begins_with_the_place(data: Store) -> None:
    result = invoked("list", *data.flags, env={"COLUMNS": "80"})
    lines = result.stdout.splitlines()
    assert "place" in lines[1]
    assert "id-1:0:2:1:0" in lines[4]
    assert len([line for line in lines if line.startswith("id-1:0:")]) == 5
    assert lines[8].startswith("to fit 80 columns, left out: message_time, raw_size_bytes")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--reason", "invalid_utf8"], [2]),
        (["--reason", "invalid_utf8", "--reason", "not_an_access_log_event"], [2, 5]),
        (["--topic", "access", "--log", "id-1"], [1, 2, 3, 4, 5]),
        (["--topic", "acces"], []),
        (["--log", "id"], []),
        (["--from", "2026-02-03T12:00"], [2, 3, 4, 5]),
        (["--from", "2026-02-03T12:00", "--to", "2026-02-03T14:00"], [2, 3]),
    ],
)
def test_filters(data: Store, arguments: list[str], expected: list[int]) -> None:
    assert offsets(*data.flags, *arguments) == expected


def test_dead_letters_without_a_time_are_in_no_span(store: Store) -> None:
    fill(store)
    with store.client() as client:
        ClickHouseSink(client).write([dead_letter_rows({"log": "hash", "offset": 9, "version": 10})])
    assert offsets(*store.flags) == [9, 1, 2, 3, 4, 5]
    assert offsets(*store.flags, "--from", "2000-01") == [1, 2, 3, 4, 5]
    assert read("list", *store.flags, "--log", "hash")[0]["message_time"] is None
    assert "None" not in run("list", *store.flags).stdout


@pytest.mark.parametrize(("limit", "more"), [(2, "and 3 more; "), (5, ""), (9, "")])
def test_says_how_many_more_there_are(data: Store, limit: int, more: str) -> None:
    result = run("list", *data.flags, "--limit", limit, "--json")
    assert [row["offset"] for row in json.loads(result.stdout)] == [1, 2, 3, 4, 5][:limit]
    assert result.stderr.startswith(more)
    assert bool(result.stderr) is bool(more)


def test_summary_counts_by_topic_and_reason(data: Store) -> None:
    assert read("list", *data.flags, "--summary", "--limit", 1) == [
        {"topic": "access", "reason": "started_at_out_of_range", "letters": 3},
        {"topic": "access", "reason": "invalid_utf8", "letters": 1},
        {"topic": "access", "reason": "not_an_access_log_event", "letters": 1},
    ]


def test_nothing_to_list(data: Store) -> None:
    assert read("list", *data.flags, "--topic", "none") == []
    assert read("list", *data.flags, "--topic", "none", "--summary") == []
    assert run("list", *data.flags, "--topic", "none").stderr == (
        "no rows: 5 dead letters are stored, and none is like that; "
        "reasons: invalid_utf8, not_an_access_log_event, started_at_out_of_range\n"
    )


def test_an_empty_store_says_that_it_holds_none(store: Store) -> None:
    assert run("list", *store.flags).stderr == "no rows: no dead letters are stored\n"


def test_pages_hold_every_dead_letter_once_in_order(clickhouse_client: Client) -> None:
    letters = [
        {"log": log, "partition": partition, "offset": offset, "line": line, "event_index": index, "version": 1}
        for log in ("a", "b")
        for partition in (0, 1)
        for offset in (0, 2**62)
        for line in (1, 2**32 - 1)
        for index in (0, 1)
    ]
    ClickHouseSink(clickhouse_client).write([dead_letter_rows(*letters)])
    pages = list(dead_letter_pages(clickhouse_client, DeadLetterFilter(), 5))
    assert [len(page) for page in pages] == [5, 5, 5, 5, 5, 5, 2]
    places = [letter.location for page in pages for letter in page]
    assert places == sorted(set(places))
    assert len(places) == len(letters)
