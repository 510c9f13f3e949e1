"""What is used of budgets, from stored rows."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.budgets.announcing import Attempt, Outcome, Recorded
from gatemeter.budgets.budget import BudgetBook
from gatemeter.budgets.crossing import crossings, id_ending
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.budgets.journal import StoredJournal
from gatemeter.budgets.use import Use
from gatemeter.cli.commands.budgets import command
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.period import TimeSpan
from gatemeter.schema import LLM_USAGE, MINUTE_USAGE
from gatemeter.wire.topics import BUDGETS_TOPIC
from tests.support import plan_files
from tests.support.budget_files import budget, budgets
from tests.support.command_in_process import read, run
from tests.support.databases import Store
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

NOW = datetime(2026, 2, 15, 10, 30, tzinfo=UTC)


def store_requests(client: Client, *rows: Mapping[str, Any]) -> None:
    whole = ({"consumer_id": "acme", "hour": NOW.replace(minute=0), "partition": place} for place in range(len(rows)))
    ClickHouseSink(client).write([usage_rows(*(usage(**a | dict(b)) for a, b in zip(whole, rows, strict=True)))])


def used(client: Client, book: BudgetBook, plans: PlanBook | None = None, now: datetime = NOW) -> dict[Any, Any]:
    """What is used by budget, scope and the first hour of the window, and whether that is known."""
    found = Evaluator(book, plans).evaluate(client, now)
    return {(each.budget.name, each.scope, f"{each.window.start:%d.%m. %H:%M}"): str(each.used) for each in found.uses}


def test_use_is_told_by_scope_filter_and_window(clickhouse_client: Client) -> None:
    rows = (
        {"requests": 1},
        {"requests": 10, "status": 500},
        {"requests": 100, "consumer_id": "globex", "service_name": "search"},
        {"requests": 1_000, "consumer_id": ""},
        {"requests": 10_000, "hour": NOW.replace(minute=0) - timedelta(days=1)},
        {"requests": 100_000, "hour": NOW.replace(minute=0) - timedelta(days=30)},
    )
    store_requests(clickhouse_client, *rows)
    book = budgets(
        budget("month"),
        budget("only", only=["initech", "anonymous"]),
        budget("errors", window="24h", per=None, filter="status_class in 5xx"),
        budget("day", window="day", per="service"),
        budget("berlin", window="week", per=None, time_zone="Europe/Berlin"),
    )
    assert used(clickhouse_client, book) == {
        ("month", "acme", "01.02. 00:00"): "10011",
        ("month", "globex", "01.02. 00:00"): "100",
        ("only", "initech", "01.02. 00:00"): "0",
        ("only", "anonymous", "01.02. 00:00"): "1000",
        ("errors", "", "14.02. 11:00"): "10",
        ("day", "search", "15.02. 00:00"): "100",
        ("berlin", "", "08.02. 23:00"): "11111",
    }


def test_accounts_have_windows_of_their_own_calendar(clickhouse_client: Client) -> None:
    """In Berlin the month that begins on the 15th begins on the 14th at 23:00 UTC; the one before may still grow."""
    hours = [datetime(2026, 2, 14, hour, tzinfo=UTC) for hour in (22, 23)]
    store_requests(clickhouse_client, *({"hour": each, "requests": 10**n} for n, each in enumerate(hours)))
    zoned = plan_files.account(time_zone="Europe/Berlin", anchor_day=15)
    plans = plan_files.book(accounts=[zoned, plan_files.account("globex")])
    assert used(clickhouse_client, budgets(budget(per="account")), plans) == {
        ("requests", "acme", "14.01. 23:00"): "1",
        ("requests", "acme", "14.02. 23:00"): "10",
        ("requests", "globex", "01.02. 00:00"): "0",
    }


def test_of_a_month_that_begins_within_an_hour_whole_hours_are_counted(clickhouse_client: Client) -> None:
    """In Kolkata February begins on January 31 at 18:30 UTC: whoever used nothing between 18:00 and 19:00 is known."""
    first = datetime(2026, 1, 31, 18, tzinfo=UTC)
    rows = (
        {"hour": first, "requests": 1},
        {"hour": first + timedelta(hours=1), "requests": 10},
        {"hour": first + timedelta(hours=1), "requests": 100, "consumer_id": "globex"},
        {"hour": first - timedelta(hours=1), "requests": 1_000, "consumer_id": "globex"},
        {"hour": first, "requests": 10_000, "consumer_id": "initech", "status": 500},
    )
    store_requests(clickhouse_client, *rows)
    book = budgets(budget(time_zone="Asia/Kolkata", filter="status_class not in 5xx"))
    found = {each.scope: each for each in Evaluator(book, None).evaluate(clickhouse_client, NOW).uses}
    assert {scope: (str(each.used), each.is_known) for scope, each in found.items()} == {
        "acme": ("10", False),
        "globex": ("100", True),
    }
    assert found["acme"].unknown == {"the hour 2026-01-31T18:00Z is left out: the window begins or ends within it"}
    assert found["acme"].window == TimeSpan(
        datetime(2026, 1, 31, 18, 30, tzinfo=UTC), datetime(2026, 2, 28, 18, 30, tzinfo=UTC)
    )
    accounts = [plan_files.account(), plan_files.account("globex", time_zone="Asia/Kolkata")]
    plans = plan_files.book(accounts=accounts)
    assert used(clickhouse_client, budgets(budget(per="account")), plans) == {
        ("requests", "acme", "01.02. 00:00"): "0",
        ("requests", "globex", "31.01. 18:30"): "100",
    }


def test_a_day_begins_when_clocks_that_skip_midnight_are_put_forward(clickhouse_client: Client) -> None:
    """In Cairo April 24 2026 begins at 01:00, which is 22:00 UTC, and has 23 hours."""
    book = budgets(budget(window="day", per=None, time_zone="Africa/Cairo"))
    found = Evaluator(book, None).evaluate(clickhouse_client, datetime(2026, 4, 24, 12, tzinfo=UTC))
    [(_, day)] = found.windows
    assert day == TimeSpan(datetime(2026, 4, 23, 22, tzinfo=UTC), datetime(2026, 4, 24, 21, tzinfo=UTC))


def test_what_is_billable_is_counted_by_the_rule_of_the_billing_month(clickhouse_client: Client) -> None:
    """By default what a gateway itself refused is not billable; from March on only 2xx is, whoever answered."""
    rows = (
        {"requests": 1, "source": "upstream", "status": 404},
        {"requests": 10, "source": "kong", "status": 429},
        {"requests": 100, "source": "kong", "status": 200},
    )
    store_requests(clickhouse_client, *rows)
    rule = {"valid_from": "2026-02-02", "any_of": [["status_class in 2xx"]]}
    book = budgets(budget("all"), budget("billed", billable=True), budget("billed-day", window="day", billable=True))
    at_noon = NOW.replace(hour=12)
    for plans, billed in ((None, "101"), (plan_files.book(billable=[rule]), "101")):
        found = Evaluator(book, plans).evaluate(clickhouse_client, at_noon).uses
        assert {each.budget.name: str(each.used) for each in found} == {
            "all": "111",
            "billed": billed,
            "billed-day": billed,
        }
    earlier = plan_files.book(billable=[rule | {"valid_from": "2026-02-01"}])
    assert used(clickhouse_client, book, earlier)["billed-day", "acme", "15.02. 00:00"] == "100"


def test_a_cost_with_unpriced_calls_is_a_lower_bound(clickhouse_client: Client) -> None:
    call = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "consumer_id": "acme"}
    priced = call | {"cost_evidence": "computed", "cost_currency": "EUR", "cost_computed": "0.5"}
    rows = (
        priced,
        call | {"unpriced_calls": 3, "cost_evidence": "unpriced", "partition": 1},
        priced | {"cost_currency": "USD", "consumer_id": "globex"},
    )
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, *rows)])
    spend = budget("spend", meter="llm_cost", limit="0.5", currency="EUR")
    found = Evaluator(budgets(spend, budget(meter="meter:nothing")), None).evaluate(clickhouse_client, NOW)
    acme, globex, nothing = found.uses
    assert (str(acme.used), acme.missing, acme.is_known) == ("0.5", 3, False)
    assert [str(each) for each in acme.reached] == ["80", "100"]
    assert (str(globex.used), globex.unknown) == ("0", {"some of it is in USD"})
    assert nothing.unknown == {"nothing is stored of meter:nothing"}


def test_minutes_slide_where_they_are_stored(clickhouse_client: Client) -> None:
    now = SystemClock().now().replace(second=0, microsecond=0)
    common = {"log": "log-1", "version": 1, "status": 200, "service_name": "search"}
    minutes = [now - timedelta(minutes=ago) for ago in (0, 14, 15)]
    rows = [common | {"minute": each, "requests": 10**n} for n, each in enumerate(minutes)]
    ClickHouseSink(clickhouse_client).write([table_rows(MINUTE_USAGE, *rows)])
    book = budgets(budget(window="15m", per="service"))
    [found] = Evaluator(book, None).evaluate(clickhouse_client, now).uses
    assert (found.scope, str(found.used), found.is_known) == ("search", "11", True)


def test_a_check_ends_with_9_where_a_budget_is_used_up(store: Store, tmp_path: Path) -> None:
    with store.client() as client:
        hour = SystemClock().now().replace(minute=0, second=0, microsecond=0)
        store_requests(client, {"requests": 1000, "hour": hour})
    path = tmp_path / "budgets.json"
    others = (budget("all", window="24h", limit=2000), budget("nothing", meter="meter:nothing"))
    path.write_bytes(msgspec.json.encode({"budgets": [budget(window="24h"), *others]}))
    options = ("--budgets", path, *store.flags)
    nothing = {"budget": "nothing", "used": None, "used_at_least": "0", "is_known": False}
    found = run("budgets", "check", "--budget", "nothing", *options, "--json")
    assert json.loads(found.stdout)[0].items() >= nothing.items()
    assert "is not known: nothing is stored of meter:nothing" in found.stderr
    shown = run("budgets", "check", "--budget", "nothing", *options).stdout
    assert [line.split()[:3] for line in shown.splitlines() if line.startswith("nothing")] == [["nothing", "-", "-"]]
    assert "used_at_least" not in shown
    [row] = read("budgets", "check", "--budget", "all", *options, "--json")
    assert (row["scope"], row["used"], row["percent"], row["reached"]) == ("acme", "1000", "50.0", None)
    checked = command.main(["check", *map(str, options)], standalone_mode=False)
    assert checked == ExitCode.DIFFERENCE
    assert "80 %, 100 %" in run("budgets", "list", "--budgets", path).output


def test_a_day_that_is_over_is_shown_and_holds_up_no_other_one(store: Store, tmp_path: Path) -> None:
    now = SystemClock().now()
    with store.client() as client:
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
        store_requests(client, {"requests": 1000, "hour": noon})
    path = tmp_path / "budgets.json"
    path.write_bytes(msgspec.json.encode({"budgets": [budget(window="day", only=["acme"])]}))
    found = run("budgets", "check", "--budgets", path, *store.flags, "--json")
    assert [(row["used"], row["reached"]) for row in json.loads(found.stdout)] == [("1000", "100"), ("0", None)]
    checked = command.main(["check", "--budgets", str(path), *map(str, store.flags)], standalone_mode=False)
    assert checked == ExitCode.OK


def test_watchers_of_two_topics_have_a_journal_each(clickhouse_client: Client) -> None:
    """What was told to one topic was not told to the other one, though both watch the same budget."""
    [declared] = budgets().budgets
    use = Use(declared, "acme", TimeSpan(NOW.replace(day=1, hour=0, minute=0), NOW), Decimal(1000))
    endings = [id_ending(each) for each in (BUDGETS_TOPIC, "team-a", "team-b")]
    found = {each: list(crossings([use], NOW, each)) for each in endings}
    for ending, crossed in found.items():
        journal = StoredJournal(clickhouse_client, ending)
        journal.record([Recorded(each, ("kafka",)) for each in crossed])
        journal.note(Attempt(crossed[0].id, "kafka", 1, NOW, Outcome.DELIVERED))
    for ending, crossed in found.items():
        journal = StoredJournal(clickhouse_client, ending)
        assert {each.crossing.id for each in journal.recorded(NOW)} == {each.id for each in crossed}
        assert [each.crossing_id for each in journal.attempts(NOW)] == [crossed[0].id]
    assert len({each.id for crossed in found.values() for each in crossed}) == 6
