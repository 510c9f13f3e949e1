"""Closed periods that are rated again: which ones, by what, and whose usage became known later."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of, next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement import Statement
from gatemeter.billing.statement_store import intact_statements, store_statement
from gatemeter.billing.what_if import what_if
from gatemeter.clickhouse.sink import ClickHouseSink, insert_columns
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError, RetryableError
from gatemeter.plans.plan import PlanBook
from gatemeter.schema import LLM_USAGE
from tests.support.plan_files import PER_REQUEST, account, book, plan
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

FEBRUARY = BillingPeriod(2026, 2)
CHARGE = PER_REQUEST | {"unit_amount": "0.5"}
SINCE_MARCH = [{"plan": "starter", "valid_from": "2026-03-01"}]


def write(client: Client, partition: int, **values: Any) -> None:
    row = {"consumer_id": "acme", "source": "upstream", "partition": partition}
    ClickHouseSink(client).write([usage_rows(usage(**row | values))])


def closed(client: Client, plans: PlanBook, period: BillingPeriod, **values: Any) -> Statement:
    terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
    found = next_statement(client, plans, period, terms)
    statement = msgspec.structs.replace(found, **values).sealed()
    store_statement(client, statement)
    return statement


def corrections(statement: Statement) -> Sequence[tuple[Any, ...]]:
    lines = [line for line in statement.lines if line.correction_of]
    return [(line.account, line.correction_of, line.quantity, line.amount) for line in lines]


def rated(statement: Statement) -> set[str]:
    assert statement.rated is not msgspec.UNSET
    return {each.period for each in statement.rated}


@pytest.fixture(scope="module")
def closed_february(module_client: Client) -> Client:
    """A client of a store without usage in which February is closed, for tests that change nothing."""
    accounts = [account(teams=["red"]), account("umbrella", anchor_day=31), account("initech")]
    closed(module_client, book(accounts=accounts), FEBRUARY)
    return module_client


def test_only_closed_months_whose_rows_were_written_are_rated_again(clickhouse_client: Client) -> None:
    plans = book(plan(CHARGE))
    write(clickhouse_client, 0, requests=2)
    months = [FEBRUARY, FEBRUARY.following, FEBRUARY.following.following, FEBRUARY.following.following.following]
    assert rated(closed(clickhouse_client, plans, months[0])) == {"2026-02"}
    assert rated(closed(clickhouse_client, plans, months[1])) == {"2026-03"}
    write(clickhouse_client, 1, requests=-5)
    below = closed(clickhouse_client, plans, months[2])
    assert (rated(below), corrections(below)) == ({"2026-02", "2026-04"}, [("acme", "2026-02", -5, "-2.50")])
    last = closed(clickhouse_client, plans, months[3])
    assert (rated(last), corrections(last)) == ({"2026-05"}, [])


def test_a_closed_month_says_what_is_on_no_bill_and_was_accepted(clickhouse_client: Client) -> None:
    write(clickhouse_client, 0, consumer_id="mid", requests=20)
    plans = book(plan(CHARGE), accounts=[account(), account("mid", plans=SINCE_MARCH)])
    statement = closed(clickhouse_client, plans, FEBRUARY)
    on_no_bill = "on no bill: 20 request_count of account mid, which is on no plan in 2026-02"
    without_usage = (
        "without usage in 2026-02: 1 name of the plan file, consumer acme of account acme; see gatemeter plans lint "
        "--data for names that never had any"
    )
    idle = "idle: events may still come in every log: nothing has been consumed"
    assert statement.accepted == (idle, without_usage, on_no_bill)
    assert bill_of(clickhouse_client, plans, FEBRUARY).notes[1:] == [*statement.accepted]
    of_acme = bill_of(clickhouse_client, plans, FEBRUARY, "acme").notes[1:]
    assert of_acme == [
        "its statement says what was accepted, of all accounts: gatemeter statement show --period 2026-02"
    ]


def test_a_month_before_the_first_closed_one_is_said_to_stay_a_preview(clickhouse_client: Client) -> None:
    plans = book(plan(CHARGE, valid_from="2025-01-01"))

    def note(period: BillingPeriod) -> str:
        return bill_of(clickhouse_client, plans, period).notes[0]

    january, open_later = FEBRUARY.preceding, BillingPeriod(2026, 5)
    assert note(january) == "a preview of 2026-01: the period is not closed"
    closed(clickhouse_client, plans, FEBRUARY)
    assert note(open_later) == "a preview of 2026-05: the period is not closed"
    assert note(january).startswith("a preview of 2026-01, which is never closed: 2026-02 is the first period that was")


def test_a_closed_month_keeps_the_default_rule_that_it_was_rated_by(clickhouse_client: Client) -> None:
    refused = {"source": "kong", "status": 429}
    everything = {"valid_from": "1970-01-01", "meters": ["request_count"], "any_of": [["status_class not in 9xx"]]}
    write(clickhouse_client, 0, requests=2)
    closed(clickhouse_client, book(plan(CHARGE)), FEBRUARY, billable_default=everything)
    write(clickhouse_client, 1, requests=10, **refused)
    found = closed(clickhouse_client, book(plan(CHARGE)), FEBRUARY.following)
    assert corrections(found) == [("acme", "2026-02", 10, "5.00")]


def test_prices_that_late_usage_is_billed_by_are_named(clickhouse_client: Client) -> None:
    cost = plan({"name": "models", "meter": "llm_cost", "model": "percentage", "percent": 120})
    priced = {"cost_evidence": "computed", "cost_computed": "0.5", "cost_currency": "EUR", "consumer_id": "acme"}
    call = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", **priced}
    assert closed(clickhouse_client, book(cost), FEBRUARY).price_versions == ()
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, call | {"price_version": "p-1"})])
    found = closed(clickhouse_client, book(cost), FEBRUARY.following)
    assert (corrections(found), found.price_versions) == ([("acme", "2026-02", "0.5", "0.60")], ("p-1",))


@pytest.mark.long(reason="asks other plans of a closed month; that it keeps its rule is in `make test`")
def test_other_plans_of_a_closed_month_are_asked_by_its_rule(clickhouse_client: Client) -> None:
    """Also where more was taken back since than was counted."""
    refused = {"source": "kong", "status": 429}
    everything = {"valid_from": "1970-01-01", "meters": ["request_count"], "any_of": [["status_class not in 9xx"]]}
    closed(clickhouse_client, book(plan(CHARGE)), FEBRUARY, billable_default=everything)
    for partition, requests in enumerate((10, -15)):
        write(clickhouse_client, partition, requests=requests, **refused)
        [row] = what_if(clickhouse_client, book(plan(CHARGE)), [FEBRUARY]).rows
        assert row.what_if == Decimal((10, -5)[partition]) / 2


def test_usage_that_nobody_had_is_billed_once_it_has_an_account(clickhouse_client: Client) -> None:
    for partition, consumer in enumerate(("acme", "globex", "initech", "hooli")):
        write(clickhouse_client, partition, requests=10**partition, consumer_id=consumer, team="red")
    closed(clickhouse_client, book(plan(CHARGE)), FEBRUARY)
    dearer = plan(PER_REQUEST | {"unit_amount": "2"}, name="other")
    since = [{"plan": "other", "valid_from": "2026-02-01"}]
    accounts = [
        account(consumers=["acme", "globex"]),
        account("team", consumers=[], teams=["red"], plans=since),
        account("hooli", plans=SINCE_MARCH),
    ]
    later = book(plan(CHARGE), dearer, accounts=accounts, corrections="reversal")
    march = closed(clickhouse_client, later, FEBRUARY.following)
    assert corrections(march) == [
        ("acme", "2026-02", -1, "-0.50"),
        ("acme", "2026-02", 11, "5.50"),
        ("team", "2026-02", 100, "200.00"),
    ]
    moved = book(plan(CHARGE), dearer, accounts=[account("other", consumers=["acme", "globex", "initech"])])
    assert corrections(closed(clickhouse_client, moved, FEBRUARY.following.following)) == []


@pytest.mark.long(reason="moves a consumer with its team; accounts, consumers and teams alone are in `make test`")
def test_a_consumer_that_moves_with_its_team_to_other_periods_is_refused(clickhouse_client: Client) -> None:
    before = book(plan(CHARGE), accounts=[account("team", consumers=[], teams=["red"])])
    closed(clickhouse_client, before, FEBRUARY)
    since = [{"plan": "starter", "valid_from": "2026-02-15"}]
    after = book(plan(CHARGE), accounts=[*before.document["accounts"], account(anchor_day=15, plans=since)])
    write(clickhouse_client, 0, hour=datetime(2026, 3, 3, tzinfo=UTC), team="blue")
    bill_of(clickhouse_client, after, FEBRUARY.following)
    write(clickhouse_client, 1, hour=datetime(2026, 3, 3, tzinfo=UTC), team="red")
    moves = r"usage of acme moves from account team \(UTC from day 1\) to account acme \(UTC from day 15\)"
    with pytest.raises(ConflictError, match=f"hours would be billed twice, or never: {moves}"):
        closed(clickhouse_client, after, FEBRUARY.following)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (
            account(time_zone="Europe/Berlin"),
            "account acme ended at 2026-03-01T00:00Z, and its next period begins at 2026",
        ),
        (
            account("globex", consumers=["acme"], anchor_day=15),
            "consumer acme ended at 2026-03-01T00:00Z, and its next",
        ),
        (
            account("globex", consumers=["x"], teams=["red"], anchor_day=2),
            "team red ended at 2026-03-01T00:00Z, and its",
        ),
    ],
)
def test_hours_that_two_periods_would_have_are_refused(
    closed_february: Client, after: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConflictError, match=f"statement 1 of 2026-02: hours would be billed twice, or never: .*{said}"):
        bill_of(closed_february, book(accounts=[after]), FEBRUARY.following)


@pytest.mark.long(reason="bills accounts that may move; those that are refused are in `make test`")
def test_an_account_may_move_to_a_zone_whose_next_period_begins_alike(closed_february: Client) -> None:
    """Of names, too: one zone may have two, and one that leaves whole hours has to be left."""
    after = [
        account("umbrella", time_zone="Etc/UTC", anchor_day=31),
        account("globex", consumers=["initech"], time_zone="Africa/Accra"),
    ]
    bill_of(closed_february, book(accounts=[*after, account("hooli", time_zone="Asia/Tokyo")]), FEBRUARY.following)


def test_of_two_closings_at_once_one_withdraws(clickhouse_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one stores its statement after this one has looked for it."""
    terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
    ours = next_statement(clickhouse_client, book(plan(CHARGE)), FEBRUARY, terms)
    other = msgspec.structs.replace(ours, grace_hours=1).sealed()

    def insert_behind_another(*arguments: Any) -> None:
        monkeypatch.setattr(insertion, insert_columns)
        store_statement(clickhouse_client, other)
        insert_columns(*arguments)

    insertion = "gatemeter.billing.statement_store.insert_columns"
    monkeypatch.setattr(insertion, insert_behind_another)
    with pytest.raises(
        ConflictError, match="another run was closing 2026-02 at the same time: this one has written no"
    ):
        store_statement(clickhouse_client, ours)
    assert intact_statements(clickhouse_client) == [other]


@pytest.mark.parametrize("is_stored", [False, True])
def test_a_closing_whose_insert_fails_has_closed_or_has_not(
    clickhouse_client: Client, monkeypatch: pytest.MonkeyPatch, *, is_stored: bool
) -> None:
    """A statement is one row: either the next run closes the period, or it is closed already, by the whole of it."""
    write(clickhouse_client, 0, requests=2)
    terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
    plans = book(plan(CHARGE))
    ours = next_statement(clickhouse_client, plans, FEBRUARY, terms)

    def insert_and_fail(*arguments: Any) -> None:
        if is_stored:
            insert_columns(*arguments)
        raise RetryableError("gone", where="http://somewhere")

    with monkeypatch.context() as failing:
        failing.setattr("gatemeter.billing.statement_store.insert_columns", insert_and_fail)
        with pytest.raises(RetryableError):
            store_statement(clickhouse_client, ours)
    assert intact_statements(clickhouse_client) == ([ours] if is_stored else [])
    if is_stored:
        with pytest.raises(ConflictError, match="2026-02 is closed already, by statement 1"):
            next_statement(clickhouse_client, plans, FEBRUARY, terms)
    else:
        store_statement(clickhouse_client, ours)
        assert intact_statements(clickhouse_client) == [ours]


def test_other_names_of_consumers_are_said_beside_older_months(clickhouse_client: Client) -> None:
    write(clickhouse_client, 0, requests=2, consumer_id="globex", consumer_username="globex")
    closed(clickhouse_client, book(plan(CHARGE)), FEBRUARY)
    by_username = book(plan(CHARGE), accounts=[account(), account("globex")], subject="username")
    said = (
        "consumers are named by username, and were by id from 2026-02 to 2026-02: usage of these periods that no "
        "account had is given to no account of this plan file"
    )
    assert said in bill_of(clickhouse_client, by_username, FEBRUARY.following).notes
    found = closed(clickhouse_client, by_username, FEBRUARY.following)
    assert (said in found.accepted, corrections(found)) == (True, [])
