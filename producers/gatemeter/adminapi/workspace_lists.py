"""Lists of entities in all workspaces, and how much of each kind they tell together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from gatemeter.adminapi.client import AdminClient
from gatemeter.adminapi.inventories import combined, listed_kind, read_entities, refused_as
from gatemeter.adminapi.paging import ChangedMeanwhile, Listing, whole_list
from gatemeter.inventory.credentials import CREDENTIAL_PATHS, read_credential
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.references import resolved
from gatemeter.inventory.snapshot import Completeness, KindInventory

LISTS = {
    Kind.SERVICE: "services",
    Kind.ROUTE: "routes",
    Kind.PLUGIN: "plugins",
    Kind.CONSUMER: "consumers",
    Kind.CONSUMER_GROUP: "consumer_groups",
}
_ALWAYS_THERE = frozenset({Kind.SERVICE, Kind.ROUTE, Kind.PLUGIN, Kind.CONSUMER})
"""What every version and edition has: a workspace without them is not there any more."""


@dataclass(frozen=True, slots=True)
class Workspaces:
    """The workspaces to ask, as prefixes of paths with their names, and what their list tells."""

    prefixes: Mapping[str, str]
    inventory: KindInventory
    are_all: bool


@dataclass(frozen=True, slots=True)
class WorkspaceLists:
    """Reads lists of `client` under the path `base`. Everything raises as `whole_list`, ValueError as `read_entity`."""

    client: AdminClient
    tiers: PluginTiers
    base: str = ""

    def workspaces(self, wanted: Sequence[str]) -> Workspaces:
        """Those that are `wanted`, or all of them where none are."""
        if wanted:
            named = [Entity(id=f"name:{name}", name=name) for name in wanted]
            inventory = KindInventory.listed(Kind.WORKSPACE, named, Completeness.PARTIAL)
            return Workspaces(_prefixes(wanted), inventory, are_all=False)
        listing = whole_list(self.client, f"{self.base}/workspaces")
        inventory = listed_kind(Kind.WORKSPACE, listing, self.tiers)
        if listing.is_told:
            return Workspaces(_prefixes([entity.name for entity in inventory.entities]), inventory, are_all=True)
        # An open-source gateway has no workspaces; where they may not be read, only the default one answers.
        return Workspaces({"": ""}, inventory, are_all=inventory.completeness is Completeness.UNAVAILABLE)

    def inventories(self, workspaces: Workspaces) -> dict[Kind, KindInventory]:
        """All kinds of `LISTS`, with the names of what entities refer to."""
        listings = {kind: self._listings(kind, name, workspaces) for kind, name in LISTS.items()}
        named = resolved({kind: self._entities(kind, found, workspaces) for kind, found in listings.items()})
        return {
            kind: combined(kind, list(found.values()), named[kind], are_all=workspaces.are_all)
            for kind, found in listings.items()
        }

    def credentials(self, workspaces: Workspaces) -> KindInventory:
        """The credentials for all plugins that the gateway has."""
        listings, entities = [], []
        for name, plugin in CREDENTIAL_PATHS.items():
            for prefix, listing in self._listings(Kind.CREDENTIAL, name, workspaces).items():
                listings.append(listing)
                entities += [
                    read_credential(plugin, document, entity_id, workspaces.prefixes[prefix])
                    for entity_id, document in listing.documents.items()
                ]
        # Of a plugin that an edition lacks there are no credentials.
        there = [listing for listing in listings if refused_as(listing) is not Completeness.UNAVAILABLE]
        return combined(Kind.CREDENTIAL, there or listings, entities, are_all=workspaces.are_all)

    def counted(self, kind: Kind, name: str, workspaces: Workspaces) -> KindInventory:
        """The number of distinct entities in the lists `name`, and nothing else of them."""
        listings = list(self._listings(kind, name, workspaces).values())
        return combined(kind, listings, None, are_all=workspaces.are_all)

    def _entities(self, kind: Kind, found: Mapping[str, Listing], workspaces: Workspaces) -> list[Entity]:
        names = workspaces.prefixes
        return [
            entity
            for prefix, listing in found.items()
            for entity in read_entities(kind, listing, names[prefix], self.tiers)
        ]

    def _listings(self, kind: Kind, name: str, workspaces: Workspaces) -> dict[str, Listing]:
        found = {prefix: whole_list(self.client, f"{self.base}{prefix}/{name}") for prefix in workspaces.prefixes}
        for prefix, listing in found.items():
            if listing.status == HTTPStatus.NOT_FOUND and kind in _ALWAYS_THERE:
                raise ChangedMeanwhile(prefix)
        return found


def _prefixes(names: Sequence[str]) -> dict[str, str]:
    return {f"/{quote(name, safe='')}": name for name in names}
