"""The account of every event, held against the rows that are stored."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.reports.event_accounting import EventAccount, event_account
from gatemeter.worker.flusher import merged
from tests.support.kong_events import request_line
from tests.support.logs import METERING

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def counted(clickhouse_client: Client) -> Client:
    """Two requests, a copy, a bad line and a TCP session."""
    counter = PartitionCounter(Log("id", "log", LogKind.KAFKA, 100), 0, StartPosition(0, 0), METERING)
    session = b'{"session":{},"started_at":1770112861007}'
    values = [request_line("a"), request_line("a"), b"7", session, request_line("b")]
    counter.add(LogChunk(0, 5, range(5), values, None, "kong-log"))
    ClickHouseSink(clickhouse_client).write(merged([(counter, counter.take_flush())]))
    return clickhouse_client


def test_an_empty_store_breaks_no_law(clickhouse_client: Client) -> None:
    totals = event_account(clickhouse_client)
    assert (totals.consumed, totals.holds, totals.rows_agree) == (0, True, True)


def test_every_event_is_accounted_for(counted: Client) -> None:
    assert event_account(counted) == EventAccount(
        consumed=5, counted=2, duplicates=1, dead_letters=1, other_kind=1, holds=True, rows_agree=True
    )


@pytest.mark.parametrize("table", ["api_usage_hourly", "monthly_requests", "dead_letters"])
def test_rows_that_went_missing_are_seen(counted: Client, table: str) -> None:
    counted.command(f"TRUNCATE TABLE {table}")
    totals = event_account(counted)
    assert (totals.holds, totals.rows_agree) == (True, False)
    assert "DO NOT AGREE" in totals.sentence()


def test_a_ledger_that_does_not_add_up_is_seen(counted: Client) -> None:
    counted.command("INSERT INTO epoch_ledger SELECT * REPLACE (6 AS consumed, 9 AS version) FROM epoch_ledger")
    assert not event_account(counted).holds
