"""The event ledger from the command line, on the real engine."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.migrations.runner import Retention, keep, keep_sql, migrate
from gatemeter.schema import EVENT_LEDGER
from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.kong_events import recorded, request_line
from tests.support.stored_table import read_stored

pytestmark = pytest.mark.clickhouse

LINES = [
    *(request_line(f"r{number}", consumer=f"c{number % 3}") for number in range(20)),
    request_line("r3", consumer="c0"),
    recorded("stream_session"),
    b"nonsense",
]


@pytest.fixture
def data(lasting_store: Store) -> Store:
    """A store whose events are never too old to be kept."""
    return lasting_store


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join([*LINES, b""]))
    return path


def events_in(data: Store) -> list[dict[str, Any]]:
    with data.client() as client:
        return [dict(row) for row in read_stored(client, EVENT_LEDGER)]


def meter(log: Path, data: Store, *options: str) -> dict[str, Any]:
    summary: list[dict[str, Any]] = read("meter", log, *data.flags, *options)
    return summary[0]


def test_there_are_as_many_rows_of_each_outcome_as_metering_says(log: Path, data: Store) -> None:
    summary = meter(log, data, "--event-ledger")
    found = Counter(row["outcome"] for row in events_in(data))
    assert found == {"counted": 20, "duplicate": 1, "other_kind": 1}
    assert (summary["counted"], summary["duplicates"], summary["other_kind"]) == (20, 1, 1)


def test_metering_again_changes_no_row(log: Path, data: Store) -> None:
    meter(log, data, "--event-ledger")
    before = events_in(data)
    assert [row["line"] for row in sorted(before, key=lambda row: row["offset"])] == list(range(1, 23))
    meter(log, data, "--event-ledger")
    assert events_in(data) == before


def test_nobody_asked_for_it_and_there_is_none(log: Path, data: Store) -> None:
    meter(log, data)
    assert events_in(data) == []


def test_a_dry_run_tells_how_long_events_would_be_kept(data: Store) -> None:
    sql = run("migrate", *data.flags, "--dry-run", "--keep-events-days", 30).stdout
    assert "SET param_days = 30;" in sql
    assert "MODIFY TTL" in sql
    assert run("migrate", *data.flags, "--dry-run").stdout == ""


def kept_for(client: Client) -> str:
    query = """
        SELECT extract(engine_full, 'TTL (.+) SETTINGS') FROM system.tables
        WHERE name = 'event_ledger' AND database = currentDatabase()
    """
    [(ttl,)] = client.query(query).result_rows
    return str(ttl)


def test_events_are_kept_for_as_long_as_was_said(clickhouse_client: Client) -> None:
    assert kept_for(clickhouse_client) == "toDateTime(time) + toIntervalDay(400)"
    assert "SET param_days = 30;" in keep_sql(clickhouse_client, Retention.EVENTS, 30)
    assert "400" in kept_for(clickhouse_client)
    for _ in range(2):
        keep(clickhouse_client, Retention.EVENTS, 30)
    assert "(30" in kept_for(clickhouse_client)
    migrate(clickhouse_client)
    assert "(30" in kept_for(clickhouse_client)


def test_events_older_than_that_are_gone(clickhouse_client: Client) -> None:
    clickhouse_client.command(
        "INSERT INTO event_ledger (id_hash, time) SELECT number, subtractDays(now64(3), 10 * number) FROM numbers(5)"
    )
    keep(clickhouse_client, Retention.EVENTS, 25)
    clickhouse_client.command("OPTIMIZE TABLE event_ledger FINAL")
    [(kept,)] = clickhouse_client.query("SELECT arraySort(groupArray(id_hash)) FROM event_ledger").result_rows
    assert kept == [0, 1, 2]
