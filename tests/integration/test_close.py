"""`gatemeter close` and `gatemeter statement`: what is not closed, what a closed month stays, what is corrected."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement_store import store_statement, stored_statements
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ConflictError, InputError, SettingsError
from gatemeter.plans.plan_files import load_plans
from gatemeter.schema import LLM_USAGE
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.kong_events import MARCH_MS, STARTED_AT_MS, request_line
from tests.support.plan_files import account, document, plan, tiers, written
from tests.support.stored_rows import table_rows, usage, usage_rows
from tests.support.unverified_closing import close_unverified

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("nobody_writes")]

IN_MARCH = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = {
    "name": "calls",
    "meter": "request_count",
    "model": "graduated",
    "tiers": tiers(("5", "0.5"), (None, "0.1")),
}


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    return written(tmp_path / "plans.json", document(plan(STEPS), accounts=[account(), account("globex")]))


def meter(store: Store, path: Path, events: range, *, started_at: int = STARTED_AT_MS) -> None:
    lines = [request_line(f"{path.stem}-{number}", consumer="acme", started_at=started_at) for number in events]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    run("meter", path, *store.flags)


def write(store: Store, partition: int, **values: Any) -> None:
    """Usage of acme, of which no ledger speaks, so that verify is not to be asked."""
    row = {"consumer_id": "acme", "source": "upstream", "partition": partition}
    with store.client() as client:
        ClickHouseSink(client).write([usage_rows(usage(**row | values))])


def close(store: Store, plans: Path, period: str, *arguments: str) -> str:
    return run("close", "--period", period, "--plans", plans, *arguments, *store.flags).stdout


def refusal(*arguments: object) -> tuple[type[BaseException], str]:
    found = invoked(*arguments)
    assert found.exception is not None
    assert found.stdout == ""
    return type(found.exception), str(found.exception)


def bill(store: Store, plans: Path, period: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read("bill", "--period", period, "--plans", plans, *store.flags)
    return found


def shown(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(line["account"], line["quantity"], line["amount"], line["correction_of"]) for line in lines]


def test_a_closed_month_stays_and_late_usage_is_corrected(store: Store, plans: Path, tmp_path: Path) -> None:
    meter(store, tmp_path / "february.log", range(7))
    said = close(store, plans, "2026-02", "--accept", "idle").splitlines()
    assert said[0].startswith("2026-02 is closed: statement 1, 2 lines")
    totals = ["total of acme: 2.70 EUR in 1 line", "total of globex: 0.00 EUR in 1 line", "total: 2.70 EUR in 2 lines"]
    assert said[1:] == totals
    closed = bill(store, plans, "2026-02")
    assert shown(closed) == [("acme", 7, "2.70", None), ("globex", 0, "0.00", None)]
    meter(store, tmp_path / "late.log", range(3))
    meter(store, tmp_path / "march.log", range(2), started_at=MARCH_MS)
    assert bill(store, plans, "2026-02") == closed
    dearer = plan(STEPS | {"tiers": tiers((None, "9"))}, valid_from="2026-01-01")
    later = written(tmp_path / "later.json", document(dearer, accounts=[account()]))
    expected = [("acme", 2, "18.00", None), ("acme", 3, "0.30", "2026-02")]
    preview = bill(store, later, "2026-03")
    assert shown(preview) == expected
    assert preview[1]["formula"] == "2026-02: 10 for 3.00 (5 x 0.5 + 5 x 0.1); billed were 7 for 2.70"
    close_unverified(store, later, BillingPeriod(2026, 3))
    assert bill(store, plans, "2026-03") == preview
    assert shown(bill(store, later, "2026-04")) == [("acme", 0, "0.00", None)]
    listed = read("statement", "list", *store.flags)
    assert [(each["number"], each["lines"], each["corrections"]) for each in listed] == [(1, 2, 0), (2, 2, 1)]
    assert [each["totals"] for each in listed] == ["2.70 EUR", "18.30 EUR"]
    assert read("statement", "show", "--period", "2026-03", *store.flags) == preview
    asked = run("statement", "show", "--period", "2026-02", *store.flags)
    assert asked.stderr.splitlines() == totals
    by_account = read("statement", "list", "--by", "account", *store.flags)
    assert by_account[-1:] == read("statement", "show", "--period", "2026-03", "--by", "account", *store.flags)
    assert [(each["period"], each["account"], each["amount"], each["corrections"]) for each in by_account] == [
        ("2026-02", "acme", "2.70", 0),
        ("2026-02", "globex", "0.00", 0),
        ("2026-03", "acme", "18.30", 1),
    ]


def test_what_may_still_change_is_not_closed(store: Store, plans: Path, tmp_path: Path) -> None:
    meter(store, tmp_path / "february.log", range(1))
    asked = ("close", "--plans", plans, *store.flags)
    kind, said = refusal(*asked, "--period", "2026-02")
    assert kind is ConflictError
    assert "2026-02 cannot be closed: events before 2026-03-04T00:00Z may still come in" in said
    meter(store, tmp_path / "ahead.log", range(1), started_at=MARCH_MS + 3_650 * 86_400_000)
    assert "ahead.log[0]" in refusal(*asked, "--period", "2026-02")[1]
    kind, said = refusal(*asked, "--period", "2105-11", "--accept", "idle")
    assert (kind, "it and its grace end at 2105-12-04T00:00Z" in said) == (ConflictError, True)
    for grace in ("3", "d", "3w", "-3d", "٣d", "99999d"):
        assert refusal(*asked, "--period", "2026-02", f"--grace={grace}")[0] is SettingsError
    meter(store, tmp_path / "later.log", range(1), started_at=MARCH_MS + 3 * 86_400_000)
    with store.client() as client:
        client.command("ALTER TABLE epoch_ledger DELETE WHERE topic LIKE '%february%' SETTINGS mutations_sync = 2")
    kind, said = refusal(*asked, "--period", "2026-02", "--accept", "idle")
    assert (kind, said.startswith("verify finds")) == (ConflictError, True)
    assert read("statement", "list", *store.flags) == []


def test_months_are_closed_once_and_in_order(store: Store, plans: Path, tmp_path: Path) -> None:
    write(store, 0, requests=1)
    close_unverified(store, plans, BillingPeriod(2026, 2))
    asked = ("close", "--plans", plans, *store.flags, "--accept", "idle", "--period")
    assert "2026-02 is closed already, by statement 1" in refusal(*asked, "2026-02")[1]
    assert "2026-04 is not the next period to close; close 2026-03 first" in refusal(*asked, "2026-04")[1]
    assert "2026-01 is before 2026-02, the first period that was closed" in refusal(*asked, "2026-01")[1]
    unknown = ("bill", "--plans", plans, *store.flags, "--period", "2026-02", "--account", "acne")
    assert refusal(*unknown) == (SettingsError, "--account: there is no account 'acne'; name one as acme, globex")
    moved = document(plan(STEPS), accounts=[account(anchor_day=2)])
    shifted = ("--plans", written(tmp_path / "moved.json", moved), *store.flags, "--period", "2026-03")
    for command in (("close", "--accept", "idle"), ("bill",)):
        assert "hours would be billed twice, or never" in refusal(*command, *shifted)[1]
    with store.client() as client:
        [first] = stored_statements(client)
        with pytest.raises(ConflictError, match="another run has closed 2026-02 meanwhile, by statement 1"):
            store_statement(client, msgspec.structs.replace(first, closed_at="2026-03-05T00:00:00Z").sealed())
        assert stored_statements(client) == [first]


def test_periods_before_the_first_that_is_closed_are_not_left_out_unseen(store: Store, plans: Path) -> None:
    write(store, 0, requests=3)
    write(store, 1, requests=2, hour=IN_MARCH)
    asked = ("close", "--plans", plans, "--period", "2026-03", *store.flags)
    kind, said = refusal(*asked, "--accept", "idle")
    used = "3 request_count of account acme, on a plan before 2026-03, the first period that was closed"
    assert (kind, f"else on no bill stay {used} (earlier)" in said) == (ConflictError, True)
    close_unverified(store, plans, BillingPeriod(2026, 3), Acceptance.EARLIER)
    write(store, 2, requests=1)
    close_unverified(store, plans, BillingPeriod(2026, 4))
    with store.client() as client:
        accepted = [each.accepted for each in stored_statements(client)]
    assert f"on no bill: {used}" in accepted[0]
    assert f"on no bill: {used.replace('3 request', '4 request')}" in accepted[1]


def test_a_store_that_nothing_was_consumed_into_is_idle(store: Store, plans: Path) -> None:
    kind, said = refusal("close", "--plans", plans, "--period", "2026-02", *store.flags)
    assert kind is ConflictError
    assert "may still come in every log: nothing has been consumed (idle)" in said


def test_late_calls_without_a_price_have_to_be_accepted(store: Store, tmp_path: Path) -> None:
    cost = {"name": "models", "meter": "llm_cost", "model": "percentage", "percent": 120}
    plans = written(tmp_path / "plans.json", document(plan(cost)))
    close_unverified(store, plans, BillingPeriod(2026, 2))
    unpriced = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "consumer_id": "acme"}
    with store.client() as client:
        row = unpriced | {"unpriced_calls": 1, "cost_evidence": "unpriced"}
        ClickHouseSink(client).write([table_rows(LLM_USAGE, row)])
        terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE,))
        with pytest.raises(ConflictError, match=r"in no quantity of acme/models of 2026-02 \(unpriced\)"):
            next_statement(client, load_plans(plans), BillingPeriod(2026, 3), terms)
        terms = Terms(SystemClock().now(), accepted=(Acceptance.IDLE, Acceptance.UNPRICED))
        found = next_statement(client, load_plans(plans), BillingPeriod(2026, 3), terms)
    assert "unpriced: 1 events of acme/models of 2026-02 have no value" in found.accepted
    assert [(line.correction_of, line.amount, line.missing) for line in found.lines] == [
        (None, "0.00", 0),
        ("2026-02", None, 1),
    ]


def test_a_statement_that_was_edited_is_found(store: Store, plans: Path, tmp_path: Path) -> None:
    write(store, 0, requests=1)
    files = [tmp_path / "1.json", tmp_path / "2.json"]
    for path, period in zip(files, (BillingPeriod(2026, 2), BillingPeriod(2026, 3)), strict=True):
        close_unverified(store, plans, period)
        run("statement", "show", "--period", period, "--export", path, *store.flags)
    store_checked = ("statement", "check", store.flags[0], store.flags[1])
    assert "2 statements are unchanged" in run(*store_checked).stdout
    assert "2 statements are unchanged" in run("statement", "check", *files).stdout
    assert "1 is missing" not in run("statement", "check", files[1]).stdout
    edited = tmp_path / "edited.json"
    edited.write_bytes(files[0].read_bytes().replace(b'"0.50"', b'"0.05"'))
    assert "statement 1 of 2026-02 was changed" in invoked("statement", "check", edited, files[1]).stdout
    assert "one is missing, or there twice" in invoked("statement", "check", files[0], files[0]).stdout
    edited.write_bytes(files[0].read_bytes().replace(b'"amount":', b'"amount":"9.00","amount":'))
    for path, why in ((plans, "is no statement"), (edited, "is no statement: 'amount' is there twice")):
        kind, said = refusal("statement", "check", path)
        assert (kind, why in said) == (InputError, True)
    with store.client() as client:
        change = "UPDATE statement = replace(statement, '\"0.50\"', '\"0.05\"') WHERE number = 1"
        client.command(f"ALTER TABLE billing_statements {change} SETTINGS mutations_sync = 2")
    assert "statement 1 of 2026-02 was changed" in invoked(*store_checked).stdout
    for command in (
        ("bill", "--plans", plans, "--period", "2026-02"),
        ("close", "--plans", plans, "--period", "2026-04", "--accept", "idle"),
        ("statement", "show", "--period", "2026-02"),
    ):
        kind, said = refusal(*command, *store.flags)
        assert (kind, "statement 1 of 2026-02 was changed" in said) == (ConflictError, True)
    with store.client() as client:
        client.command("ALTER TABLE billing_statements DELETE WHERE number = 1 SETTINGS mutations_sync = 2")
    assert "those before it are missing" in invoked(*store_checked).stdout


def test_what_is_not_closed_and_what_is_not_named_is_said(store: Store) -> None:
    assert "2026-02 is not closed" in refusal("statement", "show", "--period", "2026-02", *store.flags)[1]
    assert "files or a store are checked" in refusal("statement", "check")[1]


def test_other_plans_are_compared_with_what_was_billed(store: Store, plans: Path, tmp_path: Path) -> None:
    write(store, 0, requests=7)
    other = dearer_plans(tmp_path)
    asked = ("bill", "--plan", other, "--period", "2026-02..2026-03", *store.flags)
    assert refusal(*asked)[0] is SettingsError
    close_unverified(store, plans, BillingPeriod(2026, 2))
    write(store, 1, requests=1)
    write(store, 2, requests=2, hour=IN_MARCH)
    found = invoked(*asked, "--json")
    rows = json.loads(found.stdout)
    assert [tuple(row[name] for name in ("period", "status", "account", "current", "what_if")) for row in rows] == [
        ("2026-02", "closed", "acme", "2.70", "8.00"),
        ("2026-02", "closed", "globex", "0.00", "0.00"),
        ("2026-03", "open", "acme", "1.00", "2.00"),
        ("2026-03", "open", "globex", "0.00", "0.00"),
    ]
    assert [row["difference"] for row in rows] == ["5.30", "0.00", "1.00", "0.00"]
    assert found.stderr.splitlines() == [
        "EUR: 3.70 now, 10.00 by the other plans, a difference of 6.30",
        "2026-02: 0.10 EUR of later usage will be billed with 2026-03; it is in what_if and not in current",
        "account globex is not in the other plan file, and brings nothing by it",
    ]


@pytest.mark.long(
    reason="closes both months that are compared; one that is closed and one that is not are in `make test`"
)
def test_other_plans_of_closed_months_are_compared_with_their_corrections(
    store: Store, plans: Path, tmp_path: Path
) -> None:
    write(store, 0, requests=7)
    close_unverified(store, plans, BillingPeriod(2026, 2))
    write(store, 1, requests=1)
    write(store, 2, requests=2, hour=IN_MARCH)
    close_unverified(store, plans, BillingPeriod(2026, 3))
    other = dearer_plans(tmp_path)
    asked = ("bill", "--plan", other, "--period", "2026-02..2026-03", *store.flags)
    assert [row["current"] for row in read(*asked, "--account", "acme")] == ["2.80", "1.00"]
    current = ("bill", "--plans", other, "--current", other, *store.flags, "--period")
    assert [row["difference"] for row in read(*current, "2026-04..2026-04", "--account", "acme")] == ["0.00"]


def test_periods_that_cannot_be_compared_are_refused(store: Store, tmp_path: Path) -> None:
    other = dearer_plans(tmp_path)
    current = ("bill", "--plans", other, "--current", other, *store.flags, "--period")
    for wrong in ("2026-03..2026-02", "2026-02..", "2010-01..2026-01", "2026-02"):
        assert refusal(*current, wrong)[0] is SettingsError


def dearer_plans(folder: Path) -> Path:
    """Plans by which a call of acme is 1 EUR, and without globex."""
    dearer = plan(STEPS | {"tiers": tiers((None, "1"))}, valid_from="2026-01-01")
    return written(folder / "other.json", document(dearer, accounts=[account()]))
