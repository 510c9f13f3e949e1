"""Known latencies in, averages and percentiles computed by hand out, on the real engine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, LatencyRow, latency_report
from gatemeter.reports.period import TimeSpan
from tests.support.stored_rows import sketch, usage, usage_rows

pytestmark = pytest.mark.clickhouse

MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)


@pytest.fixture
def sink(clickhouse_client: Client) -> ClickHouseSink:
    return ClickHouseSink(clickhouse_client)


def store(sink: ClickHouseSink, *rows: Mapping[str, Any]) -> None:
    sink.write([usage_rows(*rows)])


@pytest.fixture(scope="module")
def named(module_client: Client) -> Client:
    """A client of a store with requests that have a name, an id, and neither."""
    measured = sketch("request", [1_000_000])
    store(
        ClickHouseSink(module_client),
        usage(service_id="s-1", service_name="billing", route_name="pay", consumer_id="c1", **measured),
        usage(service_id="s-2", route_id="r-2", **measured),
        usage(**measured),
    )
    return module_client


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

    NEAREST_RANKS = (
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
    )

    def test_percentiles_are_the_nearest_rank(self, clickhouse_client: Client, sink: ClickHouseSink) -> None:
        store(
            sink,
            *(
                usage(service_name=f"s{number}", **sketch("upstream", values_ns))
                for number, (values_ns, _) in enumerate(self.NEAREST_RANKS)
            ),
        )
        rows = list(latency_report(clickhouse_client, LatencyParameters()))
        assert [row.service for row in rows] == [f"s{number}" for number in range(len(self.NEAREST_RANKS))]
        for row, (_, percentiles_ns) in zip(rows, self.NEAREST_RANKS, strict=True):
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
        self, named: Client, by: list[LatencyGroup], groups: list[tuple[str, str, str]]
    ) -> None:
        rows = list(latency_report(named, LatencyParameters(by=by)))
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
