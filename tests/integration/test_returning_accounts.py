"""Accounts that a plan file no longer has, and a later one has again: with other hours, or in another currency."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.bill_totals import currency_sums
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of, next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_store import store_statement
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError
from gatemeter.plans.plan import PlanBook
from tests.support.databases import DatabasePool
from tests.support.plan_files import PER_REQUEST, account, book, plan
from tests.support.smoke import smoke
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

FEBRUARY, MARCH, APRIL = (BillingPeriod(2026, month) for month in (2, 3, 4))
CHARGE = PER_REQUEST | {"unit_amount": "0.5"}
OTHERS = account("globex")


def on(day: str) -> list[dict[str, str]]:
    return [{"plan": "starter", "valid_from": day}]


LEFT = (
    account(anchor_day=15),
    account("initech"),
    account("team", consumers=[], teams=["red"], anchor_day=15),
    account("hooli", anchor_day=15, plans=on("2026-04-15")),
    account("umbrella", anchor_day=14),
    account("stark", anchor_day=15),
    account("wayne"),
)
"""Accounts that the plan file of February has, and that of March has not."""
USED = {"umbrella": 14, "stark": 25, "wayne": 14}
"""The day of each month at which a consumer makes a request."""


def write(client: Client, consumer: str, *hours: datetime) -> None:
    """One request at each of `hours`."""
    rows = [
        usage(consumer_id=consumer, source="upstream", partition=place, hour=hour, requests=1)
        for place, hour in enumerate(hours)
    ]
    ClickHouseSink(client).write([usage_rows(*rows)])


def closing(client: Client, plans: PlanBook, period: BillingPeriod) -> Statement:
    return next_statement(client, plans, period, Terms(SystemClock().now(), accepted=(Acceptance.IDLE,)))


def close(client: Client, plans: PlanBook, period: BillingPeriod) -> None:
    store_statement(client, closing(client, plans, period))


@pytest.fixture(scope="module")
def left(database_pool: DatabasePool) -> Iterator[Client]:
    """A store with February closed with `LEFT` and others, and March without them, for tests that change nothing."""
    with database_pool.store() as store, store.client() as client:
        for consumer, day in USED.items():
            write(client, consumer, *(datetime(2026, month, day, tzinfo=UTC) for month in (2, 3, 4)))
        close(client, book(plan(CHARGE), accounts=[OTHERS, *LEFT]), FEBRUARY)
        close(client, book(plan(CHARGE), accounts=[OTHERS]), MARCH)
        write(client, "wayne", datetime(2026, 2, 20, tzinfo=UTC))
        yield client


@pytest.fixture(scope="module")
def back(left: Client) -> Sequence[BillLine]:
    """The lines of April, where one account comes back with its hours, and one begins anew in another zone."""
    accounts = [
        account("umbrella", time_zone="Etc/UTC", anchor_day=14),
        account("stark", time_zone="Asia/Tokyo", plans=on("2026-04-01")),
    ]
    return closing(left, book(plan(CHARGE), accounts=[OTHERS, *accounts]), APRIL).lines


def billed(lines: Sequence[BillLine], name: str) -> Sequence[tuple[Any, ...]]:
    return [
        (line.correction_of, line.quantity, line.amount, line.currency)
        for line in lines
        if line.account == name and line.quantity
    ]


@pytest.mark.parametrize(
    ("after", "name", "end", "begin"),
    smoke(
        [
            (account(), "account acme", "2026-03-15T00:00Z", "2026-03-01T00:00Z"),
            (account("initech", anchor_day=15), "account initech", "2026-03-01T00:00Z", "2026-03-15T00:00Z"),
            (account("initech", time_zone="Asia/Tokyo"), "account initech", "2026-03-01T00:00Z", "2026-02-28T15:00Z"),
            (account("other", consumers=["acme"]), "consumer acme", "2026-03-15T00:00Z", "2026-03-01T00:00Z"),
            (account("globex", teams=["red"]), "team red", "2026-03-15T00:00Z", "2026-03-01T00:00Z"),
        ],
        2,
        reason="comes back with other hours and names; two cases are in `make test`",
    ),
)
def test_hours_that_were_billed_already_or_never_would_be_are_refused(
    left: Client, after: dict[str, Any], name: str, end: str, begin: str
) -> None:
    back = book(plan(CHARGE), accounts=[after] if after["id"] == "globex" else [OTHERS, after])
    said = f"{name} was billed up to {end} by statement 1 of 2026-02, and comes back from {begin} on"
    for asked in (bill_of, closing):
        with pytest.raises(ConflictError) as refused:
            asked(left, back, APRIL)
        assert said in refused.value.what


def test_one_that_comes_back_with_its_hours_pays_for_each_hour_once(back: Sequence[BillLine]) -> None:
    assert billed(back, "umbrella") == [(None, 1, "0.50", "EUR"), ("2026-03", 1, "0.50", "EUR")]


def test_one_that_begins_anew_has_other_hours_from_then_on(back: Sequence[BillLine]) -> None:
    assert billed(back, "stark") == [(None, 1, "0.50", "EUR")]


@pytest.mark.long(reason="begins anew on other days; another zone is in `make test`")
@pytest.mark.parametrize("day", [1, 20])
def test_one_that_begins_anew_on_another_day_has_other_hours_from_then_on(left: Client, day: int) -> None:
    anew = account("stark", anchor_day=day, plans=on("2026-04-01"))
    plans = book(plan(CHARGE), accounts=[OTHERS, anew])
    for lines in bill_of(left, plans, APRIL).lines, closing(left, plans, APRIL).lines:
        assert billed(lines, "stark") == [(None, 1, "0.50", "EUR")]


def test_one_that_begins_anew_within_hours_that_it_paid_for_is_refused(left: Client) -> None:
    plans = book(plan(CHARGE), accounts=[OTHERS, account(plans=on("2026-03-01"))])
    with pytest.raises(ConflictError, match="comes back from 2026-03-01T00:00Z on"):
        bill_of(left, plans, APRIL)


def test_an_account_that_was_never_on_a_plan_may_come_with_any_hours(left: Client) -> None:
    bill_of(left, book(plan(CHARGE), accounts=[OTHERS, account("hooli")]), APRIL)


@pytest.mark.long(reason="closes three months; accounts that come back after one without them are in `make test`")
def test_hours_are_compared_also_where_the_account_stood_without_a_plan_meanwhile(clickhouse_client: Client) -> None:
    close(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, account(anchor_day=15)]), FEBRUARY)
    later = account(plans=on("2026-05-01"))
    close(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS]), MARCH)
    close(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, later]), APRIL)
    with pytest.raises(ConflictError, match="account acme was billed up to 2026-03-15T00:00Z by statement 1"):
        bill_of(clickhouse_client, book(plan(CHARGE), accounts=[OTHERS, account()]), APRIL.following)


def test_each_period_is_rated_in_the_currency_of_its_own_plan(left: Client) -> None:
    dollars = plan(CHARGE | {"unit_amount": "2"}, name="dollars", currency="USD")
    since = [{"plan": "dollars", "valid_from": "2026-01-01"}]
    plans = book(plan(CHARGE), dollars, accounts=[OTHERS, account("wayne", plans=since)])
    assert billed(bill_of(left, plans, APRIL).lines, "wayne") == [
        (None, 1, "2.00", "USD"),
        ("2026-02", 1, "0.50", "EUR"),
        ("2026-03", 1, "2.00", "USD"),
    ]
    assert currency_sums(closing(left, plans, APRIL).lines) == "0.50 EUR, 4.00 USD"
