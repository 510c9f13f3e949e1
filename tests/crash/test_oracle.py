"""The oracle's own count: it agrees with an undisturbed run to the last yocto, and any wrong row makes it differ."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from clickhouse_connect.driver.client import Client

from tests.crash.conftest import CountedLog
from tests.support.crash.comparison import differences_to

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse, pytest.mark.slow]

_SMALLEST_AMOUNT = "toDecimal128('0.000000000000000000000001', 24)"
_CHANGES = {
    "usage": ("api_usage_hourly", "requests", "requests + 1"),
    "minutes": ("api_usage_minutely", "requests", "requests + 1"),
    "month": ("monthly_requests", "requests", "requests - 1"),
    "llm usage, tokens": ("llm_usage_hourly", "cached_tokens", "cached_tokens + 1"),
    "llm usage, cost": ("llm_usage_hourly", "cost_computed", f"cost_computed + {_SMALLEST_AMOUNT}"),
    "llm usage, reported cost": ("llm_usage_hourly", "cost_reported", f"cost_reported + {_SMALLEST_AMOUNT}"),
    "llm usage, spend": ("llm_usage_hourly", "cost_reported_spend", f"cost_reported_spend + {_SMALLEST_AMOUNT}"),
    "llm usage, searches": ("llm_usage_hourly", "web_searches", "web_searches + 1"),
    "llm usage, currency": ("llm_usage_hourly", "cost_currency", "'USD'"),
    "llm usage, evidence": ("llm_usage_hourly", "cost_evidence", "concat(cost_evidence, 'un')"),
    "agentic usage": ("agentic_usage_hourly", "errors", "errors + 1"),
    "agents' sessions": ("agentic_usage_hourly", "session_hashes", "arrayPushBack(session_hashes, 1)"),
}

_ONE_OF_EACH = {"usage", "minutes", "month", "llm usage, cost", "agentic usage", "agents' sessions"}
_LONG = pytest.mark.long(reason="another column of a table of which one column is changed in `make test`")
_COMPARED = {table for table, _, _ in _CHANGES.values()} | {"stream_sessions_hourly", "dead_letters", "epoch_ledger"}


@contextmanager
def changed_copy(client: Client, database: str, table: str, column: str, value: str) -> Iterator[str]:
    """A copy of `database` with a newer version of one row of `table`, in which `column` has another value."""
    copy = f"changed_{secrets.token_hex(4)}"
    client.command(f"CREATE DATABASE `{copy}`")
    try:
        client.command(f"CREATE TABLE `{copy}`.{table} CLONE AS `{database}`.{table}")
        for name in _COMPARED - {table}:
            client.command(f"CREATE VIEW `{copy}`.{name} AS SELECT * FROM `{database}`.{name} FINAL")
        client.command(
            f"INSERT INTO `{copy}`.{table} SELECT * REPLACE (version + 1 AS version, {value} AS {column}) "
            f"FROM `{database}`.{table} FINAL ORDER BY ALL LIMIT 1"
        )
        yield copy
    finally:
        client.command(f"DROP DATABASE `{copy}`")


def test_the_oracle_agrees_with_an_undisturbed_run(counted_log: CountedLog) -> None:
    with closing(counted_log.undisturbed.client()) as client:
        assert differences_to(client, counted_log.undisturbed.database, counted_log.oracle) == []


@pytest.mark.parametrize("what", [pytest.param(what, marks=() if what in _ONE_OF_EACH else _LONG) for what in _CHANGES])
def test_one_changed_row_is_seen_by_the_oracle(what: str, counted_log: CountedLog) -> None:
    with (
        closing(counted_log.undisturbed.client()) as client,
        changed_copy(client, counted_log.undisturbed.database, *_CHANGES[what]) as copy,
    ):
        found = differences_to(client, copy, counted_log.oracle)
    assert {difference.partition(" (")[0] for difference in found} == {what.partition(",")[0]}


def test_the_input_has_every_kind_of_call_and_cost(counted_log: CountedLog) -> None:
    oracle = counted_log.oracle
    evidences = {key[-1] for key in oracle.llm}
    assert evidences == {"", "computed", "estimated", "unpriced"}
    seen = {name for sums in oracle.llm.values() for name, value in sums.items() if value}
    assert seen >= {"cached_tokens", "reasoning_tokens", "audio_input_tokens", "cost_reported", "cost_savings"}
    assert any(sums.get("cost_reported", 0) > sums.get("cost_reported_spend", 0) for sums in oracle.llm.values())
    assert seen >= {"embeddings_cost", "unpriced_calls", "calls_without_reported_cost", "cache_fetch_count"}
    assert {key[9] for key in oracle.agentic} == {"mcp", "a2a"}
    assert oracle.agent_sessions
