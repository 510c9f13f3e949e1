"""Which of the configured entities are called, and which of the called names are configured: pure, without a store.

An entity and a call are of the same thing by the gateway's id. By name they are where one of them tells no id of the
gateway: a declarative file need not, and a log need not; then any name counts that the entity had. Names are unique
within a workspace; the workspace counts where both are among those that are configured, for logs may name it by its id
or not at all. In doubt a thing counts as called, and as configured.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

Thing = TypeVar("Thing", "ConfiguredEntity", "CalledName")

_BY_NAME = "name:"
"""Begins ids of entities whose source told none (`inventory.entity`)."""


@dataclass(frozen=True, slots=True)
class Hours:
    """How much was called within some hours: the begin of the first and the last one with a call."""

    requests: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConfiguredEntity:
    """A service, route, consumer or credential that snapshots list from `first_listed` to `last_listed`.

    `name` of a credential is that of the plugin that it is for, `consumer_id` whose it is.
    """

    kind: str
    control_plane_id: str
    id: str
    name: str
    workspace: str
    service: str
    names: Collection[str]
    first_listed: datetime
    last_listed: datetime
    consumer_id: str = ""

    @property
    def gateway_id(self) -> str:
        """The id that events may tell; '' where the source of the snapshot told none."""
        return "" if self.id.startswith(_BY_NAME) else self.id


@dataclass(frozen=True, slots=True)
class CalledName:
    """What events told of a service, route or consumer that was called.

    `asked` is of the hours that are asked for, `known` of those of which snapshots list all of its kind; `last_ever` is
    the last hour with a call, also before.
    """

    kind: str
    id: str
    names: Sequence[str]
    workspace: str
    service: str
    last_ever: datetime
    asked: Hours
    known: Hours


class Matching:
    """Finds what is the same in both."""

    def __init__(self, entities: Sequence[ConfiguredEntity], called: Sequence[CalledName]) -> None:
        self._entities = entities
        self._called = called
        self._workspaces = {each.workspace for each in entities} - {""}
        self._called_by_id, self._called_by_name = _index((each, each.id, each.names) for each in called)

    def of(self, entity: ConfiguredEntity) -> Sequence[CalledName]:
        """The calls of an entity; each once for its id, and once for each of its names that they tell."""
        same = [*self._called_by_id.get((entity.kind, entity.gateway_id), ())] if entity.gateway_id else []
        named = (each for name in entity.names for each in self._called_by_name.get((entity.kind, name), ()))
        return [*same, *(each for each in named if self._is_same_by_name(entity, each))]

    def not_called(self) -> Iterator[tuple[ConfiguredEntity, datetime | None]]:
        """The entities without a call in the hours asked for, each with its last call before them."""
        for entity in self._entities:
            same = self.of(entity)
            if not any(each.asked.requests for each in same):
                yield entity, max((each.last_ever for each in same), default=None)

    def not_configured(self) -> Iterator[CalledName]:
        """What was called in the known hours and matches no entity."""
        by_id, by_name = _index((each, each.gateway_id, each.names) for each in self._entities)
        for called in self._called:
            if not called.known.requests or (called.id and (called.kind, called.id) in by_id):
                continue
            named = (each for name in called.names for each in by_name.get((called.kind, name), ()))
            if not any(self._is_same_by_name(each, called) for each in named):
                yield called

    def _is_same_by_name(self, entity: ConfiguredEntity, called: CalledName) -> bool:
        if entity.gateway_id and called.id:
            return False
        own, told = entity.workspace, called.workspace
        return own == told or not own or told not in self._workspaces


def _index(
    things: Iterable[tuple[Thing, str, Iterable[str]]],
) -> tuple[Mapping[tuple[str, str], Sequence[Thing]], Mapping[tuple[str, str], Sequence[Thing]]]:
    by_id: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for thing, own_id, names in things:
        if own_id:
            by_id[thing.kind, own_id].append(thing)
        for name in names:
            by_name[thing.kind, name].append(thing)
    return by_id, by_name
