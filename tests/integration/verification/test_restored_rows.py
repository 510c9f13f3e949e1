"""The rows that tests of a verification begin with are there whatever the test before did to them."""

from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from tests.support.restored_rows import RestoredRows
from tests.support.verified_store import falsify

pytestmark = pytest.mark.clickhouse

CHANGED = ("api_usage_hourly", "dead_letters", "epoch_ledger", "llm_usage_hourly")


def contents(client: Client) -> dict[str, Any]:
    return {name: client.query(f"SELECT * FROM {name} FINAL ORDER BY ALL").result_rows for name in CHANGED}


def test_added_deleted_and_emptied_rows_are_brought_back(store: Client, rows: RestoredRows) -> None:
    before = contents(store)
    assert all(before.values())
    falsify(store, "api_usage_hourly", "requests + 1 AS requests")
    store.command("ALTER TABLE epoch_ledger DELETE WHERE partition = 1 SETTINGS mutations_sync = 2")
    store.command("TRUNCATE TABLE dead_letters")
    changed = contents(store)
    assert [name for name in CHANGED if changed[name] != before[name]] == list(CHANGED[:3])
    rows.restore("filled", lambda _client: pytest.fail("they are written once"))
    assert contents(store) == before
    rows.restore()
    assert not any(contents(store).values())
