"""Stored usage of several consumers in several workspaces, whose names are easily confused."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import cycle, product
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import Completeness, ControlPlane, KindInventory, Snapshot
from gatemeter.inventory.taking import InventoryTaker
from gatemeter.reports.usage_parameters import AllowedRows
from gatemeter.schema import AGENTIC_USAGE, API_USAGE, LLM_USAGE, MONTHLY_REQUESTS, Table
from tests.support.inventories import records, snapshot
from tests.support.inventory_oracle import allowed_part
from tests.support.stored_rows import FEBRUARY, sketch, table_rows

Row = Mapping[str, Any]

# The user name of one is the id of another, and one has no name at all.
CONSUMERS = (
    {"consumer_id": "acme", "consumer_username": "anne", "consumer_custom_id": "A-1"},
    {"consumer_id": "bolt", "consumer_username": "acme", "consumer_custom_id": "B-1"},
    {"consumer_id": "", "consumer_username": "carl", "consumer_custom_id": "bolt"},
    {"consumer_id": "", "consumer_username": "", "consumer_custom_id": ""},
    {"consumer_id": "dora", "consumer_username": "anonymous", "consumer_custom_id": ""},
)
WORKSPACES = ("eu", "us", "")
HOURS = tuple(FEBRUARY + timedelta(hours=each) for each in (0, 1, 30, 24 * 30))


def tenants_rows() -> dict[Table, list[Row]]:
    """The rows of every table, other numbers in each."""
    numbers = cycle((3, 1_000_003, 17, 40, 5, 291))
    rows: dict[Table, list[Row]] = {API_USAGE: [], LLM_USAGE: [], AGENTIC_USAGE: []}
    for number, (names, workspace, hour) in enumerate(product(CONSUMERS, WORKSPACES, HOURS)):
        if workspace == "us" and hour == HOURS[-1]:
            continue  # an hour that others alone have
        lineage = {"log": "log-1", "version": 1, "partition": number, "hour": hour, "workspace": workspace, **names}
        places = {"service_name": ("pay", "search", "")[number % 3], "team": ("red", "")[number % 2]}
        rows[API_USAGE].append({**lineage, **places, **_api(number, next(numbers))})
        rows[LLM_USAGE].append({**lineage, **places, **_llm(number, next(numbers))})
        agentic = {"kind": ("mcp", "a2a")[number % 2], "tool": f"tool-{number % 4}", "calls": next(numbers)}
        rows[AGENTIC_USAGE].append({**lineage, **places, **agentic})
    return rows


def _api(number: int, count: int) -> Row:
    return {
        "method": ("GET", "POST")[number % 2],
        "status": (200, 404, 500, -1)[number % 4],
        "requests": count,
        "request_bytes": count * 11,
        "response_bytes_kind": ("body", "unknown")[number % 2],
        **sketch("request", [1_000_000 * (1 + number), 7_000_000 * (1 + number)]),
    }


def _llm(number: int, count: int) -> Row:
    return {
        "provider": ("openai", "mistral")[number % 2],
        "outcome": ("provider", "failed")[number % 2],
        "calls": count,
        "total_tokens": count * 7,
        "cost_computed": count,
        "cost_evidence": "computed",
        "price_version": "p1",
        "cost_currency": "EUR" if number % 7 == 0 else "USD",
        "client_status": 200,
    }


def is_allowed(row: Row, allowed: AllowedRows) -> bool:
    """Whether a row is one of those that there are for somebody; said in another way than the SQL."""
    names = {row["consumer_id"], row["consumer_username"], row["consumer_custom_id"]}
    is_of_workspace = not allowed.workspaces or row["workspace"] in allowed.workspaces
    return is_of_workspace and (not allowed.consumers or bool(names & set(allowed.consumers)))


def store_tenants(client: Client, allowed: AllowedRows | None = None) -> None:
    """Store the rows that are allowed, all without `allowed`, and nothing else."""
    rows_of = allowed or AllowedRows()
    batch = [
        table_rows(table, *chosen)
        for table, rows in tenants_rows().items()
        if (chosen := [row for row in rows if is_allowed(row, rows_of)])
    ]
    months = [{"log": "log-1", "version": 1, "source": "upstream", "requests": 12}]
    ClickHouseSink(client).write([*batch, table_rows(MONTHLY_REQUESTS, *months)])
    own = (allowed_part(each, rows_of) for each in tenants_snapshots())
    InventoryTaker(ClickHouseInventory(client)).take(records(*(each for each in own if each is not None)))


def tenants_snapshots() -> list[Snapshot]:
    """What two gateways have configured; the workspace us has nothing on one of them, and eu is asked in part."""
    listed = {
        Kind.SERVICE: [
            Entity(id=f"{name}-{each}", name=name, workspace=each) for name in ("pay", "x") for each in WORKSPACES
        ],
        Kind.PLUGIN: [Entity(id=f"p-{each}", name="acl", plugin_scope="global", workspace=each) for each in WORKSPACES],
        Kind.NODE: [Entity(id="n1", version="3.10.0")],
    }
    both = snapshot(listed, taken_at=HOURS[0])
    alone = {kind: [each for each in entities if each.workspace == "eu"] for kind, entities in listed.items()}
    refused = {Kind.CONSUMER: KindInventory(Completeness.FORBIDDEN), Kind.RBAC_USER: KindInventory.counted(4)}
    other = snapshot(alone, control_plane=ControlPlane("cp-2"), taken_at=HOURS[-1])
    return [both, replace(other, kinds={**other.kinds, **refused})]


def all_names() -> Iterator[str]:
    """Every name of a consumer."""
    for names in CONSUMERS:
        yield from names.values()
