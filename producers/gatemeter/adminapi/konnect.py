"""The inventory of Konnect's control planes, by its API.

Sources in Kong/developer.konghq.com, under api-specs/konnect: control-planes/v2, control-planes-config/v2 and
consumers/v1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from gatemeter.adminapi.client import AdminClient
from gatemeter.adminapi.inventories import listed_kind
from gatemeter.adminapi.paging import READINGS, ChangedMeanwhile, Listing, NoPlace, PageForm, place_of, whole_list
from gatemeter.adminapi.workspace_lists import WorkspaceLists
from gatemeter.clock import Clock
from gatemeter.errors import GatewayUnavailable, SettingsError
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.entity_reading import read_entity, read_node, text_of, whole_number
from gatemeter.inventory.plugin_tiers import PluginTiers
from gatemeter.inventory.snapshot import (
    Completeness,
    ControlPlane,
    GatewayFacts,
    KindInventory,
    Snapshot,
    Source,
)

_SIZE = {"page[size]": "100"}
_GROUP = "CLUSTER_TYPE_CONTROL_PLANE_GROUP"
"""A control plane that has nodes, and its entities in others."""


def _object(document: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    value = document.get(member)
    return value if isinstance(value, Mapping) else {}


def _next_number(page: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Raises NoPlace for a page that does not say which one it is: it need not be the last one."""
    told = _object(_object(page, "meta"), "page")
    number, size, total = (whole_number(told.get(name)) for name in ("number", "size", "total"))
    if number is None or size is None or total is None:
        raise NoPlace
    return {**_SIZE, "page[number]": str(number + 1)} if number * size < total else None


def _next_cursor(told: object) -> Mapping[str, str] | None:
    """Behind a cursor, or an address that holds one; the address itself is never followed. Raises as `place_of`."""
    if not told:
        return None
    place = place_of(told)
    in_address = parse_qs(urlsplit(place).query).get("page[after]")
    return {**_SIZE, "page[after]": in_address[0] if in_address else place}


_BY_NUMBER = PageForm(_SIZE, _next_number)
_NODES = PageForm(_SIZE, lambda page: _next_cursor(_object(page, "page").get("next")), items="items")
_REALMS = PageForm(_SIZE, lambda page: _next_cursor(_object(page, "meta").get("next")))


def poll_konnect(
    client: AdminClient, control_planes: Sequence[str], tiers: PluginTiers, clock: Clock, *, credentials: bool = False
) -> Iterator[Snapshot]:
    """A whole snapshot of each control plane, or of those with the given names or ids; with `credentials` where wanted.

    Raises GatewayUnavailable, and SettingsError for a name that no control plane has; snapshots that were given before
    are whole.
    """
    try:
        chosen = _chosen(client, control_planes)
        realms = _Realms.read(client, tiers) if chosen else None
    except ChangedMeanwhile as changed:
        raise GatewayUnavailable(
            f"its list goes on changing, {READINGS} times", where=f"{client.url}{changed}", do="ask again later"
        ) from changed
    for document in chosen:
        yield _snapshot(_ControlPlane(client, document, realms, tiers, credentials=credentials), clock)


def _chosen(client: AdminClient, control_planes: Sequence[str]) -> list[Mapping[str, Any]]:
    listing = whole_list(client, "/v2/control-planes", _BY_NUMBER)
    if not listing.is_told:
        raise GatewayUnavailable(
            f"control planes are answered with the status {listing.status}",
            where=f"{client.url}/v2/control-planes",
            do="check the address (https://REGION.api.konghq.com), and what the token may read",
        )
    chosen = [each for each in listing.documents.values() if _is_chosen(each, control_planes)]
    named = {name for each in chosen for name in (each["id"], text_of(each, "name"))}
    if unknown := sorted(set(control_planes) - named):
        raise SettingsError(f"there is no control plane {unknown[0]}", where=client.url, do="correct the name")
    return chosen


def _is_chosen(document: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    return not wanted or document["id"] in wanted or text_of(document, "name") in wanted


def _snapshot(control_plane: "_ControlPlane", clock: Clock) -> Snapshot:
    for _ in range(READINGS):
        try:
            return control_plane.snapshot(clock.now())
        except ChangedMeanwhile:
            continue
        except ValueError as error:
            raise GatewayUnavailable(
                f"an entity cannot be read: {error}", where=control_plane.url, do="correct it there"
            ) from error
    raise GatewayUnavailable(
        f"the configuration of {control_plane.name} changed while it was read, {READINGS} times",
        where=control_plane.url,
        do="ask again later",
    )


@dataclass(frozen=True, slots=True)
class _Realms:
    """Consumers that several control planes share, by the ids of these; `is_whole` unless some may not be read."""

    consumers: Mapping[str, Sequence[Entity]]
    is_whole: bool

    @classmethod
    def read(cls, client: AdminClient, tiers: PluginTiers) -> "_Realms":
        listing = whole_list(client, "/v1/realms", _REALMS)
        if not listing.is_told:
            return cls({}, is_whole=listing.status == HTTPStatus.NOT_FOUND)
        consumers: dict[str, list[Entity]] = {}
        is_whole = True
        for realm_id, realm in listing.documents.items():
            found = whole_list(client, f"/v1/realms/{quote(realm_id, safe='')}/consumers", _REALMS)
            is_whole = is_whole and found.is_told
            for control_plane in realm.get("allowed_control_planes") or ():
                consumers.setdefault(str(control_plane), []).extend(_of_realm(realm, found, tiers))
        return cls(consumers, is_whole)


def _of_realm(realm: Mapping[str, Any], listing: Listing, tiers: PluginTiers) -> Iterator[Entity]:
    name = text_of(realm, "name") or realm["id"]
    for entity_id, document in listing.documents.items():
        entity = read_entity(Kind.CONSUMER, document, entity_id, "", tiers)
        yield Entity(id=entity.id, username=entity.username, custom_id=entity.custom_id, tags=entity.tags, realm=name)


class _ControlPlane:
    def __init__(
        self,
        client: AdminClient,
        document: Mapping[str, Any],
        realms: _Realms | None,
        tiers: PluginTiers,
        *,
        credentials: bool,
    ) -> None:
        self.url = client.url
        self.name = text_of(document, "name")
        self._client = client
        self._document = document
        self._realms = realms or _Realms({}, is_whole=True)
        self._tiers = tiers
        self._asks_credentials = credentials
        self._path = f"/v2/control-planes/{quote(document['id'], safe='')}"

    def snapshot(self, now: datetime) -> Snapshot:
        config = self._document.get("config")
        is_group = isinstance(config, Mapping) and config.get("cluster_type") == _GROUP
        return Snapshot(
            ControlPlane(self._document["id"], self.name),
            now.replace(microsecond=now.microsecond // 1000 * 1000),
            Source.KONNECT,
            origin=self._client.url,
            facts=GatewayFacts(edition="konnect", deployment="hybrid"),
            kinds={**({} if is_group else self._entities()), Kind.NODE: self._nodes()},
        )

    def _entities(self) -> dict[Kind, KindInventory]:
        lists = WorkspaceLists(self._client, self._tiers, f"{self._path}/core-entities")
        workspaces = lists.workspaces(())
        kinds = lists.inventories(workspaces)
        shared = self._realms.consumers.get(self._document["id"], ())
        own = kinds[Kind.CONSUMER]
        if own.has_entities and (shared or not self._realms.is_whole):
            whole = own.completeness if self._realms.is_whole else Completeness.PARTIAL
            kinds[Kind.CONSUMER] = KindInventory.listed(Kind.CONSUMER, [*own.entities, *shared], whole)
        if self._asks_credentials:
            kinds[Kind.CREDENTIAL] = self._credentials(lists.credentials(workspaces), has_realms=bool(shared))
        return {Kind.WORKSPACE: workspaces.inventory, **kinds}

    def _credentials(self, own: KindInventory, *, has_realms: bool) -> KindInventory:
        """Keys of consumers of realms are not in the lists of a control plane."""
        if not own.has_entities or (self._realms.is_whole and not has_realms):
            return own
        return KindInventory.listed(Kind.CREDENTIAL, own.entities, Completeness.PARTIAL)

    def _nodes(self) -> KindInventory:
        listing = whole_list(self._client, f"{self._path}/nodes", _NODES)
        if not listing.is_told:
            return listed_kind(Kind.NODE, listing, self._tiers)
        return KindInventory.listed(Kind.NODE, [read_node(node, "data_plane") for node in listing.documents.values()])
