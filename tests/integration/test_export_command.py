"""`gatemeter export`: a preview, a closed period with what came later, and questions that make no sense."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import next_statement
from gatemeter.billing.closing_obstacles import Acceptance, Terms
from gatemeter.billing.statement_store import store_statement
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.clock import SystemClock
from gatemeter.errors import ExitCode, StopError
from gatemeter.plans.plan_files import load_plans
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.plan_files import PER_REQUEST, account, document, plan, written
from tests.support.stored_rows import ledger_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    return written(tmp_path / "plans.json", document(plan(PER_REQUEST), accounts=[account(), account("globex")]))


def add(store: Store, requests: int, partition: int = 0) -> None:
    row = usage(consumer_id="acme", source="upstream", requests=requests, partition=partition)
    with store.client() as client:
        ClickHouseSink(client).write([usage_rows(row), ledger_rows({"log": "log-1", "version": 9})])


def close_february(store: Store, plans: Path) -> None:
    terms = Terms(SystemClock().now(), accepted=list(Acceptance))
    with store.client() as client:
        store_statement(client, next_statement(client, load_plans(plans), BillingPeriod(2026, 2), terms))


def manifest(folder: Path) -> Any:
    return msgspec.json.decode((folder / "manifest.json").read_bytes())


def objects(path: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def test_a_preview_has_the_lines_of_the_bill_and_its_usage(store: Store, plans: Path, tmp_path: Path) -> None:
    add(store, 1_234)
    asked = "--period", "2026-02", "--plans", plans, *store.flags
    for form in ("jsonl", "parquet", "csv"):
        found = run("export", form, "--out", tmp_path / form, *asked)
        assert f"{tmp_path / form}: {form} of 2026-02, a preview" in found.stdout
    lines = objects(tmp_path / "jsonl" / "lines.jsonl")
    assert [{name: row[name] for name in row if name != "key"} for row in lines] == read("bill", "--json", *asked)
    [day] = objects(tmp_path / "jsonl" / "usage.jsonl")
    assert (day["start"], day["end"], day["quantity"]) == ("2026-02-03T00:00:00Z", "2026-02-04T00:00:00Z", 1_234)
    [row] = pq.read_table(tmp_path / "parquet" / "usage.parquet").to_pylist()
    assert (row["id"], row["start"], row["quantity"]) == (day["id"], datetime(2026, 2, 3, tzinfo=UTC), Decimal(1_234))
    assert manifest(tmp_path / "csv")["notes"][0] == "a preview of 2026-02: the period is not closed"
    assert manifest(tmp_path / "csv")["totals"] == [
        {"currency": "EUR", "amount": "1.23", "lines": 2, "unknown_amounts": 0}
    ]


def test_a_closed_period_stays_and_says_what_came_later(store: Store, plans: Path, tmp_path: Path) -> None:
    add(store, 1_000)
    close_february(store, plans)
    other = written(tmp_path / "other.json", document(plan(PER_REQUEST | {"unit_amount": "5"})))
    asked = "--period", "2026-02", "--account", "acme", *store.flags
    run("export", "jsonl", "--plans", plans, "--out", tmp_path / "first", *asked)
    again = run("export", "jsonl", "--plans", other, "--out", tmp_path / "first", *asked)
    assert again.stdout.splitlines()[0] == f"{tmp_path / 'first'}: jsonl of 2026-02, is there already"
    add(store, 7, partition=1)
    late = run("export", "jsonl", "--plans", plans, "--out", tmp_path / "late", "--grain", "hour", *asked)
    assert "usage of acme/requests adds up to 1007, and its line says 1000" in late.stderr
    first, last = manifest(tmp_path / "first"), manifest(tmp_path / "late")
    [statement] = read("statement", "list", "--json", *store.flags)
    assert (
        first["statement"] == last["statement"] == {name: statement[name] for name in ("number", "sha256", "closed_at")}
    )
    assert (tmp_path / "first" / "lines.jsonl").read_bytes() == (tmp_path / "late" / "lines.jsonl").read_bytes()
    assert last["usage_differences"] == [{"account": "acme", "charge": "requests", "line": "1000", "usage": "1007"}]
    assert [each["end"] for each in objects(tmp_path / "late" / "usage.jsonl")] == ["2026-02-03T11:00:00Z"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--period", "soon"), ExitCode.USAGE, "--period: 'soon' is not a billing period; write 2026-02"),
        (("--period", "2026-02", "--account", "acne"), ExitCode.USAGE, "--account: there is no account 'acne'"),
    ],
)
def test_bad_questions_get_one_clear_line(
    store: Store, plans: Path, tmp_path: Path, arguments: tuple[str, ...], code: ExitCode, said: str
) -> None:
    found = invoked("export", "csv", *arguments, "--plans", plans, "--out", tmp_path / "out", *store.flags)
    assert isinstance(found.exception, StopError)
    assert (found.exception.exit_code, found.stdout) == (code, "")
    assert said in str(found.exception)
    assert not (tmp_path / "out" / "manifest.json").exists()
