"""Snapshots from their stored rows: the way back from `inventory.rows`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.rows import ENTITY_MEMBERS, FACTS
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

Row = Mapping[str, Any]
"""{column: value} as ClickHouse's client gives them."""


def snapshot_of(row: Row, entities: Mapping[str, Sequence[Entity]]) -> Snapshot:
    """The snapshot of a row of `INVENTORY_SNAPSHOTS`, with the entities of its sets by `set_id`, in order of their ids.

    A set that is missing from `entities` is left without its entities.
    """
    kinds = zip(row["kinds"], row["completeness"], row["counts"], row["set_ids"], strict=True)
    return Snapshot(
        control_plane=ControlPlane(row["control_plane_id"], row["control_plane_name"]),
        taken_at=aware(row["taken_at"]),
        source=Source(row["source"]),
        origin=row["origin"],
        facts=GatewayFacts(**{name: row[name] for name in FACTS}),
        reported=_reported(row),
        kinds={
            Kind(kind): KindInventory(Completeness(completeness), count, tuple(entities.get(set_id, ())), set_id)
            for kind, completeness, count, set_id in kinds
        },
    )


def entity_of(row: Row) -> Entity:
    """The entity of a row of `INVENTORY_ENTITIES`."""
    values = {member: _read(row[column]) for column, member in ENTITY_MEMBERS.items()}
    values["is_enabled"] = None if values["is_enabled"] is None else bool(values["is_enabled"])
    return Entity(**values)


def aware(time: datetime) -> datetime:
    """A stored time, in UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _read(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(aware(value).timestamp())
    return tuple(value) if isinstance(value, list) else value


def _reported(row: Row) -> ReportedCounts:
    plugins = tuple(PluginCount(*_values(each)) for each in row["reported_plugins"])
    requests = tuple(MonthlyRequests(*_values(each)) for each in row["monthly_requests"])
    return ReportedCounts(
        plugins=plugins if row["reports_plugins"] else None,
        unique_route_lambdas=row["unique_route_lambdas"],
        unique_route_kafkas=row["unique_route_kafkas"],
        monthly_requests=requests if row["reports_requests"] else None,
        total_requests=row["total_requests"],
    )


def _values(named: Any) -> Sequence[Any]:
    """The client gives tuples with names as dictionaries or as tuples, by its settings."""
    return list(named.values()) if isinstance(named, Mapping) else list(named)
