"""Rows of usage of a period: whose, when, in which order, and that they add up to the bill."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill import bill
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement_store import store_statement
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.exports.exported_period import exported_period
from gatemeter.exports.usage_row import UsageRow
from gatemeter.exports.usage_rows import Grain, usage_rows
from gatemeter.plans.plan import PlanBook
from gatemeter.schema import LLM_USAGE
from tests.support.plan_files import PER_REQUEST, account, book, plan
from tests.support.stored_rows import table_rows, usage
from tests.support.stored_rows import usage_rows as stored_usage

pytestmark = pytest.mark.clickhouse

FEBRUARY = BillingPeriod(2026, 2)


def store(client: Client, *rows: Mapping[str, Any]) -> None:
    whole = [
        usage(**{"consumer_id": "acme", "source": "upstream", "partition": place, **row})
        for place, row in enumerate(rows)
    ]
    ClickHouseSink(client).write([stored_usage(*whole)])


def rows_of(client: Client, plans: PlanBook, grain: Grain = Grain.DAY) -> Iterator[UsageRow]:
    return usage_rows(client, exported_period(client, plans, FEBRUARY), grain)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 2, day, hour, tzinfo=UTC)


def test_days_are_those_of_the_account(clickhouse_client: Client) -> None:
    """In Berlin, the hour from 23:00 UTC is the first of the next day; globex has days of UTC."""
    rows = [
        {"requests": 1, "hour": at(1, 22)},
        {"requests": 10, "hour": at(1, 23)},
        {"requests": 100, "hour": at(2, 22)},
        {"requests": 1_000, "hour": at(1, 23), "consumer_id": "globex"},
        {"requests": 10_000, "hour": at(1, 23), "consumer_id": "nobody-s"},
    ]
    store(clickhouse_client, *rows)
    accounts = [account(time_zone="Europe/Berlin"), account("globex")]
    found = rows_of(clickhouse_client, book(accounts=accounts))
    assert [(each.account, each.start, each.end, each.quantity) for each in found] == [
        ("acme", "2026-01-31T23:00:00Z", "2026-02-01T23:00:00Z", 1),
        ("acme", "2026-02-01T23:00:00Z", "2026-02-02T23:00:00Z", 110),
        ("globex", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", 1_000),
    ]


def test_hours_begin_on_the_hour_in_utc(clickhouse_client: Client) -> None:
    store(clickhouse_client, {"hour": at(1, 22)}, {"hour": at(1, 22), "route_name": "r"}, {"hour": at(1, 23)})
    found = rows_of(clickhouse_client, book(), Grain.HOUR)
    assert [(each.start, each.end, each.quantity) for each in found] == [
        ("2026-02-01T22:00:00Z", "2026-02-01T23:00:00Z", 2),
        ("2026-02-01T23:00:00Z", "2026-02-02T00:00:00Z", 1),
    ]


def test_rows_of_a_charge_add_up_to_its_line(clickhouse_client: Client) -> None:
    """Two consumers of one account, two charges of one meter, usage that is not billable, and costs without a price."""
    statuses = [{"requests": 10**n, "status": status} for n, status in enumerate((200, 404, 429))]
    places = [
        {"source": source, "hour": at(day, 5), "consumer_id": name}
        for source, day, name in (("upstream", 3, "acme"), ("kong", 3, "acme"), ("upstream", 28, "acme-mobile"))
    ]
    store(clickhouse_client, *({**status, **place} for status in statuses for place in places))
    call = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "consumer_id": "acme", "hour": at(4, 1)}
    priced = {"cost_evidence": "computed", "cost_computed": "0.000000000000000000000001", "cost_currency": "EUR"}
    missing = {"unpriced_calls": 3, "cost_evidence": "unpriced", "partition": 1}
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, call | priced, call | missing)])
    cost = {"name": "models", "meter": "llm_cost", "model": "percentage", "percent": 120}
    errors = PER_REQUEST | {"name": "errors", "filter": "status_class in 4xx"}
    plans = book(plan(PER_REQUEST, errors, cost), accounts=[account(consumers=["acme", "acme-mobile"])])
    found = list(rows_of(clickhouse_client, plans, Grain.HOUR))
    for line in bill(clickhouse_client, plans, FEBRUARY).lines:
        own = [each for each in found if each.charge == line.charge]
        assert sum(Decimal(each.quantity or 0) for each in own) == Decimal(line.quantity or 0)
        assert sum(Decimal(each.not_billable) for each in own) == Decimal(line.not_billable or 0)
        assert sum(each.missing for each in own) == line.missing
    assert [each.currency for each in found if each.charge == "models"] == ["EUR"]
    assert len({each.key for each in found}) == len(found)
    assert list(rows_of(clickhouse_client, plans, Grain.HOUR)) == found


def test_usage_of_a_closed_month_is_told_by_the_rule_of_its_statement(clickhouse_client: Client) -> None:
    store(clickhouse_client, {"requests": 10, "source": "kong", "status": 429})
    terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
    everything = {"valid_from": "1970-01-01", "meters": ["request_count"], "any_of": [["status_class not in 9xx"]]}
    found = next_statement(clickhouse_client, book(), FEBRUARY, terms)
    store_statement(clickhouse_client, msgspec.structs.replace(found, billable_default=everything).sealed())
    [row] = rows_of(clickhouse_client, book())
    assert (row.quantity, row.not_billable) == (10, 0)
