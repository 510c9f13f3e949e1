"""Snapshots of a small gateway, and a store in memory."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.messages import messages_of
from gatemeter.inventory.rows import MessageLocation
from gatemeter.inventory.snapshot import (
    Completeness,
    ControlPlane,
    GatewayFacts,
    KindInventory,
    MonthlyRequests,
    PluginCount,
    ReportedCounts,
    Snapshot,
    Source,
)
from gatemeter.inventory.taking import EntitySet, InventoryRecord
from gatemeter.schema import TableRows

TAKEN_AT = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)

SERVICES = (
    Entity(id="s1", name="orders", workspace="default", is_enabled=True, definition_hash="d1", updated_at=1_770_000),
    Entity(id="s2", name="stock", workspace="default", is_enabled=False, tags=("team:ops",)),
)
ROUTES = (
    Entity(id="r1", name="get-orders", workspace="default", service_id="s1", service_name="orders"),
    Entity(id="r2", name="put-orders", workspace="default", service_id="s1", service_name="orders"),
    Entity(id="r3", name="lambda", workspace="default"),
)
PLUGINS = (
    Entity(id="p1", name="key-auth", plugin_tier="free", plugin_scope="global", is_enabled=True),
    Entity(id="p2", name="kafka-log", plugin_tier="enterprise", plugin_scope="service", service_id="s1"),
    Entity(id="p3", name="aws-lambda", plugin_tier="free", plugin_scope="route", route_id="r3", target_hashes=("aa",)),
)
CONSUMERS = (
    Entity(id="c1", username="acme", custom_id="cust-1"),
    Entity(id="c2", username="globex", realm="prod"),
)
NODES = (
    Entity(id="n1", hostname="dp-1", version="3.10.0.2", role="data_plane", last_seen=1_770_112_000),
    Entity(id="n2", hostname="dp-2", version="3.9.1.0", role="data_plane", last_seen=1_770_112_001),
)
LISTED = {
    Kind.SERVICE: SERVICES,
    Kind.ROUTE: ROUTES,
    Kind.PLUGIN: PLUGINS,
    Kind.CONSUMER: CONSUMERS,
    Kind.NODE: NODES,
}


def snapshot(listed: Mapping[Kind, Iterable[Entity]] = LISTED, **changes: Any) -> Snapshot:
    """A snapshot of an Admin API in which `listed` is complete, RBAC users are counted and workspaces refused."""
    whole = Snapshot(
        control_plane=ControlPlane("cp-1", "production"),
        taken_at=TAKEN_AT,
        source=Source.ADMIN_API,
        origin="https://admin.acme.test",
        facts=GatewayFacts(gateway_version="3.10.0.2", deployment="hybrid", cores=4, license_key="UNLICENSED"),
        reported=ReportedCounts(
            plugins=(PluginCount("free", "key-auth", 1),),
            unique_route_lambdas=1,
            monthly_requests=(MonthlyRequests("2026-01", 800), MonthlyRequests("UNKNOWN", 5)),
            total_requests=805,
        ),
        kinds={
            **{kind: KindInventory.listed(kind, entities) for kind, entities in listed.items()},
            Kind.RBAC_USER: KindInventory.counted(3),
            Kind.WORKSPACE: KindInventory(Completeness.FORBIDDEN),
        },
    )
    return replace(whole, **changes)


def records(*snapshots: Snapshot, chunk_bytes: int = 200, log: str = "log-1") -> list[InventoryRecord]:
    """The messages of snapshots as they stand in partition 0 of a log, in chunks that are smaller than usual."""
    values = (value for each in snapshots for value in messages_of(each, chunk_bytes))
    return [
        InventoryRecord(MessageLocation(log, 0, offset, "inventory", 1_770_112_800_000), value)
        for offset, value in enumerate(values)
    ]


@dataclass
class MemoryInventory:
    """An `InventoryStore`: `rows` by table and then by what ClickHouse would keep one of."""

    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)

    def write(self, rows: TableRows) -> None:
        """Keep the rows."""
        for values in zip(*rows.columns, strict=True):
            row = dict(zip(rows.table.column_names, values, strict=True))
            key = tuple(row[name] for name in rows.table.key_columns)
            self.rows.setdefault(rows.table.name, {})[key] = row

    def set_sizes(self, sets: Sequence[EntitySet]) -> Mapping[EntitySet, int]:
        """Count what was kept."""
        entities = self.rows.get("inventory_entities", {}).values()
        sizes = Counter((row["control_plane_id"], row["kind"], row["set_id"]) for row in entities)
        return {each: sizes[each] for each in sets}

    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table in the order of their keys."""
        return [row for _, row in sorted(self.rows.get(name, {}).items())]
