"""`gatemeter bill`: quantities of accounts from stored rows, what is billable, and what is on no bill."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill import Bill, bill
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError, ExitCode, SettingsError, StopError
from gatemeter.losses.remembered import NOBODY_COMPARED
from gatemeter.schema import LLM_USAGE, METER_USAGE
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.plan_files import PER_REQUEST, account, book, document, plan, tiers, written
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

FEBRUARY = BillingPeriod(2026, 2)
SEE_LINT = "see gatemeter plans lint --data for names that never had any"
LLM_COST = {"name": "models", "meter": "llm_cost", "model": "percentage", "percent": 120}


def store(client: Client, *rows: Mapping[str, Any]) -> None:
    """Rows of an upstream's answers, unless they say something else; told apart by their partition."""
    whole = ({"consumer_id": "acme", "source": "upstream", "partition": place} for place in range(len(rows)))
    ClickHouseSink(client).write(
        [usage_rows(*(usage(**{**each, **row}) for each, row in zip(whole, rows, strict=True)))]
    )


def requests_of(found: Bill) -> dict[str, tuple[Any, Any]]:
    """What is billable and what is not, by account."""
    return {line.account: (line.quantity, line.not_billable) for line in found.lines}


def test_a_bill_says_what_each_charge_costs_and_why(store: Store, tmp_path: Path) -> None:
    with store.client() as client:
        rows = [usage(consumer_id="acme", source="upstream", requests=1_234_567, epoch_first_offset=1, version=1024)]
        ClickHouseSink(client).write([usage_rows(*rows)])
    flat = {"name": "base", "model": "flat", "amount": "9.90"}
    graduated = {"name": "calls", "meter": "request_count", "model": "graduated"}
    steps = tiers(("1000000", "0.0001"), (None, "0.00001"))
    path = written(tmp_path / "plans.json", document(plan(flat, {**graduated, "tiers": steps}, rounding="half_up")))
    common = {"period": "2026-02", "account": "acme", "plan": "starter", "currency": "EUR", "correction_of": None}
    found = read("bill", "--period", "2026-02", "--plans", path, "--json", *store.flags)
    assert len({each.pop("id") for each in found}) == 2
    assert found == [
        common
        | {"charge": "base", "meter": None, "quantity": 1, "unit": "period", "amount": "9.90", "amount_exact": "9.9"}
        | {"formula": "9.9 flat", "not_billable": None, "missing": 0, "offsets": ""},
        common
        | {"charge": "calls", "meter": "request_count", "quantity": 1_234_567, "unit": "requests"}
        | {"amount": "102.35", "amount_exact": "102.34567", "not_billable": 0, "missing": 0}
        | {"formula": "1000000 x 0.0001 + 234567 x 0.00001"}
        | {"offsets": "a topic that is not known[0] 1-1023 of log log-1"},
    ]


def test_a_bill_by_consumer_adds_up_to_the_line(store: Store, tmp_path: Path) -> None:
    used = {"acme": 1, "globex": 1, "initech": 1}
    with store.client() as client:
        rows = [usage(consumer_id=name, partition=place, requests=used[name]) for place, name in enumerate(used)]
        ClickHouseSink(client).write([usage_rows(*rows)])
    accounts = [account(consumers=list(used))]
    charge = PER_REQUEST | {"unit_amount": "0.34"}
    path = written(tmp_path / "plans.json", document(plan(charge), accounts=accounts))
    found = read("bill", "--period", "2026-02", "--by", "consumer", "--plans", path, "--json", *store.flags)
    assert [(each["consumer"], each["quantity"], each["amount"]) for each in found] == [
        (name, 1, "0.34") for name in used
    ]
    [paid] = read("bill", "--period", "2026-02", "--by", "account", "--plans", path, "--json", *store.flags)
    assert paid == {
        "period": "2026-02",
        "account": "acme",
        "lines": 1,
        "corrections": 0,
        "amount": "1.02",
        "amount_exact": "1.02",
        "currency": "EUR",
        "unknown_amounts": 0,
    }


def test_losses_stand_above_each_kind_of_bill(store: Store, tmp_path: Path) -> None:
    plans = ("--plans", written(tmp_path / "plans.json", document()), *store.flags)
    for asked in ("2026-02",), ("2026-02", "--by", "consumer"), ("2026-01..2026-02", "--current", plans[1]):
        said = run("bill", *plans, "--period", *asked)
        assert NOBODY_COMPARED in said.stdout, asked


def test_what_the_gateway_refused_is_not_billable(clickhouse_client: Client) -> None:
    store_rows = (
        {"requests": 1, "status": 200},
        {"requests": 10, "status": 503},
        {"requests": 100, "status": 429, "source": "kong"},
        {"requests": 1_000, "status": 200, "source": "kong"},
        {"requests": 10_000, "status": 401, "source": ""},
    )
    store(clickhouse_client, *store_rows)
    assert requests_of(bill(clickhouse_client, book(), FEBRUARY)) == {"acme": (11_011, 100)}
    since = [
        {"valid_from": "2026-01-01", "any_of": [["status_class in 2xx", "source in upstream"], ["status in 429"]]},
        {"valid_from": "2026-02-02", "any_of": [["status in 503"]]},
    ]
    assert requests_of(bill(clickhouse_client, book(billable=since), FEBRUARY)) == {"acme": (101, 11_010)}


def test_usage_goes_to_the_account_that_names_it_closest(clickhouse_client: Client) -> None:
    store(
        clickhouse_client,
        {"requests": 1},
        {"requests": 10, "team": "red", "workspace": "w"},
        {"requests": 100, "consumer_id": "globex", "team": "red", "workspace": "w"},
        {"requests": 1_000, "consumer_id": "initech", "workspace": "w"},
        {"requests": 10_000, "consumer_id": "", "workspace": "v"},
    )
    accounts = [
        account(),
        account("team", consumers=[], teams=["red"]),
        account("workspace", consumers=[], workspaces=["w"]),
    ]
    found = bill(clickhouse_client, book(accounts=accounts), FEBRUARY)
    assert requests_of(found) == {"acme": (11, 0), "team": (100, 0), "workspace": (1_000, 0)}
    assert found.notes == ["on no bill: 10000 request_count of 1 consumer that no account has: 'anonymous'"]


def test_an_account_has_the_hours_of_its_own_periods(clickhouse_client: Client) -> None:
    """Of Berlin the period that begins on February 15 ends on March 14 at 23:00 UTC."""
    hours = [datetime(2026, month, 14, hour, tzinfo=UTC) for month in (2, 3) for hour in (22, 23)]
    store(clickhouse_client, *({"hour": each, "requests": 10**n} for n, each in enumerate(hours)))
    accounts = [
        account(time_zone="Europe/Berlin", anchor_day=15, plans=[{"plan": "starter", "valid_from": "2026-02-15"}])
    ]
    assert requests_of(bill(clickhouse_client, book(accounts=accounts), FEBRUARY)) == {"acme": (110, 0)}


def test_a_later_version_of_a_plan_counts_from_the_next_period(clickhouse_client: Client) -> None:
    store(clickhouse_client, {"requests": 1_000}, {"requests": 1_000, "hour": datetime(2026, 3, 5, tzinfo=UTC)})
    plans = (plan(PER_REQUEST), plan(PER_REQUEST | {"unit_amount": "0.002"}, valid_from="2026-02-02"))
    paid = [bill(clickhouse_client, book(*plans), each).lines[0].amount for each in (FEBRUARY, FEBRUARY.following)]
    assert paid == ["1.00", "2.00"]


def test_a_cost_that_is_not_known_is_no_amount(clickhouse_client: Client) -> None:
    priced = {"cost_computed": "0.5", "cost_evidence": "computed", "cost_currency": "EUR"}
    unpriced = {"unpriced_calls": 1, "cost_evidence": "unpriced", "partition": 1}
    common = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider"}
    rows = [
        common | priced | {"consumer_id": "acme"},
        common | unpriced | {"consumer_id": "acme"},
        common | unpriced | {"consumer_id": "globex"},
    ]
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, *rows)])
    found = bill(clickhouse_client, book(plan(LLM_COST), accounts=[account(), account("globex")]), FEBRUARY)
    assert [(line.quantity, line.amount, line.missing) for line in found.lines] == [("0.5", "0.60", 1), (None, None, 1)]
    assert found.lines[1].formula == "not known: 1 unpriced_calls"
    assert found.notes[0] == "account acme, charge models: 1 events have no value and are not in it"


def test_a_cost_in_another_currency_is_refused(clickhouse_client: Client) -> None:
    cost = {"cost_computed": "0.5", "cost_evidence": "computed", "cost_currency": "USD", "consumer_id": "acme"}
    rows = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", **cost}
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, rows)])
    with pytest.raises(
        ConflictError, match=r"account acme, charge models, 2026-02: llm_cost is in USD, and plan starter in EUR"
    ):
        bill(clickhouse_client, book(plan(LLM_COST)), FEBRUARY)


@pytest.mark.parametrize(
    ("meter", "rule", "cost"),
    [
        ("llm_cost_evidence_reported", "outcome in provider", {"cost_reported_spend": "0.5"}),
        ("llm_cost", "outcome in gateway", {"cost_computed": "0.5", "cost_currency": "USD"}),
    ],
)
def test_no_currency_is_taken_for_that_of_the_plan(
    clickhouse_client: Client, meter: str, rule: str, cost: dict[str, str]
) -> None:
    row = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "consumer_id": "acme", **cost}
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, {"cost_evidence": "computed"} | row)])
    rules = [{"valid_from": "2026-01-01", "meters": meter, "any_of": [[rule]]}]
    said = "USD" if "cost_currency" in cost else "a currency that is not named"
    with pytest.raises(ConflictError, match=f"{meter} is in {said}, and plan starter in EUR"):
        bill(clickhouse_client, book(plan(LLM_COST | {"meter": meter}), billable=rules), FEBRUARY)


def test_what_is_on_no_bill_is_told_by_currency(clickhouse_client: Client) -> None:
    call = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "consumer_id": "globex"}
    priced = call | {"cost_evidence": "computed", "cost_computed": "0.5"}
    rows = [
        priced | {"cost_currency": "EUR"},
        priced | {"cost_currency": "USD", "partition": 1},
        call | {"unpriced_calls": 3, "cost_evidence": "unpriced", "partition": 2},
    ]
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, *rows)])
    assert bill(clickhouse_client, book(plan(LLM_COST)), FEBRUARY).notes == [
        "on no bill: 0.5 EUR llm_cost of 1 consumer that no account has: 'globex'",
        "on no bill: 0.5 USD llm_cost of 1 consumer that no account has: 'globex'",
        "on no bill: 3 unpriced_calls of consumers that no account has",
        f"without usage in 2026-02: 1 name of the plan file, consumer acme of account acme; {SEE_LINT}",
    ]


def test_a_name_that_two_workspaces_have_is_said(clickhouse_client: Client) -> None:
    named = [{"consumer_id": each, "consumer_username": "acme", "workspace": each} for each in ("a", "b")]
    store(clickhouse_client, *named)
    found = bill(clickhouse_client, book(subject="username"), FEBRUARY)
    assert found.notes == [
        "one name, consumers of several workspaces: acme; the subject workspace/username keeps them apart"
    ]


def test_meters_that_tell_values_apart_are_not_billed(clickhouse_client: Client) -> None:
    meter = {"declaration": "0123456789ab", "decimals": 3, "log": "log-1", "version": 1, "consumer_id": "acme"}
    credits_, seats = {"meter": "credits", "unit": "credits", "aggregation": "sum"}, {"meter": "seats", "unit": "users"}
    rows = [
        meter | credits_ | {"events": 5, "value_scaled": 12_345},
        meter | seats | {"aggregation": "unique", "events": 2, "distinct_hashes": [1, 2]},
    ]
    ClickHouseSink(clickhouse_client).write([table_rows(METER_USAGE, *rows)])
    charge = {"name": "custom", "model": "per_unit", "unit_amount": "2"}
    [line] = bill(clickhouse_client, book(plan({**charge, "meter": "meter:credits"})), FEBRUARY).lines
    assert (line.quantity, line.unit, line.amount) == ("12.345", "credits", "24.69")
    with pytest.raises(SettingsError, match="meter:seats counts different values"):
        bill(clickhouse_client, book(plan({**charge, "meter": "meter:seats"})), FEBRUARY)


def test_a_correction_below_nothing_is_no_bill(clickhouse_client: Client) -> None:
    store(clickhouse_client, {"requests": -1})
    with pytest.raises(ConflictError, match=r"account acme, 2026-02: requests: a quantity of -1 request_count"):
        bill(clickhouse_client, book(), FEBRUARY)


def test_accounts_without_a_plan_then_are_named(clickhouse_client: Client) -> None:
    later = [account(plans=[{"plan": "starter", "valid_from": "2026-03-01"}])]
    found = bill(clickhouse_client, book(accounts=later), FEBRUARY)
    assert (found.lines, found.notes) == ([], ["account acme is on no plan in 2026-02"])


def test_a_bill_of_one_account_says_nothing_of_other_customers(clickhouse_client: Client) -> None:
    store(clickhouse_client, {"requests": 1}, {"requests": 400, "consumer_id": "acme "})
    whole = bill(clickhouse_client, book(), FEBRUARY).notes
    assert whole == [
        (
            "on no bill: 400 request_count of 1 consumer that no account has: 'acme ' "
            "(account acme has it with other spaces: 'acme')"
        )
    ]
    [alone] = bill(clickhouse_client, book(), FEBRUARY, "acme").notes
    assert alone.startswith("on no bill: usage of consumers that no account has; the bill of all accounts says how mu")
    assert bill(clickhouse_client, book(), FEBRUARY.following.following, "acme").notes == [
        (
            "without usage in 2026-04: 1 name of the plan file, consumer acme of account acme; see gatemeter "
            "plans lint --data for names that never had any"
        )
    ]


REFUSED = {"source": "kong", "status": 429}


def test_usage_of_accounts_on_no_plan_yet_is_told(clickhouse_client: Client) -> None:
    store(
        clickhouse_client,
        {"requests": 1},
        {"requests": 20, "consumer_id": "mid"},
        {"requests": 3, "consumer_id": "mid", **REFUSED},
        {"requests": 400, "consumer_id": "nobody"},
        {"requests": 5_000, "consumer_id": "nobody", **REFUSED},
    )
    later = account("mid", plans=[{"plan": "starter", "valid_from": "2026-03-01"}])
    of_mid = "on no bill: 20 request_count (and 3 that are not billable) of account mid, which is on no plan in 2026-02"
    found = bill(clickhouse_client, book(accounts=[account(), later]), FEBRUARY)
    assert requests_of(found) == {"acme": (1, 0)}
    said = "400 request_count (and 5000 that are not billable) of 1 consumer that no account has: 'nobody'"
    assert found.notes == [f"on no bill: {said}", of_mid]
    alone = bill(clickhouse_client, book(accounts=[later]), FEBRUARY).notes
    assert alone == [f"on no bill: {said.replace('400', '401').replace('1 consumer', '2 consumers')}, 'acme'", of_mid]


def test_hours_before_the_first_period_are_told_once(clickhouse_client: Client) -> None:
    """New York's February begins at 05:00 UTC, and the hours before are January's, in which it is on no plan."""
    store(clickhouse_client, *({"requests": 10**n, "hour": FIRST_HOURS[n]} for n in range(2)))
    there = account(time_zone="America/New_York", plans=[{"plan": "starter", "valid_from": "2026-02-01"}])
    plans = book(accounts=[account("globex"), there])
    found = bill(clickhouse_client, plans, FEBRUARY)
    assert requests_of(found) == {"globex": (0, 0), "acme": (10, 0)}
    before = "account acme, before its first period, which begins 2026-02-01T05:00Z"
    assert found.notes[1:] == [f"on no bill: 1 request_count of {before}"]
    assert bill(clickhouse_client, plans, FEBRUARY, told_before=["acme"]).notes == found.notes[:1]
    [_, january] = bill(clickhouse_client, plans, BillingPeriod(2026, 1)).notes
    assert january == "on no bill: 1 request_count of account acme, which is on no plan in 2026-01"


FIRST_HOURS = [datetime(2026, 2, 1, hour, tzinfo=UTC) for hour in (4, 5)]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--period", "2026-02", "--account", "acne"), ExitCode.USAGE, "--account: there is no account 'acne'"),
        (("--period", "2026-01..2026-02", "--by", "consumer"), ExitCode.USAGE, "--by shares out one bill"),
        (("--period", "soon"), ExitCode.USAGE, "--period: 'soon' is not a billing period; write 2026-02"),
    ],
)
def test_bad_questions_get_one_clear_line(
    store: Store, tmp_path: Path, arguments: tuple[str, ...], code: ExitCode, said: str
) -> None:
    path = written(tmp_path / "plans.json", document())
    found = invoked("bill", *arguments, "--plans", path, *store.flags)
    assert isinstance(found.exception, StopError)
    assert (found.exception.exit_code, found.stdout) == (code, "")
    assert said in str(found.exception)


def test_a_time_zone_of_no_place_names_the_account(clickhouse_client: Client) -> None:
    accounts = [account(time_zone="Europe/Berln")]
    with pytest.raises(SettingsError, match=r"account acme, time_zone Europe/Berln: 'Europe/Berln' is not a time zone"):
        bill(clickhouse_client, book(accounts=accounts), FEBRUARY)
