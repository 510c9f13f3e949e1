"""Declarative configuration (decK, or Kong without a database) as entities.

Entities stand at the top level, or nested in what they belong to: routes and plugins in services, plugins in routes,
consumers and groups, credentials in consumers. A file need not tell ids: an entity is then known by its name, or by
what it belongs to and its place there. Sources: developer.konghq.com/deck, /deck/file/format, and
app/_gateway_entities in its repository.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatemeter.errors import InputError
from gatemeter.inventory.credentials import CREDENTIAL_MEMBERS, read_credential
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.entity_reading import LIMITED_TO, Document, read_entity, reference, text_of
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.references import resolved

MAX_ENTITIES = 1_000_000

_LISTS = {
    Kind.SERVICE: "services",
    Kind.ROUTE: "routes",
    Kind.PLUGIN: "plugins",
    Kind.CONSUMER: "consumers",
    Kind.CONSUMER_GROUP: "consumer_groups",
}
_GROUP_PLUGINS = "consumer_group_plugins"
"""Where Kong's own format has the plugins of groups of consumers."""
_NESTED = {
    Kind.SERVICE: (Kind.ROUTE, Kind.PLUGIN),
    Kind.ROUTE: (Kind.PLUGIN,),
    Kind.CONSUMER: (Kind.PLUGIN,),
    Kind.CONSUMER_GROUP: (Kind.PLUGIN,),
}
KINDS = (*_LISTS, Kind.CREDENTIAL)
"""What such a file tells wholly: what is not in it is not configured."""


def is_declarative(document: object) -> bool:
    """Whether a document looks like declarative configuration."""
    return isinstance(document, Mapping) and "_format_version" in document


def workspace_of(document: Document) -> str:
    """The workspace that the file is for; '' where it does not say."""
    return text_of(document, "_workspace")


def is_partial(document: Document) -> bool:
    """Whether the file holds only what has certain tags (`deck gateway dump --select-tag`)."""
    info = document.get("_info")
    return isinstance(info, Mapping) and bool(info.get("select_tags"))


def control_plane_of(document: Document) -> str:
    """The name of Konnect's control plane that the file is for; '' where it does not say."""
    konnect = document.get("_konnect")
    if not isinstance(konnect, Mapping):
        return ""
    return text_of(konnect, "control_plane_name") or text_of(konnect, "runtime_group_name")


def declared_entities(document: Document, tiers: PluginTiers) -> dict[Kind, list[Entity]]:
    """The entities of each of `KINDS`. Raises InputError for what is not a list of entities, or too many of them."""
    reading = _Reading(workspace_of(document), tiers)
    for kind, name in _LISTS.items():
        reading.read_list(kind, document.get(name), name, {})
    reading.read_list(Kind.PLUGIN, document.get(_GROUP_PLUGINS), _GROUP_PLUGINS, {})
    reading.read_credentials(document, "", {})
    return resolved({kind: found.values() for kind, found in reading.found.items()})


@dataclass(slots=True)
class _Reading:
    workspace: str
    tiers: PluginTiers
    nameless: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    found: dict[Kind, dict[str, Entity]] = field(default_factory=lambda: {kind: {} for kind in KINDS})

    def read_list(self, kind: Kind, value: object, where: str, owner: dict[str, str]) -> None:
        """Read a list of entities and what is nested in them; `owner` names what they stand in."""
        if value is None:
            return
        if not isinstance(value, list):
            raise InputError("is not a list", where=where, do="write a list of entities")
        for index, document in enumerate(value):
            self._read(kind, document, f"{where}[{index}]", owner)

    def read_credentials(self, document: Document, where: str, owner: dict[str, str]) -> None:
        """Read the credentials in the file or in a consumer; `owner` then names, too, the plugin that they are for."""
        for member, plugin in CREDENTIAL_MEMBERS.items():
            self.read_list(Kind.CREDENTIAL, document.get(member), f"{where}{member}", {**owner, "plugin": plugin})

    def _read(self, kind: Kind, document: Any, where: str, owner: dict[str, str]) -> None:
        if not isinstance(document, Mapping):
            raise InputError("is not an entity", where=where, do="write its members with their names")
        try:
            own_id = text_of(document, "id") or self._own_id(kind, document, owner)
            entity = self._entity(kind, {**document, **owner}, own_id)
        except ValueError as error:
            raise InputError(str(error), where=where, do="correct it") from error
        self._keep(kind, entity, where)
        self._read_nested(kind, document, where, own_id)

    def _read_nested(self, kind: Kind, document: Document, where: str, own_id: str) -> None:
        for nested in _NESTED.get(kind, ()):
            name = _LISTS[nested]
            self.read_list(nested, document.get(name), f"{where}.{name}", {kind.value: own_id})
        if kind is Kind.CONSUMER:
            self.read_credentials(document, f"{where}.", {kind.value: own_id})

    def _entity(self, kind: Kind, document: Document, own_id: str) -> Entity:
        if kind is Kind.CREDENTIAL:
            return read_credential(document["plugin"], document, own_id, self.workspace)
        return read_entity(kind, document, own_id, self.workspace, self.tiers)

    def _keep(self, kind: Kind, entity: Entity, where: str) -> None:
        if entity.id in self.found[kind]:
            raise InputError(
                f"the {kind.value} {entity.id} is there twice", where=where, do="give each its own name or id"
            )
        if sum(map(len, self.found.values())) >= MAX_ENTITIES:
            raise InputError(f"there are more than {MAX_ENTITIES:,} entities", where=where, do="split the file")
        self.found[kind][entity.id] = entity

    def _own_id(self, kind: Kind, document: Document, owner: dict[str, str]) -> str:
        begin = f"name:{self.workspace}/" if self.workspace else "name:"
        if kind is Kind.PLUGIN:
            return begin + _plugin_id(document, owner, begin)
        if kind is Kind.CREDENTIAL:  # its own names may be what is shown to be let in
            consumer = owner.get("consumer") or reference(document, "consumer")
            return self._numbered(kind, f"{begin}{consumer.removeprefix(begin)}/{owner['plugin']}")
        name = text_of(document, "name") or text_of(document, "username")
        if not name and (custom_id := text_of(document, "custom_id")):
            name = f"custom_id:{custom_id}"
        return begin + name if name else self._numbered(kind, begin + "/".join(owner.values()).removeprefix(begin))

    def _numbered(self, kind: Kind, begin: str) -> str:
        """For routes and credentials without a name: their place among the nameless ones of the same owner."""
        self.nameless[kind, begin] += 1
        return f"{begin}#{self.nameless[kind, begin]}"


def _plugin_id(document: Document, owner: dict[str, str], begin: str) -> str:
    """Its name and what it is limited to, which is given beside it or is what it stands in."""
    given = {target: reference(document, target) for target in LIMITED_TO}
    limits = {**{target: name for target, name in given.items() if name}, **owner}
    if not text_of(document, "name"):
        msg = "the plugin has no name"
        raise ValueError(msg)
    name = text_of(document, "instance_name") or text_of(document, "name")
    return name + "".join(f" of {target} {limits[target].removeprefix(begin)}" for target in sorted(limits))
