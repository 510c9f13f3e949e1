"""The ClickHouse sink on the real engine, beyond the contract that it shares with the in-memory sink."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.connection import connect_embedded
from gatemeter.clickhouse.errors import ErrorCode
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError, StopError
from gatemeter.schema import API_USAGE
from tests.support.stored_rows import ledger_rows, usage, usage_rows
from tests.support.stored_table import read_stored

pytestmark = pytest.mark.clickhouse


def test_one_batch_may_hold_more_months_than_the_default(clickhouse_client: Client) -> None:
    hours = [datetime(year, month, 1, tzinfo=UTC) for year in range(2015, 2024) for month in range(1, 13)]
    ClickHouseSink(clickhouse_client).write([usage_rows(*(usage(hour=hour) for hour in hours))])
    assert len(read_stored(clickhouse_client, API_USAGE)) == len(hours)


def test_rows_written_again_after_a_deletion_are_there_again(clickhouse_client: Client) -> None:
    sink, batch = ClickHouseSink(clickhouse_client), [usage_rows(usage(requests=7))]
    sink.write(batch)
    clickhouse_client.command("ALTER TABLE api_usage_hourly DELETE WHERE 1 SETTINGS mutations_sync = 2")
    sink.write(batch)
    assert [row["requests"] for row in read_stored(clickhouse_client, API_USAGE)] == [7]


def test_rows_inserted_in_chunks_are_all_stored_once(clickhouse_client: Client) -> None:
    rows = usage_rows(*(usage(consumer_id=f"c{number:02}", requests=number) for number in range(11)))
    ClickHouseSink(clickhouse_client, rows_per_insert=4).write([rows])
    stored = read_stored(clickhouse_client, API_USAGE)
    assert [row["requests"] for row in stored] == list(range(11))


def test_a_missing_table_stops_and_says_what_to_run(empty_clickhouse: Client) -> None:
    with pytest.raises(ConflictError, match=r"a table is missing.*; run gatemeter migrate"):
        ClickHouseSink(empty_clickhouse).write([usage_rows(usage())])


def test_a_value_that_does_not_fit_its_column_stops(clickhouse_client: Client) -> None:
    with pytest.raises(StopError, match="epoch_ledger"):
        ClickHouseSink(clickhouse_client).write([ledger_rows({"consumed": 2**63})])


def test_closing_a_sink_can_be_repeated(tmp_path: Path) -> None:
    sink = ClickHouseSink(connect_embedded(tmp_path))
    sink.close()
    sink.close()
    with pytest.raises(StopError, match="closed"):
        sink.stored_epochs("log-1")


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.name)
def test_an_error_code_has_the_name_that_the_engine_gives(module_client: Client, code: ErrorCode) -> None:
    assert module_client.query(f"SELECT errorCodeToName({code.value})").result_rows == [(code.name,)]


def test_opening_the_engine_does_not_import_numpy(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from gatemeter.clickhouse.connection import connect_embedded; "
    code += "connect_embedded(Path(sys.argv[1])).close(); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "chdb.state" in run.stdout.split()
    assert {"numpy", "pyarrow"}.isdisjoint(run.stdout.split())
