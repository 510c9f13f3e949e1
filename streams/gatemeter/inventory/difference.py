"""What changed between two snapshots of a control plane: entities that came, went, or became others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import Completeness, KindInventory, Snapshot

_NOT_ITS_OWN = frozenset({"id", "last_seen", "service_name", "route_name"})
"""What changes without the entity, or tells only who it is."""

_REFERENCES = frozenset({"service_id", "route_id", "consumer_id", "consumer_group_id"})
_BY_NAME = "name:"


class Change(StrEnum):
    """What became of an entity."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class EntityChange:
    """One entity that is not as it was: `members` are those that differ, with their values before and now."""

    change: Change
    kind: Kind
    entity: Entity
    members: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes by kind, and the kinds that cannot be compared, because one snapshot does not list them wholly.

    Of a kind that is partial in either snapshot only changed entities are told: one that is missing need not be gone.
    """

    changes: Sequence[EntityChange]
    not_compared: Mapping[Kind, str]


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """From one snapshot to another.

    Entities are the same by their id; where a source tells none, by their name within their workspace. Between two
    sources only what both tell can differ.
    """
    changes: list[EntityChange] = []
    not_compared: dict[Kind, str] = {}
    for kind in Kind:
        one, other = before.of(kind), after.of(kind)
        if one.has_entities and other.has_entities and kind is not Kind.RBAC_USER:
            is_whole = one.completeness is other.completeness is Completeness.COMPLETE
            found = _of_kind(kind, one, other, both_tell=before.source is not after.source)
            changes += (each for each in found if is_whole or each.change is Change.CHANGED)
        if reason := _why_not(one, other):
            not_compared[kind] = reason
    return Difference(changes, not_compared)


def _why_not(one: KindInventory, other: KindInventory) -> str:
    reasons = [each.completeness.value for each in (one, other) if each.completeness is not Completeness.COMPLETE]
    return " and ".join(dict.fromkeys(reasons))


def _of_kind(kind: Kind, one: KindInventory, other: KindInventory, *, both_tell: bool) -> Iterator[EntityChange]:
    before = {entity.id: entity for entity in one.entities}
    after = {entity.id: entity for entity in other.entities}
    same = dict(_pairs(before, after))
    taken = set(same.values())
    for entity_id, entity in before.items():
        if entity_id not in same:
            yield EntityChange(Change.REMOVED, kind, entity, {})
        elif members := _differing(entity, after[same[entity_id]], both_tell=both_tell):
            yield EntityChange(Change.CHANGED, kind, after[same[entity_id]], members)
    for entity_id, entity in after.items():
        if entity_id not in taken:
            yield EntityChange(Change.ADDED, kind, entity, {})


def _pairs(before: Mapping[str, Entity], after: Mapping[str, Entity]) -> Iterator[tuple[str, str]]:
    """The ids of the same entity before and after."""
    shared = before.keys() & after.keys()
    yield from ((entity_id, entity_id) for entity_id in shared)
    one, other = (_by_name(found, shared) for found in (before, after))
    for name, entity_id in one.items():
        if name in other and (entity_id.startswith(_BY_NAME) or other[name].startswith(_BY_NAME)):
            yield entity_id, other[name]


def _by_name(found: Mapping[str, Entity], shared: set[str]) -> dict[tuple[str, ...], str]:
    """Those whose name no other has, by it."""
    names: dict[tuple[str, ...], list[str]] = {}
    for entity_id, entity in found.items():
        if entity_id not in shared and (name := entity.name or entity.username or entity.hostname):
            names.setdefault((entity.workspace, name, entity.plugin_scope, entity.service_name), []).append(entity_id)
    return {name: ids[0] for name, ids in names.items() if len(ids) == 1}


def _differing(one: Entity, other: Entity, *, both_tell: bool) -> dict[str, tuple[Any, Any]]:
    before, after = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
    ignored = _NOT_ITS_OWN | (_REFERENCES | {"definition_hash", "updated_at"} if both_tell else frozenset())
    return {
        name: (before[name], after[name])
        for name in before
        if name not in ignored
        and before[name] != after[name]
        and not (both_tell and (before[name] in ("", None, ()) or after[name] in ("", None, ())))
    }
