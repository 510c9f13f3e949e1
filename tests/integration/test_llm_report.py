"""Known calls to models in, answers computed by hand out, on the real engine."""

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.llm import LlmGroup
from gatemeter.reports.period import Period, TimeSpan
from tests.support.databases import merges_stopped
from tests.support.llm_rows import MARCH, llm, report, store_calls, total
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, sketch

pytestmark = pytest.mark.clickhouse

LATENCIES_MS = ("avg_ms", "min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")


def test_the_view_of_costs_has_what_the_report_has(clickhouse_client: Client) -> None:
    """A 504 with a cost in the log may have been billed; a failed call was not."""
    outcomes = ("provider", "blocked", "unknown", "failed", "cache_hit")
    spent = {"provider": "1", "blocked": "0.25", "unknown": "0.5"}
    store_calls(clickhouse_client, *(llm(outcome=each, cost_reported_spend=spent.get(each, "0")) for each in outcomes))
    view = "SELECT toString(sum(cost)) FROM llm_costs_reported"
    assert clickhouse_client.query(view).result_rows == [("1.75",)]
    assert total(clickhouse_client).cost_reported == "1.75"


@pytest.fixture(scope="module")
def two_months(module_client: Client) -> Client:
    """A client of a store with a call in each of two months."""
    store_calls(module_client, *(llm(hour=hour) for hour in (FEBRUARY, MARCH)))
    return module_client


class TestSums:
    def test_epochs_and_partitions_of_a_key_are_added_up(self, clickhouse_client: Client) -> None:
        tokens = {"prompt_tokens": 10**37, "completion_tokens": 20, "total_tokens": 30, "cached_tokens": 4}
        store_calls(
            clickhouse_client,
            llm(**tokens, reasoning_tokens=5, embeddings_tokens=6),
            llm(**tokens, epoch_first_offset=1024, calls=2, calls_without_reported_cost=2),
            llm(**tokens, partition=1, unpriced_calls=1),
        )
        row = total(clickhouse_client)
        # A number of 38 digits: nothing between the store and here is a float.
        assert (row.prompt_tokens, row.completion_tokens, row.total_tokens) == (3 * 10**37, 60, 90)
        assert (row.cached_tokens, row.reasoning_tokens, row.embeddings_tokens) == (12, 5, 6)
        assert (row.calls, row.calls_without_reported_cost, row.unpriced_calls) == (4, 2, 1)

    def test_replaced_values_are_gone_before_any_merge(self, clickhouse_client: Client) -> None:
        with merges_stopped(clickhouse_client, "llm_usage_hourly"):
            for version, calls in ((3, 30), (9, 90), (6, 60)):
                store_calls(clickhouse_client, llm(version=version, calls=calls, cost_computed=str(calls)))
            assert (total(clickhouse_client).calls, total(clickhouse_client).cost_computed) == (90, "90")

    def test_of_equal_versions_the_last_counts(self, clickhouse_client: Client) -> None:
        with merges_stopped(clickhouse_client, "llm_usage_hourly"):
            for cost in ("0.3", "0.1", "0.2"):
                store_calls(clickhouse_client, llm(cost_computed=cost))
            assert total(clickhouse_client).cost_computed == "0.2"

    @pytest.mark.parametrize(
        ("period", "texts"),
        smoke(
            [
                (Period.HOUR, ["2026-02-03T10:00:00Z", "2026-03-31T23:00:00Z"]),
                (Period.YEAR, ["2026"]),
                (Period.DAY, ["2026-02-03", "2026-03-31"]),
                (Period.MONTH, ["2026-02", "2026-03"]),
            ],
            2,
            reason="the periods in between; months are also those of most other tests",
        ),
    )
    def test_periods_are_calendar_periods_in_utc(self, two_months: Client, period: Period, texts: list[str]) -> None:
        assert [row.period for row in report(two_months, period=period)] == texts

    def test_a_span_holds_its_start_and_not_its_end(self, two_months: Client) -> None:
        span = TimeSpan.parse("2026-02-03T10:00", "2026-03-31T23:00")
        assert [row.period for row in report(two_months, span=span)] == ["2026-02"]

    def test_nothing_stored_is_nothing_reported(self, clickhouse_client: Client) -> None:
        assert report(clickhouse_client) == []


class TestLatency:
    def test_sketches_of_several_rows_are_merged(self, clickhouse_client: Client) -> None:
        values_ns = [number * 1_000_000 for number in range(1, 101)]
        store_calls(
            clickhouse_client,
            llm(**sketch("llm", values_ns[0::3])),
            llm(epoch_first_offset=1024, **sketch("llm", values_ns[1::3])),
            llm(response_model="m", **sketch("llm", values_ns[2::3])),
            # Rows without values: their extremes mean nothing.
            llm(outcome="cache_hit", **sketch("cache_fetch", [1])),
            llm(outcome="failed", latency_llm_min_ns=2**63 - 1, latency_llm_max_ns=2**63 - 1),
        )
        row = total(clickhouse_client)
        assert (row.calls, row.count, row.avg_ms, row.min_ms, row.max_ms) == (5, 100, 50.5, 1.0, 100.0)
        for value, exact in ((row.p50_ms, 50), (row.p90_ms, 90), (row.p95_ms, 95), (row.p99_ms, 99)):
            assert value == pytest.approx(exact, rel=0.01)

    def test_percentiles_are_the_nearest_rank(self, clickhouse_client: Client) -> None:
        # 1000 values: the 990th, and not the 991st, is p99.
        store_calls(clickhouse_client, llm(**sketch("llm", [1_000_000] * 990 + [9_000_000] * 10)))
        row = total(clickhouse_client)
        assert [row.p50_ms, row.p99_ms, row.max_ms] == pytest.approx([1, 1, 9], rel=0.01)

    def test_nothing_measured_is_null_and_not_0(self, clickhouse_client: Client) -> None:
        store_calls(clickhouse_client, llm(), llm(provider="b", **sketch("llm", [0])))
        unmeasured, measured = report(clickhouse_client, LlmGroup.PROVIDER)
        assert (unmeasured.count, measured.count) == (0, 1)
        assert [getattr(unmeasured, name) for name in LATENCIES_MS] == [None] * 7
        assert [getattr(measured, name) for name in LATENCIES_MS] == [0.0] * 7
