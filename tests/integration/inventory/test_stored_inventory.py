"""The inventory in the engine: what is read is what was stored, and views never show a number that nobody knows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.snapshot import Completeness, KindInventory, Snapshot, Source
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.reports.inventory import latest_snapshots, snapshot_by_id, snapshots_between
from tests.support.documented_sql import questions
from tests.support.inventories import LISTED, ROUTES, SERVICES, TAKEN_AT, records, snapshot

pytestmark = pytest.mark.clickhouse

NEXT_DAY = datetime(2026, 2, 4, 10, 5, tzinfo=UTC)


def take(client: Client, *snapshots: Snapshot) -> None:
    taker = InventoryTaker(ClickHouseInventory(client))
    taker.take(records(*snapshots))
    assert taker.taken.dead_letters == []


def rows(client: Client, view: str, columns: str) -> list[tuple[Any, ...]]:
    result = client.query(f"SELECT {columns} FROM {view} ORDER BY ALL")
    return [tuple(row) for row in result.result_rows]


def with_kind(kind: Kind, inventory: KindInventory, **changes: Any) -> Snapshot:
    kinds: Mapping[Kind, KindInventory] = {**snapshot().kinds, kind: inventory}
    return replace(snapshot(), kinds=kinds, **changes)


def test_the_latest_snapshot_is_what_was_sent(clickhouse_client: Client) -> None:
    first, second = snapshot(), snapshot({**LISTED, Kind.SERVICE: SERVICES[:1]}, taken_at=NEXT_DAY)
    take(clickhouse_client, second, first)
    assert [each.snapshot for each in latest_snapshots(clickhouse_client)] == [second]
    assert [each.snapshot for each in latest_snapshots(clickhouse_client, at=TAKEN_AT)] == [first]
    assert latest_snapshots(clickhouse_client, at=datetime(2026, 1, 1, tzinfo=UTC)) == []


def test_a_snapshot_that_is_taken_twice_is_one(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot(), snapshot())
    assert len(snapshots_between(clickhouse_client, TAKEN_AT, NEXT_DAY)) == 1
    assert rows(clickhouse_client, "inventory_history", "count()") == [(sum(map(len, LISTED.values())),)]


def test_sources_of_one_control_plane_stand_beside_each_other(clickhouse_client: Client) -> None:
    report = snapshot({}, source=Source.LICENSE_REPORT, taken_at=NEXT_DAY)
    take(clickhouse_client, snapshot(), report)
    assert [each.snapshot.source for each in latest_snapshots(clickhouse_client)] == [*Source][::3]


def test_a_snapshot_is_found_by_the_beginning_of_its_id(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot(), snapshot(taken_at=NEXT_DAY))
    found = snapshot_by_id(clickhouse_client, snapshot().id[:9])
    assert found is not None
    assert (found.snapshot_id, found.snapshot) == (snapshot().id, snapshot())
    assert snapshot_by_id(clickhouse_client, "") is None


def test_what_is_configured_now_is_from_the_newest_list(clickhouse_client: Client) -> None:
    refused = with_kind(Kind.CONSUMER, KindInventory(Completeness.FORBIDDEN), taken_at=NEXT_DAY)
    take(clickhouse_client, snapshot(), refused)
    found = rows(clickhouse_client, "inventory GROUP BY kind", "kind, count(), max(toDayOfMonth(taken_at))")
    assert found == [
        ("consumer", 2, 3),
        ("node", 2, 4),
        ("plugin", 3, 4),
        ("route", 3, 4),
        ("service", 2, 4),
    ]


def test_counts_that_nobody_knows_are_null(clickhouse_client: Client) -> None:
    take(clickhouse_client, with_kind(Kind.NODE, KindInventory.listed(Kind.NODE, (), Completeness.PARTIAL)))
    found = rows(clickhouse_client, "inventory_counts", "kind, completeness, entities, at_least")
    counts = {kind: rest for kind, *rest in found}
    assert counts["workspace"] == ["forbidden", None, None]
    assert counts["rbac_user"] == ["counted", 3, None]
    assert counts["node"] == ["partial", None, 0]
    assert counts["service"] == ["complete", 2, None]


def test_routes_are_counted_for_each_service(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot())
    columns = "service_id, service_name, routes, at_least"
    found = rows(clickhouse_client, "inventory_routes", columns)
    assert found == [("s1", "orders", 2, None), ("s2", "stock", 0, None), (None, None, 1, None)]


def test_a_service_without_a_known_route_has_not_none(clickhouse_client: Client) -> None:
    take(clickhouse_client, with_kind(Kind.ROUTE, KindInventory.listed(Kind.ROUTE, ROUTES[:1], Completeness.PARTIAL)))
    found = rows(clickhouse_client, "inventory_routes", "service_id, routes, at_least")
    assert found == [("s1", None, 1), ("s2", None, 0)]


def test_views_count_plugins_consumers_and_nodes(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot())
    assert rows(clickhouse_client, "inventory_plugins", "plugin, plugin_tier, plugin_scope, plugins, disabled") == [
        ("aws-lambda", "free", "route", 1, 0),
        ("kafka-log", "enterprise", "service", 1, 0),
        ("key-auth", "free", "global", 1, 0),
    ]
    assert rows(clickhouse_client, "inventory_consumers", "realm, consumers") == [("prod", 1), (None, 1)]
    assert rows(clickhouse_client, "inventory_nodes", "gateway_version, role, nodes") == [
        ("3.10.0.2", "data_plane", 1),
        ("3.9.1.0", "data_plane", 1),
    ]


def test_plugins_of_a_license_report_have_no_scope(clickhouse_client: Client) -> None:
    take(clickhouse_client, snapshot({}, source=Source.LICENSE_REPORT))
    found = rows(clickhouse_client, "inventory_plugins", "plugin, plugin_tier, plugin_scope, plugins, disabled")
    assert found == [("key-auth", "free", None, 1, None)]


def test_the_documented_questions_tell_what_snapshots_say(clickhouse_client: Client) -> None:
    refused = with_kind(Kind.SERVICE, KindInventory(Completeness.FORBIDDEN), taken_at=TAKEN_AT.replace(hour=20))
    take(clickhouse_client, snapshot(), refused)

    def told(question: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in clickhouse_client.query(questions()[question]).result_rows]

    counts = {row[2]: row[3] for row in told("How much was configured in the last snapshot of each day?")}
    assert (counts["service"], counts["route"], counts["rbac_user"]) == (None, 3, 3)
    assert told("Which versions do the nodes have now?") == [
        ("production", "3.10.0.2", 1),
        ("production", "3.9.1.0", 1),
    ]
    plugins = told("Which plugins are configured, and where do they apply?")
    assert plugins == [("aws-lambda", "route", 1, 0), ("kafka-log", "service", 1, 0), ("key-auth", "global", 1, 0)]
