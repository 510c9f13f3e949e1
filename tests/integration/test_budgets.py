"""What is used of budgets, from stored rows."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.budgets.budget import BudgetBook
from gatemeter.budgets.evaluation import Evaluator
from gatemeter.cli.commands.budgets import command
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode
from gatemeter.plans.plan import PlanBook
from gatemeter.schema import LLM_USAGE, MINUTE_USAGE
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


def test_a_zone_of_half_hours_is_not_known_and_holds_no_other_back(clickhouse_client: Client) -> None:
    store_requests(clickhouse_client, {"requests": 7})
    accounts = [plan_files.account(), plan_files.account("globex", time_zone="Asia/Kolkata")]
    book = budgets(budget(per="account"), budget("all", per=None, time_zone="Asia/Kolkata"))
    found = Evaluator(book, plan_files.book(accounts=accounts)).evaluate(clickhouse_client, NOW)
    why = "Asia/Kolkata is not whole hours from UTC at 2026-02-15"
    assert [(each.scope, str(each.used), each.is_known) for each in found.uses] == [
        ("acme", "7", True),
        ("globex", "0", False),
        ("", "0", False),
    ]
    assert {text.split(",")[0] for each in found.uses for text in each.unknown} == {why}


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
