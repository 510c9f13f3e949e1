"""Rows of usage of models from before units other than tokens: what a migrated store says of them."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.migrations import runner
from gatemeter.migrations.comments import comment_statements
from gatemeter.migrations.migration_files import shipped_migrations
from gatemeter.migrations.runner import migrate, run_statements
from gatemeter.schema import LLM_USAGE
from gatemeter.schema.usage import STATUS_UNKNOWN
from gatemeter.verification.seal_recipe import NEWEST_RECIPE
from gatemeter.verification.seal_store import epoch_hashes
from tests.support.databases import open_database, url_of
from tests.support.stored_table import read_stored

pytestmark = [
    pytest.mark.clickhouse,
    pytest.mark.long(
        reason="upgrades a store of an older version; what it becomes changes with a new migration at most"
    ),
]

_UNITS = next(each for each in shipped_migrations() if each.title.endswith("units_and_modifiers"))

_LEDGER = "INSERT INTO epoch_ledger (log, version, topic, log_kind, epoch_size, consumed, counted) VALUES"
_USAGE = (
    "INSERT INTO llm_usage_hourly (log, version, hour, consumer_id, provider, request_model, outcome, tokens_evidence, "
    "token_classes, calls, prompt_tokens, cached_tokens, fresh_input_tokens, cost_reported, cost_computed, "
    "cost_evidence, price_version) VALUES"
)
_BEFORE_UNITS = 1
"""The recipe of seals that were made when these columns were all."""


def migrate_up_to(client: Client, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(runner, "shipped_migrations", lambda: shipped_migrations()[:number])
        migrate(client)


def fill_old(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an empty database a store with an epoch of one call, from before the migration."""
    migrate_up_to(client, _UNITS.number - 1, monkeypatch)
    client.command(f"{_LEDGER} ('log-1', 1, 'access', 'kafka', 1, 1, 1)")
    client.command(
        f"{_USAGE} ('log-1', 1, '2026-02-03 10:00:00', 'a', 'p', 'm', 'provider', 'reported', "
        "'cached_tokens,fresh_input_tokens', 1, 100, 30, 70, 0.5, 0.25, 'computed', 'p/m#00000000')"
    )


@pytest.fixture
def old_store(empty_clickhouse: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A store with an epoch of one call, from before the migration."""
    fill_old(empty_clickhouse, monkeypatch)
    return empty_clickhouse


@pytest.fixture(scope="module")
def migrated(clickhouse_url: str) -> Iterator[Client]:
    """Such a store, migrated since, in the state in which the test before leaves it."""
    name = f"older_{secrets.token_hex(4)}"
    with closing(open_database(url_of(clickhouse_url, name))) as client:
        with pytest.MonkeyPatch.context() as patch:
            fill_old(client, patch)
        migrate(client)
        yield client
        client.command(f"DROP DATABASE `{name}`")


def hashes(client: Client, recipe: int = NEWEST_RECIPE) -> Sequence[tuple[str, str]]:
    return [(epoch.usage, epoch.costs) for epoch in epoch_hashes(client, "log-1", recipe)[0]]


def only_row(client: Client) -> dict[str, Any]:
    (row,) = read_stored(client, LLM_USAGE)
    return dict(row)


def test_its_seals_of_usage_and_costs_stay(old_store: Client) -> None:
    before = hashes(old_store, _BEFORE_UNITS)
    migrate(old_store)
    assert hashes(old_store, _BEFORE_UNITS) == before
    old_store.command("OPTIMIZE TABLE llm_usage_hourly FINAL")
    assert hashes(old_store, _BEFORE_UNITS) == before


def test_its_reported_cost_was_spent_and_its_statuses_are_unknown(migrated: Client) -> None:
    row = only_row(migrated)
    assert (row["cost_reported"], row["cost_reported_spend"]) == (Decimal("0.5"), Decimal("0.5"))
    assert (row["cost_currency"], row["cost_gaps"], row["client_status"]) == ("", "", 0)
    shown = migrated.query("SELECT status, provider_status FROM llm_usage").result_rows
    assert [tuple(each) for each in shown] == [(None, None)]


CHANGES = {
    "web_searches = 1": False,
    "cost_reported_spend = 0": False,
    "cost_currency = 'USD'": True,
    "cost_gaps = 'x'": True,
}
"""Of each whether the seal of usage stays; that of costs never does."""


def test_a_change_of_a_new_column_breaks_a_seal(migrated: Client) -> None:
    for change, usage_stays in CHANGES.items():
        ((sealed_usage, sealed_costs),) = hashes(migrated)
        migrated.command(f"ALTER TABLE llm_usage_hourly UPDATE {change} WHERE 1", settings={"mutations_sync": 2})
        ((usage, costs),) = hashes(migrated)
        assert (usage == sealed_usage, costs == sealed_costs) == (usage_stays, False), change


def test_a_new_row_of_the_same_key_stands_beside_it(migrated: Client) -> None:
    migrated.command(
        f"INSERT INTO llm_usage_hourly SELECT * REPLACE ({STATUS_UNKNOWN} AS client_status) FROM llm_usage_hourly"
    )
    assert len(read_stored(migrated, LLM_USAGE)) == 2


def test_each_statement_can_be_repeated_on_the_engine(old_store: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate_up_to(old_store, _UNITS.number, monkeypatch)
    migrated, once = old_store, table_of(old_store)
    run_statements(migrated, _UNITS.up, None)
    assert table_of(migrated) == once
    for _ in range(2):
        run_statements(migrated, _UNITS.down, None)
    assert "modifiers" not in table_of(migrated)
    run_statements(migrated, _UNITS.up, None)
    run_statements(migrated, comment_statements(migrated), None)
    assert table_of(migrated) == once


def table_of(client: Client) -> str:
    return str(client.command("SHOW CREATE TABLE llm_usage_hourly"))
