"""Known requests in, the bill of each consumer and period computed by hand out, on the real engine."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metrics.answer import group_rows
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.plans.billable_rule import DEFAULT_RULE
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.period import Period, TimeSpan
from tests.support.databases import DatabasePool, merges_stopped
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, usage, usage_rows

pytestmark = pytest.mark.clickhouse

SOURCES = ("upstream", "kong", "")
MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def sink(clickhouse_client: Client) -> ClickHouseSink:
    return ClickHouseSink(clickhouse_client)


def store(sink: ClickHouseSink, *rows: Mapping[str, Any]) -> None:
    sink.write([usage_rows(*rows)])


@pytest.fixture(scope="module")
def three_months(module_client: Client) -> Client:
    """A client of a store with one request in each of three months."""
    store(ClickHouseSink(module_client), *(usage(hour=hour) for hour in (FEBRUARY, MARCH, APRIL)))
    return module_client


@pytest.fixture(scope="module")
def consumers(database_pool: DatabasePool) -> Iterator[Client]:
    """A client of a store with requests of consumers that have several names."""
    with database_pool.store() as filled, filled.client() as client:
        store(
            ClickHouseSink(client),
            usage(),
            usage(consumer_id="c1", consumer_username="old name"),
            usage(consumer_id="c1", consumer_username="acme's \\ [name]", hour=FEBRUARY.replace(hour=11)),
            usage(consumer_id="c2", consumer_custom_id="A-2"),
        )
        yield client


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
            "billable_requests": 17 + 101 + 302 + 404 + 429 + 500 + 4,
            "not_billable_requests": 0,
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

    def test_what_is_billable_by_default_stands_beside_what_is_not(
        self, clickhouse_client: Client, sink: ClickHouseSink
    ) -> None:
        statuses, sources = (0, 101, 200, 302, 404, 500, 600), ("", "upstream", "kong")
        rows = [usage(status=status, source=source) for status in statuses for source in sources]
        store(sink, *({**row, "requests": 2**at, "partition": at} for at, row in enumerate(rows)))
        dimensions = ("status_class", "source")
        asked = ("request_count", "billable_requests", "not_billable_requests")
        query = MetricsQuery(period=None, metrics=asked, by=dimensions)
        by_rule = {True: 0, False: 0}
        for row in group_rows(clickhouse_client, query):
            takes = DEFAULT_RULE.takes(row)
            by_rule[takes] += int(row["request_count"])
            assert row["billable_requests"] == (row["request_count"] if takes else 0), row
        [found] = billable_report(clickhouse_client, BillableParameters())
        assert (found.billable_requests, found.not_billable_requests) == (by_rule[True], by_rule[False])

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
        smoke(
            [
                (Period.HOUR, ["2026-02-03T10:00:00Z", "2026-03-31T23:00:00Z", "2026-04-01T00:00:00Z"]),
                (Period.YEAR, ["2026"]),
                (Period.DAY, ["2026-02-03", "2026-03-31", "2026-04-01"]),
                (Period.MONTH, ["2026-02", "2026-03", "2026-04"]),
            ],
            2,
            reason="the periods in between; months are also those of most other tests",
        ),
    )
    def test_periods_are_calendar_periods_in_utc(self, three_months: Client, period: Period, texts: list[str]) -> None:
        rows = list(billable_report(three_months, BillableParameters(period)))
        assert [row.period for row in rows] == texts
        assert sum(row.requests for row in rows) == 3

    @pytest.mark.parametrize(
        ("start", "end", "periods"),
        smoke(
            [
                ("2026-03-31T23:00", "2026-04-01T00:00", ["2026-03"]),
                ("2026-05", None, []),
                ("2026-03", None, ["2026-03", "2026-04"]),
                (None, "2026-04", ["2026-02", "2026-03"]),
            ],
            2,
            reason="spans of one end; unit tests have each way to say one",
        ),
    )
    def test_a_span_holds_its_start_and_not_its_end(
        self, three_months: Client, start: str | None, end: str | None, periods: list[str]
    ) -> None:
        rows = list(billable_report(three_months, BillableParameters(span=TimeSpan.parse(start, end))))
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
        smoke(
            [
                (("old name", "A-2"), ["c1", "c2"]),
                (("anonymous",), ["anonymous"]),
                (("acme' OR 1=1 --",), []),
                ((), ["anonymous", "c1", "c2"]),
                (("c1",), ["c1"]),
                (("c",), []),
            ],
            3,
            reason="asks for more names; names of three kinds are in `make test`",
        ),
    )
    def test_consumers_are_found_by_id_and_by_every_name(
        self, consumers: Client, wanted: Sequence[str], found: list[str]
    ) -> None:
        rows = list(billable_report(consumers, BillableParameters(consumers=wanted)))
        assert [row.consumer_id for row in rows] == found
        assert {row.consumer_id: row.requests for row in rows}.get("c1", 2) == 2

    def test_the_view_agrees_with_the_monthly_report(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        statuses = (-1, 200, 399, 400, 503)
        by_source = ((hour, status, source) for hour in (MARCH, APRIL) for status in statuses for source in SOURCES)
        store(
            sink,
            *(
                usage(hour=hour, status=status, source=source, partition=place, requests=1 << place % 15)
                for place, (hour, status, source) in enumerate(by_source)
            ),
        )
        result = clickhouse_client.query("SELECT * FROM billable_monthly ORDER BY period, consumer_id")
        viewed = [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]
        reported = [row.model_dump() for row in billable_report(clickhouse_client, BillableParameters())]
        assert set(reported[0]) == set(viewed[0])
        refused = sum(1 << statuses.index(status) * 3 + 1 for status in (-1, 400, 503))
        assert [row["not_billable_requests"] for row in viewed] == [refused, refused]
        assert viewed == [{name: None if row[name] == "" else row[name] for name in viewed[0]} for row in reported]
        assert list(viewed[0]) == [name for name in reported[0] if name in viewed[0]]

    def test_nothing_stored_is_nothing_billed(self, clickhouse_client: Client) -> None:
        assert list(billable_report(clickhouse_client, BillableParameters())) == []
