"""The stored rows of inventory messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.inventory.entity import LATEST_S, Entity
from gatemeter.inventory.messages import EntitiesMessage, SnapshotMessage
from gatemeter.schema import TableRows
from gatemeter.schema.inventory import INVENTORY_DEAD_LETTERS, INVENTORY_ENTITIES, INVENTORY_SNAPSHOTS

_NAMES = {"entity_id": "id", "gateway_version": "version"}
ENTITY_MEMBERS = {column.name: _NAMES.get(column.name, column.name) for column in INVENTORY_ENTITIES.columns[3:]}
"""Which member of an entity each column holds."""
_TIMES = frozenset({"last_seen", "updated_at", "created_at"})
FACTS = (
    *("gateway_version", "edition", "database", "database_version", "deployment", "node_id", "hostname", "cores"),
    *("uname", "license_key", "license_expires", "connected_data_planes", "report_checksum"),
)
"""The columns that hold a member of `GatewayFacts` of the same name."""


@dataclass(frozen=True, slots=True)
class MessageLocation:
    """Where a message stands: the topic's id (`log`) and name; all empty for what came from a file."""

    log: str = ""
    partition: int = 0
    offset: int = 0
    topic: str = ""
    time_ms: int | None = None


def entity_rows(messages: Sequence[EntitiesMessage]) -> TableRows:
    """The rows of `INVENTORY_ENTITIES` of all entities in `messages`."""
    rows = [
        (message.control_plane_id, message.kind.value, message.set_id, *_entity_values(entity))
        for message in messages
        for entity in message.entities
    ]
    return TableRows(INVENTORY_ENTITIES, _columns(rows, len(INVENTORY_ENTITIES.columns)))


def snapshot_rows(message: SnapshotMessage, location: MessageLocation) -> TableRows:
    """The row of `INVENTORY_SNAPSHOTS`. Raises RejectedEvent for a time that cannot be stored."""
    # Not turned to UTC before it is known to lie there: the year 1 in the far east has no time in UTC.
    if not 0 <= message.taken_at.timestamp() <= LATEST_S:
        raise RejectedEvent("bad_time", "the time of the snapshot is before 1970 or after 2106")
    taken_at = message.taken_at.astimezone(UTC)
    kinds, reported = message.kinds, message.reported
    values: dict[str, Any] = {
        "control_plane_id": message.control_plane.id,
        "control_plane_name": message.control_plane.name,
        "taken_at": taken_at,
        "snapshot_id": message.snapshot_id,
        "source": message.source.value,
        "origin": message.origin,
        **{name: getattr(message.facts, name) for name in FACTS},
        "kinds": [kind.value for kind in kinds],
        "completeness": [each.completeness.value for each in kinds.values()],
        "counts": [each.count for each in kinds.values()],
        "set_ids": [each.set_id for each in kinds.values()],
        "reports_plugins": int(reported.plugins is not None),
        "reported_plugins": [(each.tier, each.name, each.count) for each in reported.plugins or ()],
        "unique_route_lambdas": reported.unique_route_lambdas,
        "unique_route_kafkas": reported.unique_route_kafkas,
        "reports_requests": int(reported.monthly_requests is not None),
        "monthly_requests": [(each.bucket, each.requests) for each in reported.monthly_requests or ()],
        "total_requests": reported.total_requests,
        "log": location.log,
        "partition": location.partition,
        "offset": location.offset,
    }
    return TableRows(INVENTORY_SNAPSHOTS, [[values[name]] for name in INVENTORY_SNAPSHOTS.column_names])


def dead_letter_rows(location: MessageLocation, rejection: RejectedEvent, size_bytes: int) -> TableRows:
    """The row of `INVENTORY_DEAD_LETTERS` of a message that could not be taken."""
    time = None if location.time_ms is None else datetime.fromtimestamp(location.time_ms / 1000, UTC)
    return _dead_letter(location, 1, 0, time, rejection.reason, rejection.detail, size_bytes)


def replayed_rows(location: MessageLocation) -> TableRows:
    """The row that takes a dead letter away, once its message was taken after all."""
    return _dead_letter(location, 2, 1, None, "", "", 0)


def _dead_letter(location: MessageLocation, version: int, is_deleted: int, *measures: Any) -> TableRows:
    row = (location.log, location.partition, location.offset, version, is_deleted, location.topic, *measures)
    return TableRows(INVENTORY_DEAD_LETTERS, [[value] for value in row])


def _entity_values(entity: Entity) -> tuple[Any, ...]:
    return tuple(_stored(member, getattr(entity, member)) for member in ENTITY_MEMBERS.values())


def _stored(member: str, value: Any) -> Any:
    if member in _TIMES and value is not None:
        return datetime.fromtimestamp(value, UTC)
    return int(value) if isinstance(value, bool) else list(value) if isinstance(value, tuple) else value


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
