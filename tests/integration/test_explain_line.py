"""`gatemeter explain --line`: a line of a bill by its id, closed, corrected or a preview."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement_store import store_statement
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import InputError, SettingsError
from gatemeter.exports.exported_line import exported_lines
from gatemeter.plans.plan_files import load_plans
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.plan_files import account, document, plan, tiers, written
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

FEBRUARY = BillingPeriod(2026, 2)
CALLS = {
    "name": "calls",
    "meter": "request_count",
    "model": "graduated",
    "tiers": tiers(("5", "0.5"), (None, "0.1")),
    "filter": "route not in free",
}
LineKey = tuple[str, str, str | None]
"""Account, charge, and the period that is corrected."""
BASE = {"name": "base", "model": "flat", "amount": "9.90"}


def write(store: Store, partition: int, **values: Any) -> None:
    row = {"consumer_id": "acme", "source": "upstream", "partition": partition, "epoch_first_offset": 10, "version": 20}
    with store.client() as client:
        ClickHouseSink(client).write([usage_rows(usage(**row | values))])


def close(store: Store, plans: Path, period: BillingPeriod, **values: Any) -> Mapping[LineKey, str]:
    """The ids of the lines of the period."""
    terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
    with store.client() as client:
        statement = next_statement(client, load_plans(plans), period, terms)
        if values:
            statement = msgspec.structs.replace(
                statement, lines=tuple(msgspec.structs.replace(line, **values) for line in statement.lines)
            ).sealed()
        store_statement(client, statement)
    return {key_of(line): line["id"] for line in exported_lines(statement.lines)}


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    accounts = [account(consumers=["acme", "initech"]), account("globex")]
    return written(tmp_path / "plans.json", document(plan(BASE, CALLS), accounts=accounts))


def lines_of(store: Store, plans: Path, period: str) -> Mapping[LineKey, dict[str, Any]]:
    found = read("bill", "--period", period, "--plans", plans, *store.flags)
    return {key_of(each): each for each in found}


def key_of(line: Mapping[str, Any]) -> LineKey:
    return line["account"], line["charge"], line["correction_of"]


def explained(store: Store, line_id: str, *arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = read("explain", "--line", line_id, *arguments, *store.flags)
    return found


def test_a_closed_line_says_its_prices_hours_events_and_consumers(store: Store, plans: Path) -> None:
    write(store, 0, requests=7)
    write(store, 1, requests=2, consumer_id="initech")
    write(store, 2, requests=3, status=429, source="kong")
    write(store, 3, requests=5, route_id="free")
    close(store, plans, FEBRUARY)
    line = lines_of(store, plans, "2026-02")["acme", "calls", None]
    found = explained(store, line["id"])
    assert (found["id"], found["line"]) == (line["id"], {name: line[name] for name in line if name != "id"})
    expected = {
        "usage_period": "2026-02",
        "start": "2026-02-01T00:00Z",
        "end": "2026-03-01T00:00Z",
        "model": "graduated",
        "price": "from 0 up to 5 0.5 each, from 5 0.1 each",
        "rounding": "half_even",
        "filter": "route not in free",
        "billable": ["source not in kong", "status_class in 1xx,2xx,3xx"],
        "is_as_rated": True,
        "stored_now": {
            "quantity": 9,
            "not_billable": 3,
            "missing": 0,
            "more_than_billed": 0,
            "consumers": {"acme": 7, "initech": 2},
        },
    }
    assert {name: found[name] for name in expected} == expected
    assert found["statement"]["number"] == 1
    assert [(each["partition"], each["first_offset"], each["last_offset"]) for each in found["ranges"]] == [
        (partition, 10, 19) for partition in range(4)
    ]
    by_hour, of_acme, of_initech = found["events"]
    flags = f"{store.flags[0]} URL"
    assert by_hour.endswith(
        "gatemeter query --metrics request_count --by consumer --granularity hour --filter 'consumer in acme,initech' "
        f"--filter 'route not in free' --from 2026-02-01T00:00Z --to 2026-03-01T00:00Z --subject id {flags}"
    )
    for name, said in (("acme", of_acme), ("initech", of_initech)):
        command = f"gatemeter explain --consumer {name} --period 2026-02 --metric requests --samples 1000 {flags}"
        assert said == f"events of {name}, while the event ledger is kept: {command}"
    table = run("explain", "--line", line["id"][:8], *store.flags).stdout
    assert "account acme, plan starter, charge calls, 2026-02: 2.90 EUR" in table
    assert "stored now of 2026-02: 9 requests, as billed" in table


def test_the_commands_that_it_names_show_what_was_billed(store: Store, plans: Path) -> None:
    write(store, 0, requests=7)
    write(store, 3, requests=5, route_id="free")
    found = explained(
        store, lines_of(store, plans, "2026-02")["acme", "calls", None]["id"], "--plans", plans, "--period", "2026-02"
    )
    assert found["statement"] is None
    rows = read(
        *("query", "--metrics", "request_count", "--by", "consumer", "--granularity", "hour"),
        *("--filter", "consumer in acme", "--filter", "route not in free"),
        *("--from", "2026-02-01T00:00Z", "--to", "2026-03-01T00:00Z", *store.flags),
    )
    assert sum(row["request_count"] for row in rows) == found["line"]["quantity"] == 7


def test_a_correction_names_all_lines_of_its_period(store: Store, plans: Path) -> None:
    write(store, 0, requests=7)
    first = close(store, plans, FEBRUARY)["acme", "calls", None]
    write(store, 1, requests=3)
    late = explained(store, first)["stored_now"]
    assert (late["quantity"], late["more_than_billed"]) == (10, 3)
    preview = lines_of(store, plans, "2026-03")["acme", "calls", "2026-02"]
    of_preview = explained(store, preview["id"], "--plans", plans, "--period", "2026-03")
    assert (of_preview["statement"], of_preview["usage_period"]) == (None, "2026-02")
    correction = close(store, plans, FEBRUARY.following)["acme", "calls", "2026-02"]
    found = explained(store, correction)
    assert (found["start"], found["stored_now"]["more_than_billed"]) == ("2026-02-01T00:00Z", 0)
    assert [(each["statement"], each["period"], each["quantity"], each["amount"]) for each in found["booked"]] == [
        (1, "2026-02", 7, "2.70"),
        (2, "2026-03", 3, "0.30"),
    ]
    assert [each["id"] for each in found["booked"]] == [first, correction]
    table = run("explain", "--line", correction, *store.flags).stdout
    assert "a correction of 2026-02 in 2026-03: 0.30 EUR" in table
    assert "all lines for this charge in 2026-02:" in table


def test_a_flat_amount_has_no_events(store: Store, plans: Path) -> None:
    line = lines_of(store, plans, "2026-02")["acme", "base", None]
    asked = ("--plans", plans, "--period", "2026-02")
    found = explained(store, line["id"], *asked)
    assert (found["stored_now"], found["ranges"], found["events"]) == (None, [], [])
    assert (
        "a flat amount: no event is counted for it" in run("explain", "--line", line["id"], *asked, *store.flags).stdout
    )


def test_hours_that_are_no_month_of_utc_are_asked_day_by_day(store: Store, tmp_path: Path) -> None:
    write(store, 0, requests=7, hour=datetime(2026, 2, 20, tzinfo=UTC))
    accounts = [account(anchor_day=15, time_zone="Asia/Tokyo")]
    plans = written(tmp_path / "plans.json", document(plan(CALLS), accounts=accounts))
    line = lines_of(store, plans, "2026-02")["acme", "calls", None]
    found = explained(store, line["id"], "--plans", plans, "--period", "2026-02")
    assert (found["start"], found["end"]) == ("2026-02-14T15:00Z", "2026-03-14T15:00Z")
    assert found["events"][1].startswith(
        "events of acme, of each DAY from 2026-02-14 to 2026-03-14, while the event ledger is kept: "
        "gatemeter explain --consumer acme --period DAY "
    )


def test_an_amount_that_its_price_does_not_give_is_a_difference(store: Store, plans: Path) -> None:
    write(store, 0, requests=7)
    wrong = close(store, plans, FEBRUARY, amount="1.00", amount_exact="1")["acme", "calls", None]
    found = invoked("explain", "--line", wrong, *store.flags)
    assert (found.exit_code, "the price of the plan gives another amount" in found.stdout) == (9, True)


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("--line", "soon"), SettingsError, "an id of a line is hex digits"),
        (("--line", "0" * 7), SettingsError, "an id of a line is hex digits"),
        (("--line", "0" * 32), InputError, "no closed line has the id"),
        (("--line", "0" * 32, "--event", "x"), SettingsError, "--line is given beside another thing to explain"),
    ],
)
def test_bad_ids_get_one_clear_line(
    module_store: Store, arguments: tuple[str, ...], kind: type[Exception], said: str
) -> None:
    found = invoked("explain", *arguments, *module_store.flags)
    assert isinstance(found.exception, kind)
    assert (found.stdout, said in str(found.exception)) == ("", True)
