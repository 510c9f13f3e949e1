"""What `gatemeter bill` says of model costs that are estimates."""

from pathlib import Path

import pytest

from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.schema import LLM_USAGE
from tests.support.command_in_process import invoked
from tests.support.databases import Store
from tests.support.plan_files import PER_REQUEST, account, document, plan, written
from tests.support.stored_rows import table_rows
from tests.support.unverified_closing import close_unverified

pytestmark = pytest.mark.clickhouse

FEBRUARY = BillingPeriod(2026, 2)
LLM_COST = {"name": "models", "meter": "llm_cost", "model": "percentage", "percent": 120}


def test_a_bill_says_how_much_of_its_costs_are_estimates(store: Store, tmp_path: Path) -> None:
    """Of all accounts, and of one; usage that is in two charges of an account is told once."""
    certain = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "cost_currency": "EUR"} | {
        "cost_computed": "0.5",
        "cost_evidence": "computed",
        "consumer_id": "acme",
    }
    estimated = certain | {"cost_computed": "0.25", "cost_evidence": "estimated", "provider": "openai"}
    rows = [certain, estimated | {"partition": 1}, estimated | {"partition": 2, "consumer_id": "globex"}]
    with store.client() as client:
        ClickHouseSink(client).write([table_rows(LLM_USAGE, *rows)])
    of_others = {each: [{"plan": each, "valid_from": "2026-01-01"}] for each in ("other", "cheap")}
    accounts = [account(), account("globex", plans=of_others["other"]), account("idle", plans=of_others["cheap"])]
    openai = LLM_COST | {"name": "openai", "filter": "provider in openai"}
    plans = [plan(LLM_COST, openai), plan(LLM_COST, name="other"), plan(PER_REQUEST, name="cheap")]
    path = written(tmp_path / "plans.json", document(*plans, accounts=accounts))
    flags = ("bill", "--period", "2026-02", "--plans", path, "--json", *store.flags)
    said = "EUR of llm_cost are estimates, as stored now: gatemeter report llm says of which calls"
    assert f"0.5 of 1 {said}" in invoked(*flags).stderr
    assert f"0.25 of 0.75 {said}" in invoked(*flags, "--account", "acme").stderr
    assert "estimates" not in invoked(*flags, "--account", "idle").stderr
    close_unverified(store, path, FEBRUARY)
    assert f"0.5 of 1 {said}" in invoked(*flags).stderr
