"""What entities say of each other: references by name become ids, and ids get the name that they have now."""

from collections.abc import Iterable, Mapping

import msgspec

from gatemeter.inventory.entity import Entity, Kind

_REFERENCES = {
    Kind.SERVICE: "service_id",
    Kind.ROUTE: "route_id",
    Kind.CONSUMER: "consumer_id",
    Kind.CONSUMER_GROUP: "consumer_group_id",
}
_NAMES = {Kind.SERVICE: "service_name", Kind.ROUTE: "route_name"}


def resolved(entities: Mapping[Kind, Iterable[Entity]]) -> dict[Kind, list[Entity]]:
    """The same entities, with ids where they name another one of their workspace, and the names of service and route.

    A reference to what is not among them stays as it is: it may have been deleted while the others were read.
    """
    listed = {kind: list(found) for kind, found in entities.items()}
    ids = {(kind, entity.workspace, name): entity.id for kind, name, entity in _named(listed)}
    names = {(kind, entity.id): entity.name for kind in _NAMES for entity in listed.get(kind, ())}
    return {kind: [_resolved(entity, ids, names) for entity in found] for kind, found in listed.items()}


def _named(listed: Mapping[Kind, list[Entity]]) -> Iterable[tuple[Kind, str, Entity]]:
    for kind in _REFERENCES:
        for entity in listed.get(kind, ()):
            for name in (entity.name, entity.username):
                if name:
                    yield kind, name, entity


def _resolved(
    entity: Entity, ids: Mapping[tuple[Kind, str, str], str], names: Mapping[tuple[Kind, str], str]
) -> Entity:
    changes: dict[str, str] = {}
    for kind, member in _REFERENCES.items():
        said = getattr(entity, member)
        if not said:
            continue
        found = said if (kind, said) in names else ids.get((kind, entity.workspace, said), said)
        changes[member] = found
        if kind in _NAMES:
            changes[_NAMES[kind]] = names.get((kind, found), "")
    return msgspec.structs.replace(entity, **changes) if changes else entity
