"""Known calls to models in, answers computed by hand out, on the real engine."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.reports.llm import LlmGroup, LlmParameters, LlmRow, llm_report
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import Subject
from gatemeter.schema import LLM_USAGE
from tests.support.databases import merges_stopped
from tests.support.stored_rows import FEBRUARY, sketch, table_rows

pytestmark = pytest.mark.clickhouse

LATENCIES_MS = ("avg_ms", "min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")
MARCH = datetime(2026, 3, 31, 23, tzinfo=UTC)


def llm(**values: Any) -> Mapping[str, Any]:
    """A row of llm_usage_hourly: one call to a provider, epoch 0 at version 1 of log `log-1`; money as text."""
    row = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", **values}
    money = {column.name for column in LLM_USAGE.columns if column.type.startswith("Decimal")}
    return row | {name: Decimal(row[name]) for name in money & set(row)}


def store(client: Client, *rows: Mapping[str, Any]) -> None:
    ClickHouseSink(client).write([table_rows(LLM_USAGE, *rows)])


def report(client: Client, *by: LlmGroup, **parameters: Any) -> list[LlmRow]:
    return list(llm_report(client, LlmParameters(by=by, **parameters)))


def total(client: Client) -> LlmRow:
    [row] = report(client)
    return row


def test_the_view_of_costs_has_what_the_report_has(clickhouse_client: Client) -> None:
    """A 504 with a cost in the log may have been billed; a failed call was not."""
    outcomes = ("provider", "blocked", "unknown", "failed", "cache_hit")
    spent = {"provider": "1", "blocked": "0.25", "unknown": "0.5"}
    store(clickhouse_client, *(llm(outcome=each, cost_reported_spend=spent.get(each, "0")) for each in outcomes))
    view = "SELECT toString(sum(cost)) FROM llm_costs_reported"
    assert clickhouse_client.query(view).result_rows == [("1.75",)]
    assert total(clickhouse_client).cost_reported == "1.75"


class TestSums:
    def test_epochs_and_partitions_of_a_key_are_added_up(self, clickhouse_client: Client) -> None:
        tokens = {"prompt_tokens": 10**37, "completion_tokens": 20, "total_tokens": 30, "cached_tokens": 4}
        store(
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
                store(clickhouse_client, llm(version=version, calls=calls, cost_computed=str(calls)))
            assert (total(clickhouse_client).calls, total(clickhouse_client).cost_computed) == (90, "90")

    def test_of_equal_versions_the_last_counts(self, clickhouse_client: Client) -> None:
        with merges_stopped(clickhouse_client, "llm_usage_hourly"):
            for cost in ("0.3", "0.1", "0.2"):
                store(clickhouse_client, llm(cost_computed=cost))
            assert total(clickhouse_client).cost_computed == "0.2"

    @pytest.mark.parametrize(
        ("period", "texts"),
        [
            (Period.HOUR, ["2026-02-03T10:00:00Z", "2026-03-31T23:00:00Z"]),
            (Period.DAY, ["2026-02-03", "2026-03-31"]),
            (Period.MONTH, ["2026-02", "2026-03"]),
            (Period.YEAR, ["2026"]),
        ],
    )
    def test_periods_are_calendar_periods_in_utc(
        self, clickhouse_client: Client, period: Period, texts: list[str]
    ) -> None:
        store(clickhouse_client, *(llm(hour=hour) for hour in (FEBRUARY, MARCH)))
        assert [row.period for row in report(clickhouse_client, period=period)] == texts

    def test_a_span_holds_its_start_and_not_its_end(self, clickhouse_client: Client) -> None:
        store(clickhouse_client, *(llm(hour=hour) for hour in (FEBRUARY, MARCH)))
        span = TimeSpan.parse("2026-02-03T10:00", "2026-03-31T23:00")
        assert [row.period for row in report(clickhouse_client, span=span)] == ["2026-02"]

    def test_nothing_stored_is_nothing_reported(self, clickhouse_client: Client) -> None:
        assert report(clickhouse_client) == []


class TestMoney:
    @pytest.mark.parametrize(
        ("costs", "text"),
        [
            (["0.0000468"], "0.0000468"),
            (["0"], "0"),
            (["12.50", "7.50"], "20"),
            # Logged as 4.6800000000000006e-05, so with 21 decimals.
            (["0.000046800000000000006", "0.000046800000000000006", "0.1"], "0.100093600000000000012"),
            (["0.1", "0.2"], "0.3"),
            (["0.000000000000000000000001", "12345678901234"], "12345678901234.000000000000000000000001"),
            # Together more than Decimal(38, 24) holds.
            (["99999999999999.999999999999999999999999"] * 3, "299999999999999.999999999999999999999997"),
            (["-0.5", "0.2"], "-0.3"),
        ],
    )
    def test_is_added_up_exactly_and_written_without_exponent(
        self, clickhouse_client: Client, costs: Sequence[str], text: str
    ) -> None:
        others = ("cost_computed", "embeddings_cost", "cost_savings")
        columns = ("cost_reported_spend", *others)
        store(
            clickhouse_client,
            *(llm(epoch_first_offset=place, **dict.fromkeys(columns, cost)) for place, cost in enumerate(costs)),
        )
        row = total(clickhouse_client)
        assert [getattr(row, column) for column in ("cost_reported", *others)] == [text] * 4

    @pytest.mark.parametrize(
        ("rows", "cost"),
        [
            ([llm(calls_without_reported_cost=1)], None),
            ([llm(calls=3, calls_without_reported_cost=3), llm(outcome="cache_hit")], None),
            ([llm(calls=3, calls_without_reported_cost=2, cost_reported_spend="0.5")], "0.5"),
            ([llm(calls_without_reported_cost=1), llm(provider="b", cost_reported_spend="0.5")], "0.5"),
            ([llm(outcome="cache_hit"), llm(outcome="failed")], "0"),
            ([llm(outcome="failed", cost_reported="0.5")], "0"),
            ([llm(outcome="blocked", calls_without_reported_cost=1)], None),
            ([llm(outcome="unknown", calls_without_reported_cost=1)], None),
            ([llm(outcome="unknown", calls_without_reported_cost=1), llm(outcome="failed")], None),
            ([llm(outcome="unknown", cost_reported_spend="0.5")], "0.5"),
            # One half of a call that two messages report: it has a cost, but the other half counts the call.
            ([llm(calls=0, cost_reported_spend="0.5")], "0.5"),
            ([llm(calls_without_reported_cost=1), llm(provider="b", calls=0, cost_reported_spend="0.5")], "0.5"),
        ],
    )
    def test_reported_is_null_where_no_call_has_one(
        self, clickhouse_client: Client, rows: Sequence[Mapping[str, Any]], cost: str | None
    ) -> None:
        store(clickhouse_client, *rows)
        assert total(clickhouse_client).cost_reported == cost

    @pytest.mark.parametrize(
        ("rows", "cost"),
        [
            ([llm(unpriced_calls=1)], None),
            ([llm(calls=2, unpriced_calls=2), llm(outcome="cache_hit"), llm(outcome="failed")], None),
            ([llm(unpriced_calls=1), llm(provider="b", cost_computed="0.25")], "0.25"),
            # Priced, and free: 0 is known here.
            ([llm(calls=2, unpriced_calls=1)], "0"),
            ([llm(outcome="cache_hit"), llm(outcome="failed")], "0"),
            ([llm(outcome="unknown", unpriced_calls=1)], None),
            ([llm(outcome="unknown", unpriced_calls=1), llm(cost_computed="0.25")], "0.25"),
            # A hit whose embedding has no price says nothing of the call that has one.
            ([llm(), llm(outcome="cache_hit", unpriced_calls=1)], "0"),
            ([llm(outcome="cache_hit", unpriced_calls=1)], "0"),
            ([llm(calls=0, cost_computed="0.25"), llm(provider="b", unpriced_calls=1)], "0.25"),
        ],
    )
    def test_computed_is_null_where_no_call_has_a_price(
        self, clickhouse_client: Client, rows: Sequence[Mapping[str, Any]], cost: str | None
    ) -> None:
        store(clickhouse_client, *rows)
        assert total(clickhouse_client).cost_computed == cost

    @pytest.mark.parametrize(
        ("rows", "cost"),
        [
            ([llm()], "0"),
            ([llm(unpriced_calls=1, cost_evidence="unpriced")], "0"),
            ([llm(embeddings_evidence="reported", unpriced_calls=1, cost_evidence="unpriced")], None),
            ([llm(embeddings_evidence="estimated", embeddings_cost="0.5", cost_evidence="unpriced")], "0.5"),
            ([llm(embeddings_evidence="reported", cost_evidence="computed")], "0"),
        ],
    )
    def test_of_embeddings_is_null_where_none_has_a_price(
        self, clickhouse_client: Client, rows: Sequence[Mapping[str, Any]], cost: str | None
    ) -> None:
        store(clickhouse_client, *rows)
        assert total(clickhouse_client).embeddings_cost == cost

    def test_each_group_has_what_is_known_of_it(self, clickhouse_client: Client) -> None:
        store(
            clickhouse_client,
            llm(provider="a", cost_reported_spend="1", unpriced_calls=1),
            llm(provider="b", calls_without_reported_cost=1, cost_computed="2"),
        )
        rows = report(clickhouse_client, LlmGroup.PROVIDER)
        assert [(row.groups, row.cost_reported, row.cost_computed) for row in rows] == [
            (["a"], "1", None),
            (["b"], None, "2"),
        ]


class TestLatency:
    def test_sketches_of_several_rows_are_merged(self, clickhouse_client: Client) -> None:
        values_ns = [number * 1_000_000 for number in range(1, 101)]
        store(
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
        store(clickhouse_client, llm(**sketch("llm", [1_000_000] * 990 + [9_000_000] * 10)))
        row = total(clickhouse_client)
        assert [row.p50_ms, row.p99_ms, row.max_ms] == pytest.approx([1, 1, 9], rel=0.01)

    def test_nothing_measured_is_null_and_not_0(self, clickhouse_client: Client) -> None:
        store(clickhouse_client, llm(), llm(provider="b", **sketch("llm", [0])))
        unmeasured, measured = report(clickhouse_client, LlmGroup.PROVIDER)
        assert (unmeasured.count, measured.count) == (0, 1)
        assert [getattr(unmeasured, name) for name in LATENCIES_MS] == [None] * 7
        assert [getattr(measured, name) for name in LATENCIES_MS] == [0.0] * 7


class TestGroups:
    @pytest.mark.parametrize(
        ("by", "values"),
        [
            (LlmGroup.CONSUMER_ID, ["anonymous", "c1"]),
            (LlmGroup.PROVIDER, ["", "openai"]),
            (LlmGroup.REQUEST_MODEL, ["", "gpt"]),
            (LlmGroup.RESPONSE_MODEL, ["", "gpt-1"]),
            (LlmGroup.OUTCOME, ["failed", "provider"]),
            (LlmGroup.SERVICE, ["", "chat"]),
            (LlmGroup.ROUTE, ["", "r-1"]),
            (LlmGroup.WORKSPACE, ["", "w"]),
            (LlmGroup.PLUGIN, ["", "ai-proxy"]),
            (LlmGroup.CACHE_STATUS, ["", "miss"]),
        ],
    )
    def test_every_group_tells_its_values_apart(
        self, clickhouse_client: Client, by: LlmGroup, values: list[str]
    ) -> None:
        names = {"consumer_id": "c1", "provider": "openai", "request_model": "gpt", "response_model": "gpt-1"}
        place = {"service_id": "s-1", "service_name": "chat", "route_id": "r-1", "workspace": "w"}
        store(
            clickhouse_client,
            llm(**names, **place, plugin_name="ai-proxy", plugin_id="p-1", cache_status="miss"),
            llm(outcome="failed"),
        )
        assert [(row.groups, row.calls) for row in report(clickhouse_client, by)] == [([each], 1) for each in values]

    def test_rows_follow_the_period_and_then_the_groups_as_asked_for(self, clickhouse_client: Client) -> None:
        store(
            clickhouse_client,
            llm(provider="b", request_model="x", hour=MARCH),
            llm(provider="a", request_model="z"),
            llm(provider="c", request_model="x"),
            llm(provider="b", request_model="z"),
        )
        rows = report(clickhouse_client, LlmGroup.REQUEST_MODEL, LlmGroup.PROVIDER)
        assert [(row.period, *row.groups) for row in rows] == [
            ("2026-02", "x", "c"),
            ("2026-02", "z", "a"),
            ("2026-02", "z", "b"),
            ("2026-03", "x", "b"),
        ]

    def test_what_is_not_asked_for_is_added_up(self, clickhouse_client: Client) -> None:
        store(clickhouse_client, llm(provider="a", outcome="failed"), llm(provider="a"), llm(provider="b"))
        assert [(row.groups, row.calls) for row in report(clickhouse_client, LlmGroup.PROVIDER)] == [
            (["a"], 2),
            (["b"], 1),
        ]


class TestConsumers:
    ROWS = (
        llm(),
        llm(consumer_id="c1", consumer_username="old name", consumer_custom_id="A"),
        llm(consumer_id="c1", consumer_username="acme", consumer_custom_id="A", hour=FEBRUARY.replace(hour=11)),
        llm(consumer_id="c2", consumer_custom_id="A"),
    )

    @pytest.mark.parametrize(
        ("subject", "calls"),
        [
            (Subject.ID, {"anonymous": 1, "c1": 2, "c2": 1}),
            (Subject.USERNAME, {"acme": 1, "anonymous": 1, "c2": 1, "old name": 1}),
            (Subject.CUSTOM_ID, {"A": 3, "anonymous": 1}),
        ],
    )
    def test_the_subject_is_the_name_asked_for_else_the_id(
        self, clickhouse_client: Client, subject: Subject, calls: dict[str, int]
    ) -> None:
        store(clickhouse_client, *self.ROWS)
        rows = report(clickhouse_client, LlmGroup.CONSUMER_ID, subject=subject)
        assert [(row.groups, row.calls) for row in rows] == [([name], count) for name, count in calls.items()]

    @pytest.mark.parametrize(
        ("names", "calls"),
        [
            ((), 4),
            (("c1",), 2),
            (("old name",), 2),
            (("acme", "anonymous"), 3),
            (("A",), 3),
            (("c",), 0),
            (("' OR 1=1 --",), 0),
        ],
    )
    def test_a_consumer_is_found_by_every_name_and_counted_whole(
        self, clickhouse_client: Client, names: Sequence[str], calls: int
    ) -> None:
        store(clickhouse_client, *self.ROWS)
        # Also where consumers are no group, which is then made of the chosen ones alone.
        assert sum(row.calls for row in report(clickhouse_client, consumers=names)) == calls
        assert sum(row.calls for row in report(clickhouse_client, LlmGroup.CONSUMER_ID, consumers=names)) == calls

    def test_a_consumer_is_found_by_the_names_of_its_subject_in_the_same_period_alone(
        self, clickhouse_client: Client
    ) -> None:
        store(clickhouse_client, *self.ROWS, llm(consumer_id="c1", consumer_username="acme", hour=MARCH))
        rows = report(clickhouse_client, consumers=("old name",))
        assert [(row.period, row.calls) for row in rows] == [("2026-02", 2)]
        by_name = report(clickhouse_client, LlmGroup.CONSUMER_ID, consumers=("c1",), subject=Subject.USERNAME)
        assert [row.groups for row in by_name] == [["acme"], ["old name"], ["acme"]]


class TestEvidenceAndCurrency:
    def test_a_total_says_how_much_of_it_is_an_estimate(self, clickhouse_client: Client) -> None:
        store(
            clickhouse_client,
            llm(cost_computed="0.5", cost_evidence="computed", provider="a"),
            llm(cost_computed="0.25", cost_evidence="estimated", provider="b", calls=2, answers=1),
            llm(cost_evidence="unpriced", unpriced_calls=4, calls=4, provider="c"),
        )
        row = total(clickhouse_client)
        assert (row.cost_computed, row.cost_estimated, row.estimated_calls) == ("0.75", "0.25", 3)
        assert (row.calls, row.unpriced_calls) == (7, 4)

    @pytest.mark.parametrize(("name", "amount"), [("cost_currency", "cost_computed"), ("cost_reported_currency", "")])
    def test_two_currencies_are_two_rows(self, clickhouse_client: Client, name: str, amount: str) -> None:
        column = amount or "cost_reported_spend"
        currencies = ("", "EUR", "USD")
        rows = [llm(epoch_first_offset=place, **{name: each, column: "1"}) for place, each in enumerate(currencies)]
        store(clickhouse_client, *rows)
        found = [(getattr(row, name), getattr(row, amount or "cost_reported")) for row in report(clickhouse_client)]
        assert found == [(each, "1") for each in currencies]
