"""The license counters, of known rows on the real engine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import SettingsError
from gatemeter.inventory.snapshot import ControlPlane, Snapshot
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.license_report.buckets import LicenseParameters, monthly_buckets, total_requests
from gatemeter.license_report.proof import CountsTakenBack, proven_buckets
from tests.support.command_in_process import invoked, run
from tests.support.databases import DatabasePool, Store
from tests.support.inventories import records, snapshot
from tests.support.stored_rows import dead_letter_rows, ledger_rows, monthly_rows

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def sink(clickhouse_client: Client) -> ClickHouseSink:
    return ClickHouseSink(clickhouse_client)


def test_months_are_added_up_and_sorted(clickhouse_client: Client, sink: ClickHouseSink) -> None:
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    row = {"log": "log-1", "version": 1}
    sink.write(
        [
            monthly_rows(
                {**row, "month": february, "requests": 5, "source": "upstream"},
                {**row, "month": february, "requests": 2, "source": "kong"},
                {**row, "month": january, "requests": 3, "workspace": "w"},
                {**row, "month": january, "requests": 4, "epoch_first_offset": 1024},
            )
        ]
    )
    sink.write([monthly_rows({**row, "version": 2, "month": february, "requests": 50, "source": "upstream"})])
    everything = monthly_buckets(clickhouse_client, LicenseParameters())
    proxied = monthly_buckets(clickhouse_client, LicenseParameters(exclude_gateway_answers=True))
    assert [(each.bucket, each.request_count) for each in everything] == [("2026-01", 7), ("2026-02", 52)]
    assert [(each.bucket, each.request_count) for each in proxied] == [("2026-01", 7), ("2026-02", 50)]


def test_dead_letters_without_a_time_are_of_an_unknown_month(clickhouse_client: Client, sink: ClickHouseSink) -> None:
    letter = {"log": "log-1", "version": 9, "topic": "t", "reason": "started_at_missing", "raw": '{"request":{}}'}
    sink.write(
        [
            dead_letter_rows(
                {**letter, "offset": 1},
                {**letter, "offset": 2, "reason": "started_at_out_of_range", "raw": "not JSON"},
                {**letter, "offset": 3, "reason": "started_at_invalid"},
                {**letter, "offset": 4, "raw": '{"session":{}}'},
                {**letter, "offset": 5, "reason": "invalid_json"},
                {**letter, "offset": 6, "is_deleted": 1},
                *({**letter, "offset": offset, "raw": '{"request":{"id":"#1c16"}}'} for offset in (7, 8)),
                {**letter, "offset": 9, "raw": '{"request":{"id":"#1c16"}}', "raw_size_bytes": 1},
            ),
            monthly_rows({"log": "log-1", "version": 1, "month": date(2026, 2, 1), "requests": 7}),
        ]
    )
    found = monthly_buckets(clickhouse_client, LicenseParameters())
    assert [(each.bucket, each.request_count) for each in found] == [("2026-02", 7), ("UNKNOWN", 5)]


def test_topics_choose_their_requests_corrections_and_dead_letters(
    clickhouse_client: Client, sink: ClickHouseSink
) -> None:
    february = date(2026, 2, 1)
    logs = {"log-1": "eu", "correction:log-1": "eu", "replay:log-1": "eu", "log-2": "us"}
    letter = {"version": 9, "reason": "started_at_missing", "raw": "{}"}
    sink.write(
        [
            monthly_rows(
                *(
                    {"log": log, "version": 1, "month": february, "requests": number}
                    for log, number in zip(logs, (50, -2, 1, 700), strict=True)
                )
            ),
            dead_letter_rows({**letter, "log": "log-1", "topic": "eu"}, {**letter, "log": "log-2", "topic": "us"}),
            ledger_rows(*({"log": log, "topic": topic, "consumed": 1} for log, topic in logs.items())),
        ]
    )
    eu = LicenseParameters(topics=("eu",))
    buckets, taken_back = proven_buckets(clickhouse_client, eu)
    assert [(each.bucket, each.request_count) for each in buckets] == [("2026-02", 49), ("UNKNOWN", 1)]
    assert taken_back == CountsTakenBack({"2026-02": 2}, 1)
    assert total_requests(monthly_buckets(clickhouse_client, LicenseParameters())) == 751
    with pytest.raises(SettingsError, match="asia was never counted here"):
        monthly_buckets(clickhouse_client, LicenseParameters(topics=("asia",)))


@pytest.fixture(scope="module")
def gateways(database_pool: DatabasePool) -> Iterator[Store]:
    """A store with requests of one topic, and the inventory of one control plane."""
    with database_pool.store() as store, store.client() as client:
        sink = ClickHouseSink(client)
        sink.write([monthly_rows({"log": "log-1", "version": 1, "month": date(2026, 2, 1), "requests": 7})])
        sink.write([ledger_rows({"log": "log-1", "topic": "eu"})])
        take(client, snapshot())
        yield store


def take(client: Client, *snapshots: Snapshot) -> None:
    InventoryTaker(ClickHouseInventory(client)).take(records(*snapshots))


def test_entities_are_filled_from_the_inventory_which_is_old(gateways: Store) -> None:
    found = run("report", "license", *gateways.flags)
    report = json.loads(found.stdout)
    assert report["counters"]["total_requests"] == 7
    assert (report["services_count"], report["routes_count"], report["rbac_users"]) == (2, 3, 3)
    assert report["deployment_info"] == {"type": "hybrid", "connected_dp_count": 2}
    assert report["plugins_count"]["tiers"] == {"enterprise": {}, "free": {"key-auth": 1}, "custom": {}}
    assert report["workspaces_count"] is None
    assert "the inventory of production is of 2026-02-03T10:05:00Z" in found.stderr
    assert run("report", "license", "--inventory-max-age", "999999h", *gateways.flags).stderr == ""


def test_one_of_several_control_planes_needs_the_topics_of_its_gateways(gateways: Store) -> None:
    with gateways.client() as client:
        take(client, replace(snapshot(), control_plane=ControlPlane("cp-2", "staging")))
    summed = run("report", "license", *gateways.flags)
    assert json.loads(summed.stdout)["services_count"] == 4
    assert "added up over 2 control planes: production, staging" in summed.stderr
    chosen = run("report", "license", "--control-plane", "staging", "--topic", "eu", *gateways.flags)
    assert json.loads(chosen.stdout)["services_count"] == 2
    for name, words in (
        ("staging", "requests are stored by topic"),
        ("asia", "there is no asia; the inventory has cp-1"),
    ):
        error = invoked("report", "license", "--control-plane", name, *gateways.flags).exception
        assert isinstance(error, SettingsError)
        assert words in str(error)
