"""`gatemeter verify --against` over a real store: the gap, its exit code, and where it is shown later."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gatemeter.api.ingest_answer import IngestAnswer
from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.losses.log_plugins import NO_INVENTORY, fetch_log_plugins
from gatemeter.losses.remembered import NOBODY_COMPARED
from tests.support.api_client import api_client
from tests.support.command_in_process import invoked, read, run
from tests.support.databases import Store
from tests.support.gateway_counters import FEBRUARY, GatewayRequest, scrape_files, steady_month
from tests.support.inventories import LISTED, TAKEN_AT, records, snapshot
from tests.support.kong_events import event_text
from tests.support.plan_files import PER_REQUEST, account, document, plan, written
from tests.support.restored_rows import RestoredStore
from tests.support.served_dashboard import opener_of

pytestmark = pytest.mark.clickhouse

TIMES = [FEBRUARY + timedelta(hours=6 * number, minutes=30) for number in range(4 * 8)]
LOST_DAY = FEBRUARY.replace(day=3).date()


@pytest.fixture(scope="module")
def requests() -> list[GatewayRequest]:
    """Eight days, of which the events of half a day are lost."""
    found = steady_month(per_hour=4, days=8)
    return [replace(each, is_lost=each.began.date() == LOST_DAY and 6 <= each.began.hour < 18) for each in found]


def _log(path: Path, requests: Iterable[GatewayRequest]) -> Path:
    events = [
        event_text(
            event_id=f'"r-{number}"',
            started_at=int(each.began.timestamp() * 1000),
            extra=f'"service":{{"name":"{each.service}"}},"route":{{"name":"{each.route}"}}',
        )
        for number, each in enumerate(requests)
        if not each.is_lost
    ]
    path.write_bytes(b"\n".join([*events, b""]))
    return path


def _against(paths: Iterable[Path]) -> list[object]:
    return [part for path in paths for part in ("--against", path)]


def _plans(folder: Path) -> tuple[str, Path]:
    accounts = [account(anchor_day=15)]
    return "--plans", written(folder / "plans.json", document(plan(PER_REQUEST), accounts=accounts))


@pytest.fixture
def metered(restored_store: RestoredStore, tmp_path: Path, requests: list[GatewayRequest]) -> Store:
    """A store that counted all requests but the lost ones."""
    return restored_store.holding(
        "metered", lambda store: run("meter", _log(tmp_path / "access.log", requests), *store.flags)
    )


def test_lost_events_are_told_with_their_number_and_remembered(
    metered: Store, tmp_path: Path, requests: list[GatewayRequest]
) -> None:
    store = metered
    assert NOBODY_COMPARED in run("report", "billable", *store.flags, "--period", "month").stdout
    files = _against(scrape_files(tmp_path, requests, TIMES))
    found = invoked("verify", *store.flags, *files, "--json")
    assert found.exit_code == 9, found.output
    [total] = [
        each
        for each in json.loads(found.stdout)["counts"]
        if (each["counter"], each["service"]) == ("kong_http_requests_total", None)
    ]
    truth = sum(each.is_lost and TIMES[0] < each.ended <= TIMES[-1] for each in requests)
    assert total["gap_least"] <= truth <= total["gap_most"]
    assert total["gap_most"] - total["gap_least"] <= 4 * 4
    assert (total["cause"], total["nodes"]) == ("queue overflow", {"kong-1": total["gateway"]})
    assert LOST_DAY.isoformat() in total["reason"]
    gap = f"{total['gap_least']} to {total['gap_most']}"
    bill = run("report", "billable", *store.flags, "--from", "2026-02", "--to", "2026-03")
    assert f"2026-02: {gap} of {total['gateway']} (queue overflow)" in bill.stdout
    rated = run("bill", *store.flags, *_plans(tmp_path), "--period", "2026-01")
    assert f"2026-02: {gap} of {total['gateway']}" in rated.stdout
    assert "nobody compared 1 of 2 months" in rated.stdout
    with api_client(opener_of(store.url)) as api:
        counts = IngestAnswer.model_validate(api.get("/api/v1/ingest").json()).gateway_counts
    assert [each.gap_least for each in counts if each.is_finding and not each.service] == [total["gap_least"]]


@pytest.mark.long(reason="asks each command that tells of a gap; the comparison and a report are in `make test`")
def test_a_gap_is_told_wherever_requests_are(metered: Store, tmp_path: Path, requests: list[GatewayRequest]) -> None:
    store, files = metered, _against(scrape_files(tmp_path, requests, TIMES))
    [total] = [
        each
        for each in json.loads(invoked("verify", *store.flags, *files, "--json").stdout)["counts"]
        if (each["counter"], each["service"]) == ("kong_http_requests_total", None)
    ]
    table = invoked("verify", *store.flags, *files, env={"COLUMNS": "80"}).stdout
    assert "queue overflow" in table.split("\n2026-02, ")[0]
    rows = list(csv.DictReader(io.StringIO(invoked("verify", *store.flags, *files, "--csv").stdout)))
    assert {row["service"] for row in rows} == {"", "orders", "stock"}
    gap = f"{total['gap_least']} to {total['gap_most']}"
    as_csv = run("report", "billable", *store.flags, "--csv")
    assert (gap in as_csv.stdout, gap in as_csv.stderr) == (False, True)
    plans = _plans(tmp_path)
    assert NOBODY_COMPARED in run("bill", *store.flags, *plans, "--period", "2026-03").stdout
    for question in (
        ("--period", "2026-01", "--by", "consumer"),
        ("--period", "2025-12..2026-01", "--current", plans[1]),
    ):
        asked = run("bill", *store.flags, *plans, *question).stdout
        assert f"2026-02: {gap} of {total['gateway']}" in asked, question
    as_json = run("bill", *store.flags, *plans, "--period", "2026-01", "--json")
    assert (gap in as_json.stdout, gap in as_json.stderr) == (False, True)


def test_a_gap_within_the_tolerance_ends_well(metered: Store, tmp_path: Path, requests: list[GatewayRequest]) -> None:
    store = metered
    files = _against(scrape_files(tmp_path, requests, [TIMES[0], TIMES[-1]]))
    assert read("verify", *store.flags, *files, "--tolerance", "20%")["findings"] == 0
    assert invoked("verify", *store.flags, *files, "--tolerance", "1%").exit_code == 9


def test_only_the_named_topic_is_compared(metered: Store, tmp_path: Path, requests: list[GatewayRequest]) -> None:
    store = metered
    files = _against(scrape_files(tmp_path, requests, [TIMES[0], TIMES[-1]]))
    [topic] = [row[0] for row in _query(store, "SELECT DISTINCT topic FROM epoch_ledger")]
    of_it = read("verify", *store.flags, *files, "--tolerance", "100%", "--topic", topic)["counts"]
    of_another = read("verify", *store.flags, *files, "--tolerance", "100%", "--topic", "another")["counts"]
    assert (of_it[0]["counted_least"] > 0, of_another[0]["counted_most"]) == (True, 0)


def _query(store: Store, sql: str) -> list[tuple[str]]:
    with store.client() as client:
        return [(row[0],) for row in client.query(sql).result_rows]


def test_an_inventory_tells_on_which_services_log_plugins_are(store: Store) -> None:
    with store.client() as client:
        assert fetch_log_plugins(client) == NO_INVENTORY
        InventoryTaker(ClickHouseInventory(client)).take(records(snapshot()))
        found = fetch_log_plugins(client)
    assert [found.are_on(service) for service in ("s1", "orders", "stock")] == [True, True, False]
    on_routes = Entity(id="p4", name="http-log", plugin_scope="route", route_id="r1", is_enabled=True)
    everywhere = Entity(id="p5", name="http-log", plugin_scope="global", is_enabled=False)
    with store.client() as client:
        later = snapshot({**LISTED, Kind.PLUGIN: (on_routes, everywhere)}, taken_at=TAKEN_AT + timedelta(days=1))
        InventoryTaker(ClickHouseInventory(client)).take(records(later))
        found = fetch_log_plugins(client)
    assert [found.are_on(service) for service in ("orders", "stock")] == [None, False]


def test_a_log_plugin_without_a_scope_is_on_its_own_workspace_alone(store: Store) -> None:
    services = [Entity(id=f"s-{name}", name=name, workspace=name) for name in ("shop", "lab")]
    plugins = [Entity(id="p1", name="http-log", plugin_scope="global", workspace="shop", is_enabled=True)]
    with store.client() as client:
        taken = snapshot({Kind.SERVICE: services, Kind.PLUGIN: plugins})
        InventoryTaker(ClickHouseInventory(client)).take(records(taken))
        found = fetch_log_plugins(client)
        assert [found.are_on(service) for service in ("shop", "s-shop", "lab")] == [True, True, False]
        both = [*plugins, Entity(id="p2", name="file-log", plugin_scope="global", workspace="lab")]
        later = snapshot({Kind.SERVICE: services, Kind.PLUGIN: both}, taken_at=TAKEN_AT + timedelta(days=1))
        InventoryTaker(ClickHouseInventory(client)).take(records(later))
        assert fetch_log_plugins(client).are_on("of nobody") is True
