"""The views for SQL, and what all reports share, on the real engine."""

from collections.abc import Mapping
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError
from gatemeter.license_report.buckets import LicenseParameters, monthly_buckets
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.latency import LatencyParameters, latency_report
from tests.support.stored_rows import dead_letter_rows, ledger_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def sink(clickhouse_client: Client) -> ClickHouseSink:
    return ClickHouseSink(clickhouse_client)


def store(sink: ClickHouseSink, *rows: Mapping[str, Any]) -> None:
    sink.write([usage_rows(*rows)])


class TestViews:
    def test_an_unknown_status_is_null(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        store(sink, usage(status=-1), usage(status=200))
        store(sink, usage(status=200, version=2, requests=8))
        rows = clickhouse_client.query("SELECT status, requests FROM api_usage ORDER BY requests").result_rows
        assert rows == [(None, 1), (200, 8)]

    @pytest.mark.parametrize("view", ["api_usage", "billable_monthly", "agentic_usage", "stream_sessions"])
    def test_bytes_are_of_a_type_that_every_tool_reads(self, clickhouse_client: Client, view: str) -> None:
        columns = {row[0]: row[1] for row in clickhouse_client.query(f"DESCRIBE TABLE {view}").result_rows}
        kinds = {kind for name, kind in columns.items() if name.endswith("_bytes")}
        assert kinds <= {"Int64", "Nullable(Int64)"}

    def test_bytes_that_do_not_fit_are_an_error_and_no_number(
        self, clickhouse_client: Client, sink: ClickHouseSink
    ) -> None:
        largest = 2**63 - 1
        store(sink, usage(request_bytes=largest))
        assert clickhouse_client.query("SELECT request_bytes FROM billable_monthly").result_rows == [(largest,)]
        store(sink, usage(consumer_id="c2", request_bytes=2**70))
        with pytest.raises(DatabaseError, match="cannot be safely converted into type Int64"):
            clickhouse_client.query("SELECT request_bytes FROM billable_monthly")
        assert list(billable_report(clickhouse_client, BillableParameters()))[1].request_bytes == 2**70

    def test_conservation_holds_only_if_every_epoch_does(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        epoch = {"log": "good", "topic": "t", "version": 1, "consumed": 10, "counted": 7, "duplicates": 1}
        whole = {**epoch, "dead_letters": 1, "other_kind": 1}
        sink.write([ledger_rows(whole, {**whole, "epoch_first_offset": 10})])
        # One event too many in one epoch and one too few in the next.
        bad = {**whole, "log": "bad"}
        sink.write([ledger_rows({**bad, "counted": 8}, {**bad, "counted": 6, "epoch_first_offset": 10})])
        rows = clickhouse_client.query(
            "SELECT log, epochs, consumed, counted, duplicates, dead_letters, other_kind, holds "
            "FROM conservation ORDER BY log"
        ).result_rows
        assert rows == [("bad", 2, 20, 14, 2, 2, 2, False), ("good", 2, 20, 14, 2, 2, 2, True)]

    def test_deleted_dead_letters_are_not_listed(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        letter = {"log": "log-1", "version": 9, "reason": "not-json", "topic": "t"}
        sink.write([dead_letter_rows({**letter, "offset": 1}, {**letter, "offset": 2, "is_deleted": 1})])
        rows = clickhouse_client.query("SELECT topic, offset, reason FROM dead_letter_list").result_rows
        assert rows == [("t", 1, "not-json")]


def test_a_report_without_tables_says_what_to_run(empty_clickhouse: Client) -> None:
    with pytest.raises(ConflictError, match="run gatemeter migrate"):
        list(billable_report(empty_clickhouse, BillableParameters()))


def test_reports_are_tagged_for_the_servers_query_log(
    clickhouse_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = []

    def record_tags(name: str) -> None:
        call = getattr(clickhouse_client, name)

        def recording(*arguments: Any, **options: Any) -> Any:
            tags.append(options["settings"]["log_comment"])
            return call(*arguments, **options)

        monkeypatch.setattr(clickhouse_client, name, recording)

    record_tags("query")
    record_tags("query_row_block_stream")
    list(billable_report(clickhouse_client, BillableParameters()))
    list(latency_report(clickhouse_client, LatencyParameters()))
    monthly_buckets(clickhouse_client, LicenseParameters())
    names = ["settled_rungs", "billable", "settled_rungs", "latency", "license_report_months"]
    assert tags == [f"gatemeter/report/{name}/1" for name in names]
