"""Names of a plan file that no usage has: what a bill, a closed month and `plans lint` say of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill import bill
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.names_without_usage import never_seen
from gatemeter.cli.commands import plans as plans_command
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode
from gatemeter.plans.plan import PlanBook
from tests.support.command_in_process import invoked, read
from tests.support.databases import Store
from tests.support.plan_files import PER_REQUEST, account, book, document, plan, written
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

FEBRUARY = BillingPeriod(2026, 2)
IN_MARCH = datetime(2026, 3, 5, tzinfo=UTC)
SEE = "see gatemeter plans lint --data for names that never had any"


def put(client: Client, *rows: Mapping[str, Any]) -> None:
    whole = ({"consumer_id": "acme", "source": "upstream", "partition": place} for place in range(len(rows)))
    ClickHouseSink(client).write(
        [usage_rows(*(usage(**{**each, **row}) for each, row in zip(whole, rows, strict=True)))]
    )


def idle(client: Client, plans: PlanBook, period: BillingPeriod = FEBRUARY, account: str | None = None) -> list[str]:
    return [note for note in bill(client, plans, period, account).notes if note.startswith("without usage")]


def warned(client: Client, plans: PlanBook) -> list[tuple[str, str, str]]:
    return [(each.where, each.what, each.do) for each in never_seen(client, plans)]


def test_a_bill_and_a_closed_month_name_whom_no_usage_names(clickhouse_client: Client) -> None:
    put(clickhouse_client, {"team": "red", "workspace": "w"}, {"consumer_id": "globex", "hour": IN_MARCH})
    accounts = [
        account(consumers=["acme", "acmee"]),
        account("globex", teams=["red", "read"], workspaces=["w", "v"]),
    ]
    plans = book(accounts=accounts)
    unseen = (
        "consumer acmee of account acme, consumer globex of account globex, team read of account globex, "
        "workspace v of account globex"
    )
    said = f"without usage in 2026-02: 4 names of the plan file, {unseen}; {SEE}"
    assert idle(clickhouse_client, plans) == [said]
    assert idle(clickhouse_client, plans, account="acme") == [
        f"without usage in 2026-02: 1 name of the plan file, consumer acmee of account acme; {SEE}"
    ]
    terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
    assert said in next_statement(clickhouse_client, plans, FEBRUARY, terms).accepted
    assert idle(clickhouse_client, book()) == []


def test_many_idle_names_are_counted(clickhouse_client: Client) -> None:
    names = [f"c-{number:03}" for number in range(100)]
    [note] = idle(clickhouse_client, book(accounts=[account(consumers=names)]))
    assert note.startswith("without usage in 2026-02: 100 names of the plan file, consumer c-000 of account acme, ")
    assert "consumer c-009 of account acme, and 90 more; " in note


def test_usage_of_another_meter_shows_that_a_name_is_right(clickhouse_client: Client) -> None:
    """A meter that nobody asks for says nothing of names, and a flat amount asks for none."""
    put(clickhouse_client, {})
    flat = plan({"name": "base", "model": "flat", "amount": "1"}, name="flat")
    on_flat = account("initech", plans=[{"plan": "flat", "valid_from": "2026-01-01"}])
    assert idle(clickhouse_client, book(flat, accounts=[on_flat])) == []
    found = idle(clickhouse_client, book(plan(PER_REQUEST), flat, accounts=[account(), on_flat]))
    assert found == [f"without usage in 2026-02: 1 name of the plan file, consumer initech of account initech; {SEE}"]


def test_lint_warns_of_names_that_never_had_usage(clickhouse_client: Client) -> None:
    put(
        clickhouse_client,
        {"hour": IN_MARCH, "team": "red"},
        {"consumer_id": "0b1c", "consumer_username": "globex"},
        {"consumer_id": "initech"},
    )
    accounts = [account(consumers=["acme", "globex", "inittech", "hooli"], teams=["red", "read"])]
    assert warned(clickhouse_client, book(accounts=accounts)) == [
        (
            "account acme",
            "consumer globex has no usage in the store",
            "a consumer has it as its username, and the plan file names consumers by id",
        ),
        ("account acme", "consumer inittech has no usage in the store", "initech has usage and is in no account"),
        ("account acme", "consumer hooli has no usage in the store", "check how it is spelt"),
        ("account acme", "team read has no usage in the store", "check how it is spelt"),
    ]
    assert warned(clickhouse_client, book()) == []


def test_lint_names_a_custom_meter_that_was_never_counted(clickhouse_client: Client) -> None:
    charge = {"name": "credits", "meter": "meter:credits", "model": "per_unit", "unit_amount": "1"}
    [found] = never_seen(clickhouse_client, book(plan(charge)))
    assert (found.where, "credits" in found.what) == ("meter meter:credits", True)


def test_the_command_takes_a_store_beside_the_file(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path / "plans.json", document())
    assert read("plans", "lint", path) == []
    assert read("plans", "lint", path, *store.flags) == [
        {"where": "account acme", "what": "consumer acme has no usage in the store", "do": "check how it is spelt"}
    ]
    asked = ["lint", str(path), "--strict", *store.flags]
    assert CliRunner().invoke(plans_command.command, asked, standalone_mode=False).return_value == ExitCode.DIFFERENCE
    both = invoked("plans", "lint", path, "--data", tmp_path, "--clickhouse", "http://localhost")
    assert "both --data and --clickhouse are given" in str(both.exception)
