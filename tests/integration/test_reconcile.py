"""`gatemeter reconcile`: exports, a gateway's own counts and imported usage beside stored usage."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ExitCode, InputError, SettingsError
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.llm_rows import llm, store_calls
from tests.support.repository import ROOT
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

FIXTURES = ROOT / "tests" / "fixtures" / "reconcile"
TOKENS = {"fresh_input_tokens": 600, "cached_tokens": 400, "plain_output_tokens": 100, "reasoning_tokens": 50}


def reconciled(store: Store, *arguments: object) -> tuple[int, Any]:
    found = invoked("reconcile", *arguments, "--json", *store.flags)
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, json.loads(found.stdout)


def test_an_export_is_compared_with_what_was_counted(store: Store) -> None:
    priced = {"cost_computed": "1.7", "cost_currency": "USD", "price_version": "p1", "cost_evidence": "computed"}
    with store.client() as client:
        store_calls(
            client,
            llm(provider="openai", request_model="gpt-4o", calls=5, **TOKENS, **priced),
            llm(provider="openai", request_model="gpt-4o", partition=1, outcome="failed", plain_output_tokens=9),
            llm(provider="anthropic", request_model="claude-x", partition=2, plain_output_tokens=7),
        )
    code, found = reconciled(store, FIXTURES / "openai-usage.json")
    assert (code, found["findings"], found["is_complete"]) == (ExitCode.OK, 0, True)
    assert found["notes"] == ["gpt-4o-2024-08-06 is compared with what is called gpt-4o here"]
    assert [(row["class"], row["stated"], row["counted"]) for row in found["rows"]] == [
        ("calls", "5", "5"),
        ("input", "600", "600"),
        ("cached input", "400", "400"),
        ("output", "150", "150"),
    ]
    code, found = reconciled(store, FIXTURES / "openai-costs.csv")
    assert (code, found["totals"][0]["unexplained"]) == (ExitCode.DIFFERENCE, "0.05")
    assert reconciled(store, FIXTURES / "openai-costs.csv", "--tolerance", "3%")[0] == ExitCode.OK
    shown = invoked("reconcile", FIXTURES / "openai-costs.csv", *store.flags).stdout
    assert "openai, cost: stated 1.75 USD, counted 1.7, difference 0.05, of which 0.05 is unexplained" in shown
    table = run("reconcile", FIXTURES / "openai-usage.csv", "--csv", *store.flags).stdout.splitlines()
    assert table[1] == "openai,gpt-4o-2024-08-06,2026-02-03,calls,calls,5,5,0,0,0,,,False"


def test_imported_requests_are_compared_by_consumer(store: Store, tmp_path: Path) -> None:
    with store.client() as client:
        rows = (
            usage(consumer_id="1", consumer_username="acme", requests=7),
            usage(consumer_id="2", consumer_username="globex", requests=2, partition=1),
            usage(consumer_id="", requests=3, partition=2),
            usage(
                consumer_id="1",
                consumer_username="acme",
                requests=1,
                partition=3,
                hour=datetime(2026, 3, 1, tzinfo=UTC),
            ),
        )
        ClickHouseSink(client).write([usage_rows(*rows)])
    history = tmp_path / "history.csv"
    history.write_text(
        "period,consumer_username,requests\n2026-02,acme,9\n2026-02,globex,1\n2026-03,acme,1\n2026-01,acme,4\n"
    )
    code, found = reconciled(store, history)
    assert [(row["period"], row["consumer"], row["difference"], row["cause"], row["is_finding"]) for row in found] == [
        ("2026-01", "acme", 4, "counting began later", False),
        ("2026-02", "acme", 2, "counting began later", False),
        ("2026-02", "globex", -1, None, True),
        ("2026-02", "anonymous", -3, "the other system does not count requests of nobody", False),
        ("2026-03", "acme", 0, None, False),
    ]
    run("billable", "import", history, *store.flags)
    assert reconciled(store, "--imported", "kong-plugin-billable") == (code, found) == (ExitCode.DIFFERENCE, found)
    assert isinstance(invoked("reconcile", "--imported", "nobody", *store.flags).exception, InputError)


def test_a_gateways_own_counts_are_compared_as_by_verify(store: Store, tmp_path: Path) -> None:
    with store.client() as client:
        ClickHouseSink(client).write([usage_rows(usage(consumer_id="1", requests=7))])
    report = tmp_path / "license_2026-03-05T000000Z.json"
    report.write_text(json.dumps({"counters": {"buckets": [{"bucket": "2026-02", "request_count": 7}]}}))
    code, found = reconciled(store, report)
    verified = invoked("verify", "--against", report, "--json", *store.flags)
    assert (code, found["counts"]) == (verified.exit_code, json.loads(verified.stdout)["counts"])
    for wrong in (
        (),
        (report, FIXTURES / "focus.csv"),
        (report, "--imported", "x"),
        (FIXTURES / "focus.csv", "--model", "a"),
        (FIXTURES / "focus.csv", "--model", "no-such-model=gpt-4o"),
        (FIXTURES / "openai-usage.json", FIXTURES / "anthropic-usage.json", "--provider", "azure"),
    ):
        assert isinstance(invoked("reconcile", *wrong, *store.flags).exception, SettingsError)
