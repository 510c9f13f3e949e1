"""Reads the inventory: which snapshots are stored, and what they say."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.inventory.entity import Entity
from gatemeter.inventory.snapshot import Snapshot
from gatemeter.inventory.stored import entity_of, snapshot_of

_END_OF_TIME = datetime(2106, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """A whole snapshot, and its name in the store. `snapshot` has no entities where they were not asked for."""

    snapshot_id: str
    snapshot: Snapshot


def latest_snapshots(
    client: Client, *, at: datetime | None = None, with_entities: bool = True
) -> Sequence[StoredSnapshot]:
    """The newest whole snapshot of each control plane and each source, as of `at` (None: now); by control plane.

    A control plane may have one of its Admin API and one of a license report. Raises RetryableError or StopError as
    `fetch` does.
    """
    rows = fetch(client, "inventory_latest", {"at": _stored_time(at or _END_OF_TIME)})
    return [_loaded(client, row, with_entities=with_entities) for row in rows]


def snapshots_between(
    client: Client, first: datetime, last: datetime, *, control_plane: str = ""
) -> Sequence[StoredSnapshot]:
    """All whole snapshots from `first` to `last`, both included, without entities, by time.

    `control_plane` is the id or the name of one; '' for all. Raises as `latest_snapshots`.
    """
    parameters = {"first": _stored_time(first), "last": _stored_time(last), "control_plane": control_plane}
    return [_loaded(client, row, with_entities=False) for row in fetch(client, "inventory_snapshots", parameters)]


def last_two_snapshots(client: Client, control_plane: str = "") -> Sequence[tuple[Snapshot, Snapshot]]:
    """The newest two of each control plane and source that has two, the older one first, with their entities.

    `control_plane` is the id or the name of one; '' for all. Raises as `latest_snapshots`.
    """
    rows = fetch(client, "inventory_last_two", {"control_plane": control_plane})
    found = [_loaded(client, row, with_entities=True).snapshot for row in rows]
    return [
        (older, newer)
        for older, newer in pairwise(found)
        if (older.control_plane.id, older.source) == (newer.control_plane.id, newer.source)
    ]


def snapshot_by_id(client: Client, snapshot_id: str) -> StoredSnapshot | None:
    """A whole snapshot with its entities by its id, or by the beginning of it where only one begins so; None if not."""
    rows = fetch(client, "inventory_snapshot", {"snapshot_id": snapshot_id})
    return _loaded(client, rows[0], with_entities=True) if len(rows) == 1 else None


def _loaded(client: Client, row: dict[str, Any], *, with_entities: bool) -> StoredSnapshot:
    entities = _entities(client, row) if with_entities else {}
    return StoredSnapshot(row["snapshot_id"], snapshot_of(row, entities))


def _entities(client: Client, row: dict[str, Any]) -> dict[str, list[Entity]]:
    parameters = {
        "control_plane_id": row["control_plane_id"],
        "kinds": [kind for kind, set_id in zip(row["kinds"], row["set_ids"], strict=True) if set_id],
        "set_ids": [set_id for set_id in row["set_ids"] if set_id],
    }
    found: dict[str, list[Entity]] = defaultdict(list)
    for entity in fetch(client, "inventory_entities", parameters):
        found[entity["set_id"]].append(entity_of(entity))
    return found


def _stored_time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
