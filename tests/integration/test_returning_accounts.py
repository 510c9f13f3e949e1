"""Accounts that a plan file no longer has, and a later one has again: with other hours, or in another currency."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_totals import currency_sums
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of, next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement_store import store_statement
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError
from gatemeter.plans.plan import PlanBook
from tests.support.plan_files import PER_REQUEST, account, book, plan
from tests.support.smoke import smoke
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

FEBRUARY, MARCH, APRIL = (BillingPeriod(2026, month) for month in (2, 3, 4))
CHARGE = PER_REQUEST | {"unit_amount": "0.5"}
OTHERS = account("globex")


def write(client: Client, *hours: datetime, consumer: str = "acme") -> None:
    """One request at each of `hours`."""
    rows = [
        usage(consumer_id=consumer, source="upstream", partition=place, hour=hour, requests=1)
        for place, hour in enumerate(hours)
    ]
    ClickHouseSink(client).write([usage_rows(*rows)])


def close(client: Client, plans: PlanBook, period: BillingPeriod) -> None:
    store_statement(
        client, next_statement(client, plans, period, Terms(SystemClock().now(), accepted=(Acceptance.IDLE,)))
    )


def left(client: Client, before: dict[str, Any]) -> None:
    """February with `before` and others, March without it."""
    close(client, book(plan(CHARGE), accounts=[OTHERS, before]), FEBRUARY)
    close(client, book(plan(CHARGE), accounts=[OTHERS]), MARCH)


def billed(client: Client, plans: PlanBook) -> Sequence[tuple[Any, ...]]:
    lines = bill_of(client, plans, APRIL).lines
    return [
        (line.correction_of, line.quantity, line.amount, line.currency)
        for line in lines
        if line.account != "globex" and line.quantity
    ]


def on(day: str) -> list[dict[str, str]]:
    return [{"plan": "starter", "valid_from": day}]


@pytest.mark.parametrize(
    ("before", "after", "name", "end", "begin"),
    smoke(
        [
            (account(anchor_day=15), account(), "account acme", "2026-03-15T00:00Z", "2026-03-01T00:00Z"),
            (account(), account(anchor_day=15), "account acme", "2026-03-01T00:00Z", "2026-03-15T00:00Z"),
            (account(), account(time_zone="Asia/Tokyo"), "account acme", "2026-03-01T00:00Z", "2026-02-28T15:00Z"),
            (
                account(anchor_day=15),
                account("other", consumers=["acme"]),
                "consumer acme",
                "2026-03-15T00:00Z",
                "2026-03-01T00:00Z",
            ),
            (
                account("team", consumers=[], teams=["red"], anchor_day=15),
                account("globex", teams=["red"]),
                "team red",
                "2026-03-15T00:00Z",
                "2026-03-01T00:00Z",
            ),
        ],
        2,
        reason="closes months for other hours and names; two cases are in `make test`",
    ),
)
def test_hours_that_were_billed_already_or_never_would_be_are_refused(
    clickhouse_client: Client, before: dict[str, Any], after: dict[str, Any], name: str, end: str, begin: str
) -> None:
    left(clickhouse_client, before)
    back = book(plan(CHARGE), accounts=[after] if after["id"] == "globex" else [OTHERS, after])
    said = f"{name} was billed up to {end} by statement 1 of 2026-02, and comes back from {begin} on"
    for asked in (bill_of, close):
        with pytest.raises(ConflictError) as refused:
            asked(clickhouse_client, back, APRIL)
        assert said in refused.value.what


def test_one_that_comes_back_with_its_hours_pays_for_each_hour_once(clickhouse_client: Client) -> None:
    hours = [datetime(2026, month, 14, tzinfo=UTC) for month in (2, 3, 4)]
    write(clickhouse_client, *hours)
    left(clickhouse_client, account(anchor_day=14))
    back = book(plan(CHARGE), accounts=[OTHERS, account(time_zone="Etc/UTC", anchor_day=14)])
    assert billed(clickhouse_client, back) == [(None, 1, "0.50", "EUR"), ("2026-03", 1, "0.50", "EUR")]
    close(clickhouse_client, back, APRIL)


@pytest.mark.parametrize(
    "calendar",
    smoke(
        [{"time_zone": "Asia/Tokyo"}, {"anchor_day": 1}, {"anchor_day": 20}],
        1,
        reason="begins anew on other days; another zone is in `make test`",
    ),
)
def test_one_that_begins_anew_has_other_hours_from_then_on(clickhouse_client: Client, calendar: dict[str, Any]) -> None:
    write(clickhouse_client, *(datetime(2026, month, 25, tzinfo=UTC) for month in (2, 3, 4)))
    left(clickhouse_client, account(anchor_day=15))
    anew = account(**calendar, plans=on("2026-04-01"))
    plans = book(plan(CHARGE), accounts=[OTHERS, anew])
    assert billed(clickhouse_client, plans) == [(None, 1, "0.50", "EUR")]
    close(clickhouse_client, plans, APRIL)


def test_one_that_begins_anew_within_hours_that_it_paid_for_is_refused(clickhouse_client: Client) -> None:
    left(clickhouse_client, account(anchor_day=15))
    plans = book(plan(CHARGE), accounts=[OTHERS, account(plans=on("2026-03-01"))])
    with pytest.raises(ConflictError, match="comes back from 2026-03-01T00:00Z on"):
        bill_of(clickhouse_client, plans, APRIL)


def test_an_account_that_was_never_on_a_plan_may_come_with_any_hours(clickhouse_client: Client) -> None:
    left(clickhouse_client, account(anchor_day=15, plans=on("2026-04-15")))
    bill_of(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, account()]), APRIL)


def test_hours_are_compared_also_where_the_account_stood_without_a_plan_meanwhile(clickhouse_client: Client) -> None:
    close(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, account(anchor_day=15)]), FEBRUARY)
    later = account(plans=on("2026-05-01"))
    close(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS]), MARCH)
    close(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, later]), APRIL)
    with pytest.raises(ConflictError, match="account acme was billed up to 2026-03-15T00:00Z by statement 1"):
        bill_of(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, account()]), APRIL.following)


def test_each_period_is_rated_in_the_currency_of_its_own_plan(clickhouse_client: Client) -> None:
    write(clickhouse_client, *(datetime(2026, month, 14, tzinfo=UTC) for month in (2, 3, 4)))
    left(clickhouse_client, account())
    write(clickhouse_client, datetime(2026, 2, 20, tzinfo=UTC))
    dollars = plan(CHARGE | {"unit_amount": "2"}, name="dollars", currency="USD")
    since = [{"plan": "dollars", "valid_from": "2026-01-01"}]
    plans = book(plan(CHARGE), dollars, accounts=[OTHERS, account(plans=since)])
    assert billed(clickhouse_client, plans) == [
        (None, 1, "2.00", "USD"),
        ("2026-02", 1, "0.50", "EUR"),
        ("2026-03", 1, "2.00", "USD"),
    ]
    close(clickhouse_client, plans, APRIL)
    assert currency_sums(bill_of(clickhouse_client, plans, APRIL).lines) == "0.50 EUR, 4.00 USD"
