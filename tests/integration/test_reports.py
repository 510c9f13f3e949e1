"""Known rows in, answers computed by hand out, on the real engine."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError
from gatemeter.license_report.buckets import LicenseParameters, monthly_buckets
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, LatencyRow, latency_report
from gatemeter.reports.period import Period, TimeSpan
from tests.support.databases import merges_stopped
from tests.support.stored_rows import FEBRUARY, dead_letter_rows, ledger_rows, sketch, usage, usage_rows

pytestmark = pytest.mark.clickhouse

MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def sink(clickhouse_client: Client) -> ClickHouseSink:
    return ClickHouseSink(clickhouse_client)


def store(sink: ClickHouseSink, *rows: Mapping[str, Any]) -> None:
    sink.write([usage_rows(*rows)])


class TestBillable:
    def test_adds_epochs_and_statuses_up_per_month_and_consumer(
        self, clickhouse_client: Client, sink: ClickHouseSink
    ) -> None:
        acme = {"consumer_id": "c1", "consumer_username": "acme", "consumer_custom_id": "A-1"}
        store(
            sink,
            usage(**acme, requests=10, request_bytes=10**20, response_bytes=7),
            usage(**acme, requests=5, epoch_first_offset=1024, request_bytes=10**20),
            usage(**acme, requests=2, partition=1),
            *(usage(**acme, status=status, requests=status) for status in (101, 302, 404, 429, 500)),
            *(usage(**acme, status=status, requests=1) for status in (-1, 0, 99, 600)),
        )
        [row] = billable_report(clickhouse_client, BillableParameters())
        assert row.model_dump() == {
            "period": "2026-02",
            "consumer_id": "c1",
            "consumer_username": "acme",
            "consumer_custom_id": "A-1",
            "requests": 17 + 101 + 302 + 404 + 429 + 500 + 4,
            "status_1xx": 101,
            "status_2xx": 17,
            "status_3xx": 302,
            "status_4xx": 404 + 429,
            "status_5xx": 500,
            "status_unknown": 4,
            "request_bytes": 2 * 10**20,
            "response_bytes": 7,
            **dict.fromkeys(("requests_without_request_bytes", "requests_without_response_bytes"), 0),
            **dict.fromkeys(("request_bytes_kind", "response_bytes_kind"), "as sent"),
        }

    def test_replaced_values_are_gone_before_any_merge(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        with merges_stopped(clickhouse_client, "api_usage_hourly"):
            for version, requests in ((3, 30), (9, 90), (6, 60)):
                store(sink, usage(version=version, requests=requests))
            [[parts]] = clickhouse_client.query(
                "SELECT count() FROM system.parts "
                "WHERE active AND database = currentDatabase() AND table = 'api_usage_hourly'"
            ).result_rows
            assert parts == 3
            assert [row.requests for row in billable_report(clickhouse_client, BillableParameters())] == [90]

    @pytest.mark.parametrize(
        ("period", "texts"),
        [
            (Period.HOUR, ["2026-02-03T10:00:00Z", "2026-03-31T23:00:00Z", "2026-04-01T00:00:00Z"]),
            (Period.DAY, ["2026-02-03", "2026-03-31", "2026-04-01"]),
            (Period.MONTH, ["2026-02", "2026-03", "2026-04"]),
            (Period.YEAR, ["2026"]),
        ],
    )
    def test_periods_are_calendar_periods_in_utc(
        self, clickhouse_client: Client, sink: ClickHouseSink, period: Period, texts: list[str]
    ) -> None:
        store(sink, *(usage(hour=hour) for hour in (FEBRUARY, MARCH, APRIL)))
        rows = list(billable_report(clickhouse_client, BillableParameters(period)))
        assert [row.period for row in rows] == texts
        assert sum(row.requests for row in rows) == 3

    @pytest.mark.parametrize(
        ("start", "end", "periods"),
        [
            ("2026-03", None, ["2026-03", "2026-04"]),
            (None, "2026-04", ["2026-02", "2026-03"]),
            ("2026-03-31T23:00", "2026-04-01T00:00", ["2026-03"]),
            ("2026-05", None, []),
        ],
    )
    def test_a_span_holds_its_start_and_not_its_end(
        self, clickhouse_client: Client, sink: ClickHouseSink, start: str | None, end: str | None, periods: list[str]
    ) -> None:
        store(sink, *(usage(hour=hour) for hour in (FEBRUARY, MARCH, APRIL)))
        rows = list(billable_report(clickhouse_client, BillableParameters(span=TimeSpan.parse(start, end))))
        assert [row.period for row in rows] == periods

    def test_names_are_the_latest_that_are_not_empty(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        later = FEBRUARY.replace(hour=12)
        store(
            sink,
            usage(consumer_id="c", consumer_username="old", consumer_custom_id="k", log="log-9", version=99),
            usage(consumer_id="c", consumer_username="zoe", hour=later),
            usage(consumer_id="c", consumer_username="ann", hour=later, log="log-2", version=50),
            usage(consumer_id="c", consumer_username="", hour=later.replace(hour=13)),
        )
        [row] = billable_report(clickhouse_client, BillableParameters())
        assert (row.consumer_username, row.consumer_custom_id, row.requests) == ("zoe", "k", 4)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ((), ["anonymous", "c1", "c2"]),
            (("c1",), ["c1"]),
            (("old name", "A-2"), ["c1", "c2"]),
            (("anonymous",), ["anonymous"]),
            (("acme' OR 1=1 --",), []),
            (("c",), []),
        ],
    )
    def test_consumers_are_found_by_id_and_by_every_name(
        self, clickhouse_client: Client, sink: ClickHouseSink, wanted: Sequence[str], found: list[str]
    ) -> None:
        store(
            sink,
            usage(),
            usage(consumer_id="c1", consumer_username="old name"),
            usage(consumer_id="c1", consumer_username="acme's \\ [name]", hour=FEBRUARY.replace(hour=11)),
            usage(consumer_id="c2", consumer_custom_id="A-2"),
        )
        rows = list(billable_report(clickhouse_client, BillableParameters(consumers=wanted)))
        assert [row.consumer_id for row in rows] == found
        assert {row.consumer_id: row.requests for row in rows}.get("c1", 2) == 2

    def test_the_view_agrees_with_the_monthly_report(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        store(sink, *(usage(hour=hour, status=status) for hour in (MARCH, APRIL) for status in (-1, 200, 503)))
        result = clickhouse_client.query("SELECT * FROM billable_monthly ORDER BY period, consumer_id")
        viewed = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
        reported = [row.model_dump() for row in billable_report(clickhouse_client, BillableParameters())]
        assert viewed == [{name: None if value == "" else value for name, value in row.items()} for row in reported]
        assert list(viewed[0]) == list(reported[0])

    def test_nothing_stored_is_nothing_billed(self, clickhouse_client: Client) -> None:
        assert list(billable_report(clickhouse_client, BillableParameters())) == []


class TestLatency:
    def one_row(self, client: Client) -> LatencyRow:
        [row] = latency_report(client, LatencyParameters())
        return row

    def test_a_hundred_values_spread_over_rows(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        values_ns = [number * 1_000_000 for number in range(1, 101)]
        store(
            sink,
            usage(service_name="orders", **sketch("request", values_ns[0::3])),
            usage(service_name="orders", epoch_first_offset=1024, **sketch("request", values_ns[1::3])),
            usage(service_name="orders", status=404, **sketch("request", values_ns[2::3])),
        )
        row = self.one_row(clickhouse_client)
        assert (row.service, row.latency, row.count) == ("orders", "request", 100)
        assert (row.avg_ms, row.min_ms, row.max_ms) == (50.5, 1.0, 100.0)
        for value, exact in ((row.p50_ms, 50), (row.p90_ms, 90), (row.p95_ms, 95), (row.p99_ms, 99)):
            assert value == pytest.approx(exact, rel=0.01)

    @pytest.mark.parametrize(
        ("values_ns", "percentiles_ns"),
        [
            ([0], (0, 0, 0, 0)),
            ([1], (1, 1, 1, 1)),
            ([0, 0, 5_000_000], (0, 5_000_000, 5_000_000, 5_000_000)),
            ([123_456_789] * 7, (123_456_789,) * 4),
            ([1_000, 3_600_000_000_000], (1_000, 3_600_000_000_000, 3_600_000_000_000, 3_600_000_000_000)),
            # Ranks ceil(q * 10) = 5, 9, 10, 10: a rank one off would show the neighbour, ten times as large.
            ([10**n for n in range(10)], (10**4, 10**8, 10**9, 10**9)),
            # 1000 values: the 990th, and not the 991st, is p99.
            ([1_000] * 990 + [9_000] * 10, (1_000, 1_000, 1_000, 1_000)),
            ([1_000] * 989 + [9_000] * 11, (1_000, 1_000, 1_000, 9_000)),
        ],
    )
    def test_percentiles_are_the_nearest_rank(
        self,
        clickhouse_client: Client,
        sink: ClickHouseSink,
        values_ns: list[int],
        percentiles_ns: tuple[int, int, int, int],
    ) -> None:
        store(sink, usage(**sketch("upstream", values_ns)))
        row = self.one_row(clickhouse_client)
        found_ns = [value * 1e6 for value in (row.p50_ms, row.p90_ms, row.p95_ms, row.p99_ms)]
        assert found_ns == pytest.approx(list(percentiles_ns), rel=0.01, abs=0.5)
        assert row.min_ms <= row.p50_ms <= row.p90_ms <= row.p95_ms <= row.p99_ms <= row.max_ms

    def test_what_was_not_measured_is_left_out(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        store(
            sink,
            usage(service_name="a", **sketch("request", [2_000_000]), **sketch("gateway", [1_000_000])),
            usage(service_name="a", source="kong", **sketch("request", [4_000_000])),
            usage(service_name="b"),
        )
        rows = list(latency_report(clickhouse_client, LatencyParameters()))
        assert [(row.service, row.latency, row.count, row.min_ms, row.avg_ms) for row in rows] == [
            ("a", "request", 2, 2.0, 3.0),
            ("a", "gateway", 1, 1.0, 1.0),
        ]

    @pytest.mark.parametrize(
        ("by", "groups"),
        [
            ([LatencyGroup.SERVICE], [("billing", "", ""), ("none", "", ""), ("s-2", "", "")]),
            ([LatencyGroup.ROUTE], [("", "none", ""), ("", "pay", ""), ("", "r-2", "")]),
            ([LatencyGroup.CONSUMER], [("", "", "anonymous"), ("", "", "c1")]),
            (
                [LatencyGroup.CONSUMER, LatencyGroup.SERVICE],
                [("billing", "", "c1"), ("none", "", "anonymous"), ("s-2", "", "anonymous")],
            ),
            ([], [("", "", "")]),
        ],
    )
    def test_groups_by_name_else_id_else_none(
        self,
        clickhouse_client: Client,
        sink: ClickHouseSink,
        by: list[LatencyGroup],
        groups: list[tuple[str, str, str]],
    ) -> None:
        measured = sketch("request", [1_000_000])
        store(
            sink,
            usage(service_id="s-1", service_name="billing", route_name="pay", consumer_id="c1", **measured),
            usage(service_id="s-2", route_id="r-2", **measured),
            usage(**measured),
        )
        rows = list(latency_report(clickhouse_client, LatencyParameters(by=by)))
        assert [(row.service, row.route, row.consumer) for row in rows] == groups
        assert sum(row.count for row in rows) == 3

    def test_replaced_sketches_and_other_times_do_not_count(
        self, clickhouse_client: Client, sink: ClickHouseSink
    ) -> None:
        store(sink, usage(version=1, **sketch("request", [9_000_000])))
        store(sink, usage(version=2, **sketch("request", [9_000_000, 1_000_000])))
        store(sink, usage(hour=MARCH, **sketch("request", [70_000_000])))
        [row] = latency_report(clickhouse_client, LatencyParameters(span=TimeSpan.parse("2026-02", "2026-03")))
        assert (row.count, row.max_ms, row.avg_ms) == (2, 9.0, 5.0)


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
