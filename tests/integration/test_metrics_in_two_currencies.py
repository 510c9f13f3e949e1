"""Amounts in several currencies: never compared, and their currency stays known where they add up to 0."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.metrics.answer import answer, streamed_answer
from gatemeter.metrics.declared import SeveralLabelsError
from gatemeter.metrics.metrics_query import MetricsQuery, Order
from gatemeter.output.placeholders import REST
from gatemeter.schema import LLM_USAGE
from gatemeter.settling.settler import settle
from tests.support.stored_rows import table_rows

pytestmark = pytest.mark.clickhouse

COSTS = [("a", "JPY", 900), ("b", "JPY", 800), ("c", "JPY", 700), ("d", "EUR", 5), ("e", "EUR", 6), ("f", "", 0)]
APART = ("consumer", "cost_currency")
NOTE = "llm_cost is not compared between several values of cost_currency: each has its own order"


def store_costs(client: Client, costs: Sequence[tuple[str, str, int]]) -> None:
    rows = [
        {"log": "log-1", "version": 1, "consumer_id": consumer, "calls": 1, "outcome": "provider"}
        | {"cost_currency": currency, "cost_computed": amount, "price_version": "p#1" if currency else ""}
        for consumer, currency, amount in costs
    ]
    ClickHouseSink(client).write([table_rows(LLM_USAGE, *rows)])


def consumers(client: Client, **asked: object) -> list[str]:
    query = MetricsQuery(period=None, metrics=("llm_cost",), **asked)  # type: ignore[arg-type]
    return ["".join(row[name][:1] for name in query.by[:1]) for row in answer(client, query).rows]


def test_amounts_are_ordered_within_their_currency(clickhouse_client: Client) -> None:
    store_costs(clickhouse_client, COSTS)
    client = clickhouse_client
    for by in (("consumer",), APART):
        assert consumers(client, by=by) == ["e", "d", "a", "b", "c", "f"]
        assert consumers(client, by=by, order=Order("llm_cost")) == ["f", "d", "e", "c", "b", "a"]
        assert consumers(client, by=by, order=Order("consumer")) == ["a", "b", "c", "d", "e", "f"]
    query = MetricsQuery(period=None, metrics=("llm_cost",), by=APART)
    assert answer(client, query).notes == [NOTE]
    streamed = streamed_answer(client, query)
    assert (len([*streamed.rows]), streamed.notes) == (6, [NOTE])


def test_a_limit_is_of_each_currency(clickhouse_client: Client) -> None:
    store_costs(clickhouse_client, COSTS)
    query = MetricsQuery(period=None, metrics=("llm_cost",), by=APART, limit=1)
    found = answer(clickhouse_client, query)
    rows = [(row["consumer"], row["cost_currency"], row["llm_cost"]) for row in found.rows]
    assert rows == [
        ("e", "EUR", "6"),
        ("a", "JPY", "900"),
        ("f", "Empty", "0"),
        (REST, "EUR", "5"),
        (REST, "JPY", "1500"),
    ]
    assert found.notes == [f"groups beyond the first 1 of each cost_currency are one: {REST}", NOTE]
    with pytest.raises(SeveralLabelsError, match="EUR and JPY; add cost_currency to --by"):
        consumers(clickhouse_client, by=("consumer",), limit=1)


def test_one_currency_is_limited_as_ever(clickhouse_client: Client) -> None:
    store_costs(clickhouse_client, COSTS[:3] + COSTS[5:])
    found = answer(clickhouse_client, MetricsQuery(period=None, metrics=("llm_cost",), by=("consumer",), limit=2))
    assert [(row["consumer"], row["llm_cost"]) for row in found.rows] == [("a", "900"), ("b", "800"), (REST, "700")]
    assert found.notes == [f"groups beyond the first 2 are one: {REST}"]


def test_a_corrected_amount_keeps_its_currency_when_its_day_is_settled(clickhouse_client: Client) -> None:
    base = {"version": 1, "outcome": "provider", "price_version": "p#1", "cost_currency": "EUR"}
    base |= {"cost_evidence": "computed", "cost_reported_currency": "EUR"}
    rows = [
        {"log": "log-1", "epoch_first_offset": epoch, "calls": sign}
        | dict.fromkeys(("cost_computed", "cost_reported", "cost_reported_spend"), 5 * sign)
        for epoch, sign in ((0, 1), (1024, -1))
    ]
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, *(base | row for row in rows))])
    query = MetricsQuery(period=None, metrics=("llm_cost", "llm_cost_evidence_reported"))
    by_hour = answer(clickhouse_client, query).rows
    assert sum(each.units for each in settle(clickhouse_client, quiet=timedelta(), grace=timedelta()))
    assert answer(clickhouse_client, query).rows == by_hour
    assert [(row["llm_cost"], row["cost_currency"], row["cost_reported_currency"]) for row in by_hour] == [
        ("0", "EUR", "EUR")
    ]
